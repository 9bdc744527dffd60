package budget

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Share is the part of a budget that one holder has. The zero Share belongs to no
// budget and has no bound. It is safe for concurrent use, and must not be copied
// after its first use.
type Share struct {
	of   *Budget
	held atomic.Int64
	// largest is the number of bytes that CoverLargest has covered.
	largest  atomic.Int64
	released atomic.Bool
}

// Of assigns the share to a budget. It must be called before all other methods.
func (s *Share) Of(b *Budget) *Share {
	s.of = b
	return s
}

// Share returns an empty share. Shares of a nil Budget have no bound.
func (b *Budget) Share() *Share { return new(Share).Of(b) }

// Held returns the number of bytes of the share.
func (s *Share) Held() int64 { return s.held.Load() }

// Grow adds bytes, waiting in a queue for at most [Patience]. The error is
// [ErrExhausted] or [ErrNeverFits], and then the share is unchanged. A released
// share does not grow.
func (s *Share) Grow(ctx context.Context, bytes int64) error { return s.grow(ctx, bytes, 0) }

// Cover is like Grow for bytes that the caller already holds, such as an answer
// whose size was unknown before. All waiting callers that hold bytes may hold a
// sixteenth of the budget together; others are refused at once.
func (s *Share) Cover(ctx context.Context, bytes int64) error { return s.grow(ctx, bytes, bytes) }

// CoverLargest is like Cover for bytes that the holder drops before the next ones
// come, such as pages that are read one after another: the share has the size of
// the largest of them.
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

// Await is like Grow for work that no client waits for: it repeats until it gets
// the bytes, or until ctx is done, whose error it returns.
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

// TryGrow adds bytes if they are available at once, and reports whether they were.
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

// Shrink returns the bytes above a number.
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

// Move moves everything to a new share and leaves this one empty.
func (s *Share) Move() *Share {
	moved := s.of.Share()
	moved.held.Store(s.held.Swap(0))
	return moved
}

// Release returns everything, permanently. A second call does nothing.
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

// With returns a context that carries the share of a request.
func With(ctx context.Context, s *Share) context.Context { return shared{ctx, s} }

func (c shared) Value(key any) any {
	if _, ours := key.(shareKey); ours {
		return c.share
	}
	return c.Context.Value(key)
}

// unbounded is the share for work that belongs to no request.
var unbounded Share

// From returns the share of the request that a context belongs to. Without one it
// is a share of no budget.
func From(ctx context.Context) *Share {
	if share, ok := ctx.Value(shareKey{}).(*Share); ok {
		return share
	}
	return &unbounded
}
