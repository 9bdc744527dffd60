package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/budget"
)

const (
	// A check finds the server at rest if less than busyBytes of the budget are in
	// use, and less were allocated since the last check.
	busyBytes    = 16 << 20
	lookInterval = 2 * time.Second
	// idleBytes is how much more memory a server at rest may keep than the least it
	// kept after any earlier return.
	idleBytes = 4 << 20
	// heldBack is the fraction of the budget by which the heap may exceed its limit.
	// The heap always gets at least leastHeap parts of the budget, regardless of
	// hashes.
	heldBack         = 8
	leastHeap, parts = 5, 8
	// maxPause is the maximum number of checks between two returns while the server
	// stays at rest: it may free memory without allocating any.
	maxPause = 32
)

// limitMemory makes the collector aim at a heap of the part of the memory budget that
// hashes leave, unless the environment sets a limit. Hashes work outside the heap.
// The heap may exceed the limit for a moment, because a collection takes time. So the
// limit is slightly lower than the budget; large requests have only half of the
// budget.
func limitMemory(b *budget.Budget) {
	if os.Getenv("GOMEMLIMIT") == "" {
		b.Follow(func(left int64) { debug.SetMemoryLimit(max(left-b.Limit()/heldBack, b.Limit()/parts*leastHeap)) })
	}
}

// returnMemory returns memory to the system when the server is at rest and has grown,
// until stop is called. The collector alone would keep that memory for minutes.
func returnMemory(b *budget.Budget) (stop func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(lookInterval)
		defer tick.Stop()
		// The first check compares with nothing; an earlier one would delay the
		// start.
		var least, before uint64
		pause, rested := 1, 0
		for {
			select {
			case <-tick.C:
			case <-ended:
				return
			}
			kept, asked := memory()
			busy := b.Peak() > busyBytes || asked-before > busyBytes
			before = asked
			if busy {
				pause, rested = 1, 0
				continue
			}
			if rested++; rested < pause || kept <= least+idleBytes {
				continue
			}
			debug.FreeOSMemory()
			kept, before = memory() // collecting has allocated some as well
			if least == 0 || kept < least {
				least = kept
			}
			pause, rested = min(2*pause, maxPause), 0
		}
	}()
	return func() {
		close(ended)
		<-done
	}
}

// memory returns how many bytes of the system's memory the program keeps, and how
// many it has allocated since it started.
func memory() (kept, asked uint64) {
	sample := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/gc/heap/allocs:bytes"},
	}
	metrics.Read(sample)
	return sample[0].Value.Uint64() - sample[1].Value.Uint64(), sample[2].Value.Uint64()
}
