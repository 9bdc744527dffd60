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
	// Garbage usually takes as much memory as live objects, which costs little
	// processor time. Thousands of concurrent clients have buffers and stacks, and
	// the machine may not have twice their memory.
	usualGarbage = 100      // percent of the live memory
	largeHeap    = 64 << 20 // bytes of live memory
	largeGarbage = 50
	// With little live memory, twice of it is soon reached: the collector would run
	// fifty times a second. Instead it waits for a heap of smallHeap bytes, while
	// collections follow one another within busyPause.
	smallHeap   = 12 << 20
	mostGarbage = 300
	busyPause   = time.Second
	// garbageStep keeps the percentage from changing with every collection.
	garbageStep = 50
)

// garbage returns the allowed garbage in percent of the live bytes.
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

// paceCollections bounds garbage until stop is called, unless the environment sets
// the percentage.
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

// await calls collected after the next collection, which finalizes the unused object
// that it creates.
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
