package commits

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/claims"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/failpoint"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// commit is one running change. Its steps: read the document's state (a creation
// assumes that there is none), write the claims, write the document over that
// state, remove the released claims. If another commit fences the document after
// the claims were written, the document's write fails. The next attempt reads the
// state and writes the claims again, so that a commit that saw the earlier claims
// cannot take them.
type commit struct {
	storage.Change
	engine *Commits
	// op is the id of this commit in everything that it writes.
	op string
	// inc is the incarnation of a document to create.
	inc   string
	takes []storage.Take // by key, without duplicates
	// asked maps stored keys to the keys that the caller wrote.
	asked map[string]string
	found layout.Extraction
	// invalid is the fault of the content. It is returned after every possible
	// fault of the state.
	invalid error
	// held are the places of the written claims.
	held map[string]records.Place
	// tried is set if a group of creations with this one failed.
	tried bool
	// frees are the claims to release, in the places they had while the document
	// still listed them.
	frees []records.Held
	rev   storage.Rev
}

// verdict is the result of an attempt.
type verdict int

const (
	done verdict = iota
	refused
	again
	unknown // it may have been done, or may still be
)

// commitAttempts is how often a commit may start again at its claims.
const commitAttempts = 30

// run completes the change: it is done, or refused with nothing left behind.
func (c *commit) run(ctx context.Context) (storage.Rev, error) {
	var err error
	for attempt := range commitAttempts {
		if attempt > 0 && cluster.Pause(ctx, cluster.Backoff(attempt)/4) != nil {
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
	return storage.Rev{}, cluster.Unavailable(errors.Join(err, ctx.Err(), claims.ErrTooManyAttempts))
}

// maxUncarried bounds the messages beside one document. While a server runs, they
// are carried to the outbox.
const maxUncarried = 256

var errUncarried = errors.New("elasticsearch: too many messages of the document wait to be carried to the outbox")

func (c *commit) creates() bool { return c.Put != nil && c.If == (storage.Rev{}) }

// plain reports whether the change can be tried without reading the state: a
// creation that was not tried before.
func (c *commit) plain() bool {
	return c.creates() && len(c.Free) == 0 && c.invalid == nil && !c.tried
}

func (c *commit) attempt(ctx context.Context, first bool) (verdict, error) {
	cur := records.State{Place: records.Absent}
	blind := first && c.plain()
	if !blind {
		var err error
		var frees []records.Held
		if cur, frees, err = c.engine.claims.Current(ctx, c.In, c.ID, c.Free...); err != nil {
			return refused, err
		}
		if n := slices.Index(cur.Op, c.op); n >= 0 {
			c.rev = (&records.Record{Inc: c.inc, N: cur.N - int64(n)}).Rev()
			return done, errors.Join(c.show(ctx), c.free(ctx))
		}
		c.frees = frees
		if cur.IsLive() {
			c.inc = cur.Inc
		}
		if err := c.checkRev(cur); err != nil {
			return refused, err
		}
		if len(c.Outbox) > 0 && len(cur.Out) >= maxUncarried {
			return refused, cluster.Unavailable(errUncarried)
		}
	}
	if c.invalid != nil {
		return refused, c.probe(ctx, cur)
	}
	failpoint.Reach(ctx, "claims")
	came := c.expect()
	defer came()
	if err := c.hold(ctx, cur); err != nil {
		return refused, c.first(ctx, blind, err)
	}
	if c.Put == nil && cur.IsLive() {
		if err := c.beforeDelete(ctx, cur); err != nil {
			return refused, err
		}
	}
	came()
	return c.write(ctx, cur)
}

// expect makes the refresh that the document will want wait for its claims.
func (c *commit) expect() (came func()) {
	if queue := c.engine.queues.To(string(c.In)); c.Visible && len(c.takes) > 0 && queue != nil {
		return queue.Expect()
	}
	return func() {}
}

// show makes a write visible that was done without waiting for its refresh.
func (c *commit) show(ctx context.Context) error {
	if !c.Visible {
		return nil
	}
	return c.engine.queues.RefreshIndex(ctx, string(c.In))
}

// first returns the fault with the highest precedence: an existing document
// precedes a taken claim.
func (c *commit) first(ctx context.Context, blind bool, err error) error {
	var taken *storage.TakenError
	if !blind || !errors.As(err, &taken) {
		return err
	}
	cur, _, reading := c.engine.claims.Current(ctx, c.In, c.ID)
	if reading != nil {
		return reading
	}
	if wrong := c.checkRev(cur); wrong != nil {
		return wrong
	}
	return err
}

func (c *commit) checkRev(cur records.State) error {
	expected := c.If != (storage.Rev{})
	switch {
	case cur.IsLive() && !expected && c.Put != nil:
		return storage.ErrExists.New()
	case cur.IsLive() != expected, expected && c.If != cur.Rev():
		return storage.ErrConflict.New(c.ID)
	case cur.IsLive() && c.Put != nil && c.Put.Incarnation != "" && c.Put.Incarnation != cur.Inc:
		return storage.ErrConflict.New(c.ID)
	}
	return nil
}

// probe returns the refusal of a change with invalid content: the holder of one
// of its keys, or else the fault of the content.
func (c *commit) probe(ctx context.Context, cur records.State) error {
	for _, take := range c.takes {
		h, owner, err := c.engine.claims.Holder(ctx, take.Key)
		if err != nil {
			return err
		}
		if h.There() && h.Confirmed(take.Key, owner) && !c.content(take, h, cur) {
			return c.taken(h)
		}
	}
	return c.invalid
}

// beforeDelete makes latches independent of the document, and reads the claims
// that are deleted with it, in the places they have while it still lists them.
func (c *commit) beforeDelete(ctx context.Context, cur records.State) error {
	if err := c.engine.claims.Settle(ctx, cur.Latches); err != nil {
		return err
	}
	keys := slices.Clone(cur.Claims)
	for _, key := range c.Free {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	var err error
	_, c.frees, err = c.engine.claims.Current(ctx, c.In, c.ID, keys...)
	return err
}

// write writes the document over the state that was read.
func (c *commit) write(ctx context.Context, cur records.State) (verdict, error) {
	next := c.next(cur)
	if c.Put != nil || cur.IsLive() || len(c.takes) > 0 {
		source, err := next.Encode()
		if err != nil {
			return refused, err
		}
		failpoint.Reach(ctx, "document")
		results, err := c.engine.queues.To(string(c.In)).Submit(ctx, c.Visible, bulkqueue.Write{ID: c.ID, Over: cur.Place, Source: source, Op: c.op})
		var notDone *bulkqueue.NotDone
		switch {
		case errors.As(err, &notDone):
			return refused, err
		case err != nil:
			return unknown, err
		case results[0].Conflict:
			return again, nil
		case results[0].Err != nil:
			return refused, results[0].Err
		}
		if c.Put != nil {
			c.rev = next.Rev()
		}
	}
	failpoint.Reach(ctx, "free")
	return done, c.free(ctx)
}

// next returns the record after the change.
func (c *commit) next(cur records.State) *records.Record {
	r := &records.Record{Inc: cur.Inc, N: cur.N + 1, Op: cur.After(c.op), Latches: maps.Clone(cur.Latches)}
	if c.Put != nil && !cur.IsLive() {
		r.Inc = c.inc
	}
	r.Claims = slices.DeleteFunc(slices.Clone(cur.Claims), func(key string) bool {
		return !cur.IsLive() || slices.Contains(c.Free, key) && !c.wants(key)
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
	r.Out = slices.Clone(cur.Out)
	r.Tell(c.Outbox)
	if c.Put == nil {
		r.Died = time.Now().UnixMilli()
		return r
	}
	c.fill(r)
	return r
}

func (c *commit) fill(r *records.Record) {
	d := c.Put
	r.ID, r.Live, r.Version, r.Epoch = c.ID, true, d.Version, d.Epoch
	r.Content, r.Account, r.Auth = records.Text(d.Content), records.Text(d.Account), records.Text(d.Auth)
	r.F, r.A, r.T, r.Gen = c.found.Content, c.found.Account, c.found.Texts, c.found.Generation
	if !d.ExpiresAt.IsZero() {
		at := d.ExpiresAt.UnixMilli()
		r.Expires = &at
	}
}

func (c *commit) taken(h records.Held) error {
	key := c.asked[h.Key]
	return &storage.TakenError{Key: key, Held: h.Public(key)}
}

func (c *commit) wants(key string) bool {
	return slices.ContainsFunc(c.takes, func(take storage.Take) bool { return take.Key == key })
}

// freed returns the claims that the change releases, in the places they had
// before that.
func (c *commit) freed() []records.Held {
	return slices.DeleteFunc(slices.Clone(c.frees), func(h records.Held) bool {
		mine := h.Of == c.In && h.Owner == c.ID && h.Inc == c.inc
		kept := c.wants(h.Key) && (h.Latch || c.Put != nil)
		return !h.There() || kept || !h.Latch && !mine || h.Latch && !slices.Contains(c.Free, h.Key)
	})
}

// free removes claims. A claim in another place belongs to another holder by now.
// A claim that cannot be removed is unconfirmed and free to be taken, but still
// has an owner for readers; it is removed as soon as possible. A latch counts by
// itself, so the change is not complete before its latches are removed.
func (c *commit) free(ctx context.Context) error {
	frees := c.freed()
	writes := make([]bulkqueue.Write, len(frees))
	for i, h := range frees {
		writes[i] = bulkqueue.Write{ID: h.Key, Over: h.Place}
	}
	results, err := c.engine.queues.To(layout.ClaimsIndex).Submit(ctx, false, writes...)
	var failed error
	for i, h := range frees {
		result := bulkqueue.Written{Err: err}
		if err == nil {
			result = results[i]
		}
		switch {
		case h.Latch && result.Conflict:
			failed = errors.Join(failed, c.engine.claims.Unlatch(ctx, h))
		case h.Latch && result.Err != nil:
			failed = errors.Join(failed, cluster.Unavailable(result.Err))
		case result.Err != nil:
			c.engine.claims.LeaveOrphaned(writes[i])
		}
	}
	return failed
}

// releaseTime is the time that a refused change has to clean up.
const releaseTime = 10 * time.Second

// release removes the claims that this commit wrote, except those that its
// document holds.
func (c *commit) release(ctx context.Context) {
	if len(c.takes) == 0 || c.held == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	failpoint.Reach(ctx, "release")
	keys := make([]string, len(c.takes))
	for i, take := range c.takes {
		keys[i] = take.Key
	}
	cur, claims, err := c.engine.claims.Current(ctx, c.In, c.ID, keys...)
	if err != nil {
		return
	}
	var writes []bulkqueue.Write
	for _, h := range claims {
		if h.There() && h.By() == c.op && !h.Confirmed(h.Key, cur) {
			writes = append(writes, bulkqueue.Write{ID: h.Key, Over: h.Place})
		}
	}
	c.engine.claims.RemoveLater(ctx, writes)
}

// takesInOrder sorts keys. So two commits that want the same keys never wait for
// each other at the same time.
func takesInOrder(takes []storage.Take) []storage.Take {
	sorted := slices.Clone(takes)
	slices.SortStableFunc(sorted, func(a, b storage.Take) int { return strings.Compare(a.Key, b.Key) })
	return slices.CompactFunc(sorted, func(a, b storage.Take) bool { return a.Key == b.Key })
}
