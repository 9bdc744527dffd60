package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/budget"
)

const (
	// ownMemory is what the server's heap takes besides the memory budget.
	ownMemory = 16 << 20
	// A burst is over burstBytes of the budget in use, or of memory asked for,
	// since the last look. Once a look finds less, the memory that the burst took
	// goes back to the system.
	burstBytes    = 16 << 20
	burstLookTime = 2 * time.Second
)

// limitMemory has the collector keep garbage within the memory budget, unless
// the environment says how much memory there may be.
func limitMemory(b *budget.Budget) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(b.Limit() + ownMemory)
	}
}

// returnMemory gives memory back to the system after a burst, until stop is
// called. By itself the collector would keep it for minutes.
func returnMemory(b *budget.Budget) (stop func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(burstLookTime)
		defer tick.Stop()
		burst, before := false, allocated()
		for {
			select {
			case <-tick.C:
			case <-ended:
				return
			}
			all := allocated()
			now := b.Peak() > burstBytes || all-before > burstBytes
			before = all
			if burst && !now {
				debug.FreeOSMemory()
				before = allocated() // collecting has asked for some as well
			}
			burst = now
		}
	}()
	return func() {
		close(ended)
		<-done
	}
}

// allocated is how many bytes the program has asked for since it started.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
