package pool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// gauge runs work of a given length and keeps the highest sums seen.
type gauge struct {
	mu                 sync.Mutex
	running, peak      int
	memory, peakMemory int64
	order              []string
}

func (g *gauge) work(name string, memory int64, length time.Duration) func() {
	return func() {
		g.mu.Lock()
		g.running++
		g.memory += memory
		g.peak, g.peakMemory = max(g.peak, g.running), max(g.peakMemory, g.memory)
		g.order = append(g.order, name)
		g.mu.Unlock()
		time.Sleep(length)
		g.mu.Lock()
		g.running--
		g.memory -= memory
		g.mu.Unlock()
	}
}

func TestPoolBoundsLanesAndMemory(t *testing.T) {
	for _, row := range []struct {
		name       string
		cost       Cost
		peak       int
		peakMemory int64
	}{
		{"cores", Cost{Memory: 1}, 4, 4},
		{"lanes", Cost{Memory: 1, Lanes: 2}, 2, 2},
		{"more lanes than there are", Cost{Memory: 1, Lanes: 9}, 1, 1},
		{"memory", Cost{Memory: 40}, 2, 80},
		{"more memory than there is", Cost{Memory: 1000}, 1, 1000},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := New(Limits{Workers: 4, Memory: 100})
				var g gauge
				var all sync.WaitGroup
				for range 20 {
					all.Go(func() {
						if err := pool.Do(t.Context(), row.cost, g.work("", row.cost.Memory, time.Second)); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				if g.peak != row.peak || g.peakMemory != row.peakMemory {
					t.Errorf("peak %d with %d bytes, want %d with %d", g.peak, g.peakMemory, row.peak, row.peakMemory)
				}
				if got, want := pool.Stats(), (Stats{Done: 20}); got != want {
					t.Errorf("stats %+v, want %+v", got, want)
				}
			})
		})
	}
}

// A large cost is not overtaken for ever by small ones.
func TestPoolIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := New(Limits{Workers: 2, Memory: 100})
		var g gauge
		var all sync.WaitGroup
		for _, job := range []struct {
			name   string
			memory int64
		}{{"small", 10}, {"large", 1000}, {"late", 10}} {
			all.Go(func() { _ = pool.Do(t.Context(), Cost{Memory: job.memory}, g.work(job.name, 0, time.Second)) })
			synctest.Wait()
		}
		all.Wait()
		if got, want := g.order, []string{"small", "large", "late"}; got[1] != want[1] || got[2] != want[2] {
			t.Errorf("order %v, want %v", got, want)
		}
	})
}

func TestPoolRefusesWhenFull(t *testing.T) {
	for _, row := range []struct {
		name   string
		limits Limits
		served int
	}{
		{"by number", Limits{Workers: 2, Waiting: 10}, 2 + 10},
		// Two seconds each, two at a time: ten seconds of queue are ten of them.
		{"by time", Limits{Workers: 2, Wait: 10 * time.Second}, 9 + 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := New(row.limits)
				_ = pool.Do(t.Context(), Cost{}, func() { time.Sleep(2 * time.Second) })
				var mu sync.Mutex
				var all sync.WaitGroup
				served := 0
				for range 100 {
					all.Go(func() {
						err := pool.Do(t.Context(), Cost{}, func() { time.Sleep(2 * time.Second) })
						mu.Lock()
						defer mu.Unlock()
						if err == nil {
							served++
							return
						}
						e, ok := fault.From(err)
						if !ok || e.Kind != ErrFull || e.Status() != 503 || e.RetryAfter < time.Second {
							t.Errorf("got %v, want pool_full with RetryAfter", err)
						}
					})
				}
				all.Wait()
				if served != row.served {
					t.Errorf("served %d, want %d", served, row.served)
				}
				if got, want := pool.Stats().Refused, uint64(100-served); got != want {
					t.Errorf("refused %d, want %d", got, want)
				}
			})
		})
	}
}

// Who has a place is not refused, and whoever comes after is.
func TestPoolKeepsPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := New(Limits{Workers: 1, Waiting: 2})
		busy := func() { _ = pool.Do(t.Context(), Cost{}, func() { time.Sleep(time.Second) }) }
		go busy()
		synctest.Wait()
		full := func() {
			t.Helper()
			if _, err := pool.Keep(Source{}); !errors.Is(err, ErrFull) {
				t.Errorf("a place: got %v, want pool_full", err)
			}
			if err := pool.Do(t.Context(), Cost{}, func() {}); !errors.Is(err, ErrFull) {
				t.Errorf("without a place: got %v, want pool_full", err)
			}
		}
		keep := func() *Place {
			t.Helper()
			place, err := pool.Keep(Source{})
			if err != nil {
				t.Fatal(err)
			}
			return place
		}
		first, second := keep(), keep()
		full()
		second.Leave()
		second.Leave()
		go busy()
		synctest.Wait()
		full()
		for range 2 { // the second time it queues like anybody's
			if err := first.Do(t.Context(), Cost{}, func() {}); err != nil {
				t.Errorf("from its place: %v", err)
			}
		}
		first.Leave()
		keep()
		keep()
		if got := pool.Stats(); got.Queued != 0 || got.Running != 0 {
			t.Errorf("got %+v, want nobody inside", got)
		}
		if err := pool.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := pool.Keep(Source{}); !errors.Is(err, ErrClosed) {
			t.Errorf("a place in a closed pool: got %v, want pool_closed", err)
		}
	})
}

func TestPoolForgetsThoseWhoLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := New(Limits{Workers: 1, Memory: 100})
		go func() { _ = pool.Do(t.Context(), Cost{}, func() { time.Sleep(time.Minute) }) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := pool.Do(ctx, Cost{}, func() { t.Error("ran after its context had ended") })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		if got := pool.Stats().Queued; got != 0 {
			t.Errorf("%d still queued", got)
		}
		if err := pool.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestPoolCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := New(Limits{Workers: 1})
		finished := false
		go func() { _ = pool.Do(t.Context(), Cost{}, func() { time.Sleep(time.Second); finished = true }) }()
		synctest.Wait()
		waiting := make(chan error, 1)
		go func() { waiting <- pool.Do(t.Context(), Cost{}, func() { t.Error("ran in a closed pool") }) }()
		synctest.Wait()
		if err := pool.Close(t.Context()); err != nil || !finished {
			t.Errorf("closed with %v, running one finished: %v", err, finished)
		}
		for _, err := range []error{<-waiting, pool.Do(t.Context(), Cost{}, func() {})} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("got %v, want pool_closed", err)
			}
		}
	})
}

func TestPoolSurvivesPanics(t *testing.T) {
	pool := New(Limits{Workers: 1})
	func() {
		defer func() { _ = recover() }()
		_ = pool.Do(t.Context(), Cost{Memory: 5}, func() { panic("mine") })
	}()
	if got, want := pool.Stats(), (Stats{Done: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}
