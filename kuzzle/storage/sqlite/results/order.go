package results

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// Order is the total order of a search: its keys, then the id.
type Order struct {
	Keys []SortKey
	// After is the entry to continue after; without AfterID, all entries with the same
	// keys come before.
	After   *Entry
	AfterID bool
	// schema finds at least the sort values of a document.
	schema *mapping.Schema
}

// SortKey is one key of an order.
type SortKey struct {
	// ByID is set for the document's id; else Fields has the fields to read.
	ByID         bool
	Fields       []mapping.Key
	Desc         bool
	MissingFirst bool
	field        *mapping.Field // nil in the account area
}

// Entry is a match with its position: the values of the keys, nil where missing.
type Entry struct {
	Seq    int64
	ID     string
	Values []any
}

// NewOrder returns the order of a search, and the position to continue from.
func NewOrder(of storage.Collection, schema *mapping.Schema, what query.Search) (Order, error) {
	o := Order{schema: schema}
	for _, s := range what.Sort {
		key := SortKey{Desc: s.Desc, MissingFirst: s.MissingFirst}
		switch s.Field.Area {
		case query.ID:
			key.ByID = true
		case query.Account:
			if listed, is := mapping.ListedPath(of, s.Field.Path); is {
				key.Fields = []mapping.Key{listed}
				break
			}
			for _, kind := range []mapping.Kind{mapping.Keyword, mapping.Double, mapping.Boolean} {
				key.Fields = append(key.Fields, mapping.Key{Area: mapping.Account, Path: s.Field.Path, Kind: kind})
			}
		default:
			field := schema.Field(s.Field.Path)
			if field == nil || field.Nested != "" {
				return o, storage.ErrBadRequest.New(fmt.Sprintf("%q cannot be sorted by, because it has no mapping: add one", s.Field.Path))
			}
			if field.Kind == mapping.Text {
				return o, storage.ErrBadRequest.New(fmt.Sprintf("%q cannot be sorted by, because it is of type text: sort by a keyword field", s.Field.Path))
			}
			key.field, key.Fields = field, []mapping.Key{field.Key}
		}
		o.Keys = append(o.Keys, key)
		if key.ByID {
			break // ids differ, so later keys have no effect
		}
	}
	if len(o.Keys) == 1 && o.ReadsContent() {
		o.schema = schema.Only(o.Keys[0].Fields[0])
	}
	return o, o.continueAfter(what)
}

func (o *Order) continueAfter(what query.Search) error {
	if len(what.After) == 0 {
		return nil
	}
	sorts := len(what.Sort)
	if len(what.After) != sorts && len(what.After) != sorts+1 {
		return storage.ErrBadRequest.New(fmt.Sprintf("search_after has %d values and the sort has %d: give the sort values of the last hit", len(what.After), sorts))
	}
	o.After = &Entry{Values: make([]any, len(o.Keys))}
	for i, key := range o.Keys {
		v, err := key.given(what.After[i])
		if err != nil {
			return err
		}
		o.After.Values[i] = v
	}
	if len(what.After) > sorts {
		id, is := what.After[sorts].(string)
		if !is {
			return storage.ErrBadRequest.New("the last value of search_after must be an _id")
		}
		o.After.ID, o.AfterID = id, true
	}
	return nil
}

// given converts a value of search_after.
func (k SortKey) given(v any) (any, error) {
	switch {
	case k.ByID:
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
	return k.field.After(v, k.Desc)
}

// Read returns the [Order.Values] of a stored document, and reads no more of it than
// necessary.
func (o *Order) Read(id string, content, account []byte) []any {
	if !slices.ContainsFunc(o.Keys, func(key SortKey) bool { return !key.ByID && key.Fields[0].Area == mapping.Account }) {
		account = nil
	}
	return o.Values(id, o.schema.Stored(content, account))
}

// Values returns the sort values of a document: the smallest of several values, or in
// descending order the largest.
func (o *Order) Values(id string, found *mapping.Document) []any {
	values := make([]any, len(o.Keys))
	for i, key := range o.Keys {
		if key.ByID {
			values[i] = id
			continue
		}
		for _, v := range found.Values {
			if v.Element == 0 && slices.Contains(key.Fields, v.Key) && (values[i] == nil || key.compare(v.V, values[i]) < 0) {
				values[i] = v.V
			}
		}
	}
	return values
}

// compare orders two present values.
func (k SortKey) compare(a, b any) int {
	if k.Desc {
		return mapping.Compare(b, a)
	}
	return mapping.Compare(a, b)
}

func (k SortKey) compareMissing(a, b any) int {
	first, last := -1, 1
	if k.MissingFirst {
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

func (o *Order) compareKeys(a, b *Entry) int {
	for i, key := range o.Keys {
		if c := key.compareMissing(a.Values[i], b.Values[i]); c != 0 {
			return c
		}
	}
	return 0
}

func (o *Order) Compare(a, b *Entry) int {
	if c := o.compareKeys(a, b); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

// Continues reports whether an entry comes after the position to continue from.
func (o *Order) Continues(e *Entry) bool {
	switch {
	case o.After == nil:
		return true
	case o.AfterID:
		return o.Compare(e, o.After) > 0
	}
	return o.compareKeys(e, o.After) > 0
}

// ReadsContent reports whether the values include more than the id.
func (o *Order) ReadsContent() bool { return len(o.Keys) > 0 && !o.Keys[0].ByID }

// First keeps the first of many entries, in order, with bounded memory.
type First struct {
	Order   *Order
	Limit   int
	Entries []Entry
}

func (f *First) Add(e Entry) {
	if f.Limit == 0 {
		return
	}
	if f.Entries = append(f.Entries, e); len(f.Entries) >= 2*f.Limit+64 {
		f.Sort()
	}
}

func (f *First) Sort() []Entry {
	slices.SortFunc(f.Entries, func(a, b Entry) int { return f.Order.Compare(&a, &b) })
	if len(f.Entries) > f.Limit {
		clear(f.Entries[f.Limit:])
		f.Entries = f.Entries[:f.Limit]
	}
	return f.Entries
}

// SortValues returns the values of search_after that continue after the entry. Where a
// sort key after the id was left out, any value works.
func (o *Order) SortValues(e *Entry, id string) []any {
	return append(append(make([]any, 0, len(e.Values)+1), e.Values...), id)
}

// AddBare adds entries to a page, with only their ids and sort values, while there is
// room.
func (o *Order) AddBare(page *storage.Page, entries []Entry) {
	for i := range entries {
		if !page.Add(storage.Hit{ID: entries[i].ID, Sort: o.SortValues(&entries[i], entries[i].ID)}) {
			return
		}
	}
}

// Bytes returns the size of an entry's strings.
func (e *Entry) Bytes() int64 {
	n := len(e.ID)
	for _, v := range e.Values {
		if s, is := v.(string); is {
			n += len(s)
		}
	}
	return int64(n)
}
