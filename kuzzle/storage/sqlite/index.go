package sqlite

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/indexed"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/inserts"
)

// index is how one collection is indexed at one time. It is immutable once
// published.
type index struct {
	of      *table
	mapping storage.Mapping
	schema  *mapping.Schema
	// numbers are the fields with values, by the numbers in terms.
	numbers map[mapping.Key]int64
	// accounts is the number of fields of the account area.
	accounts int
}

// indexes has the published index of every collection, by table number.
type indexes [maxCollections]atomic.Pointer[index]

// maxAccountFields bounds the indexed paths of the account area; values under
// further paths are stored and cannot be found.
const maxAccountFields = 1000

// load reads all indexes; pending reports that a pass over older documents was
// interrupted.
func (x *indexes) load(c *conn) (pending bool, err error) {
	loaded := [maxCollections]*index{}
	err = c.Rows(func(s *sqlite3.Stmt) (bool, error) {
		number := s.ColumnInt(0)
		if number < 0 || number >= len(storage.Collections) {
			return true, nil
		}
		of := storage.Collections[number]
		i := &index{of: tables[of], numbers: map[mapping.Key]int64{}}
		if err := json.Unmarshal(s.ColumnRawText(1), &i.mapping); err != nil {
			return false, fmt.Errorf("sqlite: mapping of %q: %w", of, err)
		}
		i.schema = mapping.Compile(of, i.mapping)
		loaded[number] = i
		pending = pending || s.ColumnType(2) != sqlite3.NULL
		return true, nil
	}, "SELECT number, mapping, pass_seq FROM collections")
	if err != nil {
		return false, err
	}
	for number, of := range storage.Collections {
		if loaded[number] == nil {
			return false, fmt.Errorf("sqlite: collection %q is damaged: it is not listed", of)
		}
	}
	for number := range storage.Collections {
		x[number].Store(loaded[number])
	}
	return pending, loadFields(c, loaded[:])
}

func loadFields(c *conn, of []*index) error {
	return c.Rows(func(s *sqlite3.Stmt) (bool, error) {
		number := s.ColumnInt(0)
		if number < 0 || number >= len(of) || of[number] == nil {
			return true, nil
		}
		i := of[number]
		key := mapping.Key{Area: mapping.Area(s.ColumnInt(2)), Path: s.ColumnText(3), Kind: mapping.Kind(s.ColumnInt(4))}
		i.numbers[key] = s.ColumnInt64(1)
		if key.Area == mapping.Account {
			i.accounts++
		}
		return true, nil
	}, "SELECT collection, number, area, path, kind FROM fields")
}

// index returns the collection's index as this transaction sees it.
func (t *tx) index(of *table) *index {
	if fresh := t.fresh[of.number]; fresh != nil {
		return fresh
	}
	return t.indexes[of.number].Load()
}

// changing returns a copy of it that this transaction may change.
func (t *tx) changing(of *table) *index {
	if t.fresh[of.number] == nil {
		fresh := *t.indexes[of.number].Load()
		fresh.numbers = maps.Clone(fresh.numbers)
		t.fresh[of.number] = &fresh
	}
	return t.fresh[of.number]
}

// number returns the field's number, and assigns one at its first value. ok is
// false if there are too many fields.
func (t *tx) number(of *table, key mapping.Key) (n int64, ok bool, err error) {
	if n, ok := t.index(of).numbers[key]; ok {
		return n, true, nil
	}
	if key.Area == mapping.Account && t.index(of).accounts >= maxAccountFields {
		return 0, false, nil
	}
	i := t.changing(of)
	if key.Area == mapping.Account {
		i.accounts++
	}
	n = int64(len(i.numbers) + 1)
	i.numbers[key] = n
	err = t.Run("INSERT INTO fields (collection, number, area, path, kind) VALUES (?,?,?,?,?)", of.number, n, int(key.Area), key.Path, int(key.Kind))
	return n, err == nil, err
}

// terms returns the distinct rows of a document.
func (t *tx) terms(of *table, found *mapping.Document) ([]indexed.Term, error) {
	for _, v := range found.Values {
		if _, _, err := t.number(of, v.Key); err != nil {
			return nil, err
		}
	}
	return t.index(of).terms(found), nil
}

