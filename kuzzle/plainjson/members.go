package plainjson

import (
	"encoding/json"
	"errors"
	"iter"
)

var errBroken = errors.New("plainjson: the text is no JSON object")

// Members yields the members of an object in their order, without decoding or
// copying their values: each value is a part of the object's own bytes. It ends
// with one error where the object's structure cannot be read. It does not check
// the values themselves.
func Members(object json.RawMessage) iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		r := reader{data: object}
		if r.peek() != '{' {
			yield(Member{}, errBroken)
			return
		}
		r.at++
		if r.peek() == '}' {
			return
		}
		for {
			m, ok := r.member()
			if !ok {
				yield(m, errBroken)
				return
			}
			if !yield(m, nil) {
				return
			}
			switch r.peek() {
			case ',':
				r.at++
			case '}':
				return
			default:
				yield(Member{}, errBroken)
				return
			}
		}
	}
}

// Member is one member of an object.
type Member struct {
	Name  string
	Value json.RawMessage
}

// IsObject reports whether the value is an object.
func (m Member) IsObject() bool { return len(m.Value) > 0 && m.Value[0] == '{' }

// Get returns the value of a member by its exact name, nil where there is none.
// Of several of that name it returns the last, as encoding/json does.
func Get(object json.RawMessage, name string) (value json.RawMessage, err error) {
	for m, err := range Members(object) {
		if err != nil {
			return nil, err
		}
		if m.Name == name {
			value = m.Value
		}
	}
	return value, nil
}

// reader moves over JSON. Behind the end of the text every character is 0.
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

func (r *reader) member() (m Member, ok bool) {
	if r.peek() != '"' {
		return m, false
	}
	start := r.at
	plain, ok := r.text()
	if !ok {
		return m, false
	}
	if m.Name = string(r.data[start+1 : r.at-1]); !plain && json.Unmarshal(r.data[start:r.at], &m.Name) != nil {
		return m, false
	}
	if r.peek() != ':' {
		return m, false
	}
	r.at++
	r.peek()
	start = r.at
	if ok = r.value(); ok {
		m.Value = r.data[start:r.at:r.at]
	}
	return m, len(m.Value) > 0
}

// text moves over a string; plain is set where its bytes stand for themselves.
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
