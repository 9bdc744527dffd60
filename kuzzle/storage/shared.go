package storage

import "time"

// Subject is what a change is about: a document, a whole collection when ID is
// empty, everything when Of is.
type Subject struct {
	Of Collection
	ID string
}

// Everything is the subject of a change that may have been about anything.
var Everything = Subject{}

// Lease is how soon what is changed binds those who keep what they read.
const Lease = time.Second

// KeptFor is the longest that anything may be kept of a store that other
// processes write: it ends whatever no announcement reached.
const KeptFor = time.Minute

// Freshness tells a reader what it may do with what it keeps of a store that
// other processes write too. It is asked at every use, and answers at once.
//
// A reader keeps a document only if it was not told of its subject since it
// began to read it and Keepable says so afterwards; it uses what it kept only
// while Current; and it forgets what it is told of, before the call returns.
// That a document is absent may be kept of roles, profiles and settings only.
type Freshness interface {
	// Current tells whether what is kept may be used now.
	Current() bool
	// Keepable tells whether no change of the subject is under way.
	Keepable(Subject) bool
}

// ReadThrough is the Freshness of whoever keeps nothing.
type ReadThrough struct{}

var _ Freshness = ReadThrough{}

// Current implements Freshness.
func (ReadThrough) Current() bool { return false }

// Keepable implements Freshness.
func (ReadThrough) Keepable(Subject) bool { return false }

// Shared is what a store offers besides when several processes write it. Every
// Commit of such a store says what it changes before it does: whatever it
// changes binds those who keep to Freshness within Lease of its answer.
type Shared interface {
	Store
	Freshness
	// Watch joins the nodes under a name and follows their changes, until
	// Close. Every change is told before it is made and again when it was, by
	// several goroutines at once; tell must not wait for the store. Before
	// that, and whenever the others cannot be heard, nothing is Current. It is
	// called once.
	Watch(name string, tell func(Subject))
	// Nodes lists who watches now, in the order of ids.
	Nodes() []Node
}

// Node is one process among those that share a store.
type Node struct {
	Name string
	// Self is set for the one that asks.
	Self bool
}

// Announced tells whether a change has to be announced to those who keep what
// they read: a creation only where absence may be kept, and never what nobody
// keeps.
func (c Change) Announced() bool {
	switch c.In {
	case Roles, Profiles, Settings:
		return true
	case Flows, Outbox, Blobs:
		return false
	}
	return c.If != Rev{}
}
