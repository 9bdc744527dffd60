package layout

import (
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Names are what the indexes of one store are called.
type Names struct {
	// Prefix begins the name of every index.
	Prefix string
	// Store is the store's ID, which names the aliases that requests use; known
	// when setup has found the store.
	Store string
}

// Aliases are all indexes as requests call them.
func (n *Names) Aliases() []string {
	names := n.All()
	for i, name := range names {
		names[i] = n.Index(name)
	}
	return names
}

// The indexes that are no collection.
const (
	ClaimsIndex  = "claims"
	MetaIndex    = "meta"
	CursorsIndex = "cursors"
	// ChangesIndex holds the journals. It has one shard: what is read together comes
	// from one copy. It is read by id only, so it is never refreshed.
	ChangesIndex = "changes"
)

// Index is what requests call an index: an alias that only the store's own
// indexes have. A request that reaches another cluster, or one that has lost
// its data, finds nothing there, and a write makes nothing there.
func (n *Names) Index(name string) string { return n.Concrete(name) + "." + n.Store }

// Concrete is an index's own name, for making and removing it.
func (n *Names) Concrete(name string) string { return n.Prefix + name }

// All are the names of all indexes, without the prefix.
func (n *Names) All() []string {
	names := []string{ClaimsIndex, MetaIndex, CursorsIndex, ChangesIndex}
	for _, of := range storage.Collections {
		names = append(names, string(of))
	}
	return names
}
