package throttle

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

const (
	// holdFor is the life of a hold.
	holdFor = 250 * time.Millisecond
	// holdPause is how often a node checks whether held uses were given back, and holdPatience for
	// how long.
	holdPause    = 25 * time.Millisecond
	holdPatience = holdFor + 2*holdGrace

	// windowBusy is the wait for a caller who was refused because other nodes were faster at each
	// try, or held the rest for too long.
	windowBusy = time.Second
	// windowTimeout bounds the work on uses that came together.
	windowTimeout = 5 * time.Second
)

// shared is the part of a counter for a page of the ledger.
type shared struct {
	// waiting are the undecided uses; busy is set while a goroutine decides.
	waiting []*taking
	busy    bool
	// held is the number of uses that may be allowed until heldUntil; spent has the times of the
	// allowed ones that are not on the page yet.
	held      int
	heldUntil int64
	spent     series

	// Only the deciding goroutine uses the following fields. page is the ledger's latest if known
	// is set. alone is set while no other node writes it, and then it is written without being read
	// first. visited is the time of the last write.
	page    Page
	known   bool
	alone   bool
	visited int64
}

// needed reports whether the counter must be kept.
func (s *shared) needed() bool { return s.busy || s.held > 0 || len(s.spent) > 0 }

// taking is an undecided use.
type taking struct {
	done chan struct{}
	wait time.Duration
	err  error
}

func finish(all []*taking, wait time.Duration, err error) {
	for _, one := range all {
		one.wait, one.err = wait, err
		close(one.done)
	}
}

// spend allows at most n of the held uses, and returns how many.
func (s *shared) spend(n int, now int64) int {
	// A clock that was set back must not extend a hold.
	if now >= s.heldUntil || now < s.heldUntil-int64(holdFor) {
		return 0
	}
	n = min(n, s.held)
	s.held -= n
	s.spent.add(n, toMilli(now))
	return n
}

// takeShared is Take with a ledger. w is locked, and unlocked on return.
func (w *Windows) takeShared(ctx context.Context, c *counter, window Window, now int64) (wait time.Duration, err error) {
	if c.spend(1, now) == 1 {
		w.mu.Unlock()
		return 0, nil
	}
	if ahead := c.uses.settle(window, now); !ahead {
		if _, wait = c.uses.room(window, now); wait > 0 {
			w.mu.Unlock()
			return wait, nil
		}
	}
	me := &taking{done: make(chan struct{})}
	c.waiting = append(c.waiting, me)
	w.begin(c, window)
	w.mu.Unlock()
	select {
	case <-me.done:
		return me.wait, me.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// begin starts a deciding goroutine unless one runs. w is locked.
func (w *Windows) begin(c *counter, window Window) {
	if !c.busy {
		c.busy = true
		go w.decide(c, window)
	}
}

// giveBack writes to the ledger which of the held uses were needed, when they may no longer be
// allowed.
func (w *Windows) giveBack(c *counter, window Window) {
	time.AfterFunc(holdFor, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch {
		case w.now().UnixNano() < c.heldUntil || c.held == 0 && len(c.spent) == 0:
		case c.busy:
			w.giveBack(c, window)
		default:
			w.begin(c, window)
		}
	})
}

// decide decides about the waiting uses of a key, all together in each round, until there are none.
// The first round also writes the uses that were allowed before, even if nothing waits.
func (w *Windows) decide(c *counter, window Window) {
	for first := true; ; first = false {
		w.mu.Lock()
		all := c.waiting
		let := c.spend(len(all), w.now().UnixNano())
		finish(all[:let], 0, nil)
		all, c.waiting = all[let:], nil
		if len(all) == 0 && !(first && let == 0) {
			c.busy = false
			w.mu.Unlock()
			return
		}
		c.held = 0 // so that no use is allowed meanwhile without being written
		w.mu.Unlock()
		w.settle(c, window, all)
	}
}

// settle updates the ledger and decides about uses.
func (w *Windows) settle(c *counter, window Window, all []*taking) {
	ctx, cancel := context.WithTimeout(context.Background(), windowTimeout)
	defer cancel()
	for {
		let, wait, err := w.visit(ctx, c, window, len(all))
		if err != nil || let == 0 {
			finish(all, wait, err)
			return
		}
		finish(all[:let], 0, nil)
		if all = all[let:]; len(all) == 0 {
			return
		}
	}
}

// visit counts as many of n uses as the ledger allows, and returns how many. If none, wait is the
// time until one is.
func (w *Windows) visit(ctx context.Context, c *counter, window Window, n int) (let int, wait time.Duration, err error) {
	page, read := c.page, !c.known || !c.alone
	began := w.now()
	for try := 0; try < ledgerTries; read = true {
		if read {
			if page, err = w.readPage(ctx, c, try); err != nil {
				return 0, 0, err
			}
			try++
		}
		now := w.now()
		state := w.stateOf(page, c, window, now.UnixNano())
		room, wait := state.room(window)
		if n > 0 && room == 0 && wait == 0 && now.Sub(began) < holdPatience {
			// Others hold the rest, and will give back what they do not need.
			try = 0
			if err := sleep(ctx, holdPause); err != nil {
				return 0, 0, err
			}
			continue
		}
		if let = min(room, n); let == 0 && !state.changed {
			w.learn(c, page, state, window)
			return 0, cmp.Or(wait, windowBusy), nil
		}
		state.let(let, window, w.node, c, room)
		page.Data, page.Expires = state.encode(), time.Unix(0, max(state.now, state.uses.end(window))).Add(window.Every)
		written := []Page{page}
		done, err := w.ledger.Write(ctx, written)
		if err != nil {
			w.lose(c)
			return 0, 0, err
		}
		if done[0] {
			c.visited = state.now
			w.learn(c, written[0], state, window)
			return let, cmp.Or(wait, windowBusy), nil
		}
		c.alone = false
	}
	w.lose(c)
	return 0, windowBusy, nil
}

// readPage reads the page of a key, after a pause unless it is the first try.
func (w *Windows) readPage(ctx context.Context, c *counter, try int) (Page, error) {
	if err := pause(ctx, try); err != nil {
		return Page{}, err
	}
	pages, err := w.ledger.Read(ctx, []string{windowPage(c.key)})
	if err != nil {
		return Page{}, err
	}
	c.alone = bytes.Equal(pages[0].Data, c.page.Data)
	return pages[0], nil
}

// learn stores the ledger's state of a key. All spent uses are in it.
func (w *Windows) learn(c *counter, page Page, state *windowState, window Window) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.page, c.known, c.spent = page, true, nil
	c.uses, c.until = state.uses, state.uses.end(window)
	if mine := state.mine; mine != nil {
		c.held, c.heldUntil = mine.Left, mine.Until*int64(time.Millisecond)
		c.until = max(c.until, c.heldUntil)
		w.giveBack(c, window)
	}
}

// lose forgets the ledger's state of a key, but not the uses still to write.
func (w *Windows) lose(c *counter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.page, c.known, c.uses = Page{}, false, nil
}

// windowPage returns the name of a key's page. The key may contain any text.
func windowPage(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "window-" + hex.EncodeToString(sum[:16])
}
