package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

var tenSeconds = throttle.Window{Limit: 100, Every: 10 * time.Second}

// eachWindows runs a test, by a clock of its own, of one node alone and of two that
// share a ledger. next returns the nodes in turn.
func eachWindows(t *testing.T, run func(t *testing.T, next func() *throttle.Windows)) {
	t.Run("alone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			only := throttle.NewWindows(nil, nil)
			run(t, func() *throttle.Windows { return only })
		})
	})
	t.Run("shared", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBook()
			nodes := []*throttle.Windows{throttle.NewWindows(nil, b), throttle.NewWindows(nil, b)}
			turn := 0
			run(t, func() *throttle.Windows { turn++; return nodes[turn%2] })
		})
	})
}

func take(t *testing.T, w *throttle.Windows, key string, window throttle.Window) time.Duration {
	t.Helper()
	wait, err := w.Take(t.Context(), key, window)
	if err != nil {
		t.Fatal(err)
	}
	return wait
}

// TestWindow: 100 uses in ten seconds, on whatever nodes, and the next one is told how
// long to wait, after which one is let through.
func TestWindow(t *testing.T) {
	eachWindows(t, func(t *testing.T, next func() *throttle.Windows) {
		for i := range 100 {
			if wait := take(t, next(), "key", tenSeconds); wait != 0 {
				t.Fatalf("use %d waits for %s", i+1, wait)
			}
			time.Sleep(50 * time.Millisecond)
		}
		for range 3 {
			if wait := take(t, next(), "key", tenSeconds); wait != 5*time.Second {
				t.Errorf("one more waits for %s, want 5s", wait)
			}
		}
		if wait := take(t, next(), "another", tenSeconds); wait != 0 {
			t.Errorf("another key waits for %s", wait)
		}
		time.Sleep(5 * time.Second)
		if wait := take(t, next(), "key", tenSeconds); wait != 0 {
			t.Errorf("after the wait it waits for %s", wait)
		}
		if wait := take(t, next(), "key", tenSeconds); wait != 50*time.Millisecond {
			t.Errorf("the one after it waits for %s, want 50ms", wait)
		}
	})
}

// TestAnyWindow: whenever uses come, no ten seconds have more than the limit, and none
// is refused that had room.
func TestAnyWindow(t *testing.T) {
	window := throttle.Window{Limit: 7, Every: 10 * time.Second}
	eachWindows(t, func(t *testing.T, next func() *throttle.Windows) {
		random := rand.New(rand.NewPCG(1, 2))
		var let []time.Time
		refused := 0
		for range 2000 {
			time.Sleep(time.Duration(random.IntN(2500)) * time.Millisecond)
			now := time.Now()
			let = slices.DeleteFunc(let, func(at time.Time) bool { return now.Sub(at) >= window.Every })
			wait := take(t, next(), "key", window)
			want := time.Duration(0)
			if len(let) >= window.Limit {
				want = window.Every - now.Sub(let[len(let)-window.Limit])
				refused++
			} else {
				let = append(let, now)
			}
			if wait != want {
				t.Fatalf("a use that has %d before it waits for %s, want %s", len(let), wait, want)
			}
		}
		if refused < 100 {
			t.Errorf("only %d were refused", refused)
		}
	})
}

