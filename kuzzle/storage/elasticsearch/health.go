package elasticsearch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// healthTime is how long the cluster may take to say how it is: as long as
// finding out that one of its nodes is gone, and asking another.
const healthTime = suspicion + pingTime + time.Second

// Health implements storage.Store: nil when every index can be written and read.
func (s *Store) Health(ctx context.Context) error {
	if err := s.usable(ctx, storage.Users); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	err := s.shardsServe(limited)
	if err == nil {
		err = s.nothingBlocked(limited)
	}
	if err == nil {
		err = s.writesTaken(limited)
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// shardsServe tells whether each shard has a copy that serves.
func (s *Store) shardsServe(ctx context.Context) error {
	var answer struct {
		Status string `json:"status"`
	}
	// An index that is not there is waited for otherwise.
	err := s.cluster.ask(ctx, func() esapi.Request {
		return esapi.ClusterHealthRequest{Index: s.indexes(), Timeout: time.Millisecond}
	}, &answer)
	switch {
	case isStatus(err, http.StatusRequestTimeout):
		return unavailable(errors.New("elasticsearch: an index is red or gone"))
	case err != nil:
		return unavailable(err)
	case answer.Status == "red":
		return unavailable(errors.New("elasticsearch: an index is red"))
	}
	return nil
}

// diskFull is in how Elasticsearch describes the block that it sets on the
// indexes of a node whose disk is nearly full.
const diskFull = "disk usage exceeded flood-stage watermark"

// nothingBlocked tells whether writes are allowed: on a full disk they are not.
func (s *Store) nothingBlocked(ctx context.Context) error {
	type blocks map[string]struct {
		Description string   `json:"description"`
		Levels      []string `json:"levels"`
	}
	var answer struct {
		Blocks struct {
			Global  blocks            `json:"global"`
			Indices map[string]blocks `json:"indices"`
		} `json:"blocks"`
	}
	err := s.cluster.ask(ctx, func() esapi.Request {
		return esapi.ClusterStateRequest{Metric: []string{"blocks"}, Index: s.indexes()}
	}, &answer)
	if err != nil {
		return unavailable(err)
	}
	found := []blocks{answer.Blocks.Global}
	for _, name := range s.indexNames() { // the answer has those of all indexes, whosever they are
		found = append(found, answer.Blocks.Indices[s.concrete(name)])
	}
	for _, those := range found {
		for _, block := range those {
			if !slices.Contains(block.Levels, "write") {
				continue
			}
			blocked := fmt.Errorf("elasticsearch: writes are blocked: %s", block.Description)
			if strings.Contains(block.Description, diskFull) {
				return storage.ErrFull.New().RetryIn(retryIn).Because(errors.Join(blocked, storage.ErrUnavailable))
			}
			return unavailable(blocked)
		}
	}
	return nil
}

// refusing are the indexes whose last _bulk was not taken, however often it was
// sent.
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

// writesTaken tries indexes that refused writes again: when a server is not ready
// nobody else may do so.
func (s *Store) writesTaken(ctx context.Context) error {
	for _, index := range s.refusing.list() {
		if refused := s.probe(ctx, index); refused.again != nil {
			return unavailable(fmt.Errorf("elasticsearch: writes are refused: %w", refused.again))
		}
		s.refusing.note(index, false)
	}
	return nil
}

// nowhere is a place in which no record is.
var nowhere = place{Seq: math.MaxInt64, Term: 1}

// probe answers what becomes of a write that changes nothing.
func (s *Store) probe(ctx context.Context, index string) written {
	o := &sending{store: s, index: index, writes: []write{{id: "probe", over: nowhere}}}
	o.attempt(ctx, primaryTimeout)
	return o.results[0]
}
