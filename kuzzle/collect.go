package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

const (
	// Garbage usually takes as much as what is in use, which costs the processor
	// little. Thousands of clients at once have buffers and stacks, and the double of
	// those is memory that the machine may not have.
	usualGarbage = 100      // percent of what is in use
	largeHeap    = 64 << 20 // bytes in use
	largeGarbage = 50
	// Of very little in use the double is soon reached: the collector would run fifty
	// times a second. A heap of smallHeap bytes is waited for instead, as long as
	// collections follow one another within busyPause.
	smallHeap   = 12 << 20
	mostGarbage = 300
	busyPause   = time.Second
	// garbageStep keeps the percentage from changing with every collection.
	garbageStep = 50
)

// garbage is how much there may be, in percent of the live bytes in use.
func garbage(live int, busy bool) int {
	switch {
	case live > largeHeap:
		return largeGarbage
	case !busy || live*2 >= smallHeap:
		return usualGarbage
	}
	percent := min(100*(smallHeap-live)/max(live, 1), mostGarbage)
	return max(percent/garbageStep*garbageStep, usualGarbage)
}

// pacer decides after each collection when the next one is due.
type pacer struct {
	mu      sync.Mutex
	ended   bool
	percent int
	last    time.Time
}

// paceCollections keeps garbage in bounds until stop is called, unless the
// environment says how much there may be.
func paceCollections() (stop func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(usualGarbage)
	p := &pacer{percent: usualGarbage}
	p.await()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ended = true
		debug.SetGCPercent(before)
	}
}

// await has collected called after the next collection, which finds that nobody uses
// what is made here.
func (p *pacer) await() {
	runtime.AddCleanup(new(*pacer), (*pacer).collected, p)
}

func (p *pacer) collected() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	now := time.Now()
	percent := garbage(int(live[0].Value.Uint64()), now.Sub(p.last) < busyPause)
	if p.last = now; percent != p.percent {
		debug.SetGCPercent(percent)
		p.percent = percent
	}
	p.await()
}
