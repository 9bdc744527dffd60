package pool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// attack sends hashes of one source all at once, and ends when they have.
func attack(ctx context.Context, pool *Pool, all *sync.WaitGroup, count int, from Source, length time.Duration) {
	for range count {
		all.Go(func() {
			place, err := pool.Keep(from)
			if err != nil {
				return
			}
			defer place.Leave()
			_ = place.Do(ctx, Cost{Effort: length}, func() { time.Sleep(length) })
		})
	}
}

// Hashes of one address, however many and dear, delay those of others by no more
// than two seconds.
func TestPoolAttackDelaysNobodyElse(t *testing.T) {
	const stranger, own = 1, 25 * time.Millisecond
	for _, row := range []struct {
		name    string
		workers int
		count   int
		length  time.Duration
		refused bool
	}{
		// What six passwords of 4,096 bytes took, were it still so.
		{"six for minutes", 2, 6, 73 * time.Second, false},
		{"six for minutes, refused before", 4, 6, 73 * time.Second, true},
		{"two hundred of the costliest", 2, 200, 3 * time.Second, false},
		{"a thousand cheap ones", 2, 1000, own, false},
		{"a thousand cheap ones on one core", 1, 1000, own, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				pool := New(Limits{Workers: row.workers})
				var all, honest sync.WaitGroup
				attack(ctx, pool, &all, row.count, Source{Account: 99, Address: stranger, Refused: row.refused}, row.length)
				synctest.Wait()
				for n := range uint64(20) {
					honest.Go(func() {
						start := time.Now()
						place, err := pool.Keep(Source{Account: 100 + n, Address: 200 + n})
						if err == nil {
							err = place.Do(ctx, Cost{Effort: own}, func() { time.Sleep(own) })
						}
						if took := time.Since(start); err != nil || took > 2*time.Second {
							t.Errorf("an honest login took %v: %v", took, err)
						}
					})
				}
				honest.Wait()
				cancel()
				all.Wait()
				if got := len(pool.parties); got != 0 {
					t.Errorf("%d accounts and addresses are remembered, none is in the pool", got)
				}
			})
		})
	}
}

// One account, from however many addresses, and one address, with however many
// accounts, hold a quarter of the lanes and of the queue.
func TestPoolSourceHoldsAQuarter(t *testing.T) {
	for name, from := range map[string]func(n int) Source{
		"account": func(n int) Source { return Source{Account: 1, Address: uint64(100 + n)} },
		"address": func(n int) Source { return Source{Account: uint64(100 + n), Address: 1} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				pool := New(Limits{Workers: 8, Waiting: 40})
				var all sync.WaitGroup
				for n := range 100 {
					attack(ctx, pool, &all, 1, from(n), time.Second)
				}
				synctest.Wait()
				if got := pool.Stats(); got.Running != 2 || got.Queued != 10 || got.Refused != 88 {
					t.Errorf("%d run and %d wait, %d were refused; want 2 of 8 lanes, 10 of 40 places", got.Running, got.Queued, got.Refused)
				}
				if _, err := pool.Keep(from(1000)); !errors.Is(err, ErrFull) {
					t.Errorf("one more: %v, want pool_full", err)
				}
				cancel()
				all.Wait()
			})
		})
	}
}

// A crowd on its way to the queue, from a few addresses, keeps nobody else out: of
// each address one goes first.
func TestPoolKeptPlaces(t *testing.T) {
	const addresses, crowd = 16, 1600
	synctest.Test(t, func(t *testing.T) {
		pool := New(Limits{Workers: 2})
		// By the first one the pool knows how long hashes take.
		if err := pool.Do(t.Context(), Cost{}, func() { time.Sleep(100 * time.Millisecond) }); err != nil {
			t.Fatal(err)
		}
		var places []*Place
		for n := range crowd {
			place, err := pool.Keep(Source{Account: uint64(1000 + n), Address: uint64(1 + n%addresses)})
			if err != nil {
				continue // its address has enough
			}
			places = append(places, place)
		}
		longest := pool.expected(crowd, nil)
		if longest < pool.limits.Wait*9/10 || longest > pool.limits.Wait*11/10 {
			t.Errorf("%d places are kept, which take %v, want about %v", len(places), longest, pool.limits.Wait)
		}
		honest, err := pool.Keep(Source{Account: 9999, Address: addresses + 1})
		if err != nil {
			t.Fatalf("somebody from elsewhere: %v", err)
		}
		places = append(places, honest)
		for _, place := range places {
			place.Leave()
		}
		if pool.kept != 0 || pool.keepers != 0 || len(pool.parties) != 0 {
			t.Errorf("%d places of %d addresses are kept after all have left, %d are remembered", pool.kept, pool.keepers, len(pool.parties))
		}
	})
}

