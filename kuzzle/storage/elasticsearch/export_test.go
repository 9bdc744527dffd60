package elasticsearch

import "time"

// SetUncacheable shortens for how long a change that nobody ends holds, and a
// quiet node is waited for. It is called before anything else.
func (s *Store) SetUncacheable(window time.Duration) { s.feed.follower.window = window }
