package mapping

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Value is one typed value found in a document.
type Value struct {
	Key Key
	// V is a string, int64 or float64 as Key.Kind says; for Text it is nil.
	V any
	// Words are those of a Text, in order.
	Words []string
	// Element is the nested object it lies in, as an index into
	// Document.Elements plus one; 0 is the document itself.
	Element int
}

// Element is one object of a nested array.
type Element struct {
	Path string
	// Parent is the nested object around it, counted as Value.Element does.
	Parent int
}

// Document is what a schema finds in one document.
type Document struct {
	Values   []Value
	Elements []Element
	// Unmapped are the properties to add where the mapping is dynamic; nil when
	// there are none.
	Unmapped map[string]any
}

// Extract reads content and account. A value that does not fit its mapping is
// storage.ErrBadRequest, a field that a strict mapping does not know
// storage.ErrStrict; with lenient set, as for documents written under an older
// mapping, both are left out instead.
func (s *Schema) Extract(content, account []byte, lenient bool) (*Document, error) {
	x := &extraction{schema: s, lenient: lenient, found: &Document{}}
	root, err := decodeObject(content)
	if err != nil {
		return nil, err
	}
	if err := x.object(s.root, root, 0); err != nil {
		return nil, err
	}
	if account != nil {
		beside, err := decodeObject(account)
		if err != nil {
			return nil, err
		}
		x.account("", beside)
	}
	return x.found, nil
}

func decodeObject(raw []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, storage.ErrBadRequest.New("a document is a JSON object").Because(err)
	}
	if _, err := decoder.Token(); err != io.EOF || object == nil {
		return nil, storage.ErrBadRequest.New("a document is one JSON object")
	}
	return object, nil
}

type extraction struct {
	schema  *Schema
	lenient bool
	found   *Document
}

func (x *extraction) object(b *branch, in map[string]any, element int) error {
	if !b.enabled {
		return nil
	}
	for name, v := range in {
		if err := x.member(b, name, v, element); err != nil {
			return err
		}
	}
	return nil
}

func (x *extraction) member(b *branch, name string, v any, element int) error {
	child := b.children[name]
	if child == nil {
		if head, rest, dotted := strings.Cut(name, "."); dotted && head != "" && rest != "" {
			return x.member(b, head, map[string]any{rest: v}, element)
		}
		return x.unmapped(b, name, v)
	}
	if child.branch != nil {
		return x.branch(child.branch, v, element)
	}
	return x.leaf(child.fields, v, element)
}

func (x *extraction) branch(b *branch, v any, element int) error {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		for _, each := range v {
			if err := x.branch(b, each, element); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		if b.nested {
			x.found.Elements = append(x.found.Elements, Element{Path: b.path, Parent: element})
			element = len(x.found.Elements)
		}
		return x.object(b, v, element)
	}
	if x.lenient || !b.enabled {
		return nil
	}
	return storage.ErrBadRequest.New("field \"" + b.path + "\" has to be of type object")
}

func (x *extraction) leaf(fields []*Field, v any, element int) error {
	if list, is := v.([]any); is {
		for _, each := range list {
			if err := x.leaf(fields, each, element); err != nil {
				return err
			}
		}
		return nil
	}
	for _, f := range fields {
		if err := x.value(f, v, element); err != nil {
			return err
		}
	}
	return nil
}

func (x *extraction) value(f *Field, v any, element int) error {
	typed := f.null
	if v != nil {
		var err error
		if typed, err = f.convert(v); err != nil {
			if x.lenient || f.lenient {
				return nil
			}
			return f.malformed()
		}
	}
	if typed == nil || !f.indexed {
		return nil
	}
	value := Value{Key: f.Key, V: typed, Element: element}
	switch f.Kind {
	case Text:
		value.V, value.Words = nil, Words(typed.(string))
	case Keyword:
		if !f.fits(typed.(string)) {
			return nil
		}
	}
	x.found.Values = append(x.found.Values, value)
	return nil
}

func (x *extraction) unmapped(b *branch, name string, v any) error {
	if x.lenient {
		return nil
	}
	path := join(b.path, name)
	switch b.dynamic {
	case "strict":
		return storage.ErrStrict.New(path, storage.Index, string(x.schema.of))
	case "true":
		if definition := guess(v); definition != nil {
			x.add(path, definition)
		}
	}
	return nil
}

// add notes a property, under the dotted name that Merge unfolds.
func (x *extraction) add(path string, definition map[string]any) {
	if x.found.Unmapped == nil {
		x.found.Unmapped = map[string]any{}
	}
	x.found.Unmapped[path] = definition
}

// guess answers the definition that Elasticsearch would give a field first seen
// with this value, or nil when the value does not tell.
func guess(v any) map[string]any {
	switch v := v.(type) {
	case string:
		return map[string]any{"type": "text", "fields": map[string]any{
			"keyword": map[string]any{"type": "keyword", "ignore_above": float64(256)},
		}}
	case bool:
		return typed("boolean")
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return typed("float")
		}
		return typed("long")
	case []any:
		for _, each := range v {
			if definition := guess(each); definition != nil {
				return definition
			}
		}
	case map[string]any:
		properties := map[string]any{}
		for name, each := range v {
			if definition := guess(each); definition != nil && name != "" {
				properties[name] = definition
			}
		}
		return object(properties)
	}
	return nil
}

// account indexes every scalar under its dotted path.
func (x *extraction) account(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, each := range v {
			x.account(join(path, name), each)
		}
	case []any:
		for _, each := range v {
			x.account(path, each)
		}
	default:
		if key, value, ok := AccountValue(path, v); ok {
			x.found.Values = append(x.found.Values, Value{Key: key, V: value})
		}
	}
}

// AccountValue is how a scalar of the account area is indexed, and what a query
// for it looks for. ok is false for null and for strings too long.
func AccountValue(path string, v any) (key Key, value any, ok bool) {
	key = Key{Area: Account, Path: path}
	switch v := v.(type) {
	case string:
		key.Kind = Keyword
		return key, v, len(v) <= MaxKeywordBytes
	case bool:
		key.Kind = Boolean
		if v {
			return key, int64(1), true
		}
		return key, int64(0), true
	}
	key.Kind = Double
	n, err := toFloat(v)
	return key, n, err == nil
}