// TestTogether: many at once are no more than one after the other, and nodes write
// those that come together at one time.
func TestTogether(t *testing.T) {
	b := newBook()
	for name, nodes := range map[string][]*throttle.Windows{
		"alone": {throttle.NewWindows(nil, nil)}, "shared": {throttle.NewWindows(nil, b), throttle.NewWindows(nil, b), throttle.NewWindows(nil, b)},
	} {
		var let, refused atomic.Int64
		var all sync.WaitGroup
		hour := throttle.Window{Limit: 1000, Every: time.Hour}
		for i := range 1500 {
			all.Go(func() {
				wait, err := nodes[i%len(nodes)].Take(t.Context(), "key", hour)
				switch {
				case err != nil:
					t.Error(err)
				case wait == 0:
					let.Add(1)
				case wait > 0 && wait <= time.Hour:
					refused.Add(1)
				}
			})
		}
		all.Wait()
		if let.Load() != 1000 || refused.Load() != 500 {
			t.Errorf("%s: %d were let through and %d refused", name, let.Load(), refused.Load())
		}
	}
	if b.writes > 1000 {
		t.Errorf("%d writes for 1000 uses", b.writes)
	}
	reads, writes := b.reads, b.writes
	for range 100 {
		if _, err := throttle.NewWindows(nil, b).Take(t.Context(), "other", tenSeconds); err != nil {
			t.Fatal(err)
		}
	}
	if b.reads-reads != 100 || b.writes-writes != 100 {
		t.Errorf("100 nodes that come once read %d and write %d pages", b.reads-reads, b.writes-writes)
	}
}

// TestWindowCosts: one node that is alone in the ledger reads once and writes once for a
// use, and neither for a refusal.
func TestWindowCosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBook()
		w := throttle.NewWindows(nil, b)
		for range 300 {
			take(t, w, "key", tenSeconds)
		}
		if b.reads != 1 || b.writes != 100 {
			t.Errorf("%d reads and %d writes, want 1 and 100", b.reads, b.writes)
		}
		synctest.Wait()
	})
}

// TestLedgerIsGone: what cannot be counted is an error, and counts again when it can.
func TestLedgerIsGone(t *testing.T) {
	b := newBook()
	w := throttle.NewWindows(nil, b)
	take(t, w, "key", tenSeconds)
	b.gone = errGone
	for range 2 {
		if _, err := w.Take(t.Context(), "key", tenSeconds); !errors.Is(err, errGone) {
			t.Errorf("got %v", err)
		}
	}
	b.gone = nil
	take(t, w, "key", tenSeconds)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Take(ctx, "key", tenSeconds); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestWindowAndClocks: a clock that goes back makes nobody wait longer than a window.
func TestWindowAndClocks(t *testing.T) {
	for _, ledger := range []throttle.Ledger{nil, newBook()} {
		now := time.Unix(1_800_000_000, 0)
		w := throttle.NewWindows(func() time.Time { return now }, ledger)
		for range 100 {
			take(t, w, "key", tenSeconds)
		}
		now = now.Add(-time.Hour)
		if wait := take(t, w, "key", tenSeconds); wait != 10*time.Second {
			t.Errorf("an hour back: it waits for %s, want 10s", wait)
		}
		now = now.Add(10 * time.Second)
		if wait := take(t, w, "key", tenSeconds); wait != 0 {
			t.Errorf("a window later: it waits for %s", wait)
		}
	}
}

// TestNoWindows: what limits nothing lets everything through.
func TestNoWindows(t *testing.T) {
	var none *throttle.Windows
	for range 1000 {
		if take(t, none, "key", tenSeconds) != 0 || take(t, throttle.NewWindows(nil, nil), "key", throttle.Window{}) != 0 {
			t.Fatal("refused")
		}
	}
}

// TestWindowsAreBounded: a flood of fresh keys takes bounded memory, and the key that is
// nearly used up stays so.
func TestWindowsAreBounded(t *testing.T) {
	w := throttle.NewWindows(nil, nil)
	hour := throttle.Window{Limit: 20, Every: time.Hour}
	for range 20 {
		take(t, w, "victim", hour)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 200_000 {
		take(t, w, fmt.Sprint("fresh", i), hour)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("200,000 keys take %d bytes", grown)
	}
	if take(t, w, "victim", hour) == 0 {
		t.Error("a flood of fresh keys makes a used-up one forgotten")
	}
}

func BenchmarkWindow(b *testing.B) {
	w := throttle.NewWindows(nil, nil)
	for b.Loop() {
		if _, err := w.Take(b.Context(), "key", throttle.Window{Limit: 1000, Every: 10 * time.Second}); err != nil {
			b.Fatal(err)
		}
	}
}
