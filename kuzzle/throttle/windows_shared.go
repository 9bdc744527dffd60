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
	// holdFor is how long a node may let through the uses that are held for it.
	holdFor = 250 * time.Millisecond
	// holdPause is how often a node looks whether held ones were given back, and
	// holdPatience how long in all.
	holdPause    = 25 * time.Millisecond
	holdPatience = holdFor + 2*holdGrace

	// windowBusy is the wait of who was refused because other nodes were faster at
	// each try, or held what was left for too long.
	windowBusy = time.Second
	// windowTimeout bounds the work on uses that came together.
	windowTimeout = 5 * time.Second
)

// shared is the part of a counter that stands for a page of the ledger.
type shared struct {
	// waiting are the uses to be decided on, and busy says that somebody decides.
	waiting []*taking
	busy    bool
	// held are the uses that may be let through until heldUntil; spent are the times
	// of those that were, which the page does not have yet.
	held      int
	heldUntil int64
	spent     series

	// What follows belongs to who decides. page is what the ledger had last if known
	// is set. While no other node writes it, alone is set, and it is written without
	// being read before. visited is when it was written last.
	page    Page
	known   bool
	alone   bool
	visited int64
}

// needed reports whether the counter must not be forgotten.
func (s *shared) needed() bool { return s.busy || s.held > 0 || len(s.spent) > 0 }

// taking is a use that waits to be decided on.
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

// spend lets through at most n of the uses that are held, and returns how many.
func (s *shared) spend(n int, now int64) int {
	// A clock that was set back does not make a hold last longer.
	if now >= s.heldUntil || now < s.heldUntil-int64(holdFor) {
		return 0
	}
	n = min(n, s.held)
	s.held -= n
	s.spent.add(n, toMilli(now))
	return n
}

// takeShared is Take with a ledger. w is locked, and is not afterwards.
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

// begin has somebody decide, unless somebody does. w is locked.
func (w *Windows) begin(c *counter, window Window) {
	if !c.busy {
		c.busy = true
		go w.decide(c, window)
	}
}

// giveBack tells the ledger which of the held uses were needed, once they may not be
// let through any more.
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

// decide decides on the uses of a key that wait, all that there are each time, until
// there are none. The first round tells the ledger what was let through before, also
// where nothing waits.
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
		c.held = 0 // so that nothing is let through meanwhile that is not told
		w.mu.Unlock()
		w.settle(c, window, all)
	}
}

// settle brings the ledger up to date and decides on uses.
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

// visit counts as many of n uses as there is room for in the ledger, and returns how
// many those are. Where it is none, wait is how long to wait for one.
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
			// Others hold what is left. They give back what they do not need.
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

// readPage reads the page of a key, after a pause if that is not the first try.
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

// learn keeps what the ledger has of a key. All that was spent is there.
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

// lose forgets what the ledger had of a key, but not what it has to be told.
func (w *Windows) lose(c *counter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.page, c.known, c.uses = Page{}, false, nil
}

// windowPage is the name of a key's page. The key may hold anything.
func windowPage(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "window-" + hex.EncodeToString(sum[:16])
}
