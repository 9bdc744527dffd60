package accounts

import (
	"hash/maphash"
	"sync"

	"github.com/maypok86/otter/v2"
)

// cache keeps what was read from the store until somebody writes it. What a
// reader loaded while a write was under way is not kept, so that nothing stale
// outlives the write's acknowledgement. A cache of size 0 keeps nothing: other
// processes write the same store, and nobody would tell of it.
type cache[V any] struct {
	entries *otter.Cache[string, V]
	seed    maphash.Seed
	shards  [64]struct {
		sync.Mutex
		writes uint64
	}
}

func newCache[V any](size int) *cache[V] {
	if size == 0 {
		return &cache[V]{}
	}
	return &cache[V]{
		entries: otter.Must(&otter.Options[string, V]{MaximumSize: size}),
		seed:    maphash.MakeSeed(),
	}
}

// get answers the entry, loading it when it is not there. A failed load is not
// remembered.
func (c *cache[V]) get(key string, load func() (V, error)) (V, error) {
	if c.entries == nil {
		return load()
	}
	if value, ok := c.entries.GetIfPresent(key); ok {
		return value, nil
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
	if shard.writes == before {
		c.entries.Set(key, value)
	}
	shard.Unlock()
	return value, nil
}

// drop forgets an entry and whatever is being loaded for it now. A writer calls
// it before and after the write.
func (c *cache[V]) drop(key string) {
	if c.entries == nil {
		return
	}
	shard := &c.shards[maphash.String(c.seed, key)%64]
	shard.Lock()
	shard.writes++
	c.entries.Invalidate(key)
	shard.Unlock()
}

func (c *cache[V]) clear() {
	if c.entries == nil {
		return
	}
	for i := range c.shards {
		c.shards[i].Lock()
		c.shards[i].writes++
		c.shards[i].Unlock()
	}
	c.entries.InvalidateAll()
}
