package sqlite

import (
	"context"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// purgeBatch is how many documents one transaction removes.
const purgeBatch = 200

// Purge implements storage.Store.
func (s *Store) Purge(ctx context.Context, now time.Time, limit int) (removed int, err error) {
	for _, of := range storage.Collections {
		for removed < limit {
			n := 0
			batch := min(purgeBatch, limit-removed)
			err := s.writer.do(ctx, batch, func(t *tx) (err error) {
				n, err = t.purge(tables[of], now, batch)
				return err
			})
			if err != nil {
				return removed, err
			}
			if removed += n; n < batch {
				break
			}
		}
	}
	return removed, nil
}

func (t *tx) purge(of *table, now time.Time, limit int) (int, error) {
	var ids []string
	err := t.Rows(func(s *sqlite3.Stmt) (bool, error) {
		ids = append(ids, s.ColumnText(0))
		return true, nil
	}, "SELECT id FROM "+of.documents+" WHERE expires IS NOT NULL AND expires<? ORDER BY expires LIMIT ?", now.UnixMilli(), limit)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		old, _, err := t.current(of, id)
		if err == nil {
			err = t.remove(&write{Change: storage.Change{In: of.of, ID: id}, table: of}, old)
		}
		if err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// Info implements storage.Store.
func (s *Store) Info(ctx context.Context) storage.Info {
	info := storage.Info{Engine: "sqlite", Counts: map[storage.Collection]int64{}}
	_ = s.lookups.with(ctx, func(c *conn) error {
		if _, err := c.Row(func(s *sqlite3.Stmt) { info.Version = s.ColumnText(0) }, "SELECT sqlite_version()"); err != nil {
			return err
		}
		return c.Rows(func(s *sqlite3.Stmt) (bool, error) {
			info.Counts[storage.Collection(s.ColumnText(0))] = s.ColumnInt64(1)
			return true, nil
		}, "SELECT name, documents FROM collections")
	})
	info.Bytes = s.bytes()
	return info
}
