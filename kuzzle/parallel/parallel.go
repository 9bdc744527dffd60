// Package parallel does many small tasks of the same kind at once.
//
// It knows nothing of this program.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls do for 0 to n-1, on as many goroutines as can run at once, and
// returns when all have ended. It is for work that computes.
func Each(n int, do func(i int)) { AtMost(runtime.GOMAXPROCS(0), n, do) }

// AtMost is like Each with a maximum number of goroutines. It is for work that
// waits.
func AtMost(goroutines, n int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(goroutines, n) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}
