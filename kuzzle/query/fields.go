package query

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

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
		return p.fitting(name, true)
	}
	f, err := p.field(name)
	return []Field{f}, err
}

// fitting are the mapped fields whose path fits a pattern.
func (p *parser) fitting(pattern string, stringsOnly bool) ([]Field, error) {
	if err := p.fieldName(pattern); err != nil {
		return nil, err
	}
	if strings.Count(pattern, "*") > p.limits.Stars {
		return nil, ErrTooComplex.New("* in a field name", p.limits.Stars)
	}
	if p.patterns++; p.patterns > p.limits.FieldPatterns {
		return nil, ErrTooComplex.New("field names with *", p.limits.FieldPatterns)
	}
	return p.scope.matching(pattern, p.nested, stringsOnly), nil
}
