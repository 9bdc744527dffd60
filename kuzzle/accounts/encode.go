package accounts

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// encode writes JSON as clients sent it, without escaping for HTML. It writes
// what encoding/json does, and what JSON decodes to by itself: every user that
// is created or brought in passes here several times.
func encode(value any) (json.RawMessage, error) {
	return appendJSON(make([]byte, 0, 256), value)
}

func appendJSON(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendText(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		// Beyond, and for minus zero, encoding/json has forms of its own.
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 && (v != 0 || !math.Signbit(v)) {
			return strconv.AppendInt(b, int64(v), 10), nil
		}
	case []any:
		return appendList(b, v)
	case map[string]any:
		return appendObject(b, v)
	case info:
		return v.append(b)
	}
	return appendSlowly(b, value)
}

func appendSlowly(b []byte, value any) ([]byte, error) {
	buffer := bytes.NewBuffer(b)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buffer.Bytes(), "\n"), nil
}

// appendText writes a string. encoding/json escapes what JSON makes it escape,
// two line separators, and whatever is not UTF-8.
func appendText(b []byte, text string) ([]byte, error) {
	plain := true
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c == '"', c == '\\':
			return appendSlowly(b, text)
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	if !plain && (!utf8.ValidString(text) || strings.ContainsAny(text, "\u2028\u2029")) {
		return appendSlowly(b, text)
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"'), nil
}

func appendList(b []byte, list []any) ([]byte, error) {
	if list == nil {
		return append(b, "null"...), nil
	}
	b = append(b, '[')
	for i, element := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendJSON(b, element); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendObject writes the members in the order of their names.
func appendObject(b []byte, object map[string]any) ([]byte, error) {
	if object == nil {
		return append(b, "null"...), nil
	}
	names := make([]string, 0, 16)
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendMember(b, name, object[name]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendMember(b []byte, name string, value any) ([]byte, error) {
	b, err := appendText(b, name)
	if err != nil {
		return nil, err
	}
	return appendJSON(append(b, ':'), value)
}

func (made info) append(b []byte) ([]byte, error) {
	separator := byte('{')
	for _, member := range [...]struct {
		name  string
		value any
	}{{"author", made.Author}, {"createdAt", made.CreatedAt}, {"updatedAt", made.UpdatedAt}, {"updater", made.Updater}} {
		var err error
		if b, err = appendMember(append(b, separator), member.name, member.value); err != nil {
			return nil, err
		}
		separator = ','
	}
	return append(b, '}'), nil
}
