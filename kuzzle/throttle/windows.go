package throttle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"
)

const (
	// windowKeys bounds how many keys Windows remember.
	windowKeys = 1 << 14
	// windowSample is how many of them are looked at for one to forget.
	windowSample = 16
	// windowBusy is the wait of who was refused because other nodes were faster at
	// each try.
	windowBusy = time.Second
	// windowTimeout bounds the work on uses that came together.
	windowTimeout = 5 * time.Second
)

// Windows count uses by key in sliding windows.
//
// Alone they are exact, in memory, and a restart forgets. With a Ledger all nodes count
// as one: a node writes the uses that come at one time together, by one
// compare-and-set, and refuses without asking the ledger what it knows to be full. When
// clocks of nodes are apart the window lasts that much longer or shorter for the uses
// of one of them.
//
// They are safe for concurrent use and remember at most some 16,000 keys: a flood of
// fresh keys pushes out those with the fewest uses. Nil Windows limit nothing.
type Windows struct {
	now    func() time.Time
	ledger Ledger

	mu   sync.Mutex
	keys map[string]*counter
}

// counter is what is known of a key.
type counter struct {
	key  string
	uses series
	// until is when nothing of it counts any more.
	until int64

	// With a ledger: waiting are the uses to be decided on, busy says that somebody
	// decides, and page is what the ledger had last if known is set. While no other
	// node writes it, alone is set, and it is written without being read before; who
	// decides holds alone.
	waiting     []*taking
	busy, known bool
	page        Page
	alone       bool
}

// taking is a use that waits to be decided on.
type taking struct {
	done chan struct{}
	wait time.Duration
	err  error
}

// NewWindows makes them. A nil clock is time.Now; without a ledger a process counts
// alone.
func NewWindows(clock func() time.Time, ledger Ledger) *Windows {
	if clock == nil {
		clock = time.Now
	}
	return &Windows{now: clock, ledger: ledger, keys: map[string]*counter{}}
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
	if w.ledger == nil || c.known {
		ahead := c.uses.settle(window, now)
		_, wait = c.uses.room(window, now)
		if w.ledger == nil && wait == 0 {
			c.add(window, now)
		}
		if w.ledger == nil || wait > 0 && !ahead {
			w.mu.Unlock()
			return wait, nil
		}
	}
	me := &taking{done: make(chan struct{})}
	if c.waiting = append(c.waiting, me); !c.busy {
		c.busy = true
		go w.decide(context.WithoutCancel(ctx), c, window)
	}
	w.mu.Unlock()
	select {
	case <-me.done:
		return me.wait, me.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (c *counter) add(window Window, now int64) {
	c.uses.add(1, now)
	c.until = c.uses[len(c.uses)-1] + int64(window.Every)
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
	w.keys[key] = c
	return c
}

// forget drops some keys that count nothing, or one that has few uses. w is locked.
func (w *Windows) forget(now int64) {
	var lightest *counter
	seen, dropped := 0, false
	for key, c := range w.keys { // begins anywhere
		if c.busy {
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

// decide decides on the uses of a key that wait, all that there are each time, until
// there are none.
func (w *Windows) decide(ctx context.Context, c *counter, window Window) {
	for {
		w.mu.Lock()
		all := c.waiting
		if c.waiting = nil; len(all) == 0 {
			c.busy = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		let, wait, err := w.write(ctx, c, window, len(all))
		for i, one := range all {
			if one.err = err; i >= let {
				one.wait = wait
			}
			close(one.done)
		}
	}
}

// write counts as many of n uses as there is room for in the ledger, and returns how
// many those are, and how long the others have to wait.
func (w *Windows) write(ctx context.Context, c *counter, window Window, n int) (let int, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, windowTimeout)
	defer cancel()
	page, known := c.page, c.known && c.alone
	for try := 0; try < ledgerTries; {
		if !known {
			if err := pause(ctx, try); err != nil {
				return 0, 0, err
			}
			pages, err := w.ledger.Read(ctx, []string{windowPage(c.key)})
			if err != nil {
				return 0, 0, err
			}
			page = pages[0]
			c.alone = bytes.Equal(page.Data, c.page.Data)
			try++
		}
		now := w.now().UnixNano()
		uses := decodeSeries(page.Data)
		ahead := uses.settle(window, now)
		room, wait := uses.room(window, now)
		if let = min(room, n); let > 0 || ahead {
			uses.add(let, toMilli(now))
			page.Data, page.Expires = uses.encode(), time.Unix(0, uses[len(uses)-1]).Add(window.Every)
			written := []Page{page}
			done, err := w.ledger.Write(ctx, written)
			if err != nil {
				w.learn(c, Page{}, nil, window, false)
				return 0, 0, err
			}
			if known = false; !done[0] {
				c.alone = false
				continue
			}
			page = written[0]
			_, wait = uses.room(window, now)
		}
		w.learn(c, page, uses, window, true)
		return let, wait, nil
	}
	w.learn(c, Page{}, nil, window, false)
	return 0, windowBusy, nil
}

// learn keeps what the ledger has of a key.
func (w *Windows) learn(c *counter, page Page, uses series, window Window, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.page, c.uses, c.known, c.until = page, uses, known, 0
	if len(uses) > 0 {
		c.until = uses[len(uses)-1] + int64(window.Every)
	}
}

// windowPage is the name of a key's page. The key may hold anything.
func windowPage(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "window-" + hex.EncodeToString(sum[:16])
}
