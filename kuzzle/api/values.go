package api

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// maxSafe is the largest integer a JavaScript number holds exactly.
const maxSafe = 1<<53 - 1

// integer reads a whole number leniently, as JavaScript's parseFloat does: the
// leading numeric prefix of a string counts ("10abc" is 10).
func integer(value any) (int64, bool) {
	var number float64
	switch v := value.(type) {
	case float64:
		number = v
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return 0, false
		}
		number = f
	case int:
		number = float64(v)
	case string:
		f, err := strconv.ParseFloat(numericPrefix(v), 64)
		if err != nil {
			return 0, false
		}
		number = f
	default:
		return 0, false
	}
	if math.Trunc(number) != number || math.Abs(number) > maxSafe {
		return 0, false
	}
	return int64(number), true
}

func numericPrefix(text string) string {
	text = strings.TrimLeft(text, " \t\n\r")
	end, digits, dot, exponent := 0, false, false, false
	for end < len(text) {
		c := text[end]
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case (c == '+' || c == '-') && (end == 0 || text[end-1] == 'e' || text[end-1] == 'E'):
		case c == '.' && !dot && !exponent:
			dot = true
		case (c == 'e' || c == 'E') && digits && !exponent && exponentFollows(text[end+1:]):
			exponent = true
		default:
			return text[:end]
		}
		end++
	}
	return text
}

func exponentFollows(rest string) bool {
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	return rest != "" && rest[0] >= '0' && rest[0] <= '9'
}

// flag reads a boolean. Over HTTP an argument is a flag: an empty value, "true"
// and "1" are true, "false" and "0" are false.
func (f *field) flag(req *Request, value any) (flag, ok bool) {
	switch v := value.(type) {
	case bool:
		return v, true
	case nil:
		return false, true
	case string:
		if f.source != fromArgs || !req.OverHTTP() {
			return false, false
		}
		switch v {
		case "", "true", "1":
			return true, true
		case "false", "0":
			return false, true
		}
	}
	return false, false
}

// list reads an array. Over HTTP it also reads a string that holds a JSON array
// and, for legacy arguments, a comma list. In a dialect with PlainLists a string
// is a list of one.
func (f *field) list(req *Request, value any) ([]any, bool) {
	switch v := value.(type) {
	case []any:
		return v, true
	case string:
		if f.source != fromArgs {
			return nil, false
		}
		if req.dialect().PlainLists {
			return []any{v}, true
		}
		if req.OverHTTP() {
			var list []any
			if json.Unmarshal([]byte(v), &list) == nil && list != nil {
				return list, true
			}
		}
		if f.legacy {
			parts := strings.Split(v, ",")
			list := make([]any, len(parts))
			for i, part := range parts {
				list[i] = part
			}
			return list, true
		}
	}
	return nil, false
}

// Strings converts a decoded JSON array of strings.
func Strings(list []any) ([]string, bool) {
	texts := make([]string, len(list))
	for i, element := range list {
		text, ok := element.(string)
		if !ok {
			return nil, false
		}
		texts[i] = text
	}
	return texts, true
}

// MaybeInt is an integer that a client may leave out, for which no default value
// exists.
type MaybeInt struct {
	Int   int
	Given bool
}

// Decode reads a whole number with the same leniency as other integers.
func (m *MaybeInt) Decode(name string, value any) error {
	number, ok := integer(value)
	if !ok {
		return assert.InvalidType.New(name, "integer")
	}
	m.Int, m.Given = int(number), true
	return nil
}

// JSONType implements Typed.
func (MaybeInt) JSONType() string { return "integer" }

// Refresh tells whether an answer waits until searches see the write. The action
// has the default for an absent value; false, "false" and null do not wait,
// every other value does.
type Refresh bool

// Decode reads the lenient forms that clients send.
func (r *Refresh) Decode(_ string, value any) error {
	*r = value != false && value != "false" && value != nil
	return nil
}

// defaultRefresh replaces the defaults of arguments of this type.
func (p *plan) defaultRefresh(waits Refresh) {
	for i := range p.fields {
		f := &p.fields[i]
		if f.kind != refreshType || !f.hasFallback {
			continue
		}
		f.fallback = "false"
		if waits {
			f.fallback = "wait_for"
		}
	}
}

// Lang is the language of a filter.
type Lang string

// The languages.
const (
	Elasticsearch Lang = "elasticsearch"
	Koncorde      Lang = "koncorde"
)

// Decode accepts the two languages.
func (l *Lang) Decode(name string, value any) error {
	text, ok := value.(string)
	if !ok {
		return assert.InvalidType.New(name, "string")
	}
	if *l = Lang(text); *l != Elasticsearch && *l != Koncorde {
		return assert.InvalidArgument.New(name, "elasticsearch or koncorde")
	}
	return nil
}
