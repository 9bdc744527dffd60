package network

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

var (
	errNotUTF8 = errors.New("it is not UTF-8")
	errTooDeep = errors.New("it is nested too deeply")
	errTooMany = errors.New("it has more values than server.maxJsonNodes allows")
	errTooBig  = errors.New("a number is out of the range of float64")
)

// decodeJSON reads one JSON value as JavaScript does: numbers become float64, the
// last value of a repeated key counts, and half a surrogate pair becomes the
// replacement character, because text that is not Unicode cannot be stored. If
// only a number is out of range, the rest of the value comes with the error. The
// text has been measured.
func decodeJSON(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errNotUTF8
	}
	if value, ok := plainValue(data); ok {
		return value, nil
	}
	var value any
	err := json.Unmarshal(data, &value)
	if number := (*json.UnmarshalTypeError)(nil); errors.As(err, &number) {
		return value, errTooBig
	}
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return nil, fmt.Errorf("it is not JSON: look at byte %d", syntax.Offset)
	}
	if err != nil {
		return nil, err
	}
	return value, nil
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
