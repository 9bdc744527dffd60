package cache

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Cache keeps what was read from a collection until somebody writes it. What a
// reader loaded while a write was under way is not kept, so that nothing stale
// outlives the write's acknowledgement. Where other processes write the same
// store, fresh says what may be kept and used.
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

// New makes a cache for size entries of a collection.
func New[V any](of storage.Collection, fresh storage.Freshness, size int) *Cache[V] {
	return newCache[V](of, fresh, newEntries(size))
}

// NewWeighed makes a cache for entries of a collection that weigh at most so much
// together.
func NewWeighed[V any](of storage.Collection, fresh storage.Freshness, most uint64, weight func(V) uint32) *Cache[V] {
	return newCache[V](of, fresh, newWeighed(most, func(value any) uint32 { return weight(value.(V)) }))
}

func newCache[V any](of storage.Collection, fresh storage.Freshness, e entries) *Cache[V] {
	return &Cache[V]{of: of, fresh: fresh, seed: maphash.MakeSeed(), entries: e}
}

// Len returns how many entries are kept, without those that are too many.
func (c *Cache[V]) Len() int { return c.entries.len() }

// Get answers the entry, loading it when it is not there. A failed load is not
// remembered.
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

// Drop forgets an entry and whatever is being loaded for it now. A writer calls
// it before and after the write.
func (c *Cache[V]) Drop(key string) {
	shard := &c.shards[maphash.String(c.seed, key)%64]
	shard.Lock()
	shard.writes++
	c.entries.drop(key)
	shard.Unlock()
}

// Forget drops an entry that another process writes, all of them for "".
func (c *Cache[V]) Forget(key string) {
	if key == "" {
		c.Clear()
		return
	}
	c.Drop(key)
}

// Clear forgets everything.
func (c *Cache[V]) Clear() {
	for i := range c.shards {
		c.shards[i].Lock()
		c.shards[i].writes++
		c.shards[i].Unlock()
	}
	c.entries.clear()
}
