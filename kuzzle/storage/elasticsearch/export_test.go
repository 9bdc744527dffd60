package elasticsearch

import (
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// SetUncacheable shortens for how long a change that nobody ends holds, and a
// quiet node is waited for. It is called before anything else.
func (s *Store) SetUncacheable(window time.Duration) { s.feed.SetWindow(window) }

// Waiting tells how many changes wait for the _bulk of users that is under way.
func (s *Store) Waiting() int { return s.queues.To(string(storage.Users)).Waiting() }

// SetGatherPatience says how long reads gather when no request comes back. It is
// called before anything else.
func (s *Store) SetGatherPatience(patience time.Duration) { s.records.SetGatherPatience(patience) }

// Gathering tells how many reads wait for the next request.
func (s *Store) Gathering() int { return s.records.Gathering() }

// LookupsAtOnce is how many reads are sent as they come.
const LookupsAtOnce = records.LookupsAtOnce
