package compile

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// Order is the total order of a search: its keys, then the id.
type Order struct {
	keys []sortKey
	// given is the number of keys of the search; keys after the id have no effect.
	given int
	After []any
}

// sortKey is one key. An account path is ordered by several fields, one for each
// kind of value; a document usually has one of them.
type sortKey struct {
	query.Sort
	columns []column
	field   *mapping.Field // nil for the id and the account area
}

// column is a field that Elasticsearch sorts by.
type column struct {
	name string
	kind mapping.Kind
}

// Order returns the order of a search, and the position it continues from.
func (c *Compiler) Order(what query.Search) (*Order, error) {
	o := &Order{given: len(what.Sort)}
	for _, s := range what.Sort {
		key := sortKey{Sort: s}
		switch s.Field.Area {
		case query.ID:
			key.columns = []column{{"id", mapping.Keyword}}
		case query.Account:
			key.columns = c.accountColumns(s)
		default:
			if err := key.mapped(c.Schema); err != nil {
				return nil, err
			}
		}
		o.keys = append(o.keys, key)
		if s.Field.Area == query.ID {
			break // ids differ, so later keys have no effect
		}
	}
	return o, o.continueAfter(what)
}

// accountColumns returns the columns in the order of their kinds: numbers before
// strings. A member by which lists are ordered has one kind; with one column
// Elasticsearch need not read every document.
func (c *Compiler) accountColumns(s query.Sort) []column {
	if key, is := mapping.ListedPath(c.Of, s.Field.Path); is {
		return []column{{layout.AccountField(key.Path, key.Kind), key.Kind}}
	}
	var columns []column
	for _, kind := range layout.AccountKinds {
		columns = append(columns, column{layout.AccountField(s.Field.Path, kind), kind})
	}
	if s.Desc != s.MissingFirst {
		columns[0], columns[2] = columns[2], columns[0]
	}
	return columns
}

func (k *sortKey) mapped(schema *mapping.Schema) error {
	path := k.Field.Path
	k.field = schema.Field(path)
	switch {
	case k.field == nil || k.field.Nested != "":
		return storage.ErrBadRequest.New(fmt.Sprintf("%q cannot be sorted by, because it has no mapping: add one", path))
	case k.field.Kind == mapping.Text:
		return storage.ErrBadRequest.New(fmt.Sprintf("%q cannot be sorted by, because it is of type text: sort by a keyword field", path))
	}
	k.columns = []column{{layout.ContentField(schema, k.field), k.field.Kind}}
	return nil
}

// Body returns the order in the form of a request.
func (o *Order) Body() []any {
	var sort []any
	for _, key := range o.keys {
		for _, column := range key.columns {
			sort = append(sort, clause{column.name: clause{
				"order": direction(key.Desc), "missing": map[bool]string{false: "_last", true: "_first"}[key.MissingFirst],
				"unmapped_type": map[string]string{layout.KeywordLetter: "keyword", layout.LongLetter: "long", layout.DoubleLetter: "double"}[layout.Letter(column.kind)],
			}})
		}
	}
	return append(sort, clause{"id": "asc"})
}

func direction(desc bool) string {
	if desc {
		return "desc"
	}
	return "asc"
}

// missing returns the sort value of a document without the field, if Elasticsearch
// does not represent it by null.
func (k *sortKey) missing(c column) any {
	highest := k.Desc == k.MissingFirst
	switch layout.Letter(c.kind) {
	case layout.KeywordLetter:
		return nil
	case layout.DoubleLetter:
		return map[bool]string{false: "-Infinity", true: "Infinity"}[highest]
	}
	if highest {
		return int64(math.MaxInt64)
	}
	return int64(math.MinInt64)
}

// Values returns the sort values of a hit, one for each key of the search, and the
// id.
func (o *Order) Values(sort []any, id string) []any {
	out := make([]any, 0, o.given+1)
	for _, key := range o.keys {
		var value any
		for i, column := range key.columns {
			if v := key.value(sort[i], column); v != nil && value == nil {
				value = v
			}
		}
		sort = sort[len(key.columns):]
		out = append(out, value)
	}
	for len(out) < o.given {
		out = append(out, nil)
	}
	return append(out, id)
}

func (k *sortKey) value(v any, c column) any {
	missing := k.missing(c)
	switch v := v.(type) {
	case string:
		if layout.Letter(c.kind) == layout.KeywordLetter {
			return v
		}
		return nil // an infinity
	case json.Number:
		if layout.Letter(c.kind) == layout.DoubleLetter {
			f, _ := v.Float64()
			return f
		}
		n, _ := v.Int64()
		switch {
		case n == missing:
			return nil
		case k.field == nil && c.kind == mapping.Boolean:
			return n == 1
		}
		return n
	}
	return nil
}

// lastID sorts after every id.
var lastID = strings.Repeat("\U0010FFFF", 129)

func (o *Order) continueAfter(what query.Search) error {
	if len(what.After) == 0 {
		return nil
	}
	if len(what.After) != o.given && len(what.After) != o.given+1 {
		return storage.ErrBadRequest.New(fmt.Sprintf("search_after has %d values and the sort has %d: give the sort values of the last hit", len(what.After), o.given))
	}
	for i := range o.keys {
		values, err := o.keys[i].given(what.After[i])
		if err != nil {
			return err
		}
		o.After = append(o.After, values...)
	}
	id := lastID
	if len(what.After) > o.given {
		given, is := what.After[o.given].(string)
		if !is {
			return storage.ErrBadRequest.New("the last value of search_after must be an _id")
		}
		id = given
	}
	o.After = append(o.After, id)
	return nil
}

// given converts a value of search_after to one value for each column.
func (k *sortKey) given(v any) ([]any, error) {
	out := make([]any, len(k.columns))
	for i, column := range k.columns {
		out[i] = k.missing(column)
	}
	switch {
	case v == nil && k.Field.Area != query.ID:
		return out, nil
	case k.Field.Area == query.ID:
		if _, is := v.(string); !is {
			return nil, storage.ErrBadRequest.New("search_after needs a string for _id")
		}
		out[0] = v
	case k.field == nil:
		key, value, _ := mapping.AccountValue("", v)
		for i, column := range k.columns {
			if column.kind == key.Kind {
				out[i] = value
			}
		}
	default:
		value, err := k.field.After(v, k.Desc)
		if err != nil {
			return nil, err
		}
		out[0] = value
	}
	return out, nil
}
