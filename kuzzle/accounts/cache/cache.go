package cache

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Cache keeps documents of a collection until they are written. It does not keep a value that was
// loaded during a write, so that no stale value outlives the write's acknowledgement. If other
// processes write the same store, fresh decides which entries may be kept and used.
type Cache[V any] struct {
	of      storage.Collection
	fresh   storage.Freshness
	entries entries
	seed    maphash.Seed
	shards  [64]struct {
		sync.Mutex
		writes uint64
	}
}

// New returns a cache for size entries of a collection.
func New[V any](of storage.Collection, fresh storage.Freshness, size int) *Cache[V] {
	return newCache[V](of, fresh, newEntries(size))
}

// NewWeighed returns a cache for entries of a collection with a total weight of at most most.
func NewWeighed[V any](of storage.Collection, fresh storage.Freshness, most uint64, weight func(V) uint32) *Cache[V] {
	return newCache[V](of, fresh, newWeighed(most, func(value any) uint32 { return weight(value.(V)) }))
}

func newCache[V any](of storage.Collection, fresh storage.Freshness, e entries) *Cache[V] {
	return &Cache[V]{of: of, fresh: fresh, seed: maphash.MakeSeed(), entries: e}
}

// Len returns the number of entries, without those that are about to be evicted.
func (c *Cache[V]) Len() int { return c.entries.len() }

// Get returns the entry, and loads it if it is missing. It does not keep the error of a failed
// load.
func (c *Cache[V]) Get(key string, load func() (V, error)) (V, error) {
	var began time.Time
	if c.fresh != nil {
		began = time.Now()
	}
	if c.fresh == nil || c.fresh.Current() {
		if found, ok := c.entries.get(key); ok && began.Sub(found.at) < storage.KeptFor {
			return found.value.(V), nil
		}
	}
	shard := &c.shards[maphash.String(c.seed, key)%64]
	shard.Lock()
	before := shard.writes
	shard.Unlock()
	value, err := load()
	if err != nil {
		return value, err
	}
	shard.Lock()
	if shard.writes == before && (c.fresh == nil || c.fresh.Keepable(storage.Subject{Of: c.of, ID: key})) {
		c.entries.set(key, kept{value, began})
	}
	shard.Unlock()
	return value, nil
}

// Drop removes an entry, and discards the result of a load in progress. A writer calls it before
// and after the write.
func (c *Cache[V]) Drop(key string) {
	shard := &c.shards[maphash.String(c.seed, key)%64]
	shard.Lock()
	shard.writes++
	c.entries.drop(key)
	shard.Unlock()
}

// Forget drops an entry that another process writes; "" drops all entries.
func (c *Cache[V]) Forget(key string) {
	if key == "" {
		c.Clear()
		return
	}
	c.Drop(key)
}

// Clear drops all entries.
func (c *Cache[V]) Clear() {
	for i := range c.shards {
		c.shards[i].Lock()
		c.shards[i].writes++
		c.shards[i].Unlock()
	}
	c.entries.clear()
}
