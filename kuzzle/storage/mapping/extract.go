package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Value is one typed value of a document.
type Value struct {
	Key Key
	// V is a string, int64 or float64 according to Key.Kind; nil for Text.
	V any
	// Words are the words of a Text, in order.
	Words []string
	// Element is the nested object that contains the value, as an index into
	// Document.Elements plus one; 0 is the document itself.
	Element int
}

// Element is one object of a nested array.
type Element struct {
	Path string
	// Parent is the surrounding nested object, counted as in Value.Element.
	Parent int
}

// Document has the values that a schema finds in one document.
type Document struct {
	Values   []Value
	Elements []Element
	// Unmapped are the properties to add if the mapping is dynamic; nil if
	// there are none.
	Unmapped map[string]any
}

// Extract reads content and account, which may be nil. Invalid JSON objects,
// and values that do not fit their mapping, are storage.ErrBadRequest; a field
// that a strict mapping does not have is storage.ErrStrict.
func (s *Schema) Extract(content, account []byte) (*Document, error) {
	for _, raw := range [][]byte{content, account} {
		if raw != nil && (!json.Valid(raw) || bytes.TrimLeft(raw, " \t\r\n")[0] != '{') {
			return nil, storage.ErrBadRequest.New("a document is a JSON object")
		}
	}
	x := &extraction{schema: s, found: &Document{Values: make([]Value, 0, usualValues)}}
	return x.found, x.document(content, account)
}

// Stored reads a document that was accepted earlier, perhaps under an older
// mapping: it ignores values that do not fit the present one.
func (s *Schema) Stored(content, account []byte) *Document {
	// If there are more values than are indexed, only a complete read finds out
	// which ones are.
	if s.whole != nil && len(content)+len(account) > shortContent {
		s = s.whole
	}
	x := &extraction{schema: s, found: &Document{}, lenient: true}
	_ = x.document(content, account)
	return x.found
}

// shortContent is a number of bytes that holds fewer than MaxValues values.
const shortContent = 4 << 10

// usualValues is the number of indexed values of a user in most applications.
const usualValues = 8

// MaxValues is the maximum number of indexed values of one document, where each
// word of a text counts. A document with more is refused.
const MaxValues = 10_000

type extraction struct {
	scanner
	values  int
	schema  *Schema
	lenient bool
	found   *Document
}

func (x *extraction) document(content, account []byte) error {
	only := x.schema.only
	if only == nil || only.Area != Account {
		x.scanner = scanner{data: content}
		x.space()
		if err := x.object(x.schema.root, 0); err != nil || account == nil || only != nil {
			return err
		}
	}
	x.scanner = scanner{data: account}
	x.space()
	return x.account("")
}

// keep adds a value, unless there are too many.
func (x *extraction) keep(v Value) error {
	x.values += max(1, len(v.Words))
	if x.values <= MaxValues {
		x.found.Values = append(x.found.Values, v)
		return nil
	}
	if x.lenient {
		return nil
	}
	return storage.ErrBadRequest.New(fmt.Sprintf("a document must have at most %d indexed values, and %q exceeds that", MaxValues, v.Key.Path))
}

// object reads the members of an object; the scanner is at its brace.
func (x *extraction) object(b *branch, element int) error {
	for more := x.next('}'); more; more = x.more() {
		name, text, plain := x.key()
		var child *twig
		if plain {
			child = b.children[string(name)]
		} else {
			child, name = b.children[text], []byte(text)
		}
		if err := x.member(b, child, name, element); err != nil {
			return err
		}
	}
	return nil
}

func (x *extraction) member(b *branch, child *twig, name []byte, element int) error {
	switch {
	case child == nil && !x.reads(b, name):
		x.skip()
		return nil
	case child == nil:
		return x.unmapped(b, string(name), element)
	case child.branch != nil:
		return x.branch(child.branch, element)
	}
	return x.leaf(child.fields, element)
}

