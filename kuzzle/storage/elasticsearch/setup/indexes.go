package setup

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// Bounds of an index.
const (
	maxFields  = 8000
	maxNested  = 1000
	maxDepth   = 60
	maxPattern = 40_000
)

// createIndex creates an index if it is missing. Several nodes may do so at once:
// one wins, the others find it. It returns before replicas have started.
func (s *Setup) createIndex(ctx context.Context, name string) error {
	body, err := cluster.Encode(map[string]any{
		"settings": s.settings(name), "mappings": layout.Mappings(name, s.names.Store), "aliases": map[string]any{s.names.Index(name): map[string]any{}},
	})
	if err != nil {
		return err
	}
	err = s.cluster.Do(ctx, cluster.Put("/"+s.names.Concrete(name)+"?wait_for_active_shards=1", body), nil)
	if cluster.IsKind(err, "resource_already_exists_exception") {
		return nil
	}
	return err
}

func (s *Setup) settings(name string) map[string]any {
	settings := s.Changeable(name)
	maps.Copy(settings, map[string]any{
		"number_of_shards":                                 s.options.Shards,
		"max_result_window":                                storage.MaxWindow,
		"max_regex_length":                                 maxPattern,
		"mapping.total_fields.limit":                       maxFields,
		"mapping.total_fields.ignore_dynamic_beyond_limit": true,
		"mapping.nested_fields.limit":                      maxNested,
		"mapping.depth.limit":                              maxDepth,
	})
	if name == layout.ChangesIndex {
		settings["number_of_shards"] = 1
	}
	return settings
}

// Create creates missing indexes. In a store that was complete once, it recreates
// only indexes without durable data.
func (s *Setup) Create(ctx context.Context, isNew bool) error {
	var had []string
	if !isNew && !s.options.Existing {
		var err error
		if had, err = s.hadIndexes(ctx); err != nil {
			return err
		}
	}
	names := s.names.All()
	errs := make([]error, len(names))
	parallel.AtMost(len(names), len(names), func(i int) {
		may := !s.options.Existing || storage.Since(storage.Collection(names[i])) > s.from
		errs[i] = s.prepareIndex(ctx, names[i], may && !slices.Contains(had, names[i]))
	})
	if err := cmp.Or(errs...); err != nil {
		return err
	}
	return s.awaitIndexes(ctx, names...)
}

// hadIndexes returns the existing indexes: the node that creates a store writes
// the mappings of its collections when all of its indexes exist.
func (s *Setup) hadIndexes(ctx context.Context) (had []string, err error) {
	if err := s.prepareIndex(ctx, layout.MetaIndex, false); err != nil {
		return nil, err
	}
	if err := s.awaitIndexes(ctx, layout.MetaIndex); err != nil {
		return nil, err
	}
	found, err := s.schemas.ReadAll(ctx)
	for i, k := range found {
		if k.Place != records.Absent {
			had = append(had, string(storage.Collections[i]))
		}
	}
	if len(had) > 0 {
		had = append(had, layout.ClaimsIndex)
	}
	return had, err
}

// awaitIndexes waits until indexes can be read: another node may have created
// them a moment ago, and reads fail until their shards have started.
func (s *Setup) awaitIndexes(ctx context.Context, names ...string) error {
	ctx, cancel := context.WithTimeout(ctx, cluster.ReadTimeout)
	defer cancel()
	tick := time.NewTicker(cluster.FirstBackoff)
	defer tick.Stop()
	for {
		started, err := s.primariesStarted(ctx, names)
		if started || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return cluster.Unavailable(errors.New("elasticsearch: an index has no active primary shard"))
		case <-tick.C:
		}
	}
}

// primariesStarted checks each shard: the health status does not distinguish an
// index that is being created from one without replicas.
func (s *Setup) primariesStarted(ctx context.Context, of []string) (bool, error) {
	var names []string
	for _, name := range of {
		names = append(names, s.names.Concrete(name))
	}
	var answer struct {
		Indices map[string]struct {
			Shards map[string]struct {
				PrimaryActive bool `json:"primary_active"`
			} `json:"shards"`
		} `json:"indices"`
	}
	err := s.cluster.Ask(ctx, cluster.Get("/_cluster/health/"+strings.Join(names, ",")+"?level=shards"), &answer)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		index := answer.Indices[name]
		if len(index.Shards) == 0 {
			return false, nil
		}
		for _, shard := range index.Shards {
			if !shard.PrimaryActive {
				return false, nil
			}
		}
	}
	return true, nil
}

// Delete removes all indexes with their data.
func (s *Setup) Delete(ctx context.Context) error {
	var names []string
	for _, name := range s.names.All() {
		names = append(names, s.names.Concrete(name))
	}
	err := s.cluster.Do(ctx, cluster.Delete("/"+strings.Join(names, ",")+"?ignore_unavailable=true", nil), nil)
	if cluster.IsStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}
