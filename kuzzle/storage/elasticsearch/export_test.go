package elasticsearch

import (
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// SetUncacheable shortens for how long a change that nobody ends holds, and a
// quiet node is waited for. It is called before anything else.
func (s *Store) SetUncacheable(window time.Duration) { s.feed.follower.window = window }

// Waiting tells how many changes wait for the _bulk of users that is under way.
func (s *Store) Waiting() int {
	l := s.lanes[string(storage.Users)]
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// SetGatherPatience says how long reads gather when no request comes back. It is
// called before anything else.
func (s *Store) SetGatherPatience(patience time.Duration) { s.lookups.patience = patience }

// Gathering tells how many reads wait for the next request.
func (s *Store) Gathering() int {
	s.lookups.mu.Lock()
	defer s.lookups.mu.Unlock()
	return len(s.lookups.queue)
}

// LookupsAtOnce is how many reads are sent as they come.
const LookupsAtOnce = lookupsAtOnce
