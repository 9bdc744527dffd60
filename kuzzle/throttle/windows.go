package throttle

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
)

const (
	// windowKeys is the largest number of keys.
	windowKeys = 1 << 14
	// windowSample is how many keys are examined to find one to forget.
	windowSample = 16
)

// Windows counts uses by key in sliding windows.
//
// Without a Ledger it is exact, in memory, and forgets at a restart. With a Ledger all nodes count
// together, also exactly: a use is written by compare-and-set before it is allowed, alone or with
// others that come at the same time. For a busy node the ledger holds some uses, which the node
// allows without asking. A node that finds the window full while others hold uses waits until they
// are given back, less than a second. A node that knows that the window is full refuses without
// asking. If the clocks of nodes differ, the window is that much longer or shorter for the uses of
// one of them.
//
// It is safe for concurrent use and remembers at most about 16,000 keys: a flood of new keys
// replaces those with the fewest uses. Nil Windows limit nothing.
type Windows struct {
	now    func() time.Time
	ledger Ledger
	// node identifies this node among those that share the ledger.
	node string

	mu   sync.Mutex
	keys map[string]*counter
}

// counter is the known state of a key.
type counter struct {
	key string
	// uses are this process's, or the ledger's latest.
	uses series
	// until is the time after which nothing of it counts.
	until int64
	// shared is nil without a ledger.
	*shared
}

// NewWindows returns Windows. A nil clock is time.Now; without a ledger the process counts alone.
func NewWindows(clock func() time.Time, ledger Ledger) *Windows {
	if clock == nil {
		clock = time.Now
	}
	return &Windows{now: clock, ledger: ledger, node: rand.Text()[:8], keys: map[string]*counter{}}
}

// Take counts a use of a key, or refuses it and returns how long to wait until one is allowed
// again, if nobody else comes first. A refused use does not count. A key must always have the same
// window. Errors are the ledger's or ctx's.
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

// counter returns the counter of a key, and creates a missing one. w is locked.
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

// forget drops some keys without counted uses, or one with few uses. w is locked.
func (w *Windows) forget(now int64) {
	var lightest *counter
	seen, dropped := 0, false
	for key, c := range w.keys { // iteration begins at a random key
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
