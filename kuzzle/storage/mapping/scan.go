package mapping

import (
	"bytes"
	"encoding/json"
)

// scanner reads valid JSON without building values that nobody needs.
type scanner struct {
	data []byte
	pos  int
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// peek returns the next character after white space.
func (s *scanner) peek() byte {
	s.space()
	return s.data[s.pos]
}

// next moves over the opening of an object or array, or the comma before a
// further member. It returns false after the closing.
func (s *scanner) next(closing byte) bool {
	s.pos++ // the opening, or the comma
	if s.peek() != closing {
		return true
	}
	s.pos++
	return false
}

// more reports whether a further member follows, and moves after the closing
// otherwise.
func (s *scanner) more() bool {
	if s.peek() == ',' {
		s.pos++
		return true
	}
	s.pos++
	return false
}

// raw reads a string and returns the text between the quotes; plain reports
// that it has no escapes.
func (s *scanner) raw() (text []byte, plain bool) {
	s.pos++
	start := s.pos
	plain = true
	for s.data[s.pos] != '"' {
		if s.data[s.pos] == '\\' {
			plain = false
			s.pos++
		}
		s.pos++
	}
	text = s.data[start:s.pos]
	s.pos++
	return text, plain
}

// quoted reads a string.
func (s *scanner) quoted() string {
	start := s.pos
	text, plain := s.raw()
	if plain && validText(text) {
		return string(text)
	}
	return s.unescaped(start)
}

// unescaped returns the last string, which began at start.
func (s *scanner) unescaped(start int) (text string) {
	_ = json.Unmarshal(s.data[start:s.pos], &text)
	return text
}

// validText returns true for ASCII; other text takes the slow path, which
// replaces invalid UTF-8.
func validText(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// key reads a member's name and the colon. If plain, the bytes are the name.
func (s *scanner) key() (name []byte, text string, plain bool) {
	s.space()
	start := s.pos
	name, plain = s.raw()
	if !plain {
		text = s.unescaped(start)
	}
	s.space()
	s.pos++
	return name, text, plain
}

// skip moves over any value and returns it.
func (s *scanner) skip() []byte {
	c := s.peek()
	start := s.pos
	switch c {
	case '"':
		s.raw()
	case '{', '[':
		s.skipNested()
	default:
		for s.pos < len(s.data) && !ends(s.data[s.pos]) {
			s.pos++
		}
	}
	return s.data[start:s.pos]
}

// ends reports whether a character ends a number, a boolean or null.
func ends(c byte) bool {
	switch c {
	case ',', ']', '}', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

func (s *scanner) skipNested() {
	depth := 0
	for {
		switch s.data[s.pos] {
		case '"':
			s.raw()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.pos++
		if depth == 0 {
			return
		}
	}
}

// scalar reads a string, number, boolean or null.
func (s *scanner) scalar() any {
	if s.peek() == '"' {
		return s.quoted()
	}
	switch text := s.skip(); text[0] {
	case 't':
		return true
	case 'f':
		return false
	case 'n':
		return nil
	default:
		return json.Number(text)
	}
}

// any reads a value of any kind.
func (s *scanner) any() any {
	decoder := json.NewDecoder(bytes.NewReader(s.skip()))
	decoder.UseNumber()
	var v any
	_ = decoder.Decode(&v)
	return v
}
