package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Walk implements storage.Store. Large documents shorten a page.
func (s *Store) Walk(ctx context.Context, of storage.Collection, after string, limit int) ([]storage.Kept, error) {
	t := tables[of]
	if t == nil {
		return nil, fmt.Errorf("sqlite: there is no collection %q", of)
	}
	var page []storage.Kept
	err := s.lookups.with(ctx, func(c *conn) error {
		return c.snapshot(func() (err error) {
			page, err = c.walk(t, after, limit)
			return err
		})
	})
	return page, err
}

// snapshot makes all reads of use see one moment.
func (c *conn) snapshot(use func() error) error {
	if err := c.Run("BEGIN"); err != nil {
		return err
	}
	defer func() { _ = c.Run("COMMIT") }() // it has written nothing
	return use()
}

func (c *conn) walk(t *table, after string, limit int) (page []storage.Kept, err error) {
	size := 0
	err = c.Rows(func(s *sqlite3.Stmt) (bool, error) {
		kept := storage.Kept{Document: scanDocument(s)}
		if list := s.ColumnRawText(9); list != nil {
			if err := json.Unmarshal(list, &kept.Claims); err != nil {
				return false, err
			}
		}
		page = append(page, kept)
		size += kept.Size()
		return size < storage.WalkBytes, nil
	}, "SELECT "+documentColumns+", claims FROM "+t.documents+" WHERE id>? ORDER BY id LIMIT ?", after, limit)
	for i := 0; i < len(page) && err == nil; i++ {
		err = c.keepOwn(t, &page[i])
	}
	return page, err
}

// keepOwn reduces the keys that a row lists to those that are held.
func (c *conn) keepOwn(t *table, kept *storage.Kept) error {
	var own []string
	for _, key := range kept.Claims {
		h, found, err := c.holder(key)
		if err != nil {
			return err
		}
		if found && !h.latch && h.Of == t.of && h.Owner == kept.ID && h.Incarnation == kept.Incarnation {
			own = append(own, key)
		}
	}
	slices.Sort(own)
	kept.Claims = own
	return nil
}

// Latches implements storage.Store.
func (s *Store) Latches(ctx context.Context, give func(storage.Claim) error) error {
	var given error
	err := s.lookups.with(ctx, func(c *conn) error {
		return c.Rows(func(s *sqlite3.Stmt) (bool, error) {
			given = give(storage.Claim{
				Key: s.ColumnText(0), Of: storage.Collection(s.ColumnText(1)), Owner: s.ColumnText(2), Incarnation: s.ColumnText(3),
			})
			return given == nil, nil
		}, "SELECT key, of, owner, incarnation FROM claims WHERE latch=1")
	})
	if given != nil {
		return given
	}
	return err
}
