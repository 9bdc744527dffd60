package elasticsearch

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// hold writes every claim that the document does not hold already, and answers
// nil when all are this commit's own. A claim in the way is somebody's who
// confirmed it (a *storage.TakenError), or is waited for and taken over.
func (c *commit) hold(ctx context.Context, cur state) error {
	var left []storage.Take
	for _, take := range c.takes {
		if take.Latch || take.Once || !cur.live() || !slices.Contains(cur.Claims, take.Key) {
			left = append(left, take)
		}
	}
	if c.held == nil {
		c.held = map[string]place{}
	}
	for len(left) > 0 {
		n, err := c.claimAll(ctx, left)
		if err != nil || n == len(left) {
			return err
		}
		if err := c.letGo(ctx, left[n+1:]); err != nil {
			return err
		}
		if err := c.contend(ctx, cur, left[n]); err != nil {
			return err
		}
		left = left[n+1:]
	}
	return nil
}

// claimAll writes claims, those written by an earlier attempt over what it
// wrote, and answers the number before the first that is not to be had.
func (c *commit) claimAll(ctx context.Context, takes []storage.Take) (int, error) {
	writes, err := c.claims(takes)
	if err != nil {
		return 0, err
	}
	results, err := c.store.lanes[claimsIndex].submit(ctx, false, writes...)
	if err != nil {
		return 0, err
	}
	n := len(takes)
	for i, result := range results {
		if result.err != nil {
			return 0, unavailable(result.err)
		}
		if result.conflict {
			delete(c.held, takes[i].Key)
			n = min(n, i)
			continue
		}
		c.held[takes[i].Key] = result.at
	}
	return n, nil
}

// claims are the writes of claims, over what an earlier attempt wrote.
func (c *commit) claims(takes []storage.Take) ([]write, error) {
	writes := make([]write, len(takes))
	for i, take := range takes {
		over, written := c.held[take.Key]
		if !written {
			over = absent
		}
		var err error
		if writes[i], err = c.claim(take, over); err != nil {
			return nil, err
		}
	}
	return writes, nil
}

func (c *commit) claim(take storage.Take, over place) (write, error) {
	made := claim{
		Of: c.In, Owner: c.ID, Inc: c.inc, Latch: take.Latch || take.Once, Op: []string{c.op}, At: time.Now().UnixMilli(),
	}
	source, err := made.encode()
	return write{id: take.Key, over: over, source: source, op: c.op}, err
}

// letGo gives up claims, so that nobody waits for them while this commit waits
// for one that sorts before them.
func (c *commit) letGo(ctx context.Context, takes []storage.Take) error {
	var writes []write
	for _, take := range takes {
		if at, written := c.held[take.Key]; written {
			writes = append(writes, write{id: take.Key, over: at})
			delete(c.held, take.Key)
		}
	}
	_, err := c.store.lanes[claimsIndex].submit(ctx, false, writes...)
	return err
}

// contend gets a claim that was in somebody's hands.
func (c *commit) contend(ctx context.Context, cur state, take storage.Take) error {
	var w watch
	for turn := 0; ; turn++ {
		h, owner, err := c.store.holder(ctx, take.Key)
		if err != nil {
			return err
		}
		switch {
		case !h.there() || h.by() == c.op:
			if won, err := c.takeOver(ctx, take, h.at); won || err != nil {
				return err
			}
			continue
		case h.confirmed(take.Key, owner):
			if c.content(take, h, cur) {
				return nil
			}
			return c.taken(h)
		}
		if !h.buried(owner) && !w.passed(h.at, c.store.options.Grace) {
			if err := pause(ctx, waitForOwner(turn)); err != nil {
				return unavailable(err)
			}
			continue
		}
		reach(ctx, "fence")
		fenced, err := c.store.fence(ctx, h, owner)
		if err != nil {
			return err
		}
		if !fenced {
			continue
		}
		reach(ctx, "take")
		if won, err := c.takeOver(ctx, take, h.at); won || err != nil {
			return err
		}
	}
}

func (c *commit) takeOver(ctx context.Context, take storage.Take, over place) (bool, error) {
	delete(c.held, take.Key)
	w, err := c.claim(take, over)
	if err != nil {
		return false, err
	}
	results, err := c.store.lanes[claimsIndex].submit(ctx, false, w)
	if err != nil {
		return false, err
	}
	if results[0].err != nil {
		return false, unavailable(results[0].err)
	}
	if results[0].conflict {
		return false, nil
	}
	c.held[take.Key] = results[0].at
	return true, nil
}

// content tells whether a take is content with who holds the key.
func (c *commit) content(take storage.Take, h held, cur state) bool {
	mine := cur.live() && h.Of == c.In && h.Owner == c.ID && h.Inc == cur.Inc
	return !take.Once && (take.Latch || mine)
}

// buried tells whether the incarnation that wrote a claim was deleted, so that
// there is nobody to wait for.
func (h held) buried(owner state) bool {
	return !h.Latch && owner.there() && !owner.Live && owner.Inc == h.Inc
}

// watch counts for how long a claim has been seen unchanged.
type watch struct {
	at    place
	since time.Time
}

