package sqlite

import (
	"errors"
	"math"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
)

// walk passes all documents in order, from the place to continue after, until
// yield answers false, which window tells beforehand. It reads the indexes in their order, so a page costs
// what it holds.
func (x *search) walk(window int, yield func(results.Entry) bool) error {
	if !x.order.ReadsContent() {
		return x.walkIDs(yield)
	}
	key := x.order.Keys[0]
	if len(x.order.Keys) == 1 && x.of.edge(key.Fields[0]) != 0 {
		return (&lister{search: x, key: key, yield: yield}).walk()
	}
	w := &walker{search: x, key: key, yield: yield, present: &results.Bitmap{}, window: window, from: x.of.source(key.Fields[0])}
	missing := x.order.After != nil && x.order.After.Values[0] == nil
	switch {
	case key.MissingFirst:
		if x.order.After == nil || missing {
			if err := w.missing(); err != nil || w.done {
				return err
			}
		}
		return w.values()
	case !missing:
		if err := w.values(); err != nil || w.done {
			return err
		}
	}
	return w.missing()
}

func (x *search) walkIDs(yield func(results.Entry) bool) error {
	desc := len(x.order.Keys) > 0 && x.order.Keys[0].Desc
	sql, args := "SELECT seq, id FROM "+x.of.documents, []any{}
	if after := x.order.After; after != nil {
		from := after.ID
		if len(after.Values) > 0 {
			from, _ = after.Values[0].(string)
		}
		sql += map[bool]string{false: " WHERE id>?", true: " WHERE id<?"}[desc]
		args = append(args, from)
	}
	sql += map[bool]string{false: " ORDER BY id", true: " ORDER BY id DESC"}[desc]
	return x.rows(func(s *sqlite3.Stmt) (bool, error) {
		e := results.Entry{Seq: s.ColumnInt64(0), ID: s.ColumnText(1)}
		e.Values = x.order.Values(e.ID, nil)
		return yield(e), nil
	}, sql, args...)
}

// walker walks the index of the first sort key, one group of equal values after
// the other.
type walker struct {
	*search
	key   results.SortKey
	yield func(results.Entry) bool
	done  bool
	// only are those whose values are passed, nil for all.
	present, only *results.Bitmap
	// window is how many entries are wanted.
	window int
	// from is the table that has the key's values.
	from string
}

// A group of equal values is sorted by id in memory up to smallGroup, and where it is
// small beside the window. In a larger one the next entries are first looked for along
// the ids, among effort times as many as are wanted: when the members are dense that
// finds them, however large the collection. Only then the group is read, or, when going
// on along the ids costs less than sorting it, not at all.
const (
	smallGroup = 64
	effort     = 20
)

