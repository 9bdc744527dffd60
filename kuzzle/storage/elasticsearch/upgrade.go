package elasticsearch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/version"
)

// upgradeSteps are the changes that upgrades make to each index, by their names. Several
// nodes may take one at once, a node that was killed in the middle has it taken
// again, and nodes of the version before may still be writing. A collection that
// an upgrade adds gets its index as all others do.
var upgradeSteps = map[string]func(ctx context.Context, s *Store, name string) error{
	// Before, requests called indexes by their own names, and stores had none.
	"names of indexes": func(ctx context.Context, s *Store, name string) error { return s.addAlias(ctx, name) },
}

// upgradeIndex takes an index from its schema to this one. The number of the index
// meta is the store's, and is written by endUpgrade.
func (s *Store) upgradeIndex(ctx context.Context, name string, from int) error {
	for number, upgrade := range storage.UpgradesFrom(from) {
		if step := upgradeSteps[upgrade.Name]; step != nil {
			reach(ctx, fmt.Sprintf("upgrade %d %s", number, name))
			if err := step(ctx, s, name); err != nil {
				return fmt.Errorf("elasticsearch: upgrade of %s to schema %d (%s): %w", name, number, upgrade.Name, err)
			}
		}
	}
	if from == storage.LatestSchema() || name == metaIndex {
		return nil
	}
	return s.mark(ctx, name)
}

// mark writes this program's schema into an index.
func (s *Store) mark(ctx context.Context, name string) error {
	reach(ctx, "mark "+name)
	body, err := encode(map[string]any{"_meta": indexMeta{Schema: storage.LatestSchema(), Store: s.id, Program: version.Full()}})
	if err != nil {
		return err
	}
	return s.cluster.ask(ctx, func() esapi.Request {
		return esapi.IndicesPutMappingRequest{Index: []string{s.concrete(name)}, Body: bytes.NewReader(body)}
	}, nil)
}

// endUpgrade ends what a start began with when the store was of an earlier schema.
// The store has its new number last, when there is nothing left to be done.
func (s *Store) endUpgrade(ctx context.Context) error {
	if s.from == storage.LatestSchema() {
		return nil
	}
	if err := s.recordUpgrade(ctx); err != nil {
		return err
	}
	return s.mark(ctx, metaIndex)
}

// historyID is the record of the index meta that holds the history. The others
// are called like collections.
const historyID = "history of the store"

func (s *Store) recordUpgrade(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWriteTime)
	defer cancel()
	for {
		had, at, err := s.readHistory(ctx)
		if err != nil {
			return err
		}
		now := storage.Record(had, s.from, time.Now())
		if len(now) == len(had) {
			return nil
		}
		w, err := historyWrite(now, at)
		if err != nil {
			return err
		}
		reach(ctx, "record")
		result := s.bulk(ctx, metaIndex, "", []write{w})[0]
		if err := cmp.Or(result.err, result.lost); err != nil || !result.conflict {
			return err
		}
		// Another node was quicker.
	}
}

func historyWrite(lines []storage.Upgraded, over place) (write, error) {
	return writeMeta(historyID, lines, over)
}

func (s *Store) readHistory(ctx context.Context) (lines []storage.Upgraded, at place, err error) {
	answers, err := s.read(ctx, []get{{index: metaIndex, id: historyID}})
	if err != nil {
		return nil, at, err
	}
	if at = answers[0].place(); !answers[0].Found {
		return nil, at, nil
	}
	var r metaRecord
	if err = json.Unmarshal(answers[0].Source, &r); err == nil {
		err = json.Unmarshal([]byte(r.Meta), &lines)
	}
	if err != nil {
		err = fmt.Errorf("elasticsearch: the history of the store cannot be read: %w", err)
	}
	return lines, at, err
}

// Schema implements storage.Caretaker.
func (s *Store) Schema(ctx context.Context) (storage.Schema, error) {
	if err := s.usable(ctx, storage.Settings); err != nil {
		return storage.Schema{}, err
	}
	found, err := s.inspect(ctx, metaIndex)
	if err != nil || found == nil {
		return storage.Schema{}, cmp.Or(err, s.lost(metaIndex))
	}
	has := storage.Schema{Number: found.meta().Schema}
	has.History, _, err = s.readHistory(ctx)
	return has, err
}

// ReadSchema tells which schema the store of a prefix has, without opening it,
// which would upgrade it. Where there is no store the number is 0.
func ReadSchema(ctx context.Context, options Options) (storage.Schema, error) {
	s := &Store{options: options.withDefaults()}
	var err error
	if s.cluster, err = newCluster(s.options); err != nil {
		return storage.Schema{}, err
	}
	defer s.cluster.close()
	found, err := s.inspect(ctx, metaIndex)
	if err != nil || found == nil {
		return storage.Schema{}, err
	}
	return storage.Schema{Number: found.meta().Schema}, nil
}
