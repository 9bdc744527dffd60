package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// TestGarbage bounds the memory of garbage: a small busy heap waits until it has some
// megabytes, a large one is collected sooner.
func TestGarbage(t *testing.T) {
	const mib = 1 << 20
	for _, test := range []struct {
		live int
		busy bool
		want int
	}{
		{0, true, 300},
		{2 * mib, true, 300},
		{4 * mib, true, 200},
		{5 * mib, true, 100},
		{6 * mib, true, 100},
		{64 * mib, true, 100},
		{65 * mib, true, 50},
		{2 * mib, false, 100},
		{65 * mib, false, 50},
	} {
		got := garbage(test.live, test.busy)
		if got != test.want {
			t.Errorf("%d MiB in use, busy %t: %d %%, want %d %%", test.live/mib, test.busy, got, test.want)
		}
		if heap := test.live * (100 + got) / 100; got > usualGarbage && heap > smallHeap {
			t.Errorf("%d MiB in use: the heap grows to %d bytes", test.live/mib, heap)
		}
	}
}

// TestPaceCollections decides anew after each collection, and ends when it is told to.
func TestPaceCollections(t *testing.T) {
	t.Setenv("GOGC", "")
	defer debug.SetGCPercent(debug.SetGCPercent(42))
	percent := func() uint64 {
		is := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(is)
		return is[0].Value.Uint64()
	}
	held := make([]byte, largeHeap+1)
	stop := paceCollections()
	for deadline := time.Now().Add(10 * time.Second); percent() != largeGarbage; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes in use: garbage of %d %%", len(held), percent())
		}
	}
	runtime.KeepAlive(held)
	stop()
	for range 3 {
		runtime.GC()
	}
	if got := percent(); got != 42 {
		t.Errorf("after the end: %d %%, want what was before", got)
	}
}
