package layout

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// Extraction has the values that a mapping finds in a document, in the record's
// form.
type Extraction struct {
	Content, Account, Texts json.RawMessage
	Generation              int64
}

// Extracted returns the values that the mapping of a generation found in a
// document, in the record's form.
func Extracted(of storage.Collection, id string, found *mapping.Document, generation int64) Extraction {
	x := Extraction{Content: contentValues(found), Account: accountValues(found), Generation: generation}
	if len(mapping.Contained(of)) > 0 {
		x.Texts = textValues(id, found)
	}
	return x
}

// object has the values of a record's fields, a list for each name.
type object struct {
	at    map[string]int
	names []string
	lists []values
}

// values are strings, int64s, float64s and *objects.
type values struct {
	all []any
	// seen are the values of a long list.
	seen map[any]bool
}

// fewValues is the length of a list up to which a linear search finds duplicates.
const fewValues = 8

func (o *object) list(name string) *values {
	i, known := o.at[name]
	if !known {
		if i = len(o.names); o.at == nil {
			o.at = map[string]int{}
		}
		o.at[name] = i
		o.names, o.lists = append(o.names, name), append(o.lists, values{})
	}
	return &o.lists[i]
}

func (v *values) add(value any) { v.all = append(v.all, value) }

// once adds a value unless it is there: aggregations count a document once.
func (v *values) once(value any) {
	if len(v.all) < fewValues {
		if !slices.Contains(v.all, value) {
			v.add(value)
		}
		return
	}
	if v.seen == nil {
		v.seen = make(map[any]bool, 2*fewValues)
		for _, one := range v.all {
			v.seen[one] = true
		}
	}
	if !v.seen[value] {
		v.seen[value] = true
		v.add(value)
	}
}

// appendJSON writes the object.
func (o *object) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i, name := range o.names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = plainjson.AppendString(dst, name)
		dst = append(dst, ":["...)
		for n, value := range o.lists[i].all {
			if n > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, value)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func appendValue(dst []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return plainjson.AppendString(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	case *object:
		return v.appendJSON(dst)
	}
	panic("elasticsearch: a value that no field has")
}

// contentValues returns the values that a schema found in the content, in the
// record's form, nil for none.
func contentValues(found *mapping.Document) []byte {
	elements := make([]object, len(found.Elements)+1)
	for i, e := range found.Elements {
		elements[e.Parent].list(elementName(e.Path)).add(&elements[i+1])
	}
	for _, v := range found.Values {
		switch {
		case v.Key.Area != mapping.Content, v.Key.Kind == mapping.Text && len(v.Words) == 0:
		case v.Key.Kind == mapping.Text:
			elements[v.Element].list(leafName(v.Key.Path, v.Key.Kind)).add(strings.Join(v.Words, " "))
		default:
			elements[v.Element].list(leafName(v.Key.Path, v.Key.Kind)).once(v.V)
		}
	}
	if len(elements[0].names) == 0 {
		return nil
	}
	return elements[0].appendJSON(nil)
}

// accountValues is like contentValues for the account, where each kind has an
// object.
func accountValues(found *mapping.Document) []byte {
	kinds := make([]object, len(AccountKinds))
	for _, v := range found.Values {
		if v.Key.Area == mapping.Account {
			kinds[slices.Index(AccountKinds, v.Key.Kind)].list(escape(v.Key.Path) + ":").once(v.V)
		}
	}
	var dst []byte
	for i := range kinds {
		if len(kinds[i].names) == 0 {
			continue
		}
		separator := byte(',')
		if dst == nil {
			separator = '{'
		}
		dst = append(dst, separator, '"')
		dst = append(dst, accountObject(AccountKinds[i])...)
		dst = append(dst, `":`...)
		dst = kinds[i].appendJSON(dst)
	}
	if dst == nil {
		return nil
	}
	return append(dst, '}')
}
