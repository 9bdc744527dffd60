package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

var errKind = errors.New("mapping: the value is of another kind")

// convert converts a JSON scalar of a document to the field's representation.
func (f *Field) convert(v any) (any, error) {
	switch f.Kind {
	case Keyword, Text:
		s, err := asString(v)
		if err != nil || f.Type != typeIP && !f.lower {
			return s, err
		}
		if f.Type == typeIP {
			return toAddress(s.(string))
		}
		return f.Spelling(s.(string)), nil
	case Boolean:
		return toBoolean(v)
	case Date:
		return f.toDate(v)
	case Double:
		return f.toDouble(v)
	}
	return f.toLong(v)
}

func asString(v any) (any, error) {
	switch s := v.(type) {
	case string:
		return s, nil
	case json.Number:
		return s.String(), nil
	case float64:
		return strconv.FormatFloat(s, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(s), nil
	}
	return nil, errKind
}

func toBoolean(v any) (any, error) {
	if v == "" {
		return int64(0), nil
	}
	b, is := asBool(v)
	switch {
	case !is:
		return nil, errKind
	case b:
		return int64(1), nil
	}
	return int64(0), nil
}

func toFloat(v any) (float64, error) {
	var n float64
	var err error
	switch s := v.(type) {
	case float64:
		n = s
	case json.Number:
		n, err = s.Float64()
	case string:
		n, err = strconv.ParseFloat(s, 64)
	default:
		err = errKind
	}
	if err == nil && (math.IsNaN(n) || math.IsInf(n, 0)) {
		err = errKind
	}
	return n, err
}

func (f *Field) toDouble(v any) (any, error) {
	n, err := toFloat(v)
	if n = f.round(n); err == nil && math.IsInf(n, 0) {
		err = errKind
	}
	return n, err
}

// round gives the value the precision of its type, so that a query's value equals
// the written one.
func (f *Field) round(n float64) float64 {
	switch f.Type {
	case "float", "half_float":
		return float64(float32(n))
	case "scaled_float":
		return math.Round(n*f.scale) / f.scale
	}
	if n == 0 {
		return 0 // minus zero becomes zero
	}
	return n
}

func (f *Field) toLong(v any) (any, error) {
	if digits, is := v.(json.Number); is {
		if n, err := strconv.ParseInt(digits.String(), 10, 64); err == nil {
			return f.inRange(n)
		}
	}
	if digits, is := v.(string); is {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
			return f.inRange(n)
		}
	}
	n, err := toFloat(v)
	if err != nil || n < -(1<<63) || n >= 1<<63 {
		return nil, errKind
	}
	return f.inRange(int64(n)) // the fraction is cut off, as in Elasticsearch
}

// inRange refuses values outside the type's range. The limits of 64 bits are
// excluded: in Elasticsearch's orders they stand for documents without a value.
func (f *Field) inRange(n int64) (any, error) {
	if n < f.min || n > f.max {
		return nil, errKind
	}
	return inner(n), nil
}

func inner(n int64) int64 { return min(max(n, math.MinInt64+1), math.MaxInt64-1) }

func (f *Field) toDate(v any) (any, error) {
	if s, is := v.(string); is {
		ms, ok := parseDate(s, f.formats, false)
		if !ok {
			return nil, errKind
		}
		return ms, nil
	}
	n, err := toFloat(v)
	if err != nil || math.Abs(n) >= 1<<53 {
		return nil, errKind
	}
	if numbersAreSeconds(f.formats) {
		n *= 1000
	}
	return int64(n), nil
}

// malformed returns the fault for a value that does not fit its mapping. It names
// the field and the type but not the value.
func (f *Field) malformed() error {
	return storage.ErrBadRequest.New(fmt.Sprintf("field %q must be of type %s", f.Path, f.Type))
}

// Span is a range of values, including both ends. Ends are in the field's
// representation; nil is no bound.
type Span struct {
	Low, High any
	// LowOpen and HighOpen exclude the end itself.
	LowOpen, HighOpen bool
}

// Spelling is how a keyword, or the beginning or pattern of one, is compared.
func (f *Field) Spelling(s string) string {
	if f.lower {
		return strings.ToLower(s)
	}
	return s
}

