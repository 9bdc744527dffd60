package budget

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// Least is the smallest budget that is given by default, in bytes.
	Least = 128 << 20
	// Small is the largest share that counts as small, in bytes.
	Small = 32 << 10
	// Patience is how long a request for bytes waits for others to give theirs
	// back.
	Patience = time.Second
	// maxWaiting bounds the requests that wait; more are refused at once.
	maxWaiting = 256
	// inHandPart is the fraction of the budget that those who wait may have in
	// their hands already, beyond it.
	inHandPart = 16
	// smallPart is the fraction of the budget that only small shares get. It is
	// also the room that the collector has left when large ones have all of theirs.
	smallPart = 2
)

var (
	// ErrExhausted means that there were no bytes to be had within Patience.
	ErrExhausted = errors.New("budget: the memory budget is exhausted")
	// ErrNeverFits means that not even the whole budget would be enough.
	ErrNeverFits = errors.New("budget: more than the memory budget can hold")
)

// Budget is a number of bytes that may be held at once. It is safe for
// concurrent use. A nil Budget has no bound.
type Budget struct {
	limit, large int64
	used         atomic.Int64
	// claimed are the bytes outside of all shares.
	claimed atomic.Int64
	peak    atomic.Int64
	// inHand is what those who wait hold that is not counted yet.
	inHand  atomic.Int64
	refused atomic.Int64

	// waiting is the length of queue, which is read without mu.
	waiting atomic.Int64
	mu      sync.Mutex
	queue   []*waiter
	// readers are the answers that are being written, the oldest first.
	first, last *Reader
	// follow is told what claims leave of the budget.
	follow func(left int64)
}

// waiter is one request for bytes that waits. granted is closed once it has them.
type waiter struct {
	bytes   int64
	granted chan struct{}
}

// New makes a budget of so many bytes.
func New(limit int64) *Budget { return &Budget{limit: limit, large: limit - limit/smallPart} }

// Limit is the number of bytes of the budget, 0 without a bound.
func (b *Budget) Limit() int64 {
	if b == nil {
		return 0
	}
	return b.limit
}

// Large is the number of bytes that shares above [Small] may have together.
func (b *Budget) Large() int64 { return b.large }

// Used is the number of bytes that are held now, by shares and by claims; 0 without
// a bound.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	return b.used.Load() + b.claimed.Load()
}

// Scarce reports whether so much is held that only small shares are given.
func (b *Budget) Scarce() bool { return b != nil && b.Used() > b.large }

// Refused is how many requests for bytes were refused with [ErrExhausted].
func (b *Budget) Refused() int64 { return b.refused.Load() }

// Peak is the most bytes that shares held since the last call.
func (b *Budget) Peak() int64 { return b.peak.Swap(b.used.Load()) }

// ceiling is how full the budget may become by a request for bytes.
func (b *Budget) ceiling(bytes int64) int64 {
	if bytes <= Small {
		return b.limit
	}
	return b.large
}

// try takes bytes if they are there.
func (b *Budget) try(bytes int64) bool {
	ceiling := b.ceiling(bytes)
	for {
		used := b.used.Load()
		if used+b.claimed.Load()+bytes > ceiling {
			return false
		}
		if b.used.CompareAndSwap(used, used+bytes) {
			if used += bytes; used > b.peak.Load() {
				b.peak.Store(used) // a lost race loses a figure, not bytes
			}
			return true
		}
	}
}

// take takes bytes, waiting in turn. Small requests pass by those that wait.
// inHand is how many of the bytes are there already.
func (b *Budget) take(ctx context.Context, bytes, inHand int64) error {
	if (bytes <= Small || b.waiting.Load() == 0) && b.try(bytes) {
		return nil
	}
	if bytes > b.large {
		return ErrNeverFits
	}
	// Many may be refused at once: they must not wait for each other with their
	// hands full.
	if b.waiting.Load() >= maxWaiting {
		return b.refuse()
	}
	if inHand > 0 {
		defer b.inHand.Add(-inHand)
		if b.inHand.Add(inHand) > b.limit/inHandPart {
			return b.refuse()
		}
	}
	b.mu.Lock()
	w := &waiter{bytes: bytes, granted: make(chan struct{})}
	b.queue = append(b.queue, w)
	// From here on whoever gives bytes back sees that somebody waits.
	b.waiting.Store(int64(len(b.queue)))
	b.serve()
	if len(b.queue) > 0 {
		b.cutSlow()
	}
	b.mu.Unlock()
	return b.await(ctx, w)
}

// await waits until w is granted. Readers that become slow meanwhile are cut off.
func (b *Budget) await(ctx context.Context, w *waiter) error {
	const looks = 4
	tick := time.NewTicker(Patience / looks)
	defer tick.Stop()
	for look := 1; ; look++ {
		select {
		case <-w.granted:
			return nil
		case <-ctx.Done():
			return b.leave(w)
		case <-tick.C:
		}
		if look == looks {
			return b.leave(w)
		}
		b.mu.Lock()
		b.cutSlow()
		b.mu.Unlock()
	}
}

// leave takes w out of the queue, unless it was granted meanwhile.
func (b *Budget) leave(w *waiter) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.Index(b.queue, w)
	if at < 0 {
		return nil
	}
	b.queue = slices.Delete(b.queue, at, at+1)
	b.serve() // those behind may want less
	return b.refuse()
}

func (b *Budget) refuse() error {
	b.refused.Add(1)
	return ErrExhausted
}

// give gives bytes back.
func (b *Budget) give(bytes int64) {
	b.used.Add(-bytes)
	if b.waiting.Load() == 0 {
		return
	}
	b.mu.Lock()
	b.serve()
	b.mu.Unlock()
}

// serve grants what waits, in order, as far as there are bytes; a large request
// that has to wait on lets only small ones pass. It is called with mu held.
func (b *Budget) serve() {
	blocked := false
	b.queue = slices.DeleteFunc(b.queue, func(w *waiter) bool {
		large := w.bytes > Small
		if large && blocked || !b.try(w.bytes) {
			blocked = blocked || large
			return false
		}
		close(w.granted)
		return true
	})
	b.waiting.Store(int64(len(b.queue)))
}