func (w *watch) passed(at place, grace time.Duration) bool {
	if w.since.IsZero() || w.at != at {
		w.at, w.since = at, time.Now()
	}
	return time.Since(w.since) >= grace
}

// waitForOwner is how long to wait before looking again whether an owner was
// confirmed: most are within a few milliseconds.
func waitForOwner(turn int) time.Duration { return backoff(min(turn, 3)) / 4 }

// holder reads a claim, and then the document that owns it.
func (s *Store) holder(ctx context.Context, key string) (held, state, error) {
	answers, err := s.lookups.read(ctx, get{index: claimsIndex, id: key})
	if err != nil {
		return held{}, state{}, err
	}
	h, err := answers[0].held(key)
	if err != nil || !h.there() {
		return h, state{at: absent}, err
	}
	if s.lanes[string(h.Of)] == nil {
		return h, state{}, unavailable(errors.New("elasticsearch: a claim names no collection"))
	}
	answers, err = s.lookups.read(ctx, get{index: string(h.Of), id: h.Owner})
	if err != nil {
		return h, state{}, err
	}
	owner, err := answers[0].state()
	return h, owner, err
}

// fence moves the state of a claim's owner, so that a write that began before
// fails. It answers false when the state was another one already.
func (s *Store) fence(ctx context.Context, h held, owner state) (bool, error) {
	op := newID()
	next := record{Moved: op, Died: time.Now().UnixMilli()}
	if owner.there() {
		next = owner.moved(op)
	}
	source, err := next.encode()
	if err != nil {
		return false, err
	}
	results, err := s.lanes[string(h.Of)].submit(ctx, false, write{id: h.Owner, over: owner.at, source: source, op: op})
	if err != nil {
		return false, err
	}
	if results[0].err != nil {
		return false, unavailable(results[0].err)
	}
	return !results[0].conflict, nil
}

// latchTurns bounds how often a latch is found moved by others.
const latchTurns = 10

// settle makes latches independent of the document whose write took them.
func (s *Store) settle(ctx context.Context, latches map[string]string) error {
	for range latchTurns {
		writes, err := s.unsettled(ctx, latches)
		if err != nil || len(writes) == 0 {
			return err
		}
		results, err := s.lanes[claimsIndex].submit(ctx, false, writes...)
		if err := refusalOf(results, err); err != nil {
			return err
		}
		if !slices.ContainsFunc(results, func(result written) bool { return result.conflict }) {
			return nil
		}
	}
	return unavailable(errTooManyAttempts)
}

// unsettled are the writes that settle those of the latches that stand only with
// their document.
func (s *Store) unsettled(ctx context.Context, latches map[string]string) ([]write, error) {
	if len(latches) == 0 {
		return nil, nil
	}
	gets := make([]get, 0, len(latches))
	for key := range latches {
		gets = append(gets, get{index: claimsIndex, id: key})
	}
	answers, err := s.read(ctx, gets)
	if err != nil {
		return nil, err
	}
	var writes []write
	for i, answer := range answers {
		h, err := answer.held(gets[i].id)
		if err != nil {
			return nil, err
		}
		if !h.there() || !h.Latch || h.Settled || h.by() != latches[h.key] {
			continue
		}
		h.Settled = true
		source, err := h.encode()
		if err != nil {
			return nil, err
		}
		writes = append(writes, write{id: h.key, over: h.at, source: source, op: h.by()})
	}
	return writes, nil
}

// unlatch lets go of a latch that stands elsewhere than where it was: it was
// settled meanwhile, or is another's, who took it after it was let go.
func (s *Store) unlatch(ctx context.Context, was held) error {
	for range latchTurns {
		answers, err := s.read(ctx, []get{{index: claimsIndex, id: was.key}})
		if err != nil {
			return err
		}
		h, err := answers[0].held(was.key)
		if err != nil || !h.there() || h.by() != was.by() {
			return err
		}
		results, err := s.lanes[claimsIndex].submit(ctx, false, write{id: h.key, over: h.at})
		switch {
		case err != nil:
			return err
		case results[0].err != nil:
			return unavailable(results[0].err)
		case !results[0].conflict:
			return nil
		}
	}
	return unavailable(errTooManyAttempts)
}

// maxLoose bounds the claims that wait to be removed. Others stay: who wants one
// takes it over.
const maxLoose = 10_000

// loose are claims that nobody confirms any more and that could not be removed.
type loose struct {
	mu     sync.Mutex
	writes []write
}

func (l *loose) add(writes ...write) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes = append(l.writes, writes[:min(len(writes), maxLoose-len(l.writes))]...)
}

func (l *loose) take() []write {
	l.mu.Lock()
	defer l.mu.Unlock()
	writes := l.writes
	l.writes = nil
	return writes
}

// removeLater removes claims that nobody confirms, or keeps them for the next
// time.
func (s *Store) removeLater(ctx context.Context, writes []write) {
	results, err := s.lanes[claimsIndex].submit(ctx, false, writes...)
	for i := range writes {
		if err != nil || results[i].err != nil {
			s.loose.add(writes[i])
		}
	}
}