// Spelled reports whether the field's values are texts as they were written, so that a
// prefix or a pattern of one has a meaning.
func (f *Field) Spelled() bool { return (f.Kind == Keyword || f.Kind == Text) && f.Type != typeIP }

// Point converts a value that a query gives to the values equal to it: one,
// or for a date without its smaller parts the whole period. ok is false when
// nothing can be equal.
func (f *Field) Point(v any, now time.Time) (span Span, ok bool, err error) {
	if text, is := v.(string); is && f.Type == typeIP {
		if span, ok := network(text); ok {
			return span, true, nil
		}
	}
	switch f.Kind {
	case Date:
		low, err := f.bound(v, now, false)
		if err != nil {
			return span, false, err
		}
		high, err := f.bound(v, now, true)
		return Span{Low: low, High: high}, true, err
	case Long:
		n, err := f.bound(v, now, false)
		if err != nil {
			return span, false, err
		}
		whole, is := n.(int64)
		return Span{Low: whole, High: whole}, is, nil
	}
	value, err := f.convert(v)
	if err != nil {
		return span, false, f.malformed()
	}
	return Span{Low: value, High: value}, true, nil
}

// Range converts the bounds of a range; nil bounds are open.
func (f *Field) Range(gt, gte, lt, lte any, now time.Time) (Span, error) {
	var s Span
	for _, bound := range []struct {
		given any
		end   *any
		open  *bool
		up    bool
		is    bool
	}{
		{gte, &s.Low, &s.LowOpen, false, false}, {gt, &s.Low, &s.LowOpen, true, true},
		{lte, &s.High, &s.HighOpen, true, false}, {lt, &s.High, &s.HighOpen, false, true},
	} {
		if bound.given == nil {
			continue
		}
		v, err := f.bound(bound.given, now, bound.up)
		if err != nil {
			return s, err
		}
		*bound.end, *bound.open = v, bound.is
	}
	return s, nil
}

// bound converts one end. A Long may be compared with a fraction, so the result
// may be a float64.
func (f *Field) bound(v any, now time.Time, up bool) (any, error) {
	switch f.Kind {
	case Long:
		return longBound(f, v)
	case Date:
		s, is := v.(string)
		if !is {
			break
		}
		ms, ok := dateMath(s, f.formats, now, up)
		if !ok {
			return nil, f.malformed()
		}
		return ms, nil
	}
	value, err := f.convert(v)
	if err != nil {
		return nil, f.malformed()
	}
	return value, nil
}

// After converts a value of search_after, after which an order continues. A number
// is the sort value itself, even of a boolean or a date. A fraction among whole
// numbers becomes the one before it in the order.
func (f *Field) After(v any, desc bool) (any, error) {
	switch n := v.(type) {
	case string:
		if f.Type == typeIP && isAddress(n) {
			return n, nil
		}
	case int64:
		return n, nil
	case float64:
		if f.Kind != Keyword {
			return f.before(n, desc), nil
		}
	}
	low, err := f.bound(v, time.Time{}, false)
	if n, is := low.(float64); is {
		return f.before(n, desc), err
	}
	return low, err
}

func (f *Field) before(n float64, desc bool) any {
	switch {
	case f.Kind == Double:
		return n
	case desc:
		return Whole(math.Ceil(n))
	}
	return Whole(math.Floor(n))
}

// Whole returns a number without a fraction as a value of a Long: the nearest
// limit for one outside the range.
func Whole(n float64) int64 {
	switch {
	case n >= 1<<63:
		return math.MaxInt64 - 1
	case n <= -(1 << 63):
		return math.MinInt64 + 1
	}
	return int64(n)
}

func longBound(f *Field, v any) (any, error) {
	digits, _ := v.(string)
	if number, is := v.(json.Number); is {
		digits = number.String()
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return inner(n), nil
	}
	n, err := toFloat(v)
	if err != nil {
		return nil, f.malformed()
	}
	if n == math.Trunc(n) && math.Abs(n) < 1<<63 {
		return inner(int64(n)), nil
	}
	return n, nil
}

// fits reports whether a keyword is short enough to be indexed.
func (f *Field) fits(s string) bool {
	return len(s) <= MaxKeywordBytes && (len(s) <= f.ignoreAbove || utf8.RuneCountInString(s) <= f.ignoreAbove)
}
