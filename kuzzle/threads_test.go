package main

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// TestThreadBesideHashes checks that there is a thread more while hashes occupy all cores, and for a
// moment after it, and that the environment's number stays.
func TestThreadBesideHashes(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	usual := runtime.GOMAXPROCS(0)
	synctest.Test(t, func(t *testing.T) {
		var full func(bool)
		heed := func(fn func(bool)) { full = fn }
		stop := addThread(heed)
		want := func(when string, want int) {
			t.Helper()
			if got := runtime.GOMAXPROCS(0); got != want {
				t.Errorf("%s: %d threads, want %d", when, got, want)
			}
		}
		pause := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		want("at rest", usual)
		full(true)
		want("all cores", usual+1)
		pause(2 * hashingRest)
		want("all cores for long", usual+1)
		full(false)
		pause(hashingRest / 2)
		want("just after it", usual+1)
		full(true)
		full(false)
		pause(hashingRest * 3 / 4)
		want("just after the second", usual+1)
		pause(hashingRest)
		want("later", usual)
		full(true)
		want("once more", usual+1)
		stop()
		want("stopped", usual)
		if full != nil {
			t.Error("the pool still tells")
		}

		t.Setenv("GOMAXPROCS", "2")
		addThread(heed)()
		if full != nil {
			t.Error("the environment sets the number, and the pool tells")
		}
	})
}
