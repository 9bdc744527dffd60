package maintenance

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/claims"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// Repaired is the result of Repair.
type Repaired struct {
	// Claims is the number of checked claims, Stale of those without an owner,
	// Removed of the removed ones.
	Claims, Stale, Removed int
}

// Repair removes claims that were not confirmed within the grace time; a node
// leaves such claims if it dies in the middle of a change. They do not lock a
// name, because another change takes them over. But that takes a wait, which
// Repair avoids. With since, only claims written later are checked, by their
// writers' clocks.
func (c *Care) Repair(ctx context.Context, since time.Time) (Repaired, error) {
	var done Repaired
	later := clause{"range": clause{"at": clause{"gte": since.UnixMilli()}}}
	err := c.claims.Each(ctx, later, func(keys []string, _ []records.Held) error { return c.repairPage(ctx, keys, &done) })
	return done, err
}

func (c *Care) repairPage(ctx context.Context, keys []string, done *Repaired) error {
	found, owners, err := c.claims.Holders(ctx, keys)
	if err != nil {
		return err
	}
	doubted := map[string]*claims.Watch{}
	for i, h := range found {
		done.Claims++
		if h.There() && !h.Confirmed(h.Key, owners[i]) {
			doubted[h.Key] = &claims.Watch{Place: h.Place, Since: time.Now()}
		}
	}
	if len(doubted) == 0 {
		return nil
	}
	if err := cluster.Pause(ctx, c.options.Grace); err != nil {
		return err
	}
	for key, w := range doubted {
		if err := c.removeStale(ctx, key, w, done); err != nil {
			return err
		}
	}
	return nil
}

// removeStale fences the owner and then removes the claim, like a taker.
func (c *Care) removeStale(ctx context.Context, key string, w *claims.Watch, done *Repaired) error {
	h, owner, err := c.claims.Holder(ctx, key)
	if err != nil || !h.There() || h.Place != w.Place || h.Confirmed(key, owner) {
		return err
	}
	done.Stale++
	fenced, err := c.claims.Fence(ctx, h, owner)
	if err != nil || !fenced {
		return err
	}
	results, err := c.queues.To(layout.ClaimsIndex).Submit(ctx, false, bulkqueue.Write{ID: key, Over: h.Place})
	if err == nil && !results[0].Conflict {
		done.Removed++
	}
	return err
}
