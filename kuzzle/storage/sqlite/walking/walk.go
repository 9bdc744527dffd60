package walking

import (
	"errors"
	"math"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/connection"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
)

// Walk describes the documents of a collection and their order.
type Walk struct {
	*connection.Conn
	Order *results.Order
	// Documents is the table of documents; Count returns their number.
	Documents string
	Count     func() (int64, error)
	// Values is the table with the values of the first key, Fields are the numbers of its
	// fields that have values.
	Values string
	Fields []int64
	// Whole is set if every document has a value of the key, Single if none has several.
	Whole, Single bool
	// Begins is the value at which the walk begins, nil for the first. With Open the value
	// itself is left out.
	Begins any
	Open   bool
	// Listed is set if Values is an index of orders.
	Listed *Listed
	// Missed is called after the index of a field was read to its end.
	Missed func(field int64)
	// Columns are read of each document that IDs passes, and Read has them, from its third
	// column on, while yield runs. A statement for each document would take longer.
	Columns string
	Read    *sqlite3.Stmt
}

// Pass passes all documents in order, after the position to continue from, until yield
// returns false. window is the expected number of them. It reads the indexes in their order,
// so that the cost of a page depends on its size.
func (w *Walk) Pass(window int, yield func(results.Entry) bool) error {
	if !w.Order.ReadsContent() {
		return w.IDs(nil, yield)
	}
	key := w.Order.Keys[0]
	if len(w.Order.Keys) == 1 && w.Listed != nil {
		return (&lister{Walk: w, key: key, yield: yield}).walk()
	}
	v := &walker{Walk: w, key: key, yield: yield, present: &results.Bitmap{}, window: window}
	missing := w.Order.After != nil && w.Order.After.Values[0] == nil
	switch {
	case key.MissingFirst:
		if w.Order.After == nil || missing {
			if err := v.missing(); err != nil || v.done {
				return err
			}
		}
		return v.values()
	case !missing:
		if err := v.values(); err != nil || v.done {
			return err
		}
	}
	return v.missing()
}

// IDs passes documents in the order of their ids; only limits them, nil for all.
func (w *Walk) IDs(only *results.Bitmap, yield func(results.Entry) bool) error {
	desc := len(w.Order.Keys) > 0 && w.Order.Keys[0].Desc
	sql, args := "SELECT seq, id"+w.Columns+" FROM "+w.Documents, []any{}
	if after := w.Order.After; after != nil {
		from := after.ID
		if len(after.Values) > 0 {
			from, _ = after.Values[0].(string)
		}
		sql += map[bool]string{false: " WHERE id>?", true: " WHERE id<?"}[desc]
		args = append(args, from)
	} else if w.Begins != nil {
		sql += map[bool]string{false: " WHERE id>=?", true: " WHERE id<=?"}[desc]
		args = append(args, w.Begins)
	}
	sql += map[bool]string{false: " ORDER BY id", true: " ORDER BY id DESC"}[desc]
	return w.Rows(func(s *sqlite3.Stmt) (bool, error) {
		seq := s.ColumnInt64(0)
		if only != nil && !only.Has(seq) {
			return true, nil
		}
		e := results.Entry{Seq: seq, ID: s.ColumnText(1)}
		e.Values = w.Order.Values(e.ID, nil)
		w.Read = s
		return yield(e), nil
	}, sql, args...)
}

// walker walks the index of the first sort key, group by group of equal values.
type walker struct {
	*Walk
	key   results.SortKey
	yield func(results.Entry) bool
	done  bool
	// only limits the documents, nil for all.
	present, only *results.Bitmap
	// window is the number of wanted entries.
	window int
}

// A group of equal values is sorted by id in memory if it has at most smallGroup members and
// is small beside the window. In a larger group the next entries are first looked for along
// the ids, among Effort times the wanted number: that finds dense members in a collection of
// any size. Only then the group is read, or not at all if going on along the ids costs less
// than sorting it.
const (
	smallGroup = 64
	Effort     = 20
)

func (w *walker) values() error {
	fields := w.Fields
	if len(fields) == 0 {
		return nil
	}
	if len(fields) > 1 {
		return w.mixed()
	}
	from, inclusive := w.Begins, !w.Open
	if w.Order.After != nil {
		from = w.Order.After.Values[0]
	}
	for {
		large, err := w.small(fields[0], from, inclusive)
		if err != nil || w.done || large == nil {
			return err
		}
		if len(w.Order.Keys) > 1 {
			err = w.wholeGroup(fields[0], large)
		} else {
			err = w.largeGroup(fields[0], large)
		}
		if err != nil || w.done {
			return err
		}
		from, inclusive = large, false
	}
}

