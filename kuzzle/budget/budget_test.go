package budget

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const mib = 1 << 20

// grown is a share of so many bytes, which has to be there at once.
func grown(t *testing.T, b *Budget, bytes int64) *Share {
	t.Helper()
	s := b.Share()
	if err := s.Grow(t.Context(), bytes); err != nil {
		t.Fatal(err)
	}
	return s
}

func check(t *testing.T, b *Budget, want int64) {
	t.Helper()
	if got := b.Used(); got != want {
		t.Errorf("%d bytes are held, want %d", got, want)
	}
}

// TestGivingBackTwice gives every byte back exactly once.
func TestGivingBackTwice(t *testing.T) {
	b := New(8 * mib)
	s := grown(t, b, mib)
	check(t, b, mib)
	s.Shrink(1000)
	check(t, b, 1000)
	s.Shrink(2000)
	check(t, b, 1000)
	s.Release()
	s.Release()
	check(t, b, 0)
	if got := b.Peak(); got != mib {
		t.Errorf("the peak was %d, want %d", got, mib)
	}
	if got := b.Peak(); got != 0 {
		t.Errorf("the peak since then was %d, want 0", got)
	}
}

// TestNoBudget lets a share grow that is of no budget.
func TestNoBudget(t *testing.T) {
	var s Share
	if err := s.Grow(t.Context(), 1<<40); err != nil {
		t.Error(err)
	}
	s.Release()
	if s.Held() != 0 {
		t.Errorf("%d bytes are held after Release", s.Held())
	}
}

// TestLateGrowth gives nothing to a share that was released, as that of a request
// whose work goes on beside it.
func TestLateGrowth(t *testing.T) {
	b := New(8 * mib)
	s := grown(t, b, mib)
	ctx := With(t.Context(), s)
	if err := From(ctx).Grow(ctx, mib); err != nil {
		t.Fatal(err)
	}
	check(t, b, 2*mib)
	s.Release()
	if err := From(ctx).Grow(ctx, mib); err != nil || !From(ctx).TryGrow(mib) {
		t.Errorf("a share that was released refuses: %v", err)
	}
	check(t, b, 0)
	if err := From(t.Context()).Grow(ctx, 1<<40); err != nil {
		t.Errorf("work for no request is refused: %v", err)
	}
}

// TestInHand bounds the bytes that waiting callers hold.
func TestInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(16 * mib)
		held := grown(t, b, 8*mib)
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				if err := b.Share().Cover(t.Context(), mib/2); !errors.Is(err, ErrExhausted) {
					t.Errorf("got %v, want %v", err, ErrExhausted)
				}
			})
		}
		synctest.Wait()
		started := time.Now()
		if err := b.Share().Cover(t.Context(), mib/2); !errors.Is(err, ErrExhausted) || time.Since(started) > 0 {
			t.Errorf("got %v after %v, want %v at once", err, time.Since(started), ErrExhausted)
		}
		all.Wait()
		held.Release()
		if got := b.inHand.Load(); got != 0 {
			t.Errorf("%d bytes are noted as in hand", got)
		}
	})
}

// TestWaiting refuses after Patience and grants in turn before it.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(8 * mib)
		first := grown(t, b, 4*mib)
		started := time.Now()
		late := b.Share()
		if err := late.Grow(t.Context(), 2*mib); !errors.Is(err, ErrExhausted) {
			t.Errorf("got %v, want %v", err, ErrExhausted)
		}
		if waited := time.Since(started); waited != Patience {
			t.Errorf("it waited %v, want %v", waited, Patience)
		}
		if got := b.Refused(); got != 1 {
			t.Errorf("%d were counted as refused, want 1", got)
		}
		var order []int64
		var mu sync.Mutex
		var all sync.WaitGroup
		for _, bytes := range []int64{4 * mib, 3 * mib, 2 * mib} {
			all.Go(func() {
				s := b.Share()
				if err := s.Grow(t.Context(), bytes); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, bytes/mib)
				mu.Unlock()
				s.Release()
			})
			synctest.Wait()
		}
		first.Release()
		all.Wait()
		if len(order) != 3 || order[0] != 4 || order[1] != 3 || order[2] != 2 {
			t.Errorf("granted in the order %v, want that of asking, [4 3 2]", order)
		}
		check(t, b, 0)
	})
}

// TestAwait asks until there are bytes, or until it is called off.
func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(8 * mib)
		held := grown(t, b, 4*mib)
		patient := b.Share()
		var all sync.WaitGroup
		all.Go(func() {
			if err := patient.Await(t.Context(), 2*mib); err != nil {
				t.Error(err)
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			if err := b.Share().Await(ctx, 2*mib); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %v", err, context.Canceled)
			}
		})
		time.Sleep(10 * Patience)
		cancel()
		synctest.Wait()
		held.Release()
		all.Wait()
		check(t, b, 2*mib)
		patient.Release()
		if err := b.Share().Await(t.Context(), 5*mib); !errors.Is(err, ErrNeverFits) {
			t.Errorf("got %v, want %v", err, ErrNeverFits)
		}
	})
}

