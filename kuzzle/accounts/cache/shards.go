package cache

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// maxShards is the maximum number of parts of a cache that are locked on their own, and leastEach
// the smallest number of entries for which there is one more.
const (
	maxShards = 16
	leastEach = 64
)

// shards divides the keys of a cache.
type shards struct {
	seed maphash.Seed
	all  []shard
}

// shard has the entries of some keys.
type shard struct {
	sync.Mutex
	entries simplelru.LRUCache[string, entry]
	// weight is the sum of all entries, most its maximum. weigh tells that of a value.
	weight, most uint64
	weigh        func(value any) uint32
	// writes counts the calls of drop and clear.
	writes uint64
}

// entry is a value and, if others may change it, the time when its load began.
type entry struct {
	value  any
	at     time.Time
	weight uint32
}

func newShards(most int, weigh func(any) uint32) shards {
	n := min(max(most/leastEach, 1), maxShards)
	s := shards{seed: maphash.MakeSeed(), all: make([]shard, n)}
	for i := range s.all {
		one := &s.all[i]
		one.most, one.weigh = uint64(most/n), weigh
		// The size is positive, so the call cannot fail.
		one.entries, _ = simplelru.NewLRU(most/n, func(_ string, gone entry) { one.weight -= uint64(gone.weight) })
	}
	return s
}

func (s *shards) of(key string) *shard {
	return &s.all[maphash.String(s.seed, key)%uint64(len(s.all))]
}

// get returns the entry, if there is one, and the number of writes so far.
func (s *shard) get(key string) (found entry, is bool, writes uint64) {
	s.Lock()
	defer s.Unlock()
	found, is = s.entries.Get(key)
	return found, is, s.writes
}

// set keeps a value. The caller holds the lock.
func (s *shard) set(key string, value any, at time.Time) {
	s.entries.Remove(key)
	weight := s.weigh(value)
	if uint64(weight) > s.most {
		return
	}
	for s.weight+uint64(weight) > s.most {
		s.entries.RemoveOldest()
	}
	s.weight += uint64(weight)
	s.entries.Add(key, entry{value, at, weight})
}

func (s *shard) drop(key string) {
	s.Lock()
	defer s.Unlock()
	s.writes++
	s.entries.Remove(key)
}

func (s *shard) clear() {
	s.Lock()
	defer s.Unlock()
	s.writes++
	s.entries.Purge()
}

func (s *shard) size() int {
	s.Lock()
	defer s.Unlock()
	return s.entries.Len()
}
