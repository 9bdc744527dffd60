package throttle

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
)

const (
	// windowKeys bounds how many keys Windows remember.
	windowKeys = 1 << 14
	// windowSample is how many of them are looked at for one to forget.
	windowSample = 16
)

// Windows count uses by key in sliding windows.
//
// Alone they are exact, in memory, and a restart forgets. With a Ledger all nodes count
// as one, as exactly: what a node lets through is written before, by compare-and-set,
// one use or as many as come at one time. A node that is asked often has the ledger
// hold some uses for it, which it lets through without asking; a node that finds the
// window full while others hold uses waits until they are given back, less than a
// second. One that knows the window to be full refuses without asking. When clocks of
// nodes are apart the window lasts that much longer or shorter for the uses of one of
// them.
//
// They are safe for concurrent use and remember at most some 16,000 keys: a flood of
// fresh keys pushes out those with the fewest uses. Nil Windows limit nothing.
type Windows struct {
	now    func() time.Time
	ledger Ledger
	// node is this one among those that share the ledger.
	node string

	mu   sync.Mutex
	keys map[string]*counter
}

// counter is what is known of a key.
type counter struct {
	key string
	// uses are those of this process, or what the ledger had last.
	uses series
	// until is when nothing of it counts any more.
	until int64
	// shared is nil without a ledger.
	*shared
}

// NewWindows makes them. A nil clock is time.Now; without a ledger a process counts
// alone.
func NewWindows(clock func() time.Time, ledger Ledger) *Windows {
	if clock == nil {
		clock = time.Now
	}
	return &Windows{now: clock, ledger: ledger, node: rand.Text()[:8], keys: map[string]*counter{}}
}

// Take counts a use of a key, or refuses it and returns how long to wait until one is
// let through again, if nobody else comes first. A refused use counts nothing. A key
// always comes with the same window. Errors are the ledger's, and the caller's giving
// up.
func (w *Windows) Take(ctx context.Context, key string, window Window) (wait time.Duration, err error) {
	if w == nil || window.Limit <= 0 {
		return 0, nil
	}
	w.mu.Lock()
	now := w.now().UnixNano()
	c := w.counter(key, now)
	if w.ledger != nil {
		return w.takeShared(ctx, c, window, now)
	}
	defer w.mu.Unlock()
	c.uses.settle(window, now)
	if _, wait = c.uses.room(window, now); wait == 0 {
		c.uses.add(1, now)
		c.until = c.uses.end(window)
	}
	return wait, nil
}

// counter finds or makes what is known of a key. w is locked.
func (w *Windows) counter(key string, now int64) *counter {
	if c := w.keys[key]; c != nil {
		return c
	}
	if len(w.keys) >= windowKeys {
		w.forget(now)
	}
	c := &counter{key: key}
	if w.ledger != nil {
		c.shared = &shared{}
	}
	w.keys[key] = c
	return c
}

// forget drops some keys that count nothing, or one that has few uses. w is locked.
func (w *Windows) forget(now int64) {
	var lightest *counter
	seen, dropped := 0, false
	for key, c := range w.keys { // begins anywhere
		if c.shared != nil && c.shared.needed() {
			continue
		}
		if c.until <= now {
			delete(w.keys, key)
			dropped = true
		} else if lightest == nil || len(c.uses) < len(lightest.uses) {
			lightest = c
		}
		if seen++; seen == windowSample {
			break
		}
	}
	if !dropped && lightest != nil {
		delete(w.keys, lightest.key)
	}
}
