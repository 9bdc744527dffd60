package query

import (
	"slices"
	"strconv"
	"strings"
)

// fieldReader reads names of fields and finds the fields in the scope. It knows
// no clause.
type fieldReader struct {
	reader
	scope Scope
	// nested is the path of the nested object whose elements are searched.
	nested string
}

// field returns the field that a name in a query stands for.
func (p *fieldReader) field(name string) (Field, error) {
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

// fields returns the fields that a list of names with * stands for. nil stands
// for all text and keyword fields.
func (p *fieldReader) fields(names []any) ([]Field, error) {
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

// named returns the fields of one name, which may contain * and end in ^boost.
func (p *fieldReader) named(name string) ([]Field, error) {
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

// fitting returns the mapped fields whose path matches a pattern.
func (p *fieldReader) fitting(pattern string, stringsOnly bool) ([]Field, error) {
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

// fieldsOption reads "fields"; the default is all text and keyword fields.
func (p *fieldReader) fieldsOption(options map[string]any) ([]Field, error) {
	given, has := options["fields"]
	if !has {
		return p.fields(nil)
	}
	defer p.step("fields")()
	return p.fields(list(given))
}

// perField reads a clause of the form {"<field>": value}, where boost and _name
// may stand beside the field, and returns the field.
func (p *fieldReader) perField(v any) (name string, f Field, value any, err error) {
	object, err := p.object(v)
	if err != nil {
		return "", Field{}, nil, err
	}
	names := keys(object)
	if len(names) > 1 {
		names = slices.DeleteFunc(names, func(key string) bool { return slices.Contains(common, key) })
	}
	switch len(names) {
	case 0:
		return "", Field{}, nil, p.bad("has to name a field")
	case 1:
		f, err = p.field(names[0])
		return names[0], f, object[names[0]], err
	}
	return "", Field{}, nil, p.bad("takes one field, not both %q and %q", clip(names[0]), clip(names[1]))
}

// valued reads clauses with a short form, {"<field>": value}, and a long form
// whose options match f and whose value has one of the names.
func (p *fieldReader) valued(v any, f form, names ...string) (Field, any, map[string]any, error) {
	name, field, value, err := p.perField(v)
	if err != nil {
		return Field{}, nil, nil, err
	}
	options, long := value.(map[string]any)
	if long {
		defer p.step(name)()
		if err := p.check(options, f); err != nil {
			return Field{}, nil, nil, err
		}
		value = nil
		for _, name := range names {
			if given, has := options[name]; has {
				value = given
			}
		}
		if value == nil {
			return Field{}, nil, nil, p.bad("has to hold %q", names[0])
		}
	}
	return field, value, options, nil
}
