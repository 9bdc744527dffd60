package storage

import "time"

// Subject identifies the target of a change: a document, a whole collection if
// ID is empty, everything if Of is.
type Subject struct {
	Of Collection
	ID string
}

// Everything is the subject of a change with an unknown target.
var Everything = Subject{}

// Lease is the time within which a change counts for all processes that cache
// documents.
const Lease = time.Second

// KeptFor is how long a document of a shared store may be cached at most: then
// it is dropped even if no announcement arrived.
const KeptFor = time.Minute

// Freshness tells a reader whether it may use its cached documents of a shared
// store. It is asked at every use, and answers at once.
//
// A reader caches a document only if it got no notification about its subject
// since it began to read it, and if Keepable is true afterwards. It uses a
// cached document only while Current is true. It forgets the subject of a
// notification before the call returns. The absence of a document may be cached
// for roles, profiles and settings only.
type Freshness interface {
	// Current reports whether cached documents may be used now.
	Current() bool
	// Keepable reports whether no change of the subject is under way.
	Keepable(Subject) bool
}

// ReadThrough is the Freshness of readers that cache nothing.
type ReadThrough struct{}

var _ Freshness = ReadThrough{}

// Current implements Freshness.
func (ReadThrough) Current() bool { return false }

// Keepable implements Freshness.
func (ReadThrough) Keepable(Subject) bool { return false }

// Shared has the further operations of a store that several processes write.
// Every Commit of such a store announces its change first. So the change counts
// for all readers that follow Freshness within Lease of its acknowledgement.
type Shared interface {
	Store
	Freshness
	// Watch joins the nodes under a name and follows their changes, until
	// Close. tell is called before each change and again after it, by several
	// goroutines at once; it must not wait for the store. Before Watch, and
	// while the others are unreachable, Current is false. Watch is called once.
	Watch(name string, tell func(Subject))
	// Nodes returns the watching nodes, ordered by id.
	Nodes() []Node
}

// Node is one process of those that share a store.
type Node struct {
	Name string
	// Self is set for the calling process.
	Self bool
}

// Announced reports whether a change must be announced to readers that cache
// documents: a creation only if absence may be cached, and never a collection
// that nobody caches.
func (c Change) Announced() bool {
	switch c.In {
	case Roles, Profiles, Settings:
		return true
	case Flows, Outbox, Blobs:
		return false
	}
	return c.If != Rev{}
}
