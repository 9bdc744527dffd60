package sqlite

import (
	"context"
	"errors"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/conditions"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/indexed"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/ranges"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/totals"
)

// leastCounted is how many documents a collection has before its fields are counted, and
// leastRows how many rows of an index are counted together.
var leastCounted, leastRows int64 = 10_000, 256

// kept are the numbers of every collection, by table number.
type kept [maxCollections]totals.Kept

// note tells those that keep numbers what a document has and had. A new document and a
// removed one are told with their ids.
func (t *tx) note(of *table, id string, had, has []indexed.Term) {
	if !t.kept[of.number].Watching() {
		return
	}
	if id != "" {
		byID := []indexed.Term{{Field: totals.IDs, Value: id}}
		if had == nil {
			has = append(byID, has...)
		} else {
			had = append(byID, had...)
		}
	}
	t.notes[of.number] = append(t.notes[of.number], totals.Change{Had: had, Has: has})
}

// tell publishes what was noted, once the transaction is done.
func (t *tx) tell() {
	for n, touched := range t.touched {
		switch {
		case t.remapped[n]:
			t.kept[n].Forget()
		case touched && t.kept[n].Watching():
			t.kept[n].Apply(t.state[n].last, t.notes[n])
		}
	}
}

// want has a field counted beside the searches.
func (x *search) want(field int64) {
	if x.documents < leastCounted || !x.store.kept[x.of.number].Want(field) {
		return
	}
	select {
	case x.store.counting <- struct{}{}:
	default:
	}
}

// countLoop counts the fields that searches want. It runs from Open to Close.
func (s *Store) countLoop() {
	for {
		select {
		case <-s.stopping.Done():
			return
		case <-s.counting:
		}
		for _, of := range storage.Collections {
			for number, is := s.kept[tables[of].number].Wanted(); is && s.stopping.Err() == nil; number, is = s.kept[tables[of].number].Wanted() {
				_ = s.count(tables[of], number) // else the next search wants it again
			}
		}
	}
}

// count counts a field, unless documents are being indexed anew.
func (s *Store) count(of *table, number int64) error {
	var busy bool
	err := s.writer.alone(s.stopping, func(c *conn) error {
		_, err := c.Row(func(r *sqlite3.Stmt) { busy = r.ColumnType(0) != sqlite3.NULL }, "SELECT pass_seq FROM collections WHERE number=?", of.number)
		if err == nil && !busy {
			s.kept[of.number].Begin(s.writer.state[of.number].last)
		}
		return err
	})
	if err != nil || busy {
		return err
	}
	var counted *totals.Counting
	var last int64
	err = s.scans.with(s.stopping, func(c *conn) error {
		c.SetInterrupt(s.stopping)
		defer c.SetInterrupt(context.Background())
		return c.snapshot(func() (err error) {
			counted, last, err = c.countField(of, s.indexes[of.number].Load(), number)
			return err
		})
	})
	if err != nil {
		counted = nil
	}
	s.kept[of.number].Finish(number, counted, last)
	return err
}

func (c *conn) countField(of *table, i *index, number int64) (counted *totals.Counting, last int64, err error) {
	documents := int64(0)
	_, err = c.Row(func(s *sqlite3.Stmt) { documents, last = s.ColumnInt64(0), s.ColumnInt64(1) }, "SELECT documents, last FROM collections WHERE number=?", of.number)
	if err != nil {
		return nil, 0, err
	}
	sql, args := "SELECT id, seq FROM "+of.documents+" ORDER BY id", []any{}
	words := false
	for key, n := range i.numbers {
		if n == number {
			sql, args = "SELECT value, doc FROM "+of.source(key)+" WHERE field=? ORDER BY value", []any{number}
			words = key.Kind == mapping.Text
		}
	}
	counted = totals.NewCounting(documents, leastRows, words)
	err = c.Rows(func(s *sqlite3.Stmt) (bool, error) {
		counted.Add(results.Value(s, 0), s.ColumnInt64(1))
		return true, nil
	}, sql, args...)
	if err == nil && counted.Again() {
		err = c.Rows(func(s *sqlite3.Stmt) (bool, error) {
			return counted.AddAgain(results.Value(s, 0), s.ColumnInt64(1)), nil
		}, sql, args...)
	}
	return counted, last, err
}

// numbers are what is kept for a search, of the moment of its snapshot.
type numbers struct {
	// matching is how many documents match, without those in its edges, which are read
	// from the index as the question says.
	matching totals.Answer
	asked    question
	// not says that they are the documents that do not match.
	not bool
	// total is the answer to the end, where it is known.
	total      int64
	totalKnown bool
	// ordered is how many documents have a value of the sort key.
	ordered totals.Answer
}

// question is what is asked of one field, and how its index is read.
type question struct {
	totals.Ask
	sql, column string
	args        []any
}

// settle asks for the numbers. Where a transaction has just ended, the snapshot is
// taken once more: soon they are of one moment.
func (x *search) settle() error {
	kept := &x.store.kept[x.of.number]
	if !kept.Watching() {
		return nil
	}
	var asks []totals.Ask
	matching, not := x.question(x.where)
	if matching != nil {
		asks = append(asks, matching.Ask)
	}
	ordered := x.orderQuestion()
	if ordered != nil {
		asks = append(asks, ordered.Ask)
	}
	for try := 0; try < 8 && len(asks) > 0; try++ {
		if try > 0 {
			if err := errors.Join(x.Run("ROLLBACK"), x.Run("BEGIN")); err != nil {
				return err
			}
			x.documentsKnown = false
		}
		if _, err := x.countDocuments(); err != nil {
			return err
		}
		answers, same := kept.Answers(x.last, asks)
		if !same {
			continue
		}
		if ordered != nil {
			x.numbers.ordered = answers[len(answers)-1]
		}
		if matching != nil {
			x.numbers.matching, x.numbers.asked, x.numbers.not = answers[0], *matching, not
		}
		return nil
	}
	return nil
}

