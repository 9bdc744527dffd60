package query

import "strings"

// constant reads match_all and match_none.
func (p *parser) constant(name string, v any) (Node, error) {
	object, err := p.object(v)
	if err != nil {
		return nil, err
	}
	if err := p.check(object, form{}); err != nil {
		return nil, err
	}
	if name == "match_none" {
		return None{}, p.count(1)
	}
	return All{}, p.count(1)
}

// ids reads {"values": ["<id>", …]}.
func (p *parser) ids(v any) (Node, error) {
	object, err := p.object(v)
	if err != nil {
		return nil, err
	}
	if err := p.check(object, form{used: []string{"values"}}); err != nil {
		return nil, err
	}
	given, has := object["values"]
	if !has {
		return nil, p.bad(`has to hold "values"`)
	}
	if p.nested != "" {
		return nil, p.bad("cannot stand inside nested")
	}
	defer p.step("values")()
	for _, id := range list(given) {
		if _, is := id.(string); !is {
			return nil, p.bad("has to hold ids, which are strings")
		}
	}
	return p.oneOf(p.scope.id, list(given))
}

// term reads {"<field>": value} and {"<field>": {"value": value}}.
func (p *parser) term(v any) (Node, error) {
	field, value, options, err := p.valued(v, form{used: []string{"value", "case_insensitive"}}, "value")
	if err != nil {
		return nil, err
	}
	if fold, given := options["case_insensitive"]; given && fold != false {
		defer p.step("case_insensitive")()
		return nil, p.unsupported()
	}
	return p.oneOf(field, []any{value})
}

// terms reads {"<field>": [value, …]}.
func (p *parser) terms(v any) (Node, error) {
	name, field, value, err := p.perField(v)
	if err != nil {
		return nil, err
	}
	defer p.step(name)()
	if _, lookup := value.(map[string]any); lookup {
		return nil, p.unsupported()
	}
	values, is := value.([]any)
	if !is {
		return nil, p.bad("has to be an array of values")
	}
	return p.oneOf(field, values)
}

// oneOf returns a condition that holds if the field has one of the values.
func (p *parser) oneOf(field Field, given []any) (Node, error) {
	if p.values += len(given); p.values > p.limits.Values {
		return nil, ErrTooComplex.New("values", p.limits.Values)
	}
	if len(given) == 0 {
		return None{}, p.count(1)
	}
	values := make([]any, len(given))
	for i, v := range given {
		value, err := p.scalar(v)
		if err != nil {
			return nil, err
		}
		if field == p.scope.id {
			value = spelled(value)
		}
		values[i] = value
	}
	return Terms{Field: field, Values: values}, p.count(1)
}

// exists reads {"field": "<field>"}.
func (p *parser) exists(v any) (Node, error) {
	object, err := p.object(v)
	if err != nil {
		return nil, err
	}
	if err := p.check(object, form{used: []string{"field"}}); err != nil {
		return nil, err
	}
	name, is := object["field"].(string)
	if !is {
		return nil, p.bad(`has to hold "field", a string`)
	}
	return p.has(name)
}

// has returns a condition that holds if the field has a value. A name with *
// stands for all fields that match, the name of an object for all fields inside
// it.
func (p *parser) has(name string) (Node, error) {
	if strings.Contains(name, "*") {
		fields, err := p.fitting(name, false)
		if err != nil {
			return nil, err
		}
		return p.someExist(fields)
	}
	field, err := p.field(name)
	if err != nil {
		return nil, err
	}
	if field.Area == ID {
		return All{}, p.count(1)
	}
	if field.Area == Content && p.scope.typeOf(field) == "" {
		if inside := p.scope.under(field.Path, p.nested); len(inside) > 0 {
			return p.someExist(inside)
		}
	}
	return Exists{Field: field}, p.count(1)
}

func (p *parser) someExist(fields []Field) (Node, error) {
	nodes := make([]Node, len(fields))
	for i, field := range fields {
		nodes[i] = Exists{Field: field}
	}
	return anyOf(nodes...), p.count(1 + len(nodes))
}

// spelled reads the text of a clause about one field, and whether its case counts.
func (p *parser) spelled(v any, f form, names ...string) (field Field, text string, fold bool, err error) {
	field, value, options, err := p.valued(v, f, names...)
	if err != nil {
		return field, "", false, err
	}
	if text, err = p.text(value); err != nil {
		return field, "", false, err
	}
	fold, err = p.option(options, "case_insensitive")
	return field, text, fold, err
}

// prefix reads {"<field>": "text"} and {"<field>": {"value": "text"}}.
func (p *parser) prefix(v any) (Node, error) {
	f := form{used: []string{"value", "case_insensitive"}, ignored: []string{"rewrite"}}
	field, text, fold, err := p.spelled(v, f, "value")
	if err != nil {
		return nil, err
	}
	return Prefix{Field: field, Value: text, CaseInsensitive: fold}, p.count(1)
}

// wildcard reads {"<field>": "te*t"} and {"<field>": {"value": "te*t"}}.
func (p *parser) wildcard(v any) (Node, error) {
	f := form{used: []string{"value", "wildcard", "case_insensitive"}, ignored: []string{"rewrite"}}
	field, pattern, fold, err := p.spelled(v, f, "value", "wildcard")
	if err != nil {
		return nil, err
	}
	if err := p.pattern(pattern); err != nil {
		return nil, err
	}
	return Wildcard{Field: field, Pattern: pattern, CaseInsensitive: fold}, p.count(1)
}

// pattern bounds the cost of comparing with a pattern.
func (p *parser) pattern(s string) error {
	if len(s) > p.limits.Pattern {
		return ErrTooComplex.New("bytes in the pattern of "+p.where(), p.limits.Pattern)
	}
	if strings.Count(s, "*") > p.limits.Stars {
		return ErrTooComplex.New("* in the pattern of "+p.where(), p.limits.Stars)
	}
	return nil
}
