package sqlite

import (
	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/indexed"
)

// passBatch is how many documents one step of the pass indexes. The steps queue
// with all changes, so a change waits for at most one step.
const passBatch = 100

func (s *Store) wakeReindex() {
	select {
	case s.reindex <- struct{}{}:
	default:
	}
}

// reindexLoop indexes documents that were written before their mapping. It runs
// from Open to Close. Its position is in the database, so the next Open
// continues there.
func (s *Store) reindexLoop() {
	for {
		select {
		case <-s.stopping.Done():
			return
		case <-s.reindex:
		}
		for _, of := range storage.Collections {
			for s.reindexStep(tables[of]) {
			}
		}
	}
}

// reindexStep indexes a few documents and reports whether there are more. A
// failed step is repeated at the next change of mapping or start.
func (s *Store) reindexStep(of *table) bool {
	if of.terms == "" {
		return false
	}
	// The writer writes it, perhaps after this call has given up.
	var more bool
	err := s.writer.do(s.stopping, passBatch, func(t *tx) (err error) {
		more, err = t.pass(of)
		return err
	})
	return err == nil && more
}

func (t *tx) pass(of *table) (more bool, err error) {
	var after, until int64
	var under bool
	_, err = t.Row(func(s *sqlite3.Stmt) {
		under = s.ColumnType(0) != sqlite3.NULL
		after, until = s.ColumnInt64(0), s.ColumnInt64(1)
	}, "SELECT pass_seq, pass_until FROM collections WHERE number=?", of.number)
	if err != nil || !under {
		return false, err
	}
	batch := make([]row, 0, passBatch)
	err = t.Rows(func(s *sqlite3.Stmt) (bool, error) {
		batch = append(batch, row{seq: s.ColumnInt64(0), content: columnBytes(s, 1), account: columnBytes(s, 2)})
		return true, nil
	}, "SELECT seq, content, account FROM "+of.documents+" WHERE seq>? AND seq<=? ORDER BY seq LIMIT ?", after, until, passBatch)
	if err != nil {
		return false, err
	}
	for _, old := range batch {
		terms, err := t.terms(of, t.found(of, old))
		if err != nil {
			return false, err
		}
		// The index of orders does not depend on a mapping.
		terms, _ = indexed.Parted(terms)
		if err := t.insertTerms(of, "", old.seq, terms); err != nil {
			return false, err
		}
	}
	if len(batch) < passBatch {
		return false, t.Run("UPDATE collections SET pass_seq=NULL, pass_done=NULL, pass_until=NULL WHERE number=?", of.number)
	}
	return true, t.Run("UPDATE collections SET pass_seq=?, pass_done=pass_done+? WHERE number=?", batch[len(batch)-1].seq, len(batch), of.number)
}
