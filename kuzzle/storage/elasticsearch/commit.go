package elasticsearch

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// commit is one change under way. In order: the document's state is read (a
// creation supposes that nothing is there), the claims are written, then the
// document over the state read, then the claims let go are removed. Whoever
// fences the document after its claims were written makes its write fail, and
// the next attempt reads the state anew and writes its claims again, so that
// whoever saw them before cannot take them.
type commit struct {
	storage.Change
	store *Store
	// op names this commit in everything that it writes.
	op string
	// inc is the incarnation of a document to be created.
	inc   string
	takes []storage.Take // by key, each once
	// asked are the keys as the caller wrote them, by what they are stored as.
	asked map[string]string
	found extraction
	// invalid is what is wrong with the content. It is answered after all that
	// could be wrong with the state.
	invalid error
	// held are the claims written, in their places.
	held map[string]place
	// tried is set when a group of creations had this one among them in vain.
	tried bool
	// frees are claims to let go of, in the places they had while the document
	// still listed them.
	frees []held
	rev   storage.Rev
}

// verdict is what became of an attempt.
type verdict int

const (
	done verdict = iota
	refused
	again
	unknown // it may have been done, or may still be
)

// commitAttempts bounds how often a commit starts again at its claims.
const commitAttempts = 30

// run takes the change to its end: done, or refused with nothing left behind.
func (c *commit) run(ctx context.Context) (storage.Rev, error) {
	var err error
	for attempt := range commitAttempts {
		if attempt > 0 && pause(ctx, backoff(attempt)/4) != nil {
			break
		}
		var v verdict
		switch v, err = c.attempt(ctx, attempt == 0); v {
		case done:
			return c.rev, err
		case unknown:
			return storage.Rev{}, err
		case refused:
			c.release(ctx)
			return storage.Rev{}, err
		}
	}
	c.release(ctx)
	return storage.Rev{}, unavailable(errors.Join(err, ctx.Err(), errTooManyAttempts))
}

var errTooManyAttempts = errors.New("elasticsearch: others kept changing the document or its claims")

func (c *commit) creates() bool { return c.Put != nil && c.If == (storage.Rev{}) }

// plain tells whether the change can be tried without looking at what is there:
// a creation that was not tried before.
func (c *commit) plain() bool {
	return c.creates() && len(c.Free) == 0 && c.invalid == nil && !c.tried
}

func (c *commit) attempt(ctx context.Context, first bool) (verdict, error) {
	cur := state{at: absent}
	blind := first && c.plain()
	if !blind {
		var err error
		var frees []held
		if cur, frees, err = c.store.current(ctx, c.In, c.ID, c.Free...); err != nil {
			return refused, err
		}
		if n := slices.Index(cur.Op, c.op); n >= 0 {
			c.rev = (&record{Inc: c.inc, N: cur.N - int64(n)}).rev()
			return done, errors.Join(c.show(ctx), c.free(ctx))
		}
		c.frees = frees
		if cur.live() {
			c.inc = cur.Inc
		}
		if err := c.checkRev(cur); err != nil {
			return refused, err
		}
	}
	if c.invalid != nil {
		return refused, c.probe(ctx, cur)
	}
	reach(ctx, "claims")
	came := c.expect()
	defer came()
	if err := c.hold(ctx, cur); err != nil {
		return refused, c.first(ctx, blind, err)
	}
	if c.Put == nil && cur.live() {
		if err := c.beforeDelete(ctx, cur); err != nil {
			return refused, err
		}
	}
	came()
	return c.write(ctx, cur)
}

// expect has the refresh that the document will want wait for its claims.
func (c *commit) expect() (came func()) {
	if lane := c.store.lanes[string(c.In)]; c.Visible && len(c.takes) > 0 && lane != nil {
		return lane.expect()
	}
	return func() {}
}

// show makes a write visible that was done without its refresh having been
// waited for.
func (c *commit) show(ctx context.Context) error {
	if !c.Visible {
		return nil
	}
	return c.store.refresh(ctx, string(c.In))
}

// first answers the fault that comes first: that a document is there goes
// before that a claim is taken.
func (c *commit) first(ctx context.Context, blind bool, err error) error {
	var taken *storage.TakenError
	if !blind || !errors.As(err, &taken) {
		return err
	}
	cur, _, reading := c.store.current(ctx, c.In, c.ID)
	if reading != nil {
		return reading
	}
	if wrong := c.checkRev(cur); wrong != nil {
		return wrong
	}
	return err
}

func (c *commit) checkRev(cur state) error {
	expected := c.If != (storage.Rev{})
	switch {
	case cur.live() && !expected && c.Put != nil:
		return storage.ErrExists.New()
	case cur.live() != expected, expected && c.If != cur.rev():
		return storage.ErrConflict.New(c.ID)
	case cur.live() && c.Put != nil && c.Put.Incarnation != "" && c.Put.Incarnation != cur.Inc:
		return storage.ErrConflict.New(c.ID)
	}
	return nil
}

// probe answers why a change with wrong content is refused: by what holds its
// keys, or else by its content.
func (c *commit) probe(ctx context.Context, cur state) error {
	for _, take := range c.takes {
		h, owner, err := c.store.holder(ctx, take.Key)
		if err != nil {
			return err
		}
		if h.there() && h.confirmed(take.Key, owner) && !c.content(take, h, cur) {
			return c.taken(h)
		}
	}
	return c.invalid
}

