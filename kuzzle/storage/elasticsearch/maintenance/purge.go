package maintenance

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
)

// Info implements storage.Store.
func (c *Care) Info(ctx context.Context) storage.Info {
	info := storage.Info{Engine: "elasticsearch", Version: c.setup.Version, Counts: map[storage.Collection]int64{}}
	info.Bytes, _ = c.bytes(ctx) // 0 if unknown
	for _, of := range storage.Collections {
		if n, err := c.records.Count(ctx, of, nil); err == nil {
			info.Counts[of] = n
		}
	}
	return info
}

// purgeAtOnce is how many documents Purge removes concurrently.
const purgeAtOnce = 256

// Purge implements storage.Store. It also removes old tombstones, which it does
// not count.
func (c *Care) Purge(ctx context.Context, now time.Time, limit int) (int, error) {
	if err := c.records.Usable(ctx, storage.Users); err != nil {
		return 0, err
	}
	removed := 0
	for _, of := range storage.Collections {
		if removed >= limit {
			break
		}
		n, err := c.purge(ctx, of, now, limit-removed)
		removed += n
		if err != nil {
			return removed, err
		}
		if _, err := c.purgeTombstones(ctx, of); err != nil {
			return removed, err
		}
	}
	return removed, nil
}

func (c *Care) purge(ctx context.Context, of storage.Collection, now time.Time, limit int) (int, error) {
	removed := 0
	for removed < limit {
		ids, err := c.expired(ctx, of, map[string]any{"live": true}, "expires", now.UnixMilli(), min(limit-removed, purgeAtOnce))
		if err != nil || len(ids) == 0 {
			return removed, err
		}
		n := c.removeExpired(ctx, of, ids, now)
		if removed += n; n == 0 {
			return removed, nil
		}
	}
	return removed, nil
}

// expired returns ids whose time is before the given one.
func (c *Care) expired(ctx context.Context, of storage.Collection, is map[string]any, field string, before int64, limit int) ([]string, error) {
	if err := c.queues.Refresh(ctx, of); err != nil {
		return nil, err
	}
	found, err := c.records.Find(ctx, of, clause{
		"size": limit, "_source": false, "track_total_hits": false,
		"query": clause{"bool": clause{"filter": []any{
			clause{"term": is}, clause{"range": clause{field: clause{"lt": before}}}},
		}},
		"sort": []any{clause{field: "asc"}},
	})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(found.Hits))
	for i, hit := range found.Hits {
		ids[i] = hit.ID
	}
	return ids, nil
}

func (c *Care) removeExpired(ctx context.Context, of storage.Collection, ids []string, now time.Time) int {
	var removed atomic.Int64
	// Unreadable documents are found again.
	_ = storage.Each(ctx, c.records, of, ids, func(found []storage.Document) error {
		parallel.AtMost(len(found), len(found), func(i int) {
			d := found[i]
			// It may have been prolonged since it was found.
			if d.ExpiresAt.IsZero() || !d.ExpiresAt.Before(now) {
				return
			}
			// No notification is needed: readers ignore it after its date.
			if _, err := c.commits.Change(ctx, storage.Change{In: of, ID: d.ID, If: d.Rev}, false); err == nil {
				removed.Add(1)
			}
		})
		return nil
	})
	return int(removed.Load())
}

// purgeTombstones removes tombstones that no late write can meet any more, a
// batch at a time, and returns their number.
func (c *Care) purgeTombstones(ctx context.Context, of storage.Collection) (int, error) {
	ids, err := c.expired(ctx, of, map[string]any{"live": false}, "died", time.Now().Add(-c.options.TombstoneLife).UnixMilli(), purgeAtOnce)
	if err != nil {
		return 0, err
	}
	var writes []bulkqueue.Write
	for _, id := range ids {
		st, _, err := c.claims.Current(ctx, of, id)
		if err != nil {
			return 0, err
		}
		if !st.There() || st.Live || st.Due {
			continue
		}
		if err := c.claims.Settle(ctx, st.Latches); err != nil {
			return 0, err
		}
		writes = append(writes, bulkqueue.Write{ID: id, Over: st.Place})
	}
	return len(writes), bulkqueue.RefusalOf(c.queues.To(string(of)).Submit(ctx, false, writes...))
}
