package pool

import (
	"context"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/argon2"
)

// small is the cost of compute.
var small = Cost{Memory: 64 << 10, Lanes: 1}

// compute hashes with argon2 in the pool's memory.
func compute(t *testing.T, p *Pool, size int64, passes uint32) {
	m := p.Lend(size)
	defer p.GiveBack(m)
	argon2.Params{Kind: argon2.ID, Memory: uint32(size >> 10), Passes: passes, Lanes: 1}.Key(t.Context(), m, 1, []byte("correct horse"), 32)
}

// isWiped looks into memory that its own package shows nobody.
func isWiped(m *argon2.Memory) bool {
	blocks := reflect.ValueOf(m).Elem().FieldByName("blocks")
	for i := range blocks.Len() {
		if !blocks.Index(i).IsZero() {
			return false
		}
	}
	return true
}

// Memory above the pool's bound, of a hash that ran alone, is not kept.
func TestMemoryAboveTheBoundIsNotKept(t *testing.T) {
	pool := New(Limits{Workers: 1, Memory: 32 << 10})
	if err := pool.Do(t.Context(), small, func() { compute(t, pool, small.Memory, 1) }); err != nil {
		t.Fatal(err)
	}
	if got := pool.Kept(); got != 0 {
		t.Errorf("%d bytes are kept of a pool of %d", got, 32<<10)
	}
}

// Hashes in turn share one piece of memory, wiped between them; it is given back
// when no more come.
func TestMemoryIsKeptForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := New(Limits{Workers: 4})
		var first *argon2.Memory
		for range 5 {
			if err := pool.Do(t.Context(), small, func() { compute(t, pool, small.Memory, 1) }); err != nil {
				t.Fatal(err)
			}
			if pool.shelf.Len() != 1 || first != nil && pool.shelf.Oldest() != first {
				t.Fatalf("%d pieces are kept, want always the same", pool.shelf.Len())
			}
			first = pool.shelf.Oldest()
			if !isWiped(first) {
				t.Error("what is kept was not wiped")
			}
			time.Sleep(keepFor * 2 / 3)
		}
		synctest.Wait()
		if got, want := pool.Kept(), small.Memory; got != want {
			t.Errorf("%d bytes kept before the time, want %d", got, want)
		}
		time.Sleep(keepFor)
		synctest.Wait()
		if got := pool.Kept(); got != 0 || first.Size() != 0 {
			t.Errorf("%d bytes kept after the time, want none", got)
		}
	})
}

// While others wait, nothing is spent on wiping what they overwrite at once.
func TestMemoryGoesFromHandToHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := New(Limits{Workers: 1})
		wiped := 0
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				_ = pool.Do(t.Context(), small, func() {
					time.Sleep(time.Second) // until everybody waits
					compute(t, pool, small.Memory, 1)
					if isWiped(pool.shelf.Oldest()) {
						wiped++
					}
				})
			})
		}
		all.Wait()
		if wiped != 1 {
			t.Errorf("%d times wiped, want once, after the last", wiped)
		}
	})
}

// Of many hashes of several sizes no two ever have the same memory, and what is
// lent and what is kept stay within the pool's bound together.
func TestMemoryIsNeverShared(t *testing.T) {
	const unit = 64 << 10
	pool := New(Limits{Workers: 4, Memory: 8 * unit, Wait: time.Hour})
	var mu sync.Mutex
	lent := map[*argon2.Memory]bool{}
	var sum int64
	borrow := func(size int64) {
		m := pool.Lend(size)
		mu.Lock()
		if lent[m] || m.Size() != size {
			t.Errorf("%d bytes lent for %d, lent to somebody else: %v", m.Size(), size, lent[m])
		}
		lent[m] = true
		sum += size
		if total := sum + pool.Kept(); total > pool.limits.Memory {
			t.Errorf("%d bytes in all, at most %d", total, pool.limits.Memory)
		}
		mu.Unlock()
		argon2.Params{Kind: argon2.I, Memory: uint32(size >> 10), Passes: 1, Lanes: 1}.Key(t.Context(), m, 1, nil, 32)
		mu.Lock()
		lent[m] = false
		sum -= size
		mu.Unlock()
		pool.GiveBack(m)
	}
	var all sync.WaitGroup
	for i := range uint64(16) {
		all.Go(func() {
			random := rand.New(rand.NewPCG(i, 1))
			for range 60 {
				size := unit * (1 + random.Int64N(3)*random.Int64N(4))
				_ = pool.Do(t.Context(), Cost{Memory: size}, func() { borrow(size); borrow(size) })
			}
		})
	}
	all.Wait()
	if err := pool.Close(t.Context()); err != nil || pool.Kept() != 0 {
		t.Errorf("closed with %v, %d bytes kept", err, pool.Kept())
	}
}

// A hash that panics gives its memory back wiped, and one that never ran takes
// none.
func TestMemoryAfterPanicsAndCancels(t *testing.T) {
	pool := New(Limits{Workers: 1})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_ = pool.Do(t.Context(), small, func() { compute(t, pool, small.Memory, 0) })
	}()
	if got, want := pool.Kept(), small.Memory; got != want || !isWiped(pool.shelf.Oldest()) {
		t.Errorf("%d bytes kept after a panic, want %d, wiped", got, want)
	}
	if got, want := pool.Stats(), (Stats{Done: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = pool.Do(ctx, small, func() { compute(t, pool, small.Memory, 1) })
	if got, want := pool.Kept(), small.Memory; got != want {
		t.Errorf("%d bytes kept after a cancelled hash, want %d", got, want)
	}
}
