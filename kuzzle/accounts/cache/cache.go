package cache

import (
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Cache keeps documents of a collection until they are written. It does not keep a value that was
// loaded during a write, so that no stale value outlives the write's acknowledgement. If other
// processes write the same store, fresh decides which entries may be kept and used. A full cache
// gives up the entries that were not used for the longest time.
type Cache struct {
	of     storage.Collection
	fresh  storage.Freshness
	shards shards
}

// New returns a cache for size entries of a collection.
func New(of storage.Collection, fresh storage.Freshness, size int) *Cache {
	return &Cache{of: of, fresh: fresh, shards: newShards(size, func(any) uint32 { return 1 })}
}

// NewWeighed returns a cache for entries of a collection with a total weight of at most most.
// Entries of more than a sixteenth of it are not kept.
func NewWeighed[V any](of storage.Collection, fresh storage.Freshness, most int, weight func(V) uint32) *Cache {
	return &Cache{of: of, fresh: fresh, shards: newShards(most, func(value any) uint32 { return weight(value.(V)) })}
}

// Get returns the entry, and loads it if it is missing. It does not keep the error of a failed
// load. All calls for one cache have the same V.
func Get[V any](c *Cache, key string, load func() (V, error)) (value V, err error) {
	found, err := c.get(key, func() (any, error) { return load() })
	if err == nil {
		value = found.(V)
	}
	return value, err
}

func (c *Cache) get(key string, load func() (any, error)) (any, error) {
	var began time.Time
	if c.fresh != nil {
		began = time.Now()
	}
	// The question comes first: an entry that is read before the caches are emptied and current
	// again is stale.
	current := c.fresh == nil || c.fresh.Current()
	s := c.shards.of(key)
	found, is, writes := s.get(key)
	if is && current && began.Sub(found.at) < storage.KeptFor {
		return found.value, nil
	}
	value, err := load()
	if err != nil {
		return nil, err
	}
	s.Lock()
	defer s.Unlock()
	if s.writes == writes && (c.fresh == nil || c.fresh.Keepable(storage.Subject{Of: c.of, ID: key})) {
		s.set(key, value, began)
	}
	return value, nil
}

// Len returns the number of entries.
func (c *Cache) Len() (n int) {
	for i := range c.shards.all {
		n += c.shards.all[i].size()
	}
	return n
}

// Drop removes an entry, and discards the result of a load in progress. A writer calls it before
// and after the write.
func (c *Cache) Drop(key string) { c.shards.of(key).drop(key) }

// Forget drops an entry that another process writes; "" drops all entries.
func (c *Cache) Forget(key string) {
	if key == "" {
		c.Clear()
		return
	}
	c.Drop(key)
}

// Clear drops all entries.
func (c *Cache) Clear() {
	for i := range c.shards.all {
		c.shards.all[i].clear()
	}
}
