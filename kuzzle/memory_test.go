package main

import (
	"math"
	"runtime/debug"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/budget"
)

// TestHeapFollowsTheBudget sizes the heap by the part of the budget that hashes
// leave, unless the environment sets the memory.
func TestHeapFollowsTheBudget(t *testing.T) {
	const mib = 1 << 20
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
	t.Setenv("GOMEMLIMIT", "512MiB")
	limitMemory(budget.New(128 * mib))
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("GOMEMLIMIT is overruled: %d", got)
	}
	t.Setenv("GOMEMLIMIT", "")
	b := budget.New(128 * mib)
	limitMemory(b)
	for _, step := range []struct{ claim, want int64 }{{0, 112}, {20, 92}, {1000, 80}, {-1020, 112}} {
		b.Claim(step.claim * mib)
		if got := debug.SetMemoryLimit(-1); got != step.want*mib {
			t.Errorf("%d MiB more for hashes: the heap may have %d MiB, want %d", step.claim, got/mib, step.want)
		}
	}
}
