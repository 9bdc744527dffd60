package digest

import (
	"sync"
	"sync/atomic"
	"testing"
)

// Hashes of several sizes work in no more pieces than there are workers, all of them
// are claimed, and a closed pool has given everything back.
func TestMemoryIsClaimed(t *testing.T) {
	const workers, largest = 2, 1 << 20
	var claimed, most atomic.Int64
	pool := NewPool(Limits{Workers: workers, Claim: func(bytes int64) {
		now := claimed.Add(bytes)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
	}})
	own := Equip(pool, small)
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			k := kdf(argon2KDF{kind: "id", memory: largest >> 10 >> (i % 3), passes: 1, lanes: 1, salt: make([]byte, newSalt)})
			if i%4 == 0 {
				k = scryptKDF{n: 1 << 9, r: 8, p: 1, salt: make([]byte, newSalt)}
			}
			d := &stored{ways: []kdf{k}, sum: make([]byte, newSum)}
			if err := pool.Do(t.Context(), d.Cost(), func() { Matches(t.Context(), d, own, "correct horse") }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := most.Load(); got < largest || got > workers*largest {
		t.Errorf("at most %d bytes were claimed, want %d to %d", got, largest, workers*largest)
	}
	if got, want := claimed.Load(), pool.Kept(); got != want {
		t.Errorf("%d bytes are claimed and %d kept", got, want)
	}
	if err := pool.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := claimed.Load(); got != 0 {
		t.Errorf("%d bytes are claimed by a closed pool", got)
	}
}
