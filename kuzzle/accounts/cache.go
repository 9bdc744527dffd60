package accounts

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// cache keeps what was read from a collection until somebody writes it. What a
// reader loaded while a write was under way is not kept, so that nothing stale
// outlives the write's acknowledgement. Where other processes write the same
// store, fresh says what may be kept and used.
type cache[V any] struct {
	of      storage.Collection
	fresh   storage.Freshness
	entries *otter.Cache[string, kept[V]]
	seed    maphash.Seed
	shards  [64]struct {
		sync.Mutex
		writes uint64
	}
}

// kept is a value and, where others may change it, when it began to be read.
type kept[V any] struct {
	value V
	at    time.Time
}

func newCache[V any](of storage.Collection, fresh storage.Freshness, size int) *cache[V] {
	return newCacheOf(of, fresh, &otter.Options[string, kept[V]]{MaximumSize: size})
}

func newCacheOf[V any](of storage.Collection, fresh storage.Freshness, bounds *otter.Options[string, kept[V]]) *cache[V] {
	return &cache[V]{of: of, fresh: fresh, seed: maphash.MakeSeed(), entries: otter.Must(bounds)}
}

// usualUser is the size in bytes up to which a user counts as one entry.
const usualUser = 4 << 10

// newUsersCache makes a cache for size users. Large ones count as several: how
// much a user holds is for clients to say.
func newUsersCache(fresh storage.Freshness, size uint64) *cache[*User] {
	return newCacheOf(storage.Users, fresh, &otter.Options[string, kept[*User]]{
		MaximumWeight: size,
		Weigher: func(_ string, of kept[*User]) uint32 {
			return 1 + uint32(len(of.value.Content)/usualUser)
		},
	})
}

// get answers the entry, loading it when it is not there. A failed load is not
// remembered.
func (c *cache[V]) get(key string, load func() (V, error)) (V, error) {
	var began time.Time
	if c.fresh != nil {
		began = time.Now()
	}
	if c.fresh == nil || c.fresh.Current() {
		if found, ok := c.entries.GetIfPresent(key); ok && began.Sub(found.at) < storage.KeptFor {
			return found.value, nil
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
		c.entries.Set(key, kept[V]{value, began})
	}
	shard.Unlock()
	return value, nil
}

// drop forgets an entry and whatever is being loaded for it now. A writer calls
// it before and after the write.
func (c *cache[V]) drop(key string) {
	shard := &c.shards[maphash.String(c.seed, key)%64]
	shard.Lock()
	shard.writes++
	c.entries.Invalidate(key)
	shard.Unlock()
}

// forget drops an entry that another process writes, all of them for "".
func (c *cache[V]) forget(key string) {
	if key == "" {
		c.clear()
		return
	}
	c.drop(key)
}

func (c *cache[V]) clear() {
	for i := range c.shards {
		c.shards[i].Lock()
		c.shards[i].writes++
		c.shards[i].Unlock()
	}
	c.entries.InvalidateAll()
}