// Lanes that nobody else wants are lent for hashes that are over soon, and not to
// those who were refused before.
func TestPoolLendsIdleLanes(t *testing.T) {
	for _, row := range []struct {
		from   Source
		length time.Duration
		want   int
	}{
		{Source{Address: 1}, brief, 8},
		{Source{Address: 1}, brief + 1, 2},
		{Source{Address: 1, Refused: true}, brief, 2},
		{Source{}, time.Hour, 8},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			pool := New(Limits{Workers: 8})
			var all sync.WaitGroup
			attack(ctx, pool, &all, 20, row.from, row.length)
			synctest.Wait()
			if got := pool.Stats().Running; got != row.want {
				t.Errorf("%+v, %v: %d hashes run, want %d", row.from, row.length, got, row.want)
			}
			cancel()
			all.Wait()
		})
	}
}

// Sources take turns, and one that was refused before has one while others have
// four. Nobody waits for ever.
func TestPoolTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := New(Limits{Workers: 1})
		var g gauge
		var all sync.WaitGroup
		ask := func(name string, from Source) {
			all.Go(func() { _ = pool.DoFor(t.Context(), from, Cost{}, g.work(name, 0, time.Second)) })
			synctest.Wait()
		}
		ask("running", Source{})
		ask("refused", Source{Address: 4, Refused: true})
		for n := range 3 {
			ask(fmt.Sprint("many", n), Source{Address: 1})
		}
		ask("one", Source{Address: 2})
		ask("other", Source{Address: 3})
		all.Wait()
		if want := []string{"running", "many0", "one", "other", "many1", "many2", "refused"}; !slices.Equal(g.order, want) {
			t.Errorf("the order is %v, want %v", g.order, want)
		}
	})
}

// A full queue has room for somebody new in place of the latest of those who have
// had their turns, and Close leaves nothing behind.
func TestPoolFullQueueHasRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := New(Limits{Workers: 1, Waiting: 8})
		var all sync.WaitGroup
		full := 0
		for n := range uint64(4) {
			for range 2 {
				all.Go(func() {
					err := pool.DoFor(t.Context(), Source{Address: 1 + n}, Cost{}, func() { time.Sleep(time.Second) })
					if errors.Is(err, ErrFull) {
						full++
					}
				})
				synctest.Wait()
			}
		}
		all.Go(func() { _ = pool.Do(t.Context(), Cost{}, func() {}) })
		synctest.Wait()
		if got := pool.Stats().Queued; got != 8 || full != 0 {
			t.Fatalf("%d wait, %d were refused; want a queue of 8 that is full", got, full)
		}
		if err := pool.DoFor(t.Context(), Source{Address: 9}, Cost{}, func() {}); err != nil {
			t.Errorf("somebody new: %v", err)
		}
		all.Wait()
		if full != 1 {
			t.Errorf("%d gave up their place, want 1", full)
		}
		if got := len(pool.parties); got != 0 {
			t.Errorf("%d addresses are remembered, none is in the pool", got)
		}
	})
}

// BenchmarkPoolSource shows what the pool itself costs a login, without a hash.
func BenchmarkPoolSource(b *testing.B) {
	pool := New(Limits{})
	b.ReportAllocs()
	for b.Loop() {
		if err := pool.DoFor(b.Context(), Source{Account: 1, Address: 2}, Cost{}, func() {}); err != nil {
			b.Fatal(err)
		}
	}
}
