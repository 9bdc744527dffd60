package query

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
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

// form is what may stand inside a clause.
type form struct {
	// used are read by the clause, ignored have no effect on what is found.
	used, ignored []string
	// refused would have one, and are not supported.
	refused []string
}

// common can stand in every clause; scores are not computed.
var common = []string{"boost", "_name"}

// check holds an object against its form.
func (p *parser) check(object map[string]any, f form) error {
	for _, key := range keys(object) {
		switch {
		case slices.Contains(f.used, key) || slices.Contains(f.ignored, key):
		case slices.Contains(common, key):
			if err := p.common(key, object[key]); err != nil {
				return err
			}
		case slices.Contains(f.refused, key):
			defer p.step(key)()
			return p.unsupported()
		default:
			return p.bad("does not know %q", clip(key))
		}
	}
	return nil
}

func (p *parser) common(key string, v any) error {
	defer p.step(key)()
	if _, is := number(v); key == "boost" && !is {
		return p.bad("has to be a number")
	}
	if _, is := v.(string); key == "_name" && !is {
		return p.bad("has to be a string")
	}
	return nil
}

// perField reads a clause of the form {"<field>": value}, where boost and _name
// may stand beside the field.
func (p *parser) perField(v any) (name string, value any, err error) {
	object, err := p.object(v)
	if err != nil {
		return "", nil, err
	}
	names := keys(object)
	if len(names) > 1 {
		names = slices.DeleteFunc(names, func(key string) bool { return slices.Contains(common, key) })
	}
	switch len(names) {
	case 0:
		return "", nil, p.bad("has to name a field")
	case 1:
		return names[0], object[names[0]], nil
	}
	return "", nil, p.bad("takes one field, not both %q and %q", clip(names[0]), clip(names[1]))
}

// field is what a name in a query stands for.
func (p *parser) field(name string) (Field, error) {
	if err := p.fieldName(name); err != nil {
		return Field{}, err
	}
	f, err := p.scope.field(name)
	if err != nil {
		return Field{}, err
	}
	if p.nested != "" && (f.Area != Content || !strings.HasPrefix(f.Path, p.nested+".")) {
		return Field{}, p.bad("names %q, which is not inside %q", clip(name), clip(p.nested))
	}
	return f, nil
}

func (p *parser) fieldName(name string) error {
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

// fields are those that a list of names with * stands for. nil stands for all
// of text and keywords.
func (p *parser) fields(names []any) ([]Field, error) {
	if names == nil {
		return p.scope.matching("*", p.nested, true), nil
	}
	if len(names) > p.limits.Clauses {
		return nil, ErrTooComplex.New("fields", p.limits.Clauses)
	}
	var fields []Field
	for _, v := range names {
		name, is := v.(string)
		if !is {
			return nil, p.bad("has to name fields")
		}
		some, err := p.named(name)
		if err != nil {
			return nil, err
		}
		fields = append(fields, some...)
		if len(fields) > p.limits.Clauses {
			return nil, ErrTooComplex.New("fields", p.limits.Clauses)
		}
	}
	return fields, nil
}

// named are the fields of one name, which may have * and end in ^boost.
func (p *parser) named(name string) ([]Field, error) {
	if at := strings.LastIndexByte(name, '^'); at > 0 {
		if _, err := strconv.ParseFloat(name[at+1:], 64); err == nil {
			name = name[:at]
		}
	}
	if strings.Contains(name, "*") {
		if err := p.fieldName(name); err != nil {
			return nil, err
		}
		if strings.Count(name, "*") > p.limits.Stars {
			return nil, ErrTooComplex.New("* in a field name", p.limits.Stars)
		}
		return p.scope.matching(name, p.nested, true), nil
	}
	f, err := p.field(name)
	return []Field{f}, err
}
