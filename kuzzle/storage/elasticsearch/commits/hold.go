package commits

import (
	"context"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/claims"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/failpoint"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// hold writes every claim that the document does not hold yet, and returns nil
// when all belong to this commit. A claim in the way is confirmed by another
// holder (a *storage.TakenError), or hold waits for it and takes it over.
func (c *commit) hold(ctx context.Context, cur records.State) error {
	var left []storage.Take
	for _, take := range c.takes {
		if take.Latch || take.Once || !cur.IsLive() || !slices.Contains(cur.Claims, take.Key) {
			left = append(left, take)
		}
	}
	if c.held == nil {
		c.held = map[string]records.Place{}
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

// claimAll writes claims, over those that an earlier attempt wrote, and returns
// the number before the first one that it could not get.
func (c *commit) claimAll(ctx context.Context, takes []storage.Take) (int, error) {
	writes, err := c.claims(takes)
	if err != nil {
		return 0, err
	}
	results, err := c.engine.queues.To(layout.ClaimsIndex).Submit(ctx, false, writes...)
	if err != nil {
		return 0, err
	}
	n := len(takes)
	for i, result := range results {
		if result.Err != nil {
			return 0, cluster.Unavailable(result.Err)
		}
		if result.Conflict {
			delete(c.held, takes[i].Key)
			n = min(n, i)
			continue
		}
		c.held[takes[i].Key] = result.Place
	}
	return n, nil
}

// claims returns the writes of claims, over those of an earlier attempt.
func (c *commit) claims(takes []storage.Take) ([]bulkqueue.Write, error) {
	writes := make([]bulkqueue.Write, len(takes))
	for i, take := range takes {
		over, written := c.held[take.Key]
		if !written {
			over = records.Absent
		}
		var err error
		if writes[i], err = c.claim(take, over); err != nil {
			return nil, err
		}
	}
	return writes, nil
}

func (c *commit) claim(take storage.Take, over records.Place) (bulkqueue.Write, error) {
	made := records.Claim{
		Of: c.In, Owner: c.ID, Inc: c.inc, Latch: take.Latch || take.Once, Op: []string{c.op}, At: time.Now().UnixMilli(),
	}
	source, err := made.Encode()
	return bulkqueue.Write{ID: take.Key, Over: over, Source: source, Op: c.op}, err
}

// letGo gives claims up, so that nobody waits for them while this commit waits
// for one that sorts before them.
func (c *commit) letGo(ctx context.Context, takes []storage.Take) error {
	var writes []bulkqueue.Write
	for _, take := range takes {
		if at, written := c.held[take.Key]; written {
			writes = append(writes, bulkqueue.Write{ID: take.Key, Over: at})
			delete(c.held, take.Key)
		}
	}
	_, err := c.engine.queues.To(layout.ClaimsIndex).Submit(ctx, false, writes...)
	return err
}

// contend gets a claim that another commit holds.
func (c *commit) contend(ctx context.Context, cur records.State, take storage.Take) error {
	var w claims.Watch
	for turn := 0; ; turn++ {
		h, owner, err := c.engine.claims.Holder(ctx, take.Key)
		if err != nil {
			return err
		}
		switch {
		case !h.There() || h.By() == c.op:
			if won, err := c.takeOver(ctx, take, h.Place); won || err != nil {
				return err
			}
			continue
		case h.Confirmed(take.Key, owner):
			if c.content(take, h, cur) {
				return nil
			}
			return c.taken(h)
		}
		if !h.Buried(owner) && !w.Passed(h.Place, c.engine.options.Grace) {
			if err := cluster.Pause(ctx, waitForOwner(turn)); err != nil {
				return cluster.Unavailable(err)
			}
			continue
		}
		failpoint.Reach(ctx, "fence")
		fenced, err := c.engine.claims.Fence(ctx, h, owner)
		if err != nil {
			return err
		}
		if !fenced {
			continue
		}
		failpoint.Reach(ctx, "take")
		if won, err := c.takeOver(ctx, take, h.Place); won || err != nil {
			return err
		}
	}
}

func (c *commit) takeOver(ctx context.Context, take storage.Take, over records.Place) (bool, error) {
	delete(c.held, take.Key)
	w, err := c.claim(take, over)
	if err != nil {
		return false, err
	}
	results, err := c.engine.queues.To(layout.ClaimsIndex).Submit(ctx, false, w)
	if err != nil {
		return false, err
	}
	if results[0].Err != nil {
		return false, cluster.Unavailable(results[0].Err)
	}
	if results[0].Conflict {
		return false, nil
	}
	c.held[take.Key] = results[0].Place
	return true, nil
}

// content reports whether a take accepts the present holder of the key.
func (c *commit) content(take storage.Take, h records.Held, cur records.State) bool {
	mine := cur.IsLive() && h.Of == c.In && h.Owner == c.ID && h.Inc == cur.Inc
	return !take.Once && (take.Latch || mine)
}

// waitForOwner returns how long to wait before checking again whether an owner
// was confirmed: most are within a few milliseconds.
func waitForOwner(turn int) time.Duration { return cluster.Backoff(min(turn, 3)) / 4 }
