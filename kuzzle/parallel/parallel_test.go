package parallel_test

import (
	"sync/atomic"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
)

// TestAtMost: everything is done once, and never more of it at a time than allowed.
func TestAtMost(t *testing.T) {
	for _, n := range []int{0, 1, 3, 1000} {
		const most = 3
		var running, peak atomic.Int64
		done := make([]int, n)
		parallel.AtMost(most, n, func(i int) {
			if now := running.Add(1); now > peak.Load() {
				peak.Store(now)
			}
			done[i]++
			running.Add(-1)
		})
		for i, times := range done {
			if times != 1 {
				t.Errorf("of %d, number %d was done %d times", n, i, times)
			}
		}
		if peak.Load() > most {
			t.Errorf("of %d, %d ran at once, want at most %d", n, peak.Load(), most)
		}
	}
}
