package network

import "bytes"

// plainValue reads a JSON value without escapes in strings and without numbers
// other than integers of at most maxDigits digits, as most messages are. It
// takes a fraction of the time of encoding/json. For all other text it returns
// false. The text must be UTF-8 and within the depth limit.
func plainValue(data []byte) (any, bool) {
	r := plainReader{data: data}
	r.space()
	value, ok := r.value()
	r.space()
	return value, ok && r.at == len(data)
}

// maxDigits is the number of digits up to which a float64 holds every integer
// exactly.
const maxDigits = 15

type plainReader struct {
	data []byte
	at   int
}

// peek returns the next byte, or 0, which begins no value, at the end.
func (r *plainReader) peek() byte {
	if r.at < len(r.data) {
		return r.data[r.at]
	}
	return 0
}

func (r *plainReader) space() {
	for {
		switch r.peek() {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return
		}
	}
}

// skip skips a text if it comes next, and reports whether it did.
func (r *plainReader) skip(text string) bool {
	if !bytes.HasPrefix(r.data[r.at:], []byte(text)) {
		return false
	}
	r.at += len(text)
	return true
}

func (r *plainReader) value() (any, bool) {
	switch c := r.peek(); c {
	case '{':
		return r.object()
	case '[':
		return r.list()
	case '"':
		return r.text()
	case 't':
		return true, r.skip("true")
	case 'f':
		return false, r.skip("false")
	case 'n':
		return nil, r.skip("null")
	}
	return r.integer()
}

func (r *plainReader) object() (any, bool) {
	object := map[string]any{}
	r.at++
	if r.space(); r.skip("}") {
		return object, true
	}
	for {
		r.space()
		name, ok := r.text()
		if r.space(); !ok || !r.skip(":") {
			return nil, false
		}
		r.space()
		if object[name], ok = r.value(); !ok {
			return nil, false
		}
		if more, ok := r.more("}"); !more {
			return object, ok
		}
	}
}

func (r *plainReader) list() (any, bool) {
	list := []any{}
	r.at++
	if r.space(); r.skip("]") {
		return list, true
	}
	for {
		r.space()
		value, ok := r.value()
		if !ok {
			return nil, false
		}
		list = append(list, value)
		if more, ok := r.more("]"); !more {
			return list, ok
		}
	}
}

// more skips a comma or the end; ok is false if neither comes next.
func (r *plainReader) more(end string) (more, ok bool) {
	if r.space(); r.skip(",") {
		return true, true
	}
	return false, r.skip(end)
}

func (r *plainReader) text() (string, bool) {
	if r.peek() != '"' {
		return "", false
	}
	for i := r.at + 1; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			text := string(r.data[r.at+1 : i])
			r.at = i + 1
			return text, true
		case c == '\\', c < ' ':
			return "", false
		}
	}
	return "", false
}

func (r *plainReader) integer() (any, bool) {
	negative := r.skip("-")
	first, n := r.at, int64(0)
	for c := r.peek(); c >= '0' && c <= '9' && r.at-first <= maxDigits; c = r.peek() {
		n = n*10 + int64(c-'0')
		r.at++
	}
	digits := r.at - first
	if digits == 0 || digits > maxDigits || r.data[first] == '0' && (digits > 1 || negative) {
		return nil, false
	}
	switch r.peek() {
	case '.', 'e', 'E':
		return nil, false
	}
	if negative {
		n = -n
	}
	return float64(n), true
}
