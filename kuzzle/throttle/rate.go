package throttle

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	rateWindow = time.Second
	rateShards = 64
	// rateKeys bounds the callers counted one by one in a shard and window;
	// those beyond share one count.
	rateKeys = 4096
)

// Rate counts requests per key in fixed windows of a second. It is safe for
// concurrent use, needs no goroutine, and holds at most some 260,000 keys.
type Rate struct {
	now    func() time.Time
	share  func() Share
	seed   maphash.Seed
	shards [rateShards]rateShard
}

type rateShard struct {
	sync.Mutex
	window int64
	counts map[string]int
	others int
	_      [64]byte // keeps neighbours off one cache line
}

// NewRate makes one. A nil clock is time.Now.
func NewRate(clock func() time.Time) *Rate {
	if clock == nil {
		clock = time.Now
	}
	return &Rate{now: clock, share: func() Share { return Share{} }, seed: maphash.MakeSeed()}
}

// Divide has it allow a part of each limit, as share says at every request: for
// nodes that together allow what one does. It is called before the first Allow.
func (r *Rate) Divide(share func() Share) { r.share = share }

// Allow counts a request and tells whether the key had fewer than limit before
// it in this window. A limit of 0 or less is none, and is not counted. Windows
// begin at whole seconds; a refused request uses nothing up.
func (r *Rate) Allow(key string, limit int) bool {
	if limit <= 0 {
		return true
	}
	window := r.now().UnixNano() / int64(rateWindow)
	limit = r.share().part(limit, window)
	shard := &r.shards[maphash.String(r.seed, key)%rateShards]
	shard.Lock()
	defer shard.Unlock()
	if shard.window != window || shard.counts == nil {
		shard.reset(window)
	}
	count, known := shard.counts[key]
	if !known && len(shard.counts) >= rateKeys {
		if shard.others >= limit {
			return false
		}
		shard.others++
		return true
	}
	if count >= limit {
		return false
	}
	shard.counts[key] = count + 1
	return true
}

// reset begins a window. A map that has grown large is given back.
func (s *rateShard) reset(window int64) {
	s.window, s.others = window, 0
	if s.counts == nil || len(s.counts) > rateKeys/8 {
		s.counts = make(map[string]int)
		return
	}
	clear(s.counts)
}
