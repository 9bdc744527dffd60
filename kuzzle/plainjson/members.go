package plainjson

import (
	"encoding/json"
	"errors"
	"iter"
	"slices"
)

var errBroken = errors.New("plainjson: the text is not a JSON object")

// Members yields the members of an object in order, without decoding or copying their
// values: each value is a part of the object's own bytes. It ends with an error if the
// object's structure cannot be read. It does not check the values themselves.
func Members(object json.RawMessage) iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		stopped := false
		err := each(object, func(quoted []byte, plain bool, value json.RawMessage) (err error) {
			m := Member{Value: value}
			if m.Name, err = nameOf(quoted, plain); err == nil && !yield(m, nil) {
				stopped, err = true, errBroken
			}
			return err
		})
		if err != nil && !stopped {
			yield(Member{}, err)
		}
	}
}

// each calls use for the members of an object until it fails. Names are unchanged; plain
// ones have no escapes.
func each(object json.RawMessage, use func(quoted []byte, plain bool, value json.RawMessage) error) error {
	r := reader{data: object}
	if r.peek() != '{' {
		return errBroken
	}
	r.at++
	if r.peek() == '}' {
		return nil
	}
	for {
		quoted, plain, value := r.member()
		if value == nil {
			return errBroken
		}
		if err := use(quoted, plain, value); err != nil {
			return err
		}
		switch r.peek() {
		case ',':
			r.at++
		case '}':
			return nil
		default:
			return errBroken
		}
	}
}

func nameOf(quoted []byte, plain bool) (name string, err error) {
	if plain {
		return string(quoted[1 : len(quoted)-1]), nil
	}
	if json.Unmarshal(quoted, &name) != nil {
		err = errBroken
	}
	return name, err
}

// Member is one member of an object.
type Member struct {
	Name  string
	Value json.RawMessage
}

// IsObject reports whether the value is an object.
func (m Member) IsObject() bool { return len(m.Value) > 0 && m.Value[0] == '{' }

// Get returns the value of a member by its exact name, or nil. Of several with that name
// it returns the last, as encoding/json does.
func Get(object json.RawMessage, name string) (json.RawMessage, error) {
	var value [1]json.RawMessage
	err := Pick(object, value[:], name)
	return value[0], err
}

// Pick is like [Get] for several names at once; values must be as many as names.
func Pick(object json.RawMessage, values []json.RawMessage, names ...string) error {
	return each(object, func(quoted []byte, plain bool, value json.RawMessage) error {
		own := quoted[1 : len(quoted)-1]
		if !plain {
			name, err := nameOf(quoted, false)
			if err != nil {
				return err
			}
			own = []byte(name)
		}
		for i, name := range names {
			if string(own) == name {
				values[i] = value
			}
		}
		return nil
	})
}

// Value decodes a value as encoding/json does into an any. Null, booleans, whole numbers
// and plain strings need no decoder.
func Value(text json.RawMessage) (value any, err error) {
	const exact = 15 // digits up to which every number is a float64
	switch string(text) {
	case "null":
		return nil, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	if n := len(text); n > 0 && n <= exact && '1' <= text[0] && text[0] <= '9' {
		whole, rest := 0.0, text
		for len(rest) > 0 && '0' <= rest[0] && rest[0] <= '9' {
			whole, rest = 10*whole+float64(rest[0]-'0'), rest[1:]
		}
		if len(rest) == 0 {
			return whole, nil
		}
	}
	if r := (reader{data: text}); len(text) > 0 && text[0] == '"' && !slices.ContainsFunc(text, func(c byte) bool { return c < ' ' }) {
		if plain, ok := r.text(); plain && ok && r.at == len(text) {
			return string(text[1 : r.at-1]), nil
		}
	}
	return value, json.Unmarshal(text, &value)
}

// reader moves over JSON. After the end of the text every character is 0.
type reader struct {
	data []byte
	at   int
}

func (r *reader) peek() byte {
	for ; r.at < len(r.data); r.at++ {
		switch c := r.data[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// member moves over a member; the value is nil if there is none.
func (r *reader) member() (quoted []byte, plain bool, value json.RawMessage) {
	if r.peek() != '"' {
		return nil, false, nil
	}
	start := r.at
	plain, ok := r.text()
	quoted = r.data[start:r.at]
	if !ok || r.peek() != ':' {
		return nil, false, nil
	}
	r.at++
	r.peek()
	start = r.at
	if r.value() && r.at > start {
		value = r.data[start:r.at:r.at]
	}
	return quoted, plain, value
}

// text moves over a string; plain reports that it has no escapes.
func (r *reader) text() (plain, ok bool) {
	plain = true
	for r.at++; r.at < len(r.data); r.at++ {
		switch c := r.data[r.at]; {
		case c == '"':
			r.at++
			return plain, true
		case c == '\\':
			plain = false
			r.at++
		case c >= 0x80:
			plain = false
		}
	}
	r.at = len(r.data)
	return false, false
}

// value moves over a value of any kind.
func (r *reader) value() bool {
	depth := 0
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case '"':
			if _, ok := r.text(); !ok {
				return false
			}
		case '{', '[':
			depth++
			r.at++
		case '}', ']':
			if depth == 0 {
				return true
			}
			depth--
			r.at++
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return true
			}
			r.at++
			continue
		default:
			r.at++
			continue
		}
		if depth == 0 {
			return true
		}
	}
	return false
}
