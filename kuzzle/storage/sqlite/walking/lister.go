package walking

import (
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/indexed"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
)

// Listed describes an index of orders beside its key.
type Listed struct {
	// Lacking is the field whose rows list the members that documents lack; Bit is the key's
	// bit in them.
	Lacking, Bit int64
	// Absent returns the number of documents that are not in the index. Unlisted reports
	// from a document's account whether the document is one of them.
	Absent   func() (int64, error)
	Unlisted func(account []byte) bool
}

// lister walks the index of orders along its one sort key. It reads rows in their stored
// order, so that the cost of a page depends on its size and not on its position.
type lister struct {
	*Walk
	key   results.SortKey
	yield func(results.Entry) bool
	done  bool
}

func (l *lister) walk() error {
	after := l.Order.After
	field, written := int64(0), len(l.Fields) > 0
	if written {
		field = l.Fields[0]
	}
	inMissing := after == nil || after.Values[0] == nil
	steps := []func() error{
		func() error {
			switch {
			case !written, after != nil && inMissing && !l.key.MissingFirst:
				return nil
			case after != nil && !inMissing:
				return l.values(field, after.Values[0])
			}
			return l.values(field, nil)
		},
		func() error {
			switch {
			case l.key.MissingFirst && !inMissing:
				return nil
			case after != nil && inMissing && !l.Order.AfterID:
				return nil
			case after != nil && inMissing:
				return l.missing(after.ID, written)
			}
			return l.missing("", written)
		},
	}
	if l.key.MissingFirst {
		slices.Reverse(steps)
	}
	for _, step := range steps {
		if err := step(); err != nil || l.done {
			return err
		}
	}
	return nil
}

// give passes an entry on.
func (l *lister) give(seq int64, id string, value any) {
	if !l.done {
		l.done = !l.yield(results.Entry{Seq: seq, ID: id, Values: []any{value}})
	}
}

// values passes the entries after a value, beginning with its entries after the id to
// continue from; nil is the beginning.
func (l *lister) values(field int64, from any) error {
	if from != nil && l.Order.AfterID {
		if err := l.group(field, from, l.Order.After.ID); err != nil || l.done {
			return err
		}
	}
	open := true
	if from == nil {
		from, open = l.Begins, l.Open
	}
	if l.key.Desc {
		return l.descending(field, from, open)
	}
	sql, args := "SELECT value, id, doc FROM "+l.Values+" WHERE field=? AND edge&1", []any{field}
	if from != nil {
		sql, args = sql+map[bool]string{false: " AND value>=?", true: " AND value>?"}[open], append(args, from)
	}
	return l.Rows(func(s *sqlite3.Stmt) (bool, error) {
		l.give(s.ColumnInt64(2), s.ColumnText(1), results.Value(s, 0))
		return !l.done, nil
	}, sql+" ORDER BY value, id", args...)
}

// group passes the entries of one value after an id.
func (l *lister) group(field int64, value any, id string) error {
	edge := indexed.Smallest
	if l.key.Desc {
		edge = indexed.Largest
	}
	return l.Rows(func(s *sqlite3.Stmt) (bool, error) {
		l.give(s.ColumnInt64(1), s.ColumnText(0), value)
		return !l.done, nil
	}, "SELECT id, doc FROM "+l.Values+" WHERE field=? AND value=? AND id>? AND edge&? ORDER BY id", field, value, id, int64(edge))
}

// descending reads the index backwards, where the ids of a value come backwards too: it
// reverses a few ids in memory, and reads many again forwards.
func (l *lister) descending(field int64, from any, open bool) error {
	for {
		var turned []results.Entry
		give := func() {
			for _, e := range slices.Backward(turned) {
				l.give(e.Seq, e.ID, e.Values[0])
			}
			turned = turned[:0]
		}
		sql, args := "SELECT value, id, doc FROM "+l.Values+" WHERE field=? AND edge&2", []any{field}
		if from != nil {
			sql, args = sql+map[bool]string{false: " AND value<=?", true: " AND value<?"}[open], append(args, from)
		}
		many := false
		err := l.Rows(func(s *sqlite3.Stmt) (bool, error) {
			value := results.Value(s, 0)
			if len(turned) > 0 && turned[0].Values[0] != value {
				give()
			}
			turned = append(turned, results.Entry{Seq: s.ColumnInt64(2), ID: s.ColumnText(1), Values: []any{value}})
			many = len(turned) > smallGroup
			return !many && !l.done, nil
		}, sql+" ORDER BY value DESC, id DESC", args...)
		if err != nil || l.done {
			return err
		}
		if !many {
			give()
			return nil
		}
		from, open = turned[0].Values[0], true
		if err := l.group(field, from, ""); err != nil || l.done {
			return err
		}
	}
}

// missing passes the documents without a value after an id. The index has them under the set
// of members that they lack; documents without any member are not in it.
func (l *lister) missing(id string, written bool) error {
	if !written {
		return l.Rows(func(s *sqlite3.Stmt) (bool, error) {
			l.give(s.ColumnInt64(0), s.ColumnText(1), nil)
			return !l.done, nil
		}, "SELECT seq, id FROM "+l.Documents+" WHERE id>? ORDER BY id", id)
	}
	streams, err := l.lacking(id)
	if err != nil {
		return err
	}
	return results.Merge(streams, func(e results.Entry) bool {
		l.give(e.Seq, e.ID, nil)
		return !l.done
	})
}

// lacking returns the streams of documents that lack the key.
func (l *lister) lacking(id string) (streams []*results.Stream, err error) {
	for lacks := int64(-1); ; {
		more, err := l.Row(func(s *sqlite3.Stmt) { lacks = s.ColumnInt64(0) },
			"SELECT value FROM "+l.Values+" WHERE field=? AND value>? ORDER BY value LIMIT 1", l.Listed.Lacking, lacks)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if lacks&l.Listed.Bit == 0 {
			continue
		}
		streams = append(streams, &results.Stream{Behind: id, Read: func(behind string, limit int, give func(results.Entry)) error {
			return l.Rows(func(s *sqlite3.Stmt) (bool, error) {
				give(results.Entry{Seq: s.ColumnInt64(0), ID: s.ColumnText(1)})
				return true, nil
			}, "SELECT doc, id FROM "+l.Values+" WHERE field=? AND value=? AND id>? ORDER BY id LIMIT ?", l.Listed.Lacking, lacks, behind, limit)
		}})
	}
	absent, err := l.Listed.Absent()
	if err == nil && absent > 0 {
		streams = append(streams, &results.Stream{Behind: id, Read: l.unlisted})
	}
	return streams, err
}

// unlisted reads documents that are not in the index of orders: those without any of
// its fields.
func (l *lister) unlisted(behind string, limit int, give func(results.Entry)) error {
	return l.Rows(func(s *sqlite3.Stmt) (bool, error) {
		if account := s.ColumnRawText(2); account != nil && !l.Listed.Unlisted(account) {
			return true, nil
		}
		give(results.Entry{Seq: s.ColumnInt64(0), ID: s.ColumnText(1)})
		limit--
		return limit > 0, nil
	}, "SELECT seq, id, account FROM "+l.Documents+" WHERE id>? ORDER BY id", behind)
}
