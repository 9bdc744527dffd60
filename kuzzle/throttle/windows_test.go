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

// eachWindows runs a test, with a clock of its own, on one node and on two that share a ledger.
// next returns the nodes in turn.
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

// TestWindow makes 100 uses in ten seconds, on any nodes. The next one gets the time to wait, after
// which one is allowed.
func TestWindow(t *testing.T) {
	eachWindows(t, func(t *testing.T, next func() *throttle.Windows) {
		var let []time.Time
		use := func(want int) {
			t.Helper()
			wait := take(t, next(), "key", tenSeconds)
			left := time.Duration(0)
			if wait == 0 {
				let = append(let, time.Now())
			} else {
				left = let[len(let)-100].Add(10 * time.Second).Sub(time.Now())
			}
			if len(let) != want || (wait-left).Abs() > time.Millisecond {
				t.Errorf("%d uses, and a wait of %s; want %d, %s", len(let), wait, want, left)
			}
		}
		for i := range 100 {
			use(i + 1)
			time.Sleep(50 * time.Millisecond)
		}
		for range 3 {
			use(100)
		}
		if wait := take(t, next(), "another", tenSeconds); wait != 0 {
			t.Errorf("another key waits for %s", wait)
		}
		time.Sleep(time.Until(let[0].Add(10*time.Second + time.Millisecond)))
		use(101)
		use(101)
	})
}

// TestAnyWindow checks that no ten seconds have more than the limit, and that no use is refused
// that had room.
func TestAnyWindow(t *testing.T) {
	for _, test := range []struct{ limit, apart int }{{7, 2500}, {100, 60}, {100, 150}, {1000, 12}} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			window := throttle.Window{Limit: test.limit, Every: 10 * time.Second}
			eachWindows(t, func(t *testing.T, next func() *throttle.Windows) {
				random := rand.New(rand.NewPCG(1, 2))
				var let []time.Time
				refused := 0
				node := next()
				for range 2000 {
					time.Sleep(time.Duration(random.IntN(test.apart)) * time.Millisecond)
					if random.IntN(20) == 0 {
						node = next()
					}
					wait := take(t, node, "key", window)
					// Pages have milliseconds.
					now := time.Now()
					let = slices.DeleteFunc(let, func(at time.Time) bool { return now.Sub(at) >= window.Every })
					switch {
					case wait == 0 && len(let) == window.Limit:
						t.Fatalf("one more than %d", window.Limit)
					case wait == 0:
						let = append(let, now)
					case len(let) < window.Limit && wait > time.Millisecond:
						t.Fatalf("refused for %s with %d", wait, len(let))
					default:
						refused++
						if left := window.Every - now.Sub(let[0]); len(let) == window.Limit && (wait-left).Abs() > time.Millisecond {
							t.Fatalf("a wait of %s, want %s", wait, left)
						}
					}
				}
				if refused < 100 {
					t.Errorf("only %d were refused", refused)
				}
			})
		})
	}
}

// TestTogether checks that concurrent uses are limited like sequential ones, and that nodes write
// those that come together in one write.
func TestTogether(t *testing.T) {
	// Uses come together if they wait for the same write, which takes time here.
	synctest.Test(t, func(t *testing.T) {
		b := newBook()
		b.slow = time.Millisecond
		alone := []*throttle.Windows{throttle.NewWindows(nil, nil)}
		shared := []*throttle.Windows{throttle.NewWindows(nil, b), throttle.NewWindows(nil, b), throttle.NewWindows(nil, b)}
		for _, nodes := range [][]*throttle.Windows{alone, shared} {
			for _, window := range []throttle.Window{{Limit: 1000, Every: time.Hour}, {Limit: 1000, Every: time.Minute}} {
				var let, refused atomic.Int64
				var all sync.WaitGroup
				for i := range 100 {
					all.Go(func() {
						for range 15 {
							switch wait, err := nodes[i%len(nodes)].Take(t.Context(), window.Every.String(), window); {
							case err != nil:
								t.Error(err)
							case wait == 0:
								let.Add(1)
							case wait > 0 && wait <= window.Every:
								refused.Add(1)
							}
						}
					})
				}
				all.Wait()
				if let.Load() != 1000 || refused.Load() != 500 {
					t.Errorf("%d nodes, %s: %d were let through and %d refused", len(nodes), window.Every, let.Load(), refused.Load())
				}
			}
		}
		if b.writes > 1000 {
			t.Errorf("%d writes for 2000 uses", b.writes)
		}
	})
}