// small passes the groups after from while they are small, and returns the value of the
// first large one. A document with several values occurs once for each; its position is at
// the value that orders it.
func (w *walker) small(field int64, from any, inclusive bool) (large any, err error) {
	alone := w.Single && len(w.Order.Keys) == 1
	content := map[bool]string{false: "d.content, d.account", true: "NULL, NULL"}[alone]
	sql, args := "SELECT d.id, "+content+", d.seq, t.value FROM "+w.Values+" AS t CROSS JOIN "+w.Documents+" AS d ON d.seq=t.doc WHERE t.field=?", []any{field}
	if from != nil {
		compare := map[bool]string{false: ">", true: "<"}[w.key.Desc]
		if inclusive {
			compare += "="
		}
		sql += " AND t.value" + compare + "?"
		args = append(args, from)
	}
	sql += map[bool]string{false: " ORDER BY t.value", true: " ORDER BY t.value DESC"}[w.key.Desc]
	var value any
	var group []results.Entry
	members := 0
	err = w.Rows(func(s *sqlite3.Stmt) (bool, error) {
		if here := results.Value(s, 4); members == 0 || here != value {
			if w.give(group); w.done {
				return false, nil
			}
			value, group, members = here, group[:0], 0
		}
		if members++; members > smallGroup {
			large = value
			return false, nil
		}
		e := results.Entry{Seq: s.ColumnInt64(3), ID: s.ColumnText(0), Values: []any{value}}
		if !alone {
			e = w.entry(s, e.Seq)
		}
		if e.Values[0] == value && w.Order.Continues(&e) {
			group = append(group, e)
		}
		return true, nil
	}, sql, args...)
	if err == nil && large == nil && !w.done {
		w.give(group)
	}
	return large, err
}

func (w *walker) largeGroup(field int64, value any) error {
	from := ""
	if after := w.Order.After; after != nil && after.Values[0] != nil && mapping.Compare(after.Values[0], value) == 0 {
		if !w.Order.AfterID {
			return nil
		}
		from = after.ID
	}
	looked := Effort * w.window
	// Many groups may lie before the end of a window, so each must cost no more than its
	// size.
	group, all, err := w.members(field, value, from, looked/4)
	if err != nil || all {
		return errors.Join(err, w.giveHere(group, value))
	}
	from, err = w.alongIDs(field, value, from, looked)
	if err != nil || w.done || from == "" {
		return err
	}
	documents, err := w.Count()
	if err != nil {
		return err
	}
	group, all, err = w.members(field, value, from, int(math.Sqrt(float64(w.window)*float64(documents))))
	if err != nil || all {
		return errors.Join(err, w.giveHere(group, value))
	}
	_, err = w.alongIDs(field, value, from, math.MaxInt)
	return err
}

// members returns the members of a group after an id; all is false if the group has more than
// limit.
func (w *walker) members(field int64, value any, from string, limit int) (group []results.Entry, all bool, err error) {
	count := 0
	err = w.Rows(func(s *sqlite3.Stmt) (bool, error) {
		count++
		if e := (results.Entry{Seq: s.ColumnInt64(0), ID: s.ColumnText(1), Values: []any{value}}); e.ID > from {
			group = append(group, e)
		}
		return true, nil
	}, "SELECT d.seq, d.id FROM "+w.Values+" AS t CROSS JOIN "+w.Documents+" AS d ON d.seq=t.doc WHERE t.field=? AND t.value=? LIMIT ?", field, value, limit+1)
	if err != nil {
		return nil, false, err
	}
	return group, count <= limit, nil
}

// giveHere passes the documents whose position is here, in the order of ids.
func (w *walker) giveHere(entries []results.Entry, value any) error {
	slices.SortFunc(entries, func(a, b results.Entry) int { return w.Order.Compare(&a, &b) })
	for _, e := range entries {
		if err := w.giveOne(e, value); err != nil || w.done {
			return err
		}
	}
	return nil
}

// giveOne passes an entry if its position is here: a document with several values occurs
// once for each, and only the document shows its position.
func (w *walker) giveOne(e results.Entry, value any) error {
	here := false
	_, err := w.Row(func(s *sqlite3.Stmt) { here = w.entry(s, e.Seq).Values[0] == value },
		"SELECT id, content, account FROM "+w.Documents+" WHERE seq=?", e.Seq)
	w.done = err == nil && here && !w.yield(e)
	return err
}

