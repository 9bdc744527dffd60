package sqlite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// order is the total order of a search: its keys, then the id.
type order struct {
	keys []sortKey
	// after is the entry to continue behind; with afterID unset, behind all
	// that equal it in the keys.
	after   *entry
	afterID bool
}

type sortKey struct {
	// byID is set for the document's id; else fields holds what to read.
	byID         bool
	fields       []mapping.Key
	desc         bool
	missingFirst bool
	field        *mapping.Field // nil in the account area
}

// entry is a match in its place: the values of the keys, nil where missing.
type entry struct {
	seq    int64
	id     string
	values []any
}

func newOrder(schema *mapping.Schema, what query.Search) (order, error) {
	var o order
	for _, s := range what.Sort {
		key := sortKey{desc: s.Desc, missingFirst: s.MissingFirst}
		switch s.Field.Area {
		case query.ID:
			key.byID = true
		case query.Account:
			for _, kind := range []mapping.Kind{mapping.Keyword, mapping.Double, mapping.Boolean} {
				key.fields = append(key.fields, mapping.Key{Area: mapping.Account, Path: s.Field.Path, Kind: kind})
			}
		default:
			field := schema.Field(s.Field.Path)
			if field == nil || field.Nested != "" {
				return o, storage.ErrBadRequest.New(fmt.Sprintf("%q cannot be sorted by, since it has no mapping: add one", s.Field.Path))
			}
			if field.Kind == mapping.Text {
				return o, storage.ErrBadRequest.New(fmt.Sprintf("%q cannot be sorted by, since it is of type text: sort by a keyword field", s.Field.Path))
			}
			key.field, key.fields = field, []mapping.Key{field.Key}
		}
		o.keys = append(o.keys, key)
		if key.byID {
			break // ids differ, so nothing behind decides
		}
	}
	return o, o.continueAfter(what)
}

func (o *order) continueAfter(what query.Search) error {
	if len(what.After) == 0 {
		return nil
	}
	sorts := len(what.Sort)
	if len(what.After) != sorts && len(what.After) != sorts+1 {
		return storage.ErrBadRequest.New(fmt.Sprintf("search_after has %d values and the sort has %d: give the sort values of the last hit", len(what.After), sorts))
	}
	o.after = &entry{values: make([]any, len(o.keys))}
	for i, key := range o.keys {
		v, err := key.given(what.After[i])
		if err != nil {
			return err
		}
		o.after.values[i] = v
	}
	if len(what.After) > sorts {
		id, is := what.After[sorts].(string)
		if !is {
			return storage.ErrBadRequest.New("the last value of search_after is an _id")
		}
		o.after.id, o.afterID = id, true
	}
	return nil
}

// given converts a value of search_after.
func (k sortKey) given(v any) (any, error) {
	switch {
	case k.byID:
		if s, is := v.(string); is {
			return s, nil
		}
		return nil, storage.ErrBadRequest.New("search_after needs a string for _id")
	case v == nil:
		return nil, nil
	case k.field == nil:
		_, value, _ := mapping.AccountValue("", v)
		return value, nil
	}
	return k.field.After(v, k.desc)
}

// values reads what a document is ordered by: of several values the smallest,
// or in descending order the largest.
func (o *order) values(id string, found *mapping.Document) []any {
	values := make([]any, len(o.keys))
	for i, key := range o.keys {
		if key.byID {
			values[i] = id
			continue
		}
		for _, v := range found.Values {
			if v.Element == 0 && slices.Contains(key.fields, v.Key) && (values[i] == nil || key.compare(v.V, values[i]) < 0) {
				values[i] = v.V
			}
		}
	}
	return values
}

// compare orders two present values.
func (k sortKey) compare(a, b any) int {
	if k.desc {
		return mapping.Compare(b, a)
	}
	return mapping.Compare(a, b)
}

func (k sortKey) compareMissing(a, b any) int {
	first, last := -1, 1
	if k.missingFirst {
		first, last = 1, -1
	}
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return last
	case b == nil:
		return first
	}
	return k.compare(a, b)
}

func (o *order) compareKeys(a, b *entry) int {
	for i, key := range o.keys {
		if c := key.compareMissing(a.values[i], b.values[i]); c != 0 {
			return c
		}
	}
	return 0
}

func (o *order) compare(a, b *entry) int {
	if c := o.compareKeys(a, b); c != 0 {
		return c
	}
	return strings.Compare(a.id, b.id)
}

// continues tells whether an entry lies behind the place to continue after.
func (o *order) continues(e *entry) bool {
	switch {
	case o.after == nil:
		return true
	case o.afterID:
		return o.compare(e, o.after) > 0
	}
	return o.compareKeys(e, o.after) > 0
}

// readsContent tells whether the values are more than the id.
func (o *order) readsContent() bool { return len(o.keys) > 0 && !o.keys[0].byID }

// first keeps the first of many entries, in order, with bounded memory.
type first struct {
	order   *order
	limit   int
	entries []entry
}

func (f *first) add(e entry) {
	if f.limit == 0 {
		return
	}
	if f.entries = append(f.entries, e); len(f.entries) >= 2*f.limit+64 {
		f.sort()
	}
}

func (f *first) sort() []entry {
	slices.SortFunc(f.entries, func(a, b entry) int { return f.order.compare(&a, &b) })
	if len(f.entries) > f.limit {
		clear(f.entries[f.limit:])
		f.entries = f.entries[:f.limit]
	}
	return f.entries
}
