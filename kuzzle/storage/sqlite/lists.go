package sqlite

import (
	"fmt"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/binding"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/indexed"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/inserts"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/walking"
)

// lacking is the field of the rows with the set of fields that a document lacks.
const lacking = 0

// edge returns the edge of a key's only value.
func (t *table) edge(key mapping.Key) indexed.Edge {
	if key.Area != mapping.Account || t.lists == "" {
		return 0
	}
	if _, listed := t.listed[key]; !listed {
		return 0
	}
	return indexed.Smallest | indexed.Largest
}

// list sets the edges of multiple values, and adds the set of missing fields.
func (i *index) list(terms []indexed.Term) []indexed.Term {
	if !slices.ContainsFunc(terms, func(one indexed.Term) bool { return one.Edge != 0 }) {
		return terms
	}
	lacks := int64(0)
	for key, at := range i.of.listed {
		if number, written := i.numbers[key]; !written || !indexed.SetEdges(terms, number) {
			lacks |= 1 << at
		}
	}
	return append(terms, indexed.Term{Field: lacking, Value: lacks, Edge: indexed.Within})
}

func (t *tx) insertListed(of *table, id string, seq int64, listed []indexed.Term) error {
	w := &write{table: of}
	w.ID, w.result.Rev.Seq = id, seq
	postings := make([]posting, len(listed))
	for i, one := range listed {
		postings[i] = posting{one, w}
	}
	return t.list(of, postings)
}

// list writes rows of the index of orders.
func (t *tx) list(of *table, postings []posting) error {
	return inserts.HandOut(postings, posting.refused, func(some []posting) error {
		s, err := t.Prepared(of.insertListed()[len(some)])
		if err != nil {
			return err
		}
		for i, one := range some {
			if one.Field == lacking {
				t.state[of.number].listed++
			}
			if err := binding.All(s, 5*i, one.Field, one.Value, one.w.ID, one.w.result.Rev.Seq, int64(one.Edge)); err != nil {
				return err
			}
		}
		return s.Exec()
	})
}

// unlist removes a row, unless the term belongs to the inverted index.
func (t *tx) unlist(of *table, id string, one indexed.Term) error {
	if one.Edge == 0 {
		return nil
	}
	if one.Field == lacking {
		t.state[of.number].listed--
	}
	return t.Run(of.deleteListed, one.Field, one.Value, id)
}

// source returns the table with the values of a key.
func (t *table) source(key mapping.Key) string {
	if t.edge(key) != 0 {
		return t.lists
	}
	return t.terms
}

// addLists creates the index of orders, and moves the existing values to it.
func (c *conn) addLists(t *table) error {
	if err := c.Exec(fmt.Sprintf(listsDDL, t.lists)); err != nil {
		return err
	}
	written := &index{of: t, schema: unindexed, numbers: map[mapping.Key]int64{}}
	var all [maxCollections]*index
	all[t.number] = written
	if err := loadFields(c, all[:]); err != nil {
		return err
	}
	for key := range written.numbers {
		if t.edge(key) == 0 {
			delete(written.numbers, key)
		}
	}
	move := &tx{conn: c}
	for _, field := range written.numbers {
		err := c.Rows(func(s *sqlite3.Stmt) (bool, error) {
			_, listed := indexed.Parted(written.terms(unindexed.Stored(s.ColumnRawText(2), s.ColumnRawText(3))))
			return true, move.insertListed(t, s.ColumnText(1), s.ColumnInt64(0), listed)
		}, "SELECT seq, id, content, account FROM "+t.documents+" WHERE seq IN (SELECT doc FROM "+t.terms+" WHERE field=?)", field)
		if err == nil {
			err = c.Run("DELETE FROM "+t.terms+" WHERE field=?", field)
		}
		if err != nil {
			return err
		}
	}
	return c.Run("UPDATE collections SET listed=(SELECT count(*) FROM "+t.lists+" WHERE field=?) WHERE number=?", lacking, t.number)
}

// walk is the search's order to pass documents in.
func (x *search) walk() *walking.Walk {
	w := &walking.Walk{Conn: x.Conn, Order: &x.order, Documents: x.of.documents, Count: x.countDocuments}
	w.Begins, w.Open = x.begins()
	if !x.order.ReadsContent() {
		return w
	}
	key := x.order.Keys[0].Fields[0]
	for _, field := range x.order.Keys[0].Fields {
		if n, written := x.index.numbers[field]; written {
			w.Fields = append(w.Fields, n)
		}
	}
	w.Values, w.Single = x.of.source(key), x.numbers.ordered.Single
	w.Whole = x.numbers.ordered.Known && x.numbers.ordered.Sum == x.documents
	w.Missed = x.want
	if x.of.edge(key) != 0 {
		w.Listed = &walking.Listed{Lacking: lacking, Bit: 1 << x.of.listed[key], Absent: func() (int64, error) {
			return x.integer("SELECT documents-listed FROM collections WHERE number=?", x.of.number)
		}, Unlisted: func(account []byte) bool {
			_, listed := indexed.Parted(x.index.terms(unindexed.Stored([]byte("{}"), account)))
			return len(listed) == 0
		}}
	}
	return w
}
