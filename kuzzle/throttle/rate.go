package throttle

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	rateShards = 64
	// rateKeys bounds the callers that a shard counts one by one in a window; further ones share
	// one count.
	rateKeys = 4096
)

// Rate counts requests per key in fixed windows. It is safe for concurrent use, needs
// no goroutine, and holds at most about 260,000 keys.
type Rate struct {
	now    func() time.Time
	every  time.Duration
	share  func() Share
	seed   maphash.Seed
	shards [rateShards]rateShard
}

type rateShard struct {
	sync.Mutex
	window int64
	counts map[string]int
	others int
	_      [64]byte // keeps neighbours on different cache lines
}

// NewRate returns a Rate with windows of this length. A nil clock is time.Now.
func NewRate(clock func() time.Time, every time.Duration) *Rate {
	if clock == nil {
		clock = time.Now
	}
	return &Rate{now: clock, every: every, share: func() Share { return Share{} }, seed: maphash.MakeSeed()}
}

// Divide makes it allow only this node's part of each limit, by the current share, so that all
// nodes together allow the limit. It is called before the first Allow.
func (r *Rate) Divide(share func() Share) { r.share = share }

// Allow counts a request and reports whether the key had fewer than limit in this window before. A
// limit of 0 or less is no limit, and not counted. Windows begin at multiples of their length; a refused
// request does not count.
func (r *Rate) Allow(key string, limit int) bool {
	if limit <= 0 {
		return true
	}
	window := r.now().UnixNano() / int64(r.every)
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

// reset begins a window. It releases a map that has grown large.
func (s *rateShard) reset(window int64) {
	s.window, s.others = window, 0
	if s.counts == nil || len(s.counts) > rateKeys/8 {
		s.counts = make(map[string]int)
		return
	}
	clear(s.counts)
}
