package digest

import (
	"sync"
	"testing"
	"time"
)

// BenchmarkAlone is what argon2id reaches on all cores without a pool.
func BenchmarkAlone(b *testing.B) {
	flood(b, NewPool(Limits{}).Workers(), func() { _ = Hasher{}.Hash("correct horse") })
}

// BenchmarkPool is the same through the pool, with two hundred waiting.
func BenchmarkPool(b *testing.B) {
	pool := NewPool(Limits{Wait: time.Hour})
	hasher := Equip(pool, Hasher{})
	flood(b, 200, func() {
		if err := pool.Do(b.Context(), hasher.Cost(), func() { _ = hasher.Hash("correct horse") }); err != nil {
			b.Error(err)
		}
	})
}

func flood(b *testing.B, callers int, once func()) {
	work := make(chan struct{})
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range work {
				once()
			}
		})
	}
	for range b.N { // not b.Loop: the last callers are to be waited for
		work <- struct{}{}
	}
	close(work)
	all.Wait()
}
