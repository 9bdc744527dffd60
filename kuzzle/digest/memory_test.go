package digest

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

var small = Hasher{Memory: 64, Passes: 1, Lanes: 1}

// kept is how much memory waits for the next hash.
func kept(p *Pool) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shelf.Bytes()
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
	pool := NewPool(Limits{Workers: 1, Memory: 32 << 10})
	own := pool.Equip(small)
	if err := pool.Do(t.Context(), own.Cost(), func() { own.Hash("correct horse") }); err != nil {
		t.Fatal(err)
	}
	if got := kept(pool); got != 0 {
		t.Errorf("%d bytes are kept of a pool of %d", got, 32<<10)
	}
}

// Hashes in turn share one piece of memory, wiped between them; it is given back
// when no more come.
func TestMemoryIsKeptForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewPool(Limits{Workers: 4})
		own := pool.Equip(small)
		var first *argon2.Memory
		for range 5 {
			if err := pool.Do(t.Context(), own.Cost(), func() { own.Hash("correct horse") }); err != nil {
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
		if got, want := kept(pool), own.Cost().Memory; got != want {
			t.Errorf("%d bytes kept before the time, want %d", got, want)
		}
		time.Sleep(keepFor)
		synctest.Wait()
		if got := kept(pool); got != 0 || first.Size() != 0 {
			t.Errorf("%d bytes kept after the time, want none", got)
		}
	})
}

// While others wait, nothing is spent on wiping what they overwrite at once.
func TestMemoryGoesFromHandToHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewPool(Limits{Workers: 1})
		own := pool.Equip(small)
		wiped := 0
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				_ = pool.Do(t.Context(), own.Cost(), func() {
					time.Sleep(time.Second) // until everybody waits
					own.Hash("correct horse")
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
	pool := NewPool(Limits{Workers: 4, Memory: 8 * unit, Wait: time.Hour})
	var mu sync.Mutex
	lent := map[*argon2.Memory]bool{}
	var sum int64
	borrow := func(size int64) {
		m := pool.lend(size)
		mu.Lock()
		if lent[m] || m.Size() != size {
			t.Errorf("%d bytes lent for %d, lent to somebody else: %v", m.Size(), size, lent[m])
		}
		lent[m] = true
		sum += size
		if total := sum + kept(pool); total > pool.limits.Memory {
			t.Errorf("%d bytes in all, at most %d", total, pool.limits.Memory)
		}
		mu.Unlock()
		argon2.Params{Kind: argon2.I, Memory: uint32(size >> 10), Passes: 1, Lanes: 1}.Key(t.Context(), m, 1, nil, 32)
		mu.Lock()
		lent[m] = false
		sum -= size
		mu.Unlock()
		pool.giveBack(m)
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
	if err := pool.Close(t.Context()); err != nil || kept(pool) != 0 {
		t.Errorf("closed with %v, %d bytes kept", err, kept(pool))
	}
}

// A hash that panics gives its memory back wiped, and one that never ran takes
// none.
func TestMemoryAfterPanicsAndCancels(t *testing.T) {
	pool := NewPool(Limits{Workers: 1})
	impossible := argon2KDF{kind: "id", memory: 64, passes: 0, lanes: 1}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_ = pool.Do(t.Context(), impossible.cost(), func() { impossible.deriveIn(t.Context(), pool, nil, 32) })
	}()
	if got, want := kept(pool), impossible.cost().Memory; got != want || !isWiped(pool.shelf.Oldest()) {
		t.Errorf("%d bytes kept after a panic, want %d, wiped", got, want)
	}
	if got, want := pool.Stats(), (Stats{Done: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	own := pool.Equip(Hasher{Memory: 128, Passes: 1, Lanes: 1})
	_ = pool.Do(ctx, own.Cost(), func() { own.Hash("correct horse") })
	if got, want := kept(pool), impossible.cost().Memory; got != want {
		t.Errorf("%d bytes kept after a cancelled hash, want %d", got, want)
	}
}

// Everything that a maker's pool verifies works in that pool's memory.
func TestEquipped(t *testing.T) {
	wrap := func(text string) Digest {
		d, err := Parse("md5", text, Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		wrapped, ok := Wrap(t.Context(), d, small)
		if !ok {
			t.Fatal("md5 cannot be wrapped")
		}
		return wrapped
	}
	parse := func(text string) Digest {
		d, err := ParseOwn(text, Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const md5OfPassword = "5f4dcc3b5aa765d61d8327deb882cf99"
	for _, row := range []struct {
		name string
		own  Maker
		d    Digest
		used int64
	}{
		{"our own", small, parse(small.Hash("password")), 64 << 10},
		{"with other parameters", small, parse(Hasher{Memory: 128, Passes: 1, Lanes: 2}.Hash("password")), 128 << 10},
		{"a wrapped one", small, wrap(md5OfPassword), 64 << 10},
		{"beside bcrypt", Bcrypt{Rounds: 4, Long: Hasher{Memory: 256, Passes: 1}}, parse(small.Hash("password")), 64 << 10},
		{"bcrypt itself", Bcrypt{Rounds: 4}, parse(Bcrypt{Rounds: 4}.Hash("password")), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			pool := NewPool(Limits{Workers: 2})
			own := pool.Equip(row.own)
			err := pool.Do(t.Context(), CheckCost(row.d, own, "password"), func() {
				if !Check(t.Context(), row.d, own, "password") || !Matches(t.Context(), row.d, own, "password") || Matches(t.Context(), row.d, own, "passwort") {
					t.Error("the password was judged wrongly")
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := kept(pool); got != row.used {
				t.Errorf("%d bytes of the pool's memory were used, want %d", got, row.used)
			}
		})
	}
}
