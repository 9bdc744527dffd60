package budget

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Share is what one holder has of a budget. The zero Share is of no budget and
// has no bound. It is safe for concurrent use, and must not be copied once it is
// used.
type Share struct {
	of   *Budget
	held atomic.Int64
	// largest is what CoverLargest has covered.
	largest  atomic.Int64
	released atomic.Bool
}

// Of makes the share one of a budget. It is called before any other method.
func (s *Share) Of(b *Budget) *Share {
	s.of = b
	return s
}

// Share makes an empty share. Those of a nil Budget have no bound.
func (b *Budget) Share() *Share { return new(Share).Of(b) }

// Held is the number of bytes of the share.
func (s *Share) Held() int64 { return s.held.Load() }

// Grow adds bytes, waiting in turn for at most [Patience]. The error is
// [ErrExhausted] or [ErrNeverFits]; the share is then as it was. A share that was
// released does not grow.
func (s *Share) Grow(ctx context.Context, bytes int64) error { return s.grow(ctx, bytes, 0) }

// Cover is Grow for bytes that are there already, such as an answer whose size
// nobody knew before. All who wait with bytes in hand may have a sixteenth of the
// budget together; others are refused at once.
func (s *Share) Cover(ctx context.Context, bytes int64) error { return s.grow(ctx, bytes, bytes) }

// CoverLargest is Cover for bytes of which the holder lets go before the next ones
// come, such as a page that is read after another: of all of them the share has
// what the largest takes.
func (s *Share) CoverLargest(ctx context.Context, bytes int64) error {
	before := s.largest.Load()
	if bytes <= before {
		return nil
	}
	if err := s.Cover(ctx, bytes-before); err != nil {
		return err
	}
	s.largest.Store(bytes)
	return nil
}

// Await is Grow for work that no client waits for: it asks until it gets the bytes,
// or until ctx is done, whose error it returns.
func (s *Share) Await(ctx context.Context, bytes int64) error {
	for {
		err := s.Grow(ctx, bytes)
		if !errors.Is(err, ErrExhausted) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(Patience):
		}
	}
}

func (s *Share) grow(ctx context.Context, bytes, inHand int64) error {
	if bytes <= 0 || s.released.Load() {
		return nil
	}
	if s.of != nil {
		if err := s.of.take(ctx, bytes, inHand); err != nil {
			return err
		}
	}
	s.add(bytes)
	return nil
}

// TryGrow adds bytes if they are there at once, and reports whether they were.
func (s *Share) TryGrow(bytes int64) bool {
	if s.of != nil && !s.of.try(bytes) {
		return false
	}
	s.add(bytes)
	return true
}

func (s *Share) add(bytes int64) {
	s.held.Add(bytes)
	if s.released.Load() {
		s.Shrink(0) // it was released meanwhile
	}
}

// Shrink gives back what is above so many bytes.
func (s *Share) Shrink(bytes int64) {
	for {
		held := s.held.Load()
		if held <= bytes {
			return
		}
		if s.held.CompareAndSwap(held, bytes) {
			if s.of != nil {
				s.of.give(held - bytes)
			}
			return
		}
	}
}

// Move hands everything to a new share and leaves this one empty.
func (s *Share) Move() *Share {
	moved := s.of.Share()
	moved.held.Store(s.held.Swap(0))
	return moved
}

// Release gives everything back, for good. A second call does nothing.
func (s *Share) Release() {
	s.released.Store(true)
	s.Shrink(0)
}

// shared is a context that carries a share.
type shared struct {
	context.Context
	share *Share
}

type shareKey struct{}

// With makes a context by which those who work for a request find its share.
func With(ctx context.Context, s *Share) context.Context { return shared{ctx, s} }

func (c shared) Value(key any) any {
	if _, ours := key.(shareKey); ours {
		return c.share
	}
	return c.Context.Value(key)
}

// unbounded is the share of those who work for no request.
var unbounded Share

// From finds the share of the request that a context belongs to. Without one it
// is a share of no budget.
func From(ctx context.Context) *Share {
	if share, ok := ctx.Value(shareKey{}).(*Share); ok {
		return share
	}
	return &unbounded
}
