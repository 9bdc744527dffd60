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
	errTooBig  = errors.New("a number is out of the range of float64")
)

// decodeJSON reads one JSON value as JavaScript would: numbers become float64,
// of a key given twice the last counts, and half a surrogate pair becomes the
// replacement character, for text that is no Unicode cannot be stored. Of what is
// JSON but for a number out of range, the rest comes with the error.
func decodeJSON(data []byte, maxDepth int) (any, error) {
	if !utf8.Valid(data) {
		return nil, errNotUTF8
	}
	if tooDeep(data, maxDepth) {
		return nil, errTooDeep
	}
	if value, ok := plainValue(data); ok {
		return value, nil
	}
	var value any
	err := json.Unmarshal(data, &value)
	if number := (*json.UnmarshalTypeError)(nil); errors.As(err, &number) {
		return value, errTooBig
	}
	if err != nil {
		return nil, err
	}
	return value, nil
}

// shallowID is the requestId of a message too deep to be decoded, so that the
// client knows which one was refused; nil for none that can be read.
func shallowID(data []byte) any {
	members := json.NewDecoder(bytes.NewReader(data))
	if start, err := members.Token(); err != nil || start != json.Delim('{') {
		return nil
	}
	var id any
	for members.More() {
		key, err := members.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if members.Decode(&value) != nil {
			return nil
		}
		if key == "requestId" && value[0] != '{' && value[0] != '[' {
			_ = json.Unmarshal(value, &id) // what is no value stays no id
		}
	}
	return id
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
