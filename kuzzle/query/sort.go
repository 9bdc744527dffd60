package query

import "fmt"

// order is the sort of a search body, before search_after is read.
type order struct {
	keys []Sort
	// kept tells for each given key whether it is among keys.
	kept []bool
}

// order reads "field", {"field": "asc"}, {"field": {"order": "desc"}} and arrays
// of these.
func (p *searchParser) order(v any) (order, error) {
	var o order
	if v == nil {
		return o, nil
	}
	defer p.step("sort")()
	given := list(v)
	if len(given) > p.limits.SortKeys {
		return o, ErrTooComplex.New("sort keys", p.limits.SortKeys)
	}
	for i, one := range given {
		back := p.step(fmt.Sprintf("[%d]", i))
		key, keep, err := p.sortKey(one)
		if err != nil {
			return o, err
		}
		back()
		if keep {
			o.keys = append(o.keys, key)
		}
		o.kept = append(o.kept, keep)
	}
	return o, nil
}

// sortKey reads one key; keep is false for a key that has no effect here.
func (p *searchParser) sortKey(v any) (key Sort, keep bool, err error) {
	if name, is := v.(string); is {
		return p.sortBy(name, nil)
	}
	object, err := p.object(v)
	if err != nil {
		return key, false, err
	}
	names := keys(object)
	if len(names) != 1 {
		return key, false, p.bad("has to name one field; put several into an array, because an object has no order")
	}
	return p.sortBy(names[0], object[names[0]])
}

func (p *searchParser) sortBy(name string, how any) (key Sort, keep bool, err error) {
	if err := p.fieldName(name); err != nil {
		return key, false, err
	}
	defer p.step(name)()
	switch name {
	case "_score":
		_, err := p.direction(how)
		return key, false, err
	case "_script":
		return key, false, ErrScript.New(name)
	case "_geo_distance":
		return key, false, p.unsupported()
	case "_doc":
		name = idName
	}
	if key.Field, err = p.scope.sortField(name); err != nil {
		return key, false, err
	}
	if key.Field.Area == Content && p.scope.typeOf(key.Field) == "text" {
		return key, false, p.bad("is full text, which has no order: sort by a keyword")
	}
	options, long := how.(map[string]any)
	if !long {
		key.Desc, err = p.direction(how)
		return key, true, err
	}
	return p.sortOptions(key, options)
}

var sortForm = form{
	used:    []string{"order", "missing", "mode"},
	ignored: []string{"unmapped_type", "numeric_type"},
	refused: []string{"nested", "nested_path", "nested_filter", "format"},
}

func (p *searchParser) sortOptions(key Sort, options map[string]any) (Sort, bool, error) {
	if err := p.check(options, sortForm); err != nil {
		return key, false, err
	}
	var err error
	if key.Desc, err = p.direction(options["order"]); err != nil {
		return key, false, err
	}
	switch options["missing"] {
	case nil, "_last":
	case "_first":
		key.MissingFirst = true
	default:
		defer p.step("missing")()
		return key, false, p.unsupported()
	}
	// Of several values the first one in the direction of the sort counts.
	first := "min"
	if key.Desc {
		first = "max"
	}
	if mode, given := options["mode"]; given && mode != first {
		defer p.step("mode")()
		return key, false, p.unsupported()
	}
	return key, true, nil
}

// direction returns true for desc.
func (p *searchParser) direction(v any) (bool, error) {
	if options, long := v.(map[string]any); long {
		v = options["order"]
	}
	switch v {
	case nil, "asc", "ASC":
		return false, nil
	case "desc", "DESC":
		return true, nil
	}
	return false, p.bad(`has to be "asc" or "desc"`)
}

// after reads search_after: one value per given sort key, and optionally the
// document id as one more.
func (p *searchParser) after(v any, o order) ([]any, error) {
	if v == nil {
		return nil, nil
	}
	defer p.step("search_after")()
	given, is := v.([]any)
	if !is {
		return nil, p.bad("has to be an array")
	}
	if n := len(o.kept); len(given) == 0 || len(given) != n && len(given) != n+1 {
		return nil, p.bad("has %d values, but sort has %d keys", len(given), n)
	}
	var values []any
	for i, one := range given {
		if i < len(o.kept) && !o.kept[i] {
			continue
		}
		if one == nil {
			values = append(values, nil)
			continue
		}
		value, err := p.scalar(one)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	if len(given) > len(o.kept) && isNotString(given[len(given)-1]) {
		return nil, p.bad("ends in an id that is not a string")
	}
	if len(values) == 0 {
		return nil, p.bad("has no value to continue from: add a field to sort")
	}
	return values, nil
}

func isNotString(v any) bool {
	_, is := v.(string)
	return !is
}
