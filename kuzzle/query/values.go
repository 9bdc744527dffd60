package query

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// object returns a JSON object.
func (p *reader) object(v any) (map[string]any, error) {
	object, is := v.(map[string]any)
	if !is {
		return nil, p.bad("has to be an object")
	}
	return object, nil
}

// list returns a JSON array, or an array of one for any other value.
func list(v any) []any {
	if many, is := v.([]any); is {
		return many
	}
	return []any{v}
}

// text returns a string to search for.
func (p *reader) text(v any) (string, error) {
	s, is := v.(string)
	if !is {
		return "", p.bad("has to be a string")
	}
	return s, p.fits(s)
}

func (p *reader) fits(s string) error {
	if len(s) > p.limits.Text {
		return ErrTooComplex.New("bytes in "+p.where(), p.limits.Text)
	}
	if !utf8.ValidString(s) {
		return p.bad("has to be UTF-8")
	}
	return nil
}

// fieldName checks a client's name of a field, which may contain *.
func (p *reader) fieldName(name string) error {
	switch {
	case name == "":
		return p.bad("names a field without a name")
	case len(name) > p.limits.FieldName:
		return ErrTooComplex.New("bytes in a field name of "+p.where(), p.limits.FieldName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, isControl):
		return p.bad("names a field with characters that no field has")
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// scalar returns a value to compare with: string, float64 or bool.
func (p *reader) scalar(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return v, p.fits(v)
	case bool:
		return v, nil
	case nil:
		return nil, p.bad("cannot be null")
	}
	if n, is := number(v); is {
		return n, nil
	}
	return nil, p.bad("has to be a string, a number or a boolean")
}

// number returns a JSON number of any decoded type.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	}
	return 0, false
}

// maxWhole is the largest integer that every JSON number can represent.
const maxWhole = 1<<53 - 1

// whole returns a JSON integer, zero or more.
func (p *reader) whole(v any) (int, error) {
	n, is := number(v)
	if !is || n != math.Trunc(n) || n < 0 || n > maxWhole {
		return 0, p.bad("has to be an integer of at least 0")
	}
	return int(n), nil
}

// truth returns a boolean; HTTP clients sometimes send it as a string.
func (p *reader) truth(v any) (bool, error) {
	switch v {
	case true, "true":
		return true, nil
	case false, "false":
		return false, nil
	}
	return false, p.bad("has to be true or false")
}

// option returns a boolean, false if it is missing.
func (p *reader) option(options map[string]any, name string) (bool, error) {
	v, given := options[name]
	if !given {
		return false, nil
	}
	defer p.step(name)()
	return p.truth(v)
}

// spelled returns a scalar as text.
func spelled(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}
