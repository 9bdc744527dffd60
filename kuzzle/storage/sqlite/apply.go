package sqlite

import (
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/binding"
)

// row is the part of the existing document that the writer needs.
type row struct {
	seq, rev         int64
	incarnation      string
	claims           []string
	content, account binding.Text
}

// apply writes one change and its messages, or records the refusal in w.result.
func (w *write) apply(t *tx) error {
	if err := w.applyDocument(t); err != nil || w.result.Err != nil {
		return err
	}
	return t.post(w)
}

// post creates the change's messages. Numbers of the table are never reused, so ids
// sort in the order of commits.
func (t *tx) post(w *write) error {
	in := tables[storage.Outbox]
	for _, message := range w.Outbox {
		end := fmt.Sprintf("%016x", t.state[in.number].last+1)
		message.ID += end
		message.Incarnation = end
		if message.Content == nil {
			message.Content = json.RawMessage("{}")
		}
		made, err := t.insert(&write{Change: storage.Change{In: storage.Outbox, ID: message.ID, Put: &message}, table: in})
		if err == nil && !made {
			err = fmt.Errorf("sqlite: message %s exists already", message.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// applyDocument writes one change without its messages. It checks everything before
// the first write, so a refusal leaves nothing behind and the group needs no
// savepoints.
func (w *write) applyDocument(t *tx) error {
	if w.Put != nil && w.If == (storage.Rev{}) {
		return t.create(w)
	}
	old, found, err := t.current(w.table, w.ID)
	if err != nil {
		return err
	}
	if w.result.Err = w.checkRev(old, found); w.result.Err != nil {
		return nil
	}
	held, refused, err := t.checkTakes(w, old.incarnation)
	if err != nil {
		return err
	}
	if w.result.Err = refused; refused != nil {
		return nil
	}
	if w.result.Err = t.refresh(w); w.result.Err != nil {
		return nil
	}
	if err := t.writeClaims(w, held, old.incarnation); err != nil {
		return err
	}
	switch {
	case w.Put != nil:
		return t.update(w, old)
	case found:
		return t.remove(w, old)
	}
	return nil
}

// create writes a new document. The insert itself finds an existing one, so the
// usual case needs no read before.
func (t *tx) create(w *write) error {
	held, refused, err := t.checkTakes(w, w.Put.Incarnation)
	if err != nil {
		return err
	}
	if refused == nil {
		refused = t.refresh(w)
	}
	if refused != nil {
		_, found, err := t.current(w.table, w.ID)
		if w.result.Err = refused; found {
			w.result.Err = storage.ErrExists.New()
		}
		return err
	}
	inserted, err := t.insert(w)
	if err != nil {
		return err
	}
	if !inserted {
		w.result.Err = storage.ErrExists.New()
		return nil
	}
	if err := t.writeClaims(w, held, w.Put.Incarnation); err != nil {
		return err
	}
	return t.indexNew(w, w.result.Rev.Seq)
}

func (w *write) checkRev(old row, found bool) error {
	expected := w.If != (storage.Rev{})
	switch {
	case found != expected, found && w.If != (storage.Rev{Seq: old.rev, Term: revTerm}):
		return storage.ErrConflict.New(w.ID)
	case found && w.Put != nil && w.Put.Incarnation != "" && w.Put.Incarnation != old.incarnation:
		return storage.ErrConflict.New(w.ID)
	}
	return nil
}

// revTerm is the second half of every revision; only clusters need it.
const revTerm = 1

func (t *tx) current(in *table, id string) (r row, found bool, err error) {
	found, err = t.Row(func(s *sqlite3.Stmt) {
		r = row{
			seq: s.ColumnInt64(0), rev: s.ColumnInt64(1), incarnation: s.ColumnText(2),
			content: columnBytes(s, 4), account: columnBytes(s, 5),
		}
		if list := s.ColumnRawText(3); list != nil {
			_ = json.Unmarshal(list, &r.claims)
		}
	}, in.selectCurrent, id)
	return r, found, err
}

// columnBytes copies a column; NULL is nil.
func columnBytes(s *sqlite3.Stmt, col int) []byte {
	if s.ColumnType(col) == sqlite3.NULL {
		return nil
	}
	return s.ColumnBlob(col, []byte{})
}

// insert writes the row, and reports whether the id was free.
func (t *tx) insert(w *write) (bool, error) {
	n := t.next(w.table)
	d := w.Put
	err := t.Run(w.table.insert, n, w.ID, d.Incarnation, d.Version, d.Epoch, binding.Text(d.Content), binding.Text(d.Account),
		[]byte(d.Auth), binding.Millis(d.ExpiresAt), binding.List(w.keptClaims(nil)))
	if err != nil || t.Changes() == 0 {
		return false, err
	}
	t.state[w.table.number].documents++
	w.result.Rev = storage.Rev{Seq: n, Term: revTerm}
	return true, nil
}

func (t *tx) update(w *write, old row) error {
	n := t.next(w.table)
	w.result.Rev = storage.Rev{Seq: n, Term: revTerm}
	d := w.Put
	if err := t.indexAgain(w, old); err != nil {
		return err
	}
	return t.Run(w.table.update, old.seq, n, d.Version, d.Epoch, binding.Text(d.Content), binding.Text(d.Account), []byte(d.Auth), binding.Millis(d.ExpiresAt), binding.List(w.keptClaims(old.claims)))
}

func (t *tx) remove(w *write, old row) error {
	n := t.next(w.table)
	t.state[w.table.number].documents--
	w.result.Rev = storage.Rev{Seq: n, Term: revTerm}
	for _, key := range old.claims {
		if err := t.Run("DELETE FROM claims WHERE key=? AND owner=? AND of=? AND latch=0", key, w.ID, string(w.In)); err != nil {
			return err
		}
	}
	if err := t.unindex(w.table, w.ID, old); err != nil {
		return err
	}
	return t.Run("DELETE FROM "+w.table.documents+" WHERE seq=?", old.seq)
}
