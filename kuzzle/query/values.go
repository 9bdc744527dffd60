package query

import (
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
)

// object is a JSON object.
func (p *parser) object(v any) (map[string]any, error) {
	object, is := v.(map[string]any)
	if !is {
		return nil, p.bad("has to be an object")
	}
	return object, nil
}

// list is a JSON array, or what stands for an array of one.
func list(v any) []any {
	if many, is := v.([]any); is {
		return many
	}
	return []any{v}
}

// text is a string to search for.
func (p *parser) text(v any) (string, error) {
	s, is := v.(string)
	if !is {
		return "", p.bad("has to be a string")
	}
	return s, p.fits(s)
}

func (p *parser) fits(s string) error {
	if len(s) > p.limits.Text {
		return ErrTooComplex.New("bytes in "+p.where(), p.limits.Text)
	}
	if !utf8.ValidString(s) {
		return p.bad("has to be UTF-8")
	}
	return nil
}

// scalar is a value to compare with: string, float64 or bool.
func (p *parser) scalar(v any) (any, error) {
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

// number is a JSON number, however it was decoded.
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

// maxWhole is the largest integer that a JSON number surely holds.
const maxWhole = 1<<53 - 1

// whole is a JSON integer, zero or more.
func (p *parser) whole(v any) (int, error) {
	n, is := number(v)
	if !is || n != math.Trunc(n) || n < 0 || n > maxWhole {
		return 0, p.bad("has to be an integer of at least 0")
	}
	return int(n), nil
}

// truth is a boolean; HTTP clients send it as a string at times.
func (p *parser) truth(v any) (bool, error) {
	switch v {
	case true, "true":
		return true, nil
	case false, "false":
		return false, nil
	}
	return false, p.bad("has to be true or false")
}

// spelled is a scalar as text.
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
