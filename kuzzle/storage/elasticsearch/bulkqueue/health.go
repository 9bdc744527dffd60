package bulkqueue

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// refusing are the indexes that refused their last _bulk after all attempts.
type refusing struct {
	mu      sync.Mutex
	indexes map[string]bool
}

func (r *refusing) note(index string, is bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !is {
		delete(r.indexes, index)
		return
	}
	if r.indexes == nil {
		r.indexes = map[string]bool{}
	}
	r.indexes[index] = true
}

func (r *refusing) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.indexes))
}

// WritesTaken tries indexes that refused writes again: while a server is not
// ready, nobody else writes.
func (ls *Queues) WritesTaken(ctx context.Context) error {
	for _, index := range ls.refusing.list() {
		if refused := ls.Probe(ctx, index); refused.Again != nil {
			return cluster.Unavailable(fmt.Errorf("elasticsearch: writes are refused: %w", refused.Again))
		}
		ls.refusing.note(index, false)
	}
	return nil
}

// nowhere is a place that no record has.
var nowhere = records.Place{Seq: math.MaxInt64, Term: 1}

// Probe returns the result of a write that changes nothing.
func (ls *Queues) Probe(ctx context.Context, index string) Written {
	o := &sending{queues: ls, index: index, writes: []Write{{ID: "probe", Over: nowhere}}}
	o.attempt(ctx, primaryTimeout)
	return o.results[0]
}
