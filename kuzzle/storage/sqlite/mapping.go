package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/binding"
)

// Mapping implements storage.Store.
func (s *Store) Mapping(ctx context.Context, of storage.Collection) (storage.Mapping, error) {
	t := tables[of]
	if t == nil {
		return storage.Mapping{}, fmt.Errorf("sqlite: there is no collection %q", of)
	}
	return s.indexes[t.number].Load().mapping.Clone(), nil
}

// UpdateMapping implements storage.Store.
func (s *Store) UpdateMapping(ctx context.Context, of storage.Collection, change storage.Mapping) (storage.Mapping, error) {
	t := tables[of]
	if t == nil || t.terms == "" {
		return storage.Mapping{}, fmt.Errorf("sqlite: collection %q has no mapping", of)
	}
	var merged storage.Mapping
	var refused error
	err := s.writer.do(ctx, 1, func(tx *tx) (err error) {
		merged, refused, err = tx.merge(t, change)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return storage.Mapping{}, err
	}
	s.wakeReindex()
	return merged.Clone(), nil
}

func (t *tx) merge(of *table, change storage.Mapping) (merged storage.Mapping, refused, err error) {
	has := t.index(of).mapping
	merged, refused = mapping.Merge(of.of, has, change)
	if refused != nil {
		return merged, refused, nil
	}
	raw, err := json.Marshal(merged)
	if err != nil {
		return merged, nil, err
	}
	// The published mapping must equal the one that a restart reads.
	i := t.changing(of)
	i.mapping = storage.Mapping{}
	if err := json.Unmarshal(raw, &i.mapping); err != nil {
		return merged, nil, err
	}
	i.schema = mapping.Compile(of.of, i.mapping)
	if err := t.Run("UPDATE collections SET mapping=? WHERE number=?", binding.Text(raw), of.number); err != nil {
		return merged, nil, err
	}
	if reflect.DeepEqual(has.Properties, i.mapping.Properties) {
		return merged, nil, nil
	}
	t.remapped[of.number] = true
	return merged, nil, t.Run("UPDATE collections SET pass_seq=0, pass_done=0, pass_until=? WHERE number=?", t.state[of.number].last, of.number)
}

// Indexing implements storage.Store.
func (s *Store) Indexing(ctx context.Context, of storage.Collection) (storage.Progress, error) {
	t := tables[of]
	if t == nil {
		return storage.Progress{}, fmt.Errorf("sqlite: there is no collection %q", of)
	}
	var p storage.Progress
	err := s.lookups.with(ctx, func(c *conn) error {
		_, err := c.Row(func(s *sqlite3.Stmt) {
			p.Total = s.ColumnInt64(0)
			p.Complete = s.ColumnType(1) == sqlite3.NULL
			p.Done = min(s.ColumnInt64(2), p.Total)
		}, "SELECT documents, pass_seq, pass_done FROM collections WHERE number=?", t.number)
		return err
	})
	if p.Complete {
		p.Done = p.Total
	}
	return p, err
}
