package setup

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/failpoint"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/schemas"
	"github.com/gokuzzle/kuzzle/kuzzle/version"
)

// upgradeSteps are the steps of upgrades for each index, by name. Several nodes may run
// one at once, a killed node's step runs again, and nodes of the previous version may
// still write. A new collection of an upgrade gets its index like all others.
var upgradeSteps = map[string]func(ctx context.Context, s *Setup, name string) error{
	// Before this step, requests used the indexes' own names, and stores had no ID.
	"names of indexes": func(ctx context.Context, s *Setup, name string) error { return s.addAlias(ctx, name) },
	// Before this step, records had no messages.
	"outbox": func(ctx context.Context, s *Setup, name string) error {
		if !slices.Contains(storage.Collections, storage.Collection(name)) {
			return nil
		}
		return s.putMapping(ctx, name, map[string]any{"properties": layout.OutboxFields()})
	},
	// Before this step, no text was found by its parts. Upkeep rewrites the existing
	// records.
	"parts of texts": func(ctx context.Context, s *Setup, name string) error {
		fields := layout.PartFields(storage.Collection(name))
		if len(fields) == 0 {
			return nil
		}
		return s.putMapping(ctx, name, map[string]any{"properties": fields})
	},
}

// upgradeIndex upgrades an index from its schema to this one. EndUpgrade writes the
// number in the index meta, which is the store's.
func (s *Setup) upgradeIndex(ctx context.Context, name string, from int) error {
	for number, upgrade := range storage.UpgradesFrom(from) {
		if step := upgradeSteps[upgrade.Name]; step != nil {
			failpoint.Reach(ctx, fmt.Sprintf("upgrade %d %s", number, name))
			if err := step(ctx, s, name); err != nil {
				return fmt.Errorf("elasticsearch: upgrade of %s to schema %d (%s): %w", name, number, upgrade.Name, err)
			}
		}
	}
	if from == storage.LatestSchema() || name == layout.MetaIndex {
		return nil
	}
	return s.mark(ctx, name)
}

// mark writes this program's schema into an index.
func (s *Setup) mark(ctx context.Context, name string) error {
	failpoint.Reach(ctx, "mark "+name)
	return s.putMapping(ctx, name, map[string]any{"_meta": layout.IndexMeta{Schema: storage.LatestSchema(), Store: s.names.Store, Program: version.Full()}})
}

func (s *Setup) putMapping(ctx context.Context, name string, mapping map[string]any) error {
	body, err := cluster.Encode(mapping)
	if err != nil {
		return err
	}
	return s.cluster.Ask(ctx, cluster.Put("/"+s.names.Concrete(name)+"/_mapping", body), nil)
}

// EndUpgrade completes the upgrade of a store with an earlier schema. It writes the
// store's new number last, when no work is left.
func (s *Setup) EndUpgrade(ctx context.Context) error {
	if s.from == storage.LatestSchema() {
		return nil
	}
	if err := s.recordUpgrade(ctx); err != nil {
		return err
	}
	return s.mark(ctx, layout.MetaIndex)
}

func (s *Setup) recordUpgrade(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, schemas.StartWriteTime)
	defer cancel()
	for {
		had, at, err := s.schemas.ReadHistory(ctx)
		if err != nil {
			return err
		}
		now := storage.Record(had, s.from, time.Now())
		if len(now) == len(had) {
			return nil
		}
		w, err := schemas.HistoryWrite(now, at)
		if err != nil {
			return err
		}
		failpoint.Reach(ctx, "record")
		result := s.queues.Bulk(ctx, layout.MetaIndex, "", []bulkqueue.Write{w})[0]
		if err := cmp.Or(result.Err, result.Lost); err != nil || !result.Conflict {
			return err
		}
		// Another node was faster.
	}
}

// Schema implements storage.Caretaker.
func (s *Setup) Schema(ctx context.Context) (storage.Schema, error) {
	if err := s.records.Usable(ctx, storage.Settings); err != nil {
		return storage.Schema{}, err
	}
	found, err := s.inspect(ctx, layout.MetaIndex)
	if err != nil || found == nil {
		return storage.Schema{}, cmp.Or(err, s.lost(layout.MetaIndex))
	}
	has := storage.Schema{Number: found.Meta().Schema}
	has.History, _, err = s.schemas.ReadHistory(ctx)
	return has, err
}
