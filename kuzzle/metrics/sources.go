package metrics

import "time"

// Sources are functions that read the present state of other packages. Each scrape
// calls each function, from any goroutine; it must be quick and must not use this
// package. A nil function leaves its metrics out.
type Sources struct {
	// Load returns the numbers of running, answered and failed requests.
	Load func() (inFlight, served, failed int64)
	// Connections returns the open connections.
	Connections func() (http, websocket int)
	// Slots returns the connections that were closed since the start for lack of a
	// slot: refused are new ones, evicted are ones that lost their slot.
	Slots func() (refused, evicted int64)
	// Memory returns the state of the memory budget.
	Memory func() Memory
	// HashPool returns the state of the pool that checks passwords.
	HashPool func() HashPool
	// Documents returns the number of documents of each kind, such as "users". The
	// kinds are words of the program.
	Documents func() map[string]int64
	// Caches returns the caches by name, such as "sessions".
	Caches func() map[string]Cache
	// LoginsDelayed returns how many logins the throttle refused since the start.
	LoginsDelayed func() uint64
	// WeakDigests returns how many imported digests wait to be wrapped, and how
	// many stay as they are.
	WeakDigests func() (waiting, left int64)
	// Audit returns how many audit records were written and lost since the start.
	Audit func() (written, dropped uint64)
}

// Memory is the memory budget: the held bytes, all bytes, and how many requests for
// bytes were refused since the start.
type Memory struct{ Used, Limit, Refused int64 }

// HashPool is the pool that checks passwords; Done and Refused count since the
// start, Memory is in bytes.
type HashPool struct {
	Queued, Running int
	Memory          int64
	Done, Refused   uint64
	// Work is the total expected processor time of the completed checks.
	Work time.Duration
}

// Cache is one cache: its present size, and its number of look-ups.
type Cache struct {
	Entries      int
	Hits, Misses uint64
}

// Build identifies the program.
type Build struct {
	Version, Revision, GoVersion string
}
