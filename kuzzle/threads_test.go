package main

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
)

// TestThreadBesideHashes checks that there is a thread more while hashes occupy all lanes, and for a
// moment after it, and that the environment's number stays.
func TestThreadBesideHashes(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	usual := runtime.GOMAXPROCS(0)
	synctest.Test(t, func(t *testing.T) {
		pool := digest.NewPool(digest.Limits{Workers: 2})
		stop := addThread(pool)
		want := func(when string, want int) {
			t.Helper()
			if got := runtime.GOMAXPROCS(0); got != want {
				t.Errorf("%s: %d threads, want %d", when, got, want)
			}
		}
		hash := func(lanes int, while func()) {
			t.Helper()
			if err := pool.Do(t.Context(), digest.Cost{Lanes: lanes}, while); err != nil {
				t.Fatal(err)
			}
		}
		pause := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		hash(1, func() { want("one of two lanes", usual) })
		hash(2, func() {
			pause(2 * hashingRest)
			want("both lanes", usual+1)
		})
		pause(hashingRest / 2)
		want("just after it", usual+1)
		hash(2, func() { want("both again", usual+1) })
		pause(hashingRest * 3 / 4)
		want("just after the second", usual+1)
		pause(hashingRest)
		want("later", usual)
		hash(2, func() { want("once more", usual+1) })
		stop()
		want("stopped", usual)
		hash(2, func() { want("after the stop", usual) })

		t.Setenv("GOMAXPROCS", "2")
		defer addThread(pool)()
		hash(2, func() { want("the environment sets it", usual) })
	})
}