func (w *walker) values() error {
	fields := w.written()
	if len(fields) == 0 {
		return nil
	}
	if len(fields) > 1 {
		return w.mixed()
	}
	var from any
	inclusive := true
	if w.order.After != nil {
		from = w.order.After.Values[0]
	}
	for {
		large, err := w.small(fields[0], from, inclusive)
		if err != nil || w.done || large == nil {
			return err
		}
		if len(w.order.Keys) > 1 {
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

// small passes on the groups that follow from, as long as they are small, and answers
// the value of the first that is not. A document of several values is met once for
// each, and its place is where the one is that it is ordered by.
func (w *walker) small(field int64, from any, inclusive bool) (large any, err error) {
	sql, args := "SELECT d.id, d.content, d.account, d.seq, t.value FROM "+w.from+" AS t CROSS JOIN "+w.of.documents+" AS d ON d.seq=t.doc WHERE t.field=?", []any{field}
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
	err = w.rows(func(s *sqlite3.Stmt) (bool, error) {
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
		if e := w.entry(s, s.ColumnInt64(3)); e.Values[0] == value && w.order.Continues(&e) {
			group = append(group, e)
		}
		return true, nil
	}, sql, args...)
	if err == nil && large == nil && !w.done {
		w.give(group)
	}
	return large, err
}

// written are the numbers of the key's fields that have values at all.
func (w *walker) written() []int64 {
	var numbers []int64
	for _, field := range w.key.Fields {
		if n, ok := w.index.numbers[field]; ok {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func (w *walker) largeGroup(field int64, value any) error {
	from := ""
	if after := w.order.After; after != nil && after.Values[0] != nil && mapping.Compare(after.Values[0], value) == 0 {
		if !w.order.AfterID {
			return nil
		}
		from = after.ID
	}
	looked := effort * w.window
	// Many groups may lie before the end of a window: each is to cost what it has.
	group, all, err := w.members(field, value, from, looked/4)
	if err != nil || all {
		return errors.Join(err, w.giveHere(group, value))
	}
	from, err = w.alongIDs(field, value, from, looked)
	if err != nil || w.done || from == "" {
		return err
	}
	if err := w.countDocuments(); err != nil {
		return err
	}
	group, all, err = w.members(field, value, from, int(math.Sqrt(float64(w.window)*float64(w.documents))))
	if err != nil || all {
		return errors.Join(err, w.giveHere(group, value))
	}
	_, err = w.alongIDs(field, value, from, math.MaxInt)
	return err
}

// members are those of a group behind an id; all is false where the group has more than
// limit.
func (w *walker) members(field int64, value any, from string, limit int) (group []results.Entry, all bool, err error) {
	count := 0
	err = w.rows(func(s *sqlite3.Stmt) (bool, error) {
		count++
		if e := (results.Entry{Seq: s.ColumnInt64(0), ID: s.ColumnText(1), Values: []any{value}}); e.ID > from {
			group = append(group, e)
		}
		return true, nil
	}, "SELECT d.seq, d.id FROM "+w.from+" AS t CROSS JOIN "+w.of.documents+" AS d ON d.seq=t.doc WHERE t.field=? AND t.value=? LIMIT ?", field, value, limit+1)
	if err != nil {
		return nil, false, err
	}
	return group, count <= limit, nil
}

// giveHere passes on those whose place this is, in order of ids.
func (w *walker) giveHere(entries []results.Entry, value any) error {
	slices.SortFunc(entries, func(a, b results.Entry) int { return w.order.Compare(&a, &b) })
	for _, e := range entries {
		if err := w.giveOne(e, value); err != nil || w.done {
			return err
		}
	}
	return nil
}

// giveOne passes an entry on if its place is here: a document of several values
// is met once for each, and where it belongs takes reading it.
func (w *walker) giveOne(e results.Entry, value any) error {
	here := false
	_, err := w.row(func(s *sqlite3.Stmt) { here = w.entry(s, e.Seq).Values[0] == value },
		"SELECT id, content, account FROM "+w.of.documents+" WHERE seq=?", e.Seq)
	w.done = err == nil && here && !w.yield(e)
	return err
}

// entry reads id, content and account of a row.
func (w *walker) entry(s *sqlite3.Stmt, seq int64) results.Entry {
	id := s.ColumnText(0)
	return results.Entry{Seq: seq, ID: id, Values: w.order.Read(id, s.ColumnRawText(1), s.ColumnRawText(2))}
}

func (w *walker) give(entries []results.Entry) {
	slices.SortFunc(entries, func(a, b results.Entry) int { return w.order.Compare(&a, &b) })
	for _, e := range entries {
		if !w.yield(e) {
			w.done = true
			return
		}
	}
}

// alongIDs looks for members of a group among the documents behind an id, at
// most limit of them. It answers the id it got to, "" at the end.
func (w *walker) alongIDs(field int64, value any, from string, limit int) (to string, err error) {
	looked := 0
	err = w.rows(func(s *sqlite3.Stmt) (bool, error) {
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
	}, "SELECT seq, id, EXISTS (SELECT 1 FROM "+w.from+" WHERE field=?2 AND value=?3 AND doc=d.seq) FROM "+w.of.documents+
		" AS d WHERE id>?1 ORDER BY id", from, field, value)
	if looked <= limit && !w.done {
		to = ""
	}
	return to, err
}

// wholeGroup sorts a large group by the further keys.
func (w *walker) wholeGroup(field int64, value any) error {
	var entries []results.Entry
	err := w.rows(func(s *sqlite3.Stmt) (bool, error) {
		if e := w.entry(s, s.ColumnInt64(3)); e.Values[0] == value && w.order.Continues(&e) {
			entries = append(entries, e)
		}
		return true, nil
	}, "SELECT d.id, d.content, d.account, d.seq FROM "+w.from+" AS t CROSS JOIN "+w.of.documents+" AS d ON d.seq=t.doc WHERE t.field=? AND t.value=?", field, value)
	if err == nil {
		w.give(entries)
	}
	return err
}

// mixed sorts an account path that has values of several kinds; there the
// documents are read, not the index.
func (w *walker) mixed() error {
	var entries []results.Entry
	err := w.rows(func(s *sqlite3.Stmt) (bool, error) {
		if e := w.entry(s, s.ColumnInt64(3)); e.Values[0] != nil && w.order.Continues(&e) {
			entries = append(entries, e)
		}
		return true, nil
	}, "SELECT id, content, account, seq FROM "+w.of.documents)
	if err == nil {
		w.give(entries)
	}
	return err
}

// missing walks the documents that have no value of the key. What has one is
// known from a single pass over its index.
func (w *walker) missing() error {
	for _, field := range w.written() {
		err := w.rows(func(s *sqlite3.Stmt) (bool, error) {
			w.present.Set(s.ColumnInt64(0))
			return true, nil
		}, "SELECT doc FROM "+w.from+" WHERE field=?", field)
		if err != nil {
			return err
		}
	}
	if err := w.countDocuments(); err != nil || w.present.Count == w.documents {
		return err
	}
	if len(w.order.Keys) > 1 {
		return w.missingSorted()
	}
	from := ""
	if w.order.After != nil && w.order.After.Values[0] == nil {
		if !w.order.AfterID {
			return nil
		}
		from = w.order.After.ID
	}
	return w.rows(func(s *sqlite3.Stmt) (bool, error) {
		if w.present.Has(s.ColumnInt64(0)) {
			return true, nil
		}
		w.done = !w.yield(results.Entry{Seq: s.ColumnInt64(0), ID: s.ColumnText(1), Values: []any{nil}})
		return !w.done, nil
	}, "SELECT seq, id FROM "+w.of.documents+" WHERE id>? ORDER BY id", from)
}

func (w *walker) missingSorted() error {
	var entries []results.Entry
	err := w.rows(func(s *sqlite3.Stmt) (bool, error) {
		if w.present.Has(s.ColumnInt64(3)) {
			return true, nil
		}
		if e := w.entry(s, s.ColumnInt64(3)); w.order.Continues(&e) {
			entries = append(entries, e)
		}
		return true, nil
	}, "SELECT id, content, account, seq FROM "+w.of.documents)
	if err == nil {
		w.give(entries)
	}
	return err
}
