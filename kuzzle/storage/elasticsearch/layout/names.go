package layout

import (
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Names are the names of a store's indexes.
type Names struct {
	// Prefix begins the name of every index.
	Prefix string
	// Store is the store's ID, which is part of the aliases that requests use; it is
	// known after setup has found the store.
	Store string
}

// Aliases returns the names of all indexes in requests.
func (n *Names) Aliases() []string {
	names := n.All()
	for i, name := range names {
		names[i] = n.Index(name)
	}
	return names
}

// Indexes that are not a collection.
const (
	ClaimsIndex  = "claims"
	MetaIndex    = "meta"
	CursorsIndex = "cursors"
	// ChangesIndex has the journals. It has one shard, so that one read comes from
	// one copy. It is read by id only, so it is never refreshed.
	ChangesIndex = "changes"
)

// Index returns an index's name in requests: an alias that only the store's own
// indexes have. A request to another cluster, or to one that has lost its data,
// finds nothing, and a write creates nothing.
func (n *Names) Index(name string) string { return n.Concrete(name) + "." + n.Store }

// Concrete returns an index's own name, for creating and deleting it.
func (n *Names) Concrete(name string) string { return n.Prefix + name }

// All returns the names of all indexes, without the prefix.
func (n *Names) All() []string {
	names := []string{ClaimsIndex, MetaIndex, CursorsIndex, ChangesIndex}
	for _, of := range storage.Collections {
		names = append(names, string(of))
	}
	return names
}
