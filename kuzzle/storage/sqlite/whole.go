package sqlite

import (
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
)

// manyTied is how many documents of equal value are sorted in memory by
// walkWhole; more are kept as a bitmap and read along the ids.
const manyTied = 10_000

// walkWhole passes all documents in the order of one field. Unlike walk it
// reads the index once from end to end and no document but for ties, since a
// document of several values is met first where it belongs.
func (x *search) walkWhole(yield func(results.Entry) bool) error {
	w := &walker{search: x, key: x.order.Keys[0], yield: yield, present: &results.Bitmap{}, from: x.of.source(x.order.Keys[0].Fields[0])}
	if !w.key.MissingFirst {
		if err := w.wholeValues(); err != nil {
			return err
		}
		return w.missing()
	}
	if err := w.missing(); err != nil {
		return err
	}
	return w.wholeValues()
}

func (w *walker) wholeValues() error {
	w.present = &results.Bitmap{}
	tied := ties{walker: w}
	for _, field := range w.written() {
		direction := map[bool]string{false: "", true: " DESC"}[w.key.Desc]
		err := w.rows(func(s *sqlite3.Stmt) (bool, error) {
			value, seq := columnValue(s, 0), s.ColumnInt64(1)
			if w.present.Has(seq) {
				return true, nil
			}
			w.present.Set(seq)
			if value != tied.value {
				if err := tied.give(); err != nil {
					return false, err
				}
				tied.value = value
			}
			tied.add(seq)
			return true, nil
		}, "SELECT value, doc FROM "+w.from+" WHERE field=? ORDER BY value"+direction, field)
		if err != nil {
			return err
		}
	}
	return tied.give()
}

// ties are documents of equal value, waiting to be put in order by their ids.
type ties struct {
	*walker
	value any
	rows  []int64
	// many holds them when they are too many for rows.
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

// give passes them on and forgets them.
func (t *ties) give() error {
	rows, many := t.rows, t.many
	t.rows, t.many = t.rows[:0], nil
	switch {
	case many != nil:
		return t.giveMany(many)
	case len(rows) == 1:
		t.yield(results.Entry{Seq: rows[0], Values: []any{t.value}})
		return nil
	}
	entries := make([]results.Entry, len(rows))
	for i, seq := range rows {
		entries[i] = results.Entry{Seq: seq, Values: []any{t.value}}
		_, err := t.row(func(s *sqlite3.Stmt) { entries[i].ID = s.ColumnText(0) }, "SELECT id FROM "+t.of.documents+" WHERE seq=?", seq)
		if err != nil {
			return err
		}
	}
	slices.SortFunc(entries, func(a, b results.Entry) int { return strings.Compare(a.ID, b.ID) })
	for _, e := range entries {
		t.yield(e)
	}
	return nil
}

func (t *ties) giveMany(many *results.Bitmap) error {
	return t.walker.rows(func(s *sqlite3.Stmt) (bool, error) {
		if seq := s.ColumnInt64(0); many.Has(seq) {
			t.yield(results.Entry{Seq: seq, Values: []any{t.value}})
		}
		return true, nil
	}, "SELECT seq FROM "+t.of.documents+" ORDER BY id")
}