// beforeDelete makes latches stand without the document, and reads the claims
// that go with it, in the places they have while it still lists them.
func (c *commit) beforeDelete(ctx context.Context, cur state) error {
	if err := c.store.settle(ctx, cur.Latches); err != nil {
		return err
	}
	keys := slices.Clone(cur.Claims)
	for _, key := range c.Free {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	var err error
	_, c.frees, err = c.store.current(ctx, c.In, c.ID, keys...)
	return err
}

// write puts the document over the state read.
func (c *commit) write(ctx context.Context, cur state) (verdict, error) {
	next := c.next(cur)
	if c.Put != nil || cur.live() || len(c.takes) > 0 {
		source, err := next.encode()
		if err != nil {
			return refused, err
		}
		reach(ctx, "document")
		results, err := c.store.lanes[string(c.In)].submit(ctx, c.Visible, write{id: c.ID, over: cur.at, source: source, op: c.op})
		var notDone *notDone
		switch {
		case errors.As(err, &notDone):
			return refused, err
		case err != nil:
			return unknown, err
		case results[0].conflict:
			return again, nil
		case results[0].err != nil:
			return refused, results[0].err
		}
		if c.Put != nil {
			c.rev = next.rev()
		}
	}
	reach(ctx, "free")
	return done, c.free(ctx)
}

// next is the record after the change.
func (c *commit) next(cur state) *record {
	r := &record{Inc: cur.Inc, N: cur.N + 1, Op: cur.after(c.op), Latches: maps.Clone(cur.Latches)}
	if c.Put != nil && !cur.live() {
		r.Inc = c.inc
	}
	r.Claims = slices.DeleteFunc(slices.Clone(cur.Claims), func(key string) bool {
		return !cur.live() || slices.Contains(c.Free, key) && !c.wants(key)
	})
	for _, take := range c.takes {
		_, written := c.held[take.Key]
		switch {
		case !written:
		case take.Latch || take.Once:
			if r.Latches == nil {
				r.Latches = map[string]string{}
			}
			r.Latches[take.Key] = c.op
		default:
			r.Claims = append(r.Claims, take.Key)
		}
	}
	if c.Put == nil {
		r.Died = time.Now().UnixMilli()
		return r
	}
	c.fill(r)
	return r
}

func (c *commit) fill(r *record) {
	d := c.Put
	r.ID, r.Live, r.Version, r.Epoch = c.ID, true, d.Version, d.Epoch
	r.Content, r.Account, r.Auth = text(d.Content), text(d.Account), text(d.Auth)
	r.F, r.A, r.Gen = c.found.content, c.found.account, c.found.generation
	if !d.ExpiresAt.IsZero() {
		at := d.ExpiresAt.UnixMilli()
		r.Expires = &at
	}
}

func (c *commit) taken(h held) error {
	key := c.asked[h.key]
	return &storage.TakenError{Key: key, Held: h.public(key)}
}

func (c *commit) wants(key string) bool {
	return slices.ContainsFunc(c.takes, func(take storage.Take) bool { return take.Key == key })
}

// freed are the claims that go with the change: in the places they had before the
// document let go of them.
func (c *commit) freed() []held {
	return slices.DeleteFunc(slices.Clone(c.frees), func(h held) bool {
		mine := h.Of == c.In && h.Owner == c.ID && h.Inc == c.inc
		kept := c.wants(h.key) && (h.Latch || c.Put != nil)
		return !h.there() || kept || !h.Latch && !mine || h.Latch && !slices.Contains(c.Free, h.key)
	})
}

// free removes claims. One that has another place is somebody else's by now. One
// that cannot be removed is confirmed by nobody, and free to be taken, but it is
// shown to who asks for its owner: it is removed as soon as that can be done. A
// latch binds by itself, so that the change is not done before it is gone.
func (c *commit) free(ctx context.Context) error {
	frees := c.freed()
	writes := make([]write, len(frees))
	for i, h := range frees {
		writes[i] = write{id: h.key, over: h.at}
	}
	results, err := c.store.lanes[claimsIndex].submit(ctx, false, writes...)
	var failed error
	for i, h := range frees {
		result := written{err: err}
		if err == nil {
			result = results[i]
		}
		switch {
		case h.Latch && result.conflict:
			failed = errors.Join(failed, c.store.unlatch(ctx, h))
		case h.Latch && result.err != nil:
			failed = errors.Join(failed, unavailable(result.err))
		case result.err != nil:
			c.store.loose.add(writes[i])
		}
	}
	return failed
}

// releaseTime is what a refused change may still use to clean up.
const releaseTime = 10 * time.Second

// release lets go of the claims that this commit wrote, but for those that its
// document turns out to hold.
func (c *commit) release(ctx context.Context) {
	if len(c.takes) == 0 || c.held == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	reach(ctx, "release")
	keys := make([]string, len(c.takes))
	for i, take := range c.takes {
		keys[i] = take.Key
	}
	cur, claims, err := c.store.current(ctx, c.In, c.ID, keys...)
	if err != nil {
		return
	}
	var writes []write
	for _, h := range claims {
		if h.there() && h.by() == c.op && !h.confirmed(h.key, cur) {
			writes = append(writes, write{id: h.key, over: h.at})
		}
	}
	c.store.removeLater(ctx, writes)
}

// takesInOrder sorts keys, so that of two that want the same ones nobody waits
// for the other while holding what the other waits for.
func takesInOrder(takes []storage.Take) []storage.Take {
	sorted := slices.Clone(takes)
	slices.SortStableFunc(sorted, func(a, b storage.Take) int { return strings.Compare(a.Key, b.Key) })
	return slices.CompactFunc(sorted, func(a, b storage.Take) bool { return a.Key == b.Key })
}