// reads reports whether an unmapped member matters: because it has a dotted
// name, or because the mapping adds or refuses unknown members.
func (x *extraction) reads(b *branch, name []byte) bool {
	return bytes.IndexByte(name, '.') > 0 || !x.lenient && b.dynamic != "false"
}

func (x *extraction) branch(b *branch, element int) error {
	if !b.enabled {
		x.skip()
		return nil
	}
	switch x.peek() {
	case '[':
		for more := x.next(']'); more; more = x.more() {
			if err := x.branch(b, element); err != nil {
				return err
			}
		}
		return nil
	case '{':
		if b.nested {
			x.found.Elements = append(x.found.Elements, Element{Path: b.path, Parent: element})
			element = len(x.found.Elements)
		}
		return x.object(b, element)
	}
	if string(x.skip()) == "null" || x.lenient {
		return nil
	}
	return storage.ErrBadRequest.New("field \"" + b.path + "\" must be of type object")
}

func (x *extraction) leaf(fields []*Field, element int) error {
	if fields[0].kept {
		x.skip()
		return nil
	}
	switch x.peek() {
	case '[':
		for more := x.next(']'); more; more = x.more() {
			if err := x.leaf(fields, element); err != nil {
				return err
			}
		}
		return nil
	case '{':
		x.skip()
		if x.lenient || fields[0].lenient {
			return nil
		}
		return fields[0].malformed()
	}
	v := x.scalar()
	for _, f := range fields {
		within := element
		if f.Nested != fields[0].Nested {
			within = 0 // copied out of the elements
		}
		if err := x.value(f, v, within); err != nil {
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
	return x.keep(value)
}

// unmapped reads a member that the branch does not have.
func (x *extraction) unmapped(b *branch, name string, element int) error {
	if head, rest, dotted := strings.Cut(name, "."); dotted && head != "" && rest != "" && b.children[head] != nil {
		folded, err := json.Marshal(map[string]json.RawMessage{rest: x.skip()})
		if err != nil {
			return err
		}
		outer := x.scanner
		x.scanner = scanner{data: folded}
		err = x.member(b, b.children[head], nil, element)
		x.scanner = outer
		return err
	}
	v := x.any()
	path := join(b.path, name)
	switch {
	case x.lenient:
	case b.dynamic == "strict":
		return storage.ErrStrict.New(path, storage.Index, string(x.schema.of))
	case b.dynamic == "true":
		if definition := guess(v); definition != nil {
			x.add(path, definition)
		}
	}
	return nil
}

// add records a new property, under the dotted name that Merge unfolds.
func (x *extraction) add(path string, definition map[string]any) {
	if x.found.Unmapped == nil {
		x.found.Unmapped = map[string]any{}
	}
	x.found.Unmapped[path] = definition
}

// account indexes every scalar under its dotted path.
func (x *extraction) account(path string) error {
	switch x.peek() {
	case '{':
		for more := x.next('}'); more; more = x.more() {
			name, text, plain := x.key()
			if plain {
				text = string(name)
			}
			inside := join(path, text)
			if only := x.schema.only; only != nil && inside != only.Path && !strings.HasPrefix(only.Path, inside+".") {
				x.skip()
				continue
			}
			if err := x.account(inside); err != nil {
				return err
			}
		}
	case '[':
		for more := x.next(']'); more; more = x.more() {
			if err := x.account(path); err != nil {
				return err
			}
		}
	default:
		if key, value, ok := AccountValue(path, x.scalar()); ok {
			return x.keep(Value{Key: key, V: value})
		}
	}
	return nil
}

// AccountValue returns how a scalar of the account area is indexed, and what a
// query for it looks for. ok is false for null and for strings that are too
// long.
func AccountValue(path string, v any) (key Key, value any, ok bool) {
	key = Key{Area: Account, Path: path}
	switch is := v.(type) {
	case string:
		key.Kind = Keyword
		return key, v, len(is) <= MaxKeywordBytes
	case bool:
		key.Kind = Boolean
		if is {
			return key, int64(1), true
		}
		return key, int64(0), true
	}
	key.Kind = Double
	n, err := toFloat(v)
	return key, n, err == nil
}
