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
	// Least is the smallest default budget, in bytes.
	Least = 128 << 20
	// Small is the size of the largest small share, in bytes.
	Small = 32 << 10
	// Patience is how long a request for bytes waits for others to return theirs.
	Patience = time.Second
	// maxWaiting is the maximum number of waiting requests; more are refused at
	// once.
	maxWaiting = 256
	// inHandPart is the fraction of the budget that waiting requests may already
	// hold in addition to it.
	inHandPart = 16
	// smallPart is the fraction of the budget that only small shares get. The
	// collector has the same room when large shares have taken all of theirs.
	smallPart = 2
)

var (
	// ErrExhausted means that no bytes became available within Patience.
	ErrExhausted = errors.New("budget: the memory budget is exhausted")
	// ErrNeverFits means that the request exceeds the whole budget.
	ErrNeverFits = errors.New("budget: more than the memory budget can hold")
)

// Budget is a bound on the bytes held at once. It is safe for concurrent use. A nil
// Budget has no bound.
type Budget struct {
	limit, large int64
	used         atomic.Int64
	// claimed are the bytes outside of all shares.
	claimed atomic.Int64
	peak    atomic.Int64
	// inHand are bytes that waiting requests already hold and that are not counted
	// yet.
	inHand  atomic.Int64
	refused atomic.Int64

	// waiting is the length of queue, readable without mu.
	waiting atomic.Int64
	mu      sync.Mutex
	queue   []*waiter
	// readers are the answers that are being written, oldest first.
	first, last *Reader
	// follow is called with the part of the budget that claims leave.
	follow func(left int64)
}

// waiter is one waiting request for bytes. granted is closed once it has them.
type waiter struct {
	bytes   int64
	granted chan struct{}
}

// New returns a budget of that many bytes.
func New(limit int64) *Budget { return &Budget{limit: limit, large: limit - limit/smallPart} }

// Limit returns the number of bytes of the budget, 0 without a bound.
func (b *Budget) Limit() int64 {
	if b == nil {
		return 0
	}
	return b.limit
}

// Large returns the number of bytes that shares above [Small] may have together.
func (b *Budget) Large() int64 { return b.large }

// Used returns the number of bytes held now, by shares and claims; 0 without a
// bound.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	return b.used.Load() + b.claimed.Load()
}

// Scarce reports whether only small shares are granted now.
func (b *Budget) Scarce() bool { return b != nil && b.Used() > b.large }

// Refused returns how many requests for bytes were refused with [ErrExhausted].
func (b *Budget) Refused() int64 { return b.refused.Load() }

// Peak returns the largest number of bytes that shares held since the last call.
func (b *Budget) Peak() int64 { return b.peak.Swap(b.used.Load()) }

// ceiling returns how full the budget may become by a request for bytes.
func (b *Budget) ceiling(bytes int64) int64 {
	if bytes <= Small {
		return b.limit
	}
	return b.large
}

// try takes bytes if they are available.
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

// take takes bytes, waiting in a queue. Small requests overtake waiting ones.
// inHand is how many of the bytes the caller already holds.
func (b *Budget) take(ctx context.Context, bytes, inHand int64) error {
	if (bytes <= Small || b.waiting.Load() == 0) && b.try(bytes) {
		return nil
	}
	if bytes > b.large {
		return ErrNeverFits
	}
	// Many may be refused at once: they must not wait for each other while they
	// hold bytes.
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
	// From here on a goroutine that returns bytes sees the waiting request.
	b.waiting.Store(int64(len(b.queue)))
	b.serve()
	if len(b.queue) > 0 {
		b.cutSlow()
	}
	b.mu.Unlock()
	return b.await(ctx, w)
}

// await waits until w is granted. It cuts off readers that become slow meanwhile.
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

// leave removes w from the queue, unless it was granted meanwhile.
func (b *Budget) leave(w *waiter) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.Index(b.queue, w)
	if at < 0 {
		return nil
	}
	b.queue = slices.Delete(b.queue, at, at+1)
	b.serve() // later ones may want less
	return b.refuse()
}

func (b *Budget) refuse() error {
	b.refused.Add(1)
	return ErrExhausted
}

// give returns bytes.
func (b *Budget) give(bytes int64) {
	b.used.Add(-bytes)
	if b.waiting.Load() == 0 {
		return
	}
	b.mu.Lock()
	b.serve()
	b.mu.Unlock()
}

// serve grants waiting requests, in order, while there are bytes; a large request
// that must wait longer lets only small ones pass. It is called with mu held.
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