// entry reads id, content and account of a row.
func (w *walker) entry(s *sqlite3.Stmt, seq int64) results.Entry {
	id := s.ColumnText(0)
	return results.Entry{Seq: seq, ID: id, Values: w.Order.Read(id, s.ColumnRawText(1), s.ColumnRawText(2))}
}

func (w *walker) give(entries []results.Entry) {
	slices.SortFunc(entries, func(a, b results.Entry) int { return w.Order.Compare(&a, &b) })
	for _, e := range entries {
		if !w.yield(e) {
			w.done = true
			return
		}
	}
}

// alongIDs looks for members of a group among at most limit documents after an id. It returns the
// last id, "" at the end.
func (w *walker) alongIDs(field int64, value any, from string, limit int) (to string, err error) {
	looked := 0
	err = w.Rows(func(s *sqlite3.Stmt) (bool, error) {
		if looked++; looked > limit {
			return false, nil
		}
		e := results.Entry{Seq: s.ColumnInt64(0), ID: s.ColumnText(1), Values: []any{value}}
		to = e.ID
		if !s.ColumnBool(2) {
			return true, nil
		}
		err := w.giveOne(e, value)
		return !w.done, err
	}, "SELECT seq, id, EXISTS (SELECT 1 FROM "+w.Values+" WHERE field=?2 AND value=?3 AND doc=d.seq) FROM "+w.Documents+
		" AS d WHERE id>?1 ORDER BY id", from, field, value)
	if looked <= limit && !w.done {
		to = ""
	}
	return to, err
}

// sorted passes, in the order, the documents that a statement reads and that belong to it: id,
// content, account and seq of each.
func (w *walker) sorted(belongs func(*results.Entry) bool, sql string, args ...any) error {
	var entries []results.Entry
	err := w.Rows(func(s *sqlite3.Stmt) (bool, error) {
		if e := w.entry(s, s.ColumnInt64(3)); belongs(&e) && w.Order.Continues(&e) {
			entries = append(entries, e)
		}
		return true, nil
	}, sql, args...)
	if err == nil {
		w.give(entries)
	}
	return err
}

// wholeGroup sorts a large group by the further keys.
func (w *walker) wholeGroup(field int64, value any) error {
	return w.sorted(func(e *results.Entry) bool { return e.Values[0] == value }, "SELECT d.id, d.content, d.account, d.seq FROM "+w.Values+" AS t CROSS JOIN "+w.Documents+" AS d ON d.seq=t.doc WHERE t.field=? AND t.value=?", field, value)
}

// mixed sorts an account path with values of several kinds; it reads the documents, not the index.
func (w *walker) mixed() error {
	return w.sorted(func(e *results.Entry) bool { return e.Values[0] != nil }, "SELECT id, content, account, seq FROM "+w.Documents)
}

// missing walks the documents without a value of the key. It finds the others in a single
// pass over the key's index, unless their number is kept.
func (w *walker) missing() error {
	documents, err := w.Count()
	if err != nil || w.Whole {
		return err
	}
	for _, field := range w.Fields {
		err := w.Rows(func(s *sqlite3.Stmt) (bool, error) {
			w.present.Set(s.ColumnInt64(0))
			return true, nil
		}, "SELECT doc FROM "+w.Values+" WHERE field=?", field)
		if err != nil {
			return err
		}
		w.Missed(field)
	}
	if w.present.Count == documents {
		return nil
	}
	if len(w.Order.Keys) > 1 {
		return w.missingSorted()
	}
	from := ""
	if w.Order.After != nil && w.Order.After.Values[0] == nil {
		if !w.Order.AfterID {
			return nil
		}
		from = w.Order.After.ID
	}
	return w.Rows(func(s *sqlite3.Stmt) (bool, error) {
		if w.present.Has(s.ColumnInt64(0)) {
			return true, nil
		}
		w.done = !w.yield(results.Entry{Seq: s.ColumnInt64(0), ID: s.ColumnText(1), Values: []any{nil}})
		return !w.done, nil
	}, "SELECT seq, id FROM "+w.Documents+" WHERE id>? ORDER BY id", from)
}

func (w *walker) missingSorted() error {
	var entries []results.Entry
	err := w.Rows(func(s *sqlite3.Stmt) (bool, error) {
		if w.present.Has(s.ColumnInt64(3)) {
			return true, nil // its content is not read
		}
		if e := w.entry(s, s.ColumnInt64(3)); w.Order.Continues(&e) {
			entries = append(entries, e)
		}
		return true, nil
	}, "SELECT id, content, account, seq FROM "+w.Documents)
	if err == nil {
		w.give(entries)
	}
	return err
}