// question is what a condition asks of one field, nil where it asks more. With not the
// answer is about the documents that do not match.
func (x *search) question(where conditions.Condition) (asked *question, not bool) {
	switch cond := where.(type) {
	case conditions.Named:
		if cond.Test == nil {
			return &question{totals.Ask{Field: totals.IDs, Spans: cond.Spans}, "SELECT seq AS doc FROM " + x.of.documents + " WHERE 1", "id", nil}, false
		}
	case conditions.Within:
		if cond.Test != nil {
			return nil, false
		}
		for _, key := range cond.Keys {
			number, written := x.index.numbers[key]
			if !written {
				continue
			}
			if asked != nil {
				return nil, false
			}
			asked = &question{totals.Ask{Field: number, Spans: cond.Spans}, "SELECT doc FROM " + x.of.source(key) + " WHERE field=?", "value", []any{number}}
		}
	case conditions.Group:
		if len(cond.Must)+len(cond.Should) == 0 && len(cond.MustNot) == 1 {
			asked, not = x.question(cond.MustNot[0])
			return asked, !not
		}
	}
	return asked, false
}

func (x *search) orderQuestion() *question {
	if !x.order.ReadsContent() || len(x.order.Keys[0].Fields) != 1 {
		return nil
	}
	asked, _ := x.question(conditions.Within{Keys: x.order.Keys[0].Fields, Spans: []mapping.Span{{}}})
	return asked
}

// begins is the value at which the matches begin in the order, and whether it is not one
// itself, where the condition is a range of the sort key; nil where they may be anywhere.
func (x *search) begins() (from any, open bool) {
	var spans []mapping.Span
	desc := len(x.order.Keys) > 0 && x.order.Keys[0].Desc
	switch where := x.where.(type) {
	case conditions.Named:
		if !x.order.ReadsContent() {
			spans = where.Spans
		}
	case conditions.Within:
		if x.numbers.ordered.Single && len(where.Keys) == 1 && where.Keys[0] == x.order.Keys[0].Fields[0] {
			spans = where.Spans
		}
	}
	switch {
	case len(spans) != 1 || x.order.After != nil:
		return nil, false
	case desc:
		return spans[0].High, spans[0].HighOpen
	}
	return spans[0].Low, spans[0].LowOpen
}

// keptTotal is how many documents match, where that is kept.
func (x *search) keptTotal() (total int64, known bool, err error) {
	if !x.numbers.matching.Known {
		return 0, false, nil
	}
	total = x.numbers.matching.Sum
	asked := x.numbers.asked
	for _, edge := range x.numbers.matching.Edges {
		part := ranges.Of(asked.sql, asked.column, asked.args, []mapping.Span{edge})[0]
		rows, err := x.countRows(part)
		if err != nil {
			return 0, false, err
		}
		total += rows
	}
	if x.numbers.not {
		total = x.documents - total
	}
	return total, true, nil
}

// counted finds the page and the total. The total comes from kept counters if they have it.
// Otherwise it is counted after the page was found, and cached until the next change.
func (x *search) counted(window *results.First) (total int64, err error) {
	if x.numbers.total, x.numbers.totalKnown, err = x.keptTotal(); err != nil {
		return 0, err
	}
	kept, condition := &x.store.kept[x.of.number], totals.Key(x.what.Where)
	if !x.numbers.totalKnown {
		if _, err := x.countDocuments(); err != nil {
			return 0, err
		}
		x.numbers.total, x.numbers.totalKnown = kept.Total(x.generation, x.last, condition)
	}
	found, how, d, err := x.find(window)
	if err != nil || how == allRead {
		return found, err
	}
	if asked, _ := x.question(x.where); asked != nil {
		x.want(asked.Field)
	}
	switch {
	case how == allNamed:
		return found, nil
	case x.numbers.totalKnown:
		return x.numbers.total, nil
	}
	if how == nothingAsked {
		if d, err = x.driver(x.where); err != nil {
			return 0, err
		}
	}
	if total, err = x.count(d); err == nil && !x.passing {
		kept.Hold(x.generation, x.last, condition, total)
	}
	return total, err
}

func (x *search) countRows(r ranges.Range) (rows int64, err error) {
	_, err = x.Row(func(s *sqlite3.Stmt) { rows = s.ColumnInt64(0) }, "SELECT count(*) FROM ("+r.SQL+")", r.Args...)
	return rows, err
}

// count counts the documents that match, which are among those of a driver.
func (x *search) count(d driver) (total int64, err error) {
	apart, err := x.takeApart(d)
	switch {
	case err != nil:
		return 0, err
	case names(d) && len(d.parts) == 1 && d.parts[0].Distinct:
		return x.countRows(d.parts[0])
	case apart.named() && !apart.rest:
		all, err := x.allOf(apart)
		if err != nil {
			return 0, err
		}
		return all.Count, nil
	}
	return x.read(d, func(results.Entry) {})
}