// numbered reports whether every field of a document has a number; only a
// transaction assigns one.
func (i *index) numbered(found *mapping.Document) bool {
	return !slices.ContainsFunc(found.Values, func(v mapping.Value) bool { return i.numbers[v.Key] == 0 })
}

// terms returns the distinct rows of a document, without fields that have no
// number.
func (i *index) terms(found *mapping.Document) []indexed.Term {
	terms := make([]indexed.Term, 0, len(found.Values))
	for _, v := range found.Values {
		n, numbered := i.numbers[v.Key]
		if !numbered {
			continue
		}
		if v.Key.Kind != mapping.Text {
			terms = append(terms, indexed.Term{Field: n, Value: v.V, Edge: i.of.edge(v.Key)})
			continue
		}
		for _, word := range v.Words {
			terms = append(terms, indexed.Term{Field: n, Value: word})
		}
	}
	return i.list(indexed.Distinct(terms))
}

// refresh reads the document again if its mapping changed since it was read.
func (t *tx) refresh(w *write) (refused error) {
	if w.Put == nil || w.table.terms == "" || w.schema == t.index(w.table).schema {
		return nil
	}
	w.terms = nil
	return w.find(t.index(w.table).schema)
}

func (t *tx) indexNew(w *write, seq int64) error {
	if w.found == nil {
		return nil
	}
	terms := w.terms
	if terms == nil {
		var err error
		if terms, err = t.terms(w.table, w.found); err != nil {
			return err
		}
	}
	if err := t.insertText(w.table, seq, w.text); err != nil {
		return err
	}
	t.note(w.table, w.ID, nil, terms)
	return t.insertTerms(w.table, w.ID, seq, terms)
}

// indexAgain writes the difference to the row's earlier terms. These are
// computed from its old content under the present mapping; rows that an
// unfinished pass has not added yet are added by that pass.
func (t *tx) indexAgain(w *write, old row) error {
	if w.found == nil || string(old.content) == string(w.Put.Content) && string(old.account) == string(w.Put.Account) {
		return nil
	}
	now, err := t.terms(w.table, w.found)
	if err != nil {
		return err
	}
	had := t.found(w.table, old)
	before, err := t.terms(w.table, had)
	if err != nil {
		return err
	}
	if text := w.table.text(w.ID, had); text != w.text {
		if err := t.deleteText(w.table, old.seq, text); err != nil {
			return err
		}
		if err := t.insertText(w.table, old.seq, w.text); err != nil {
			return err
		}
	}
	t.note(w.table, "", before, now)
	if err := t.deleteTerms(w.table, w.ID, old.seq, indexed.Without(before, now)); err != nil {
		return err
	}
	return t.insertTerms(w.table, w.ID, old.seq, indexed.Without(now, before))
}

// found returns the values that the present mapping finds in a row.
func (t *tx) found(of *table, old row) *mapping.Document {
	return t.index(of).schema.Stored(old.content, old.account)
}

func (t *tx) unindex(of *table, id string, old row) error {
	if of.terms == "" {
		return nil
	}
	had := t.found(of, old)
	terms, err := t.terms(of, had)
	if err != nil {
		return err
	}
	if err := t.deleteText(of, old.seq, of.text(id, had)); err != nil {
		return err
	}
	t.note(of, id, terms, nil)
	return t.deleteTerms(of, id, old.seq, terms)
}

func (t *tx) deleteTerms(of *table, id string, seq int64, terms []indexed.Term) error {
	for _, one := range terms {
		err := t.unlist(of, id, one)
		if one.Edge == 0 {
			err = t.Run(of.deleteTerm, one.Field, one.Value, seq)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) insertTerms(of *table, id string, seq int64, terms []indexed.Term) error {
	terms, listed := indexed.Parted(terms)
	if err := t.insertListed(of, id, seq, listed); err != nil {
		return err
	}
	args := make([]any, 0, 2*inserts.MostTerms+1)
	args = append(args, seq)
	for _, one := range terms {
		args = append(args, one.Field, one.Value)
		if len(args) == 2*inserts.MostTerms+1 {
			if err := t.Run(of.insertTerms()[inserts.MostTerms-1], args...); err != nil {
				return err
			}
			args = args[:1]
		}
	}
	if len(args) == 1 {
		return nil
	}
	return t.Run(of.insertTerms()[len(args)/2-1], args...)
}
