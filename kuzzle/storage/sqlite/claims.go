package sqlite

import (
	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// holder is an existing claim.
type holder struct {
	storage.Claim
	latch bool
}

func (c *conn) holder(key string) (h holder, found bool, err error) {
	found, err = c.Row(func(s *sqlite3.Stmt) {
		h.Key, h.Of, h.Owner = key, storage.Collection(s.ColumnText(0)), s.ColumnText(1)
		h.Incarnation, h.latch = s.ColumnText(2), s.ColumnBool(3)
	}, "SELECT of, owner, incarnation, latch FROM claims WHERE key=?", key)
	return h, found, err
}

// checkTakes returns which of the keys the document already holds. refused is
// the caller's fault, err the engine's.
func (t *tx) checkTakes(w *write, incarnation string) (held map[string]bool, refused, err error) {
	for _, take := range w.Take {
		h, found, err := t.holder(take.Key)
		if err != nil {
			return nil, nil, err
		}
		if !found {
			continue
		}
		mine := h.Of == w.In && h.Owner == w.ID && h.Incarnation == incarnation
		if take.Once || !take.Latch && !mine {
			return nil, &storage.TakenError{Key: take.Key, Held: h.Claim}, nil
		}
		if held == nil {
			held = map[string]bool{}
		}
		held[take.Key] = true
	}
	return held, nil, nil
}

func (t *tx) writeClaims(w *write, held map[string]bool, incarnation string) error {
	for _, key := range w.Free {
		if w.takes(key) {
			continue
		}
		err := t.Run("DELETE FROM claims WHERE key=?1 AND (latch=1 OR of=?2 AND owner=?3 AND incarnation=?4)", key, string(w.In), w.ID, incarnation)
		if err != nil {
			return err
		}
	}
	for _, take := range w.Take {
		if held[take.Key] {
			continue
		}
		latch := 0
		if take.Latch || take.Once {
			latch = 1
		}
		err := t.Run("INSERT OR IGNORE INTO claims (key, of, owner, incarnation, latch) VALUES (?,?,?,?,?)", take.Key, string(w.In), w.ID, incarnation, latch)
		if err != nil {
			return err
		}
	}
	return nil
}