// TestSmallFirst has small shares pass by large ones, which cannot fill the
// budget.
func TestSmallFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(8 * mib)
		held := grown(t, b, 4*mib)
		var all sync.WaitGroup
		all.Go(func() {
			s := b.Share()
			if err := s.Grow(t.Context(), 64<<10); !errors.Is(err, ErrExhausted) {
				t.Errorf("a large share got into what is for small ones: %v", err)
			}
		})
		synctest.Wait()
		started := time.Now()
		small := grown(t, b, Small)
		if waited := time.Since(started); waited != 0 {
			t.Errorf("a small share waited %v", waited)
		}
		all.Wait()
		small.Release()
		held.Release()
		check(t, b, 0)
	})
}

// TestNeverFits distinguishes requests that can never be granted from those that
// cannot be granted now.
func TestNeverFits(t *testing.T) {
	b := New(8 * mib)
	s := b.Share()
	if err := s.Grow(t.Context(), 4*mib+1); !errors.Is(err, ErrNeverFits) {
		t.Errorf("got %v, want %v", err, ErrNeverFits)
	}
	check(t, b, 0)
}

// TestLeaving removes a caller that gives up from the queue, and lets the later
// ones in.
func TestLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(8 * mib)
		held := grown(t, b, 2*mib)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			s := b.Share()
			if err := s.Grow(ctx, 3*mib); !errors.Is(err, ErrExhausted) {
				t.Errorf("got %v, want %v", err, ErrExhausted)
			}
		})
		synctest.Wait()
		all.Go(func() {
			s := b.Share()
			if err := s.Grow(t.Context(), mib); err != nil {
				t.Error(err)
			}
			s.Release()
		})
		synctest.Wait()
		cancel()
		all.Wait()
		held.Release()
		check(t, b, 0)
	})
}

// TestQueueIsBounded refuses callers at once that would make the queue too long.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(8 * mib)
		held := grown(t, b, 4*mib)
		var all sync.WaitGroup
		for range maxWaiting {
			all.Go(func() {
				s := b.Share()
				_ = s.Grow(t.Context(), mib)
			})
		}
		synctest.Wait()
		started := time.Now()
		s := b.Share()
		if err := s.Grow(t.Context(), mib); !errors.Is(err, ErrExhausted) || time.Since(started) > 0 {
			t.Errorf("got %v after %v, want %v at once", err, time.Since(started), ErrExhausted)
		}
		all.Wait()
		held.Release()
		check(t, b, 0)
	})
}

// TestSlowReaders are cut off when somebody waits, and not before.
func TestSlowReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(8 * mib)
		stuck := grown(t, b, 4*mib)
		cuts := 0
		r := b.Writing(func() { cuts++; go stuck.Release() })
		quick := b.Writing(func() { t.Error("a reader that had its answer was cut off") })
		b.Done(quick)
		b.Done(quick)
		time.Sleep(time.Hour)
		if cuts != 0 {
			t.Error("a reader was cut off and nobody needed its bytes")
		}
		s := grown(t, b, 4*mib)
		if cuts != 1 {
			t.Errorf("the slow reader was cut off %d times, want once", cuts)
		}
		s.Release()
		b.Done(r)
		b.Done(nil)
		check(t, b, 0)
	})
}

// TestWatched has small answers watched only while bytes are scarce.
func TestWatched(t *testing.T) {
	b := New(8 * mib)
	for _, step := range []struct {
		held         int64
		small, large bool
	}{{mib, false, true}, {3 * mib, false, true}, {1, true, true}} {
		for left := step.held; left > 0; left -= Small {
			grown(t, b, min(left, Small))
		}
		if small, large := b.Watches(Small), b.Watches(Small+1); small != step.small || large != step.large {
			t.Errorf("with %d bytes held small answers are watched: %v, large ones: %v", b.Used(), small, large)
		}
	}
	if none := (*Budget)(nil); none.Watches(mib) || none.Scarce() {
		t.Error("nothing is scarce without a budget")
	}
}

// TestReaderBecomesSlow cuts a reader off that is slow by the time others have
// waited.
func TestReaderBecomesSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(8 * mib)
		stuck := grown(t, b, 4*mib)
		b.Writing(func() { go stuck.Release() })
		time.Sleep(slow / 2)
		grown(t, b, 4*mib).Release()
		check(t, b, 0)
	})
}

// TestNeverOver holds the bound with many holders, and loses no byte.
func TestNeverOver(t *testing.T) {
	b := New(mib)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 2000 {
				s := b.Share()
				if s.Grow(t.Context(), 1+rand.Int64N(200<<10)) == nil {
					_ = s.Grow(t.Context(), 100)
				}
				if used := b.Used(); used > mib {
					t.Errorf("%d bytes are held, of %d", used, mib)
				}
				s.Release()
			}
		})
	}
	all.Wait()
	check(t, b, 0)
	if len(b.queue) != 0 || b.waiting.Load() != 0 {
		t.Errorf("%d wait after the end, noted as %d", len(b.queue), b.waiting.Load())
	}
}

// BenchmarkSmall is the cost for an ordinary request.
func BenchmarkSmall(b *testing.B) {
	all := New(Least)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s := all.Share()
			_ = s.Grow(b.Context(), 4096)
			s.Release()
		}
	})
}
