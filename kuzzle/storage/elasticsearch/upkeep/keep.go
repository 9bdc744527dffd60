package upkeep

import (
	"context"
	"log/slog"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/claims"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/schemas"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// clause is a query of Elasticsearch's.
type clause = map[string]any

// Options configure the background work.
type Options struct {
	// Poll is how often the node looks for changes of mappings by other nodes.
	Poll time.Duration
	// WriteDeadline ends a change.
	WriteDeadline time.Duration
	// Log records that the cluster no longer holds the store.
	Log *slog.Logger
}

// Upkeep is the background work of every node.
type Upkeep struct {
	names   *layout.Names
	records *records.Records
	queues  *bulkqueue.Queues
	schemas *schemas.Schemas
	claims  *claims.Claims
	options Options
	// stopping ends Keep.
	stopping context.Context
	// gone and whole belong to Keep: gone tells that the cluster no longer has the
	// store, whole that every record has the fields of its parts.
	gone, whole bool
}

// New returns the work of a node, which ends with stopping.
func New(stopping context.Context, names *layout.Names, r *records.Records, l *bulkqueue.Queues, s *schemas.Schemas, c *claims.Claims, options Options) *Upkeep {
	return &Upkeep{names: names, records: r, queues: l, schemas: s, claims: c, options: options, stopping: stopping}
}

// watchStore logs when the store is missing from the cluster that answers, and when
// it is back. Until then every call returns storage.ErrUnavailable: only Open
// creates indexes.
func (u *Upkeep) watchStore(err error) {
	switch gone := cluster.IsKind(err, cluster.NoIndex); {
	case gone && !u.gone:
		u.gone = true
		u.options.Log.Error("the cluster that answers does not have this server's store: bring its data back or restore its snapshot; "+
			"until then nothing can be read or written", "store", u.names.Store, "prefix", u.names.Prefix)
	case err == nil && u.gone:
		u.gone = false
		u.options.Log.Info("the cluster has the store again", "store", u.names.Store)
	}
}

// passBatch is how many records one step of rewriting handles.
const passBatch = 200

// Keep follows the mappings that other nodes change, rewrites records that were
// written under an older one so that searches find them, and removes claims that
// could not be removed. It runs from Open to Close, on every node; if two nodes
// meet, one's compare-and-set is refused.
func (u *Upkeep) Keep() {
	tick := time.NewTicker(u.options.Poll)
	defer tick.Stop()
	late := map[storage.Collection]time.Time{}
	for {
		select {
		case <-u.stopping.Done():
			return
		case <-tick.C:
		case <-u.schemas.Changed:
		}
		u.claims.RemoveOrphaned(u.stopping)
		found, err := u.schemas.ReadAll(u.stopping)
		u.watchStore(err)
		if err != nil {
			continue
		}
		if !u.whole {
			u.whole = u.passParts(u.stopping) == nil
		}
		for i, of := range storage.Collections {
			if found[i].Place == records.Absent || !mapping.Searchable(of) {
				continue
			}
			if found[i].Generation != u.schemas.Known(of).Generation || found[i].Done < found[i].Generation {
				late[of] = time.Now().Add(u.lateness())
			}
			u.schemas.Publish(of, found[i])
			if time.Now().Before(late[of]) {
				_ = u.pass(u.stopping, of)
			}
		}
	}
}

// lateness is how long after a change of mapping another node may still write under
// the previous one.
func (u *Upkeep) lateness() time.Duration { return 2*u.options.Poll + u.options.WriteDeadline }

// passParts rewrites every record without parts of texts: those of earlier versions.
// The last node that is upgraded leaves none of them.
func (u *Upkeep) passParts(ctx context.Context) error {
	for _, of := range storage.Collections {
		for len(mapping.Contained(of)) > 0 {
			batch, err := u.older(ctx, of, clause{"bool": clause{"must_not": clause{"exists": clause{"field": layout.IDParts}}}})
			if err != nil {
				return err
			}
			if len(batch) == 0 {
				break
			}
			if err := u.rewrite(ctx, of, u.schemas.Known(of), batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// pass rewrites every record of an older generation and records when none is left. A
// failed step is repeated at the next tick.
func (u *Upkeep) pass(ctx context.Context, of storage.Collection) error {
	for {
		k := u.schemas.Known(of)
		batch, err := u.older(ctx, of, clause{"range": clause{"gen": clause{"lt": k.Generation}}})
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			if k.Done >= k.Generation {
				return nil
			}
			next := *k
			next.Done = k.Generation
			_, err := u.schemas.Write(ctx, of, &next)
			return err
		}
		if err := u.rewrite(ctx, of, k, batch); err != nil {
			return err
		}
	}
}

// older returns records to rewrite.
func (u *Upkeep) older(ctx context.Context, of storage.Collection, where clause) ([]records.Hit, error) {
	if err := u.queues.Refresh(ctx, of); err != nil {
		return nil, err
	}
	found, err := u.records.FindSome(ctx, of, clause{
		"track_total_hits": false, "seq_no_primary_term": true,
		"query": records.Filtered(where),
		"sort":  []any{"_doc"},
	}, passBatch)
	return found.Hits, err
}

// rewrite finds the values of records again. A record that changed meanwhile was
// written under the present mapping, or is found again.
func (u *Upkeep) rewrite(ctx context.Context, of storage.Collection, k *schemas.Known, batch []records.Hit) error {
	writes := make([]bulkqueue.Write, 0, len(batch))
	for _, o := range batch {
		st, err := o.State()
		if err != nil {
			return err
		}
		op := records.NewID()
		r := st.MovedBy(op)
		x := layout.Extracted(of, o.ID, k.Schema.Stored(records.Raw(r.Content), records.Raw(r.Account)), k.Generation)
		r.F, r.A, r.T, r.Gen = x.Content, x.Account, x.Texts, x.Generation
		source, err := r.Encode()
		if err != nil {
			return err
		}
		writes = append(writes, bulkqueue.Write{ID: o.ID, Over: st.Place, Source: source, Op: op})
	}
	return bulkqueue.RefusalOf(u.queues.To(string(of)).Submit(ctx, false, writes...))
}
