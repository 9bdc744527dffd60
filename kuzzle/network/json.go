package network

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

var (
	errNotUTF8 = errors.New("it is not UTF-8")
	errTooDeep = errors.New("it is nested too deeply")
)

// decodeJSON reads one JSON value as JavaScript would: numbers become float64,
// of a key given twice the last counts, and half a surrogate pair becomes the
// replacement character, for text that is no Unicode cannot be stored.
func decodeJSON(data []byte, maxDepth int) (any, error) {
	if !utf8.Valid(data) {
		return nil, errNotUTF8
	}
	if tooDeep(data, maxDepth) {
		return nil, errTooDeep
	}
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return nil, err
	}
	return value, nil
}

// tooDeep counts brackets outside strings, which costs no memory whatever the
// text is.
func tooDeep(data []byte, limit int) bool {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = endOfString(data, i)
		case '[', '{':
			if depth++; depth > limit {
				return true
			}
		case ']', '}':
			depth--
		}
	}
	return false
}

func endOfString(data []byte, start int) int {
	for i := start + 1; i < len(data); i++ {
		next := bytes.IndexByte(data[i:], '"')
		if next < 0 {
			return len(data)
		}
		i += next
		escapes := 0
		for data[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
	return len(data)
}
