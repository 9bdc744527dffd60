package maintenance

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/failpoint"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// maxCarried is the maximum number of records that one search for messages returns.
const maxCarried = 200

// Carry implements storage.Carrier. It creates the messages of a record in the
// outbox one after another, in order and with ids of their own, and then removes
// them from the record. If the process is killed in between, the next call finds
// them again and meets the created ones.
func (c *Care) Carry(ctx context.Context, limit int) (carried int, err error) {
	for _, in := range storage.Tells {
		n, err := c.carryFrom(ctx, in, limit-carried)
		if carried += n; err != nil || carried == limit {
			return carried, err
		}
	}
	return carried, nil
}

func (c *Care) carryFrom(ctx context.Context, in storage.Collection, limit int) (int, error) {
	if err := c.queues.Refresh(ctx, in); err != nil {
		return 0, err
	}
	found, err := c.records.FindSome(ctx, in, clause{
		"track_total_hits": false, "seq_no_primary_term": true, "query": clause{"term": clause{"due": true}}, "sort": []any{"_doc"},
	}, min(limit, maxCarried))
	if err != nil {
		return 0, err
	}
	for i, hit := range found.Hits {
		st, err := hit.State()
		if err == nil {
			err = c.carryAll(ctx, in, hit.ID, st)
		}
		if err != nil {
			return i, err
		}
	}
	return len(found.Hits), nil
}

// carryAll carries the messages of one record, including those that changes add
// meanwhile.
func (c *Care) carryAll(ctx context.Context, in storage.Collection, id string, st records.State) error {
	made := map[string]bool{}
	for st.Due {
		for i := range st.Out {
			if made[st.Out[i].ID] {
				continue
			}
			doc := st.Out[i].Document()
			failpoint.Reach(ctx, "message")
			_, err := c.commits.Change(ctx, storage.Change{In: storage.Outbox, ID: doc.ID, Put: &doc}, false)
			if err != nil && !errors.Is(err, storage.ErrExists) {
				return err
			}
			made[st.Out[i].ID] = true
		}
		op := records.NewID()
		next := st.MovedBy(op)
		next.Out = slices.DeleteFunc(slices.Clone(st.Out), func(m records.Message) bool { return made[m.ID] })
		next.Due = false
		source, err := next.Encode()
		if err != nil {
			return err
		}
		failpoint.Reach(ctx, "carried")
		results, err := c.queues.To(string(in)).Submit(ctx, false, bulkqueue.Write{ID: id, Over: st.Place, Source: source, Op: op})
		if err != nil || !results[0].Conflict {
			return bulkqueue.RefusalOf(results, err)
		}
		if err := cluster.Pause(ctx, cluster.Backoff(1)/4); err != nil {
			return err
		}
		if st, _, err = c.claims.Current(ctx, in, id); err != nil {
			return err
		}
	}
	return nil
}
