package metrics

import "time"

// Sources are where the present state of other packages is read. Each function is
// called for every scrape, from any goroutine; it must be quick and must not
// use this package. A nil one leaves its metrics out.
type Sources struct {
	// Load is the requests being worked on, answered, and of those failed.
	Load func() (inFlight, served, failed int64)
	// Connections are the open ones.
	Connections func() (http, websocket int)
	// Slots are the connections that were closed since the start for want of a
	// slot: refused are new ones, evicted those that gave theirs up.
	Slots func() (refused, evicted int64)
	// Memory is the state of the memory budget.
	Memory func() Memory
	// HashPool is the state of the pool that checks passwords.
	HashPool func() HashPool
	// Documents are how many there are of each kind, such as "users". The kinds
	// are words of the program.
	Documents func() map[string]int64
	// Caches are the caches by name, such as "sessions".
	Caches func() map[string]Cache
	// LoginsDelayed is how many logins the throttle refused since the start.
	LoginsDelayed func() uint64
	// WeakDigests is how many imported digests wait to be wrapped, and how many
	// are left as they are.
	WeakDigests func() (waiting, left int64)
	// Audit is how many audit records were written and lost since the start.
	Audit func() (written, dropped uint64)
}

// Memory is the memory budget: the bytes that are held of it, all of its bytes, and
// how many requests for bytes were refused since the start.
type Memory struct{ Used, Limit, Refused int64 }

// HashPool is the pool that checks passwords; Done and Refused count since the
// start, Memory is in bytes.
type HashPool struct {
	Queued, Running int
	Memory          int64
	Done, Refused   uint64
	// Work is the sum of what those done should have taken of a core.
	Work time.Duration
}

// Cache is one cache: how much is in it now, and how often it was asked.
type Cache struct {
	Entries      int
	Hits, Misses uint64
}

// Build says what program this is.
type Build struct {
	Version, Revision, GoVersion string
}