// TestWindowCosts checks how often a node calls the ledger.
func TestWindowCosts(t *testing.T) {
	for _, test := range []struct {
		name         string
		window       throttle.Window
		apart        time.Duration
		reads, write int
	}{
		{"few, each written", throttle.Window{Limit: 50, Every: 10 * time.Second}, time.Millisecond, 1, 50},
		{"rare, each written", throttle.Window{Limit: 1000, Every: 10 * time.Second}, time.Second, 1, 300},
		{"a hundred a second, some held", throttle.Window{Limit: 1000, Every: 10 * time.Second}, 10 * time.Millisecond, 1, 35},
		{"a refusal asks for nothing", throttle.Window{Limit: 1, Every: time.Hour}, time.Second, 1, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBook()
			w := throttle.NewWindows(nil, b)
			for range 300 {
				take(t, w, "key", test.window)
				time.Sleep(test.apart)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if b.reads != test.reads || b.writes > test.write {
				t.Errorf("%s: %d reads and %d writes, want %d and at most %d", test.name, b.reads, b.writes, test.reads, test.write)
			}
		})
	}
}

// TestHeldIsGivenBack checks that other nodes may use the unused part of a hold, even if its node
// has stopped.
func TestHeldIsGivenBack(t *testing.T) {
	window := throttle.Window{Limit: 1000, Every: 10 * time.Second}
	for _, gone := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBook()
			var ledger throttle.Ledger = b
			first := &cut{Ledger: b}
			if gone {
				ledger = first
			}
			here, there := throttle.NewWindows(nil, ledger), throttle.NewWindows(nil, b)
			for range 300 {
				take(t, here, "key", window)
			}
			first.gone = true
			let, began := 0, time.Now()
			wait := take(t, there, "key", window)
			for ; wait == 0; wait = take(t, there, "key", window) {
				let++
			}
			if wait < 5*time.Second {
				t.Errorf("gone %t: the next waits for %s", gone, wait)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("it took %s", took)
			}
			// A stopped node may have allowed all that it held.
			if let > 700 || let < 700 && !gone || let < 600 {
				t.Errorf("gone %t: %d were let through", gone, let)
			}
		})
	}
}

// cut is a ledger that one node can no longer reach.
type cut struct {
	throttle.Ledger
	gone bool
}

func (c *cut) Write(ctx context.Context, pages []throttle.Page) ([]bool, error) {
	if c.gone {
		return nil, errGone
	}
	return c.Ledger.Write(ctx, pages)
}

// TestLedgerIsGone checks that a use that cannot be counted is an error, and that counting resumes
// later.
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

// TestWindowAndClocks checks that a clock that goes back makes nobody wait longer than a window.
func TestWindowAndClocks(t *testing.T) {
	for _, ledger := range []throttle.Ledger{nil, newBook()} {
		var passed atomic.Int64
		w := throttle.NewWindows(func() time.Time { return time.Unix(1_800_000_000, passed.Load()) }, ledger)
		for range 100 {
			take(t, w, "key", tenSeconds)
		}
		passed.Add(-int64(time.Hour))
		if wait := take(t, w, "key", tenSeconds); wait != 10*time.Second {
			t.Errorf("an hour back: it waits for %s, want 10s", wait)
		}
		passed.Add(int64(10 * time.Second))
		if wait := take(t, w, "key", tenSeconds); wait != 0 {
			t.Errorf("a window later: it waits for %s", wait)
		}
	}
}

// TestNoWindows checks that nil Windows allow everything.
func TestNoWindows(t *testing.T) {
	var none *throttle.Windows
	for range 1000 {
		if take(t, none, "key", tenSeconds) != 0 || take(t, throttle.NewWindows(nil, nil), "key", throttle.Window{}) != 0 {
			t.Fatal("refused")
		}
	}
}

// TestWindowsAreBounded checks that a flood of new keys takes bounded memory, and keeps the key
// that is nearly used up.
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
