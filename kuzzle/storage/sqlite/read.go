package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const documentColumns = "id, rev, incarnation, version, epoch, content, account, auth, expires"

func scanDocument(s *sqlite3.Stmt) storage.Document {
	d := storage.Document{
		ID: s.ColumnText(0), Rev: storage.Rev{Seq: s.ColumnInt64(1), Term: revTerm},
		Incarnation: s.ColumnText(2), Version: s.ColumnInt64(3), Epoch: s.ColumnInt64(4),
		Content: columnBytes(s, 5), Account: columnBytes(s, 6), Auth: columnBytes(s, 7),
	}
	if s.ColumnType(8) != sqlite3.NULL {
		d.ExpiresAt = time.UnixMilli(s.ColumnInt64(8)).UTC()
	}
	return d
}

// Get implements storage.Store.
func (s *Store) Get(ctx context.Context, from storage.Collection, id string) (storage.Document, error) {
	return storage.One(ctx, s, from, id)
}

// look lends a connection to a short read. A starting or little used server
// reads on the writer's connection: opening a second one takes longer than all
// reads of a start.
func (s *Store) look(ctx context.Context, use func(*conn) error) error {
	if ctx.Err() == nil && s.lookups.Unopened() {
		if lent, err := s.writer.lend(use); lent {
			return err
		}
	}
	return s.lookups.with(ctx, use)
}

// GetMany implements storage.Store.
func (s *Store) GetMany(ctx context.Context, from storage.Collection, ids []string) (found []storage.Document, left []string, err error) {
	t := tables[from]
	if t == nil {
		return nil, nil, fmt.Errorf("sqlite: there is no collection %q", from)
	}
	room := storage.PageBytes
	err = s.look(ctx, func(c *conn) (err error) {
		if len(ids) > 1 { // each by itself would look at the log anew
			if err := c.Run("BEGIN"); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Run("ROLLBACK")) }()
		}
		for i, id := range ids {
			_, err := c.Row(func(s *sqlite3.Stmt) {
				d := scanDocument(s)
				if len(found) > 0 && d.Size() > room {
					left = ids[i:]
					return
				}
				found, room = append(found, d), room-d.Size()
			}, t.selectByID, id)
			if err != nil || left != nil {
				return err
			}
		}
		return nil
	})
	return found, left, err
}

// Owner implements storage.Store.
func (s *Store) Owner(ctx context.Context, key string) (storage.Claim, error) {
	var claim storage.Claim
	err := s.look(ctx, func(c *conn) error {
		h, found, err := c.holder(key)
		if err == nil && !found {
			err = storage.ErrNotFound.New(key, storage.Index, "claims")
		}
		claim = h.Claim
		return err
	})
	return claim, err
}
