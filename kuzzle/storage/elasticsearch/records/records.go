package records

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
)

// Options configure reading.
type Options struct {
	// Queue is the maximum number of waiting reads; further ones get
	// storage.ErrUnavailable.
	Queue int
}

// Records reads records by id, and finds them by queries of the engine itself.
type Records struct {
	cluster *cluster.Cluster
	names   *layout.Names
	options Options
	// stopping ends the background work.
	stopping context.Context
	lookups  *lookups
	// collections are the collections of the store.
	collections []storage.Collection
	// Portions are the portions of searches.
	Portions cluster.Portions
}

// New returns the reader of a store's records, which ends with stopping.
func New(stopping context.Context, c *cluster.Cluster, names *layout.Names, options Options) *Records {
	rs := &Records{cluster: c, names: names, options: options, stopping: stopping, collections: slices.Clone(storage.Collections)}
	rs.lookups = &lookups{records: rs, patience: gatherPatience}
	return rs
}

// Close waits for the reads under way. Later ones are refused.
func (rs *Records) Close() { rs.lookups.close() }

// SetGatherPatience sets how long reads gather if no request returns. It must be
// called before all other methods.
func (rs *Records) SetGatherPatience(patience time.Duration) { rs.lookups.patience = patience }

// Gathering returns how many reads wait for the next request.
func (rs *Records) Gathering() int {
	rs.lookups.mu.Lock()
	defer rs.lookups.mu.Unlock()
	return len(rs.lookups.queue)
}

// Usable returns an error for a call that cannot be served at all.
func (rs *Records) Usable(ctx context.Context, of storage.Collection) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if rs.stopping.Err() != nil {
		return storage.ErrUnavailable.New()
	}
	if !slices.Contains(rs.collections, of) {
		return fmt.Errorf("elasticsearch: there is no collection %q", of)
	}
	return nil
}

// NewID returns an id for a record, or for a write so that it is recognised.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }
