package walking

import (
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
)

// manyTied is the largest number of documents of equal value that All sorts in memory; more
// are kept as a bitmap and read along the ids.
const manyTied = 10_000

// All passes all documents in the order of one field. Unlike Pass it reads the index once
// from end to end, and documents only for ties, since a document of several values first
// occurs at its position.
//
// It ends when yield returns false. only limits the documents, nil for all.
func (w *Walk) All(only *results.Bitmap, yield func(results.Entry) bool) error {
	v := &walker{Walk: w, key: w.Order.Keys[0], yield: yield, present: &results.Bitmap{}, only: only}
	steps := []func() error{v.wholeValues, v.missing}
	if v.key.MissingFirst {
		slices.Reverse(steps)
	}
	for _, step := range steps {
		if err := step(); err != nil || v.done {
			return err
		}
	}
	return nil
}

func (w *walker) wholeValues() error {
	w.present = &results.Bitmap{}
	tied := ties{walker: w}
	for _, field := range w.Fields {
		direction := map[bool]string{false: "", true: " DESC"}[w.key.Desc]
		err := w.Rows(func(s *sqlite3.Stmt) (bool, error) {
			seq := s.ColumnInt64(1)
			if w.only != nil && !w.only.Has(seq) || w.present.Has(seq) {
				return true, nil
			}
			w.present.Set(seq)
			if value := results.Value(s, 0); value != tied.value {
				if err := tied.give(); err != nil {
					return false, err
				}
				tied.value = value
			}
			tied.add(seq)
			return !w.done, nil
		}, "SELECT value, doc FROM "+w.Values+" WHERE field=? ORDER BY value"+direction, field)
		if err != nil || w.done {
			return err
		}
	}
	return tied.give()
}

// ties are documents with equal values that wait to be sorted by id.
type ties struct {
	*walker
	value any
	rows  []int64
	// many has the documents if they are too many for rows.
	many *results.Bitmap
}

func (t *ties) add(seq int64) {
	if t.many != nil {
		t.many.Set(seq)
		return
	}
	if t.rows = append(t.rows, seq); len(t.rows) <= manyTied {
		return
	}
	t.many = &results.Bitmap{}
	for _, seq := range t.rows {
		t.many.Set(seq)
	}
	t.rows = nil
}

// give passes the documents and forgets them.
func (t *ties) give() error {
	rows, many := t.rows, t.many
	t.rows, t.many = t.rows[:0], nil
	switch {
	case many != nil:
		return t.giveMany(many)
	case len(rows) == 1:
		t.pass(results.Entry{Seq: rows[0], Values: []any{t.value}})
		return nil
	}
	entries := make([]results.Entry, len(rows))
	for i, seq := range rows {
		entries[i] = results.Entry{Seq: seq, Values: []any{t.value}}
		_, err := t.Row(func(s *sqlite3.Stmt) { entries[i].ID = s.ColumnText(0) }, "SELECT id FROM "+t.Documents+" WHERE seq=?", seq)
		if err != nil {
			return err
		}
	}
	slices.SortFunc(entries, func(a, b results.Entry) int { return strings.Compare(a.ID, b.ID) })
	for _, e := range entries {
		t.pass(e)
	}
	return nil
}

// pass passes an entry, unless no more are wanted.
func (t *ties) pass(e results.Entry) { t.done = t.done || !t.yield(e) }

func (t *ties) giveMany(many *results.Bitmap) error {
	return t.walker.Rows(func(s *sqlite3.Stmt) (bool, error) {
		if seq := s.ColumnInt64(0); many.Has(seq) {
			t.pass(results.Entry{Seq: seq, Values: []any{t.value}})
		}
		return !t.done, nil
	}, "SELECT seq FROM "+t.Documents+" ORDER BY id")
}
