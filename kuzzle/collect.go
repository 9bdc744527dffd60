package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Garbage may take as much as what is in use, which costs the processor least,
// but only as long as that is little: thousands of clients at once have buffers
// and stacks, and the double of those is memory that the machine may not have.
const (
	largeHeap     = 64 << 20 // bytes in use
	largeGarbage  = 50       // percent of them
	heapLookEvery = 250 * time.Millisecond
)

const liveHeap = "/gc/heap/live:bytes"

// collectLargeSooner keeps garbage in bounds until stop is called, unless the
// environment says how much there may be.
func collectLargeSooner() (stop func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(heapLookEvery)
		defer tick.Stop()
		usual, large := 0, false
		live := []metrics.Sample{{Name: liveHeap}}
		for {
			select {
			case <-tick.C:
			case <-ended:
				return
			}
			metrics.Read(live)
			if is := live[0].Value.Uint64() > largeHeap; is && !large {
				usual, large = debug.SetGCPercent(largeGarbage), true
			} else if !is && large {
				debug.SetGCPercent(usual)
				large = false
			}
		}
	}()
	return func() {
		close(ended)
		<-done
	}
}
