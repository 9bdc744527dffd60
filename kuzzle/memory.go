package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/budget"
)

const (
	// A look that finds less than busyBytes of the budget in use, and of memory
	// asked for since the look before, finds the server at rest.
	busyBytes    = 16 << 20
	lookInterval = 2 * time.Second
	// idleBytes is how much more a server at rest keeps than the least that a
	// return ever left it.
	idleBytes = 4 << 20
	// heldBack is the fraction of the budget that the heap may pass its limit by. The
	// heap has at least leastHeap parts of the budget, whatever hashes take.
	heldBack         = 8
	leastHeap, parts = 5, 8
	// maxPause bounds the looks from one return to the next while the server stays
	// at rest: it may let go of memory without asking for any.
	maxPause = 32
)

// limitMemory has the collector work towards a heap as large as what hashes leave
// of the memory budget, unless the environment says how much memory there may be.
// Hashes work outside the heap. The heap may pass the limit for a moment, since a
// collection takes time, so that the limit is somewhat lower than the budget; large
// requests have only half of the budget.
func limitMemory(b *budget.Budget) {
	if os.Getenv("GOMEMLIMIT") == "" {
		b.Follow(func(left int64) { debug.SetMemoryLimit(max(left-b.Limit()/heldBack, b.Limit()/parts*leastHeap)) })
	}
}

// returnMemory gives memory back to the system when the server is at rest and
// has become larger, until stop is called. By itself the collector would keep
// that memory for minutes.
func returnMemory(b *budget.Budget) (stop func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(lookInterval)
		defer tick.Stop()
		// The first look compares with nothing: one at the start would delay it.
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
			kept, before = memory() // collecting has asked for some as well
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

// memory returns how many bytes the program keeps of the system's memory, and
// how many it has asked for since it started.
func memory() (kept, asked uint64) {
	sample := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/gc/heap/allocs:bytes"},
	}
	metrics.Read(sample)
	return sample[0].Value.Uint64() - sample[1].Value.Uint64(), sample[2].Value.Uint64()
}
