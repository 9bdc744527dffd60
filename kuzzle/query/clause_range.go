package query

import (
	"slices"
	"strings"
)

var rangeForm = form{
	used:    []string{"gt", "gte", "lt", "lte", "from", "to", "include_lower", "include_upper", "format", "time_zone"},
	refused: []string{"relation"},
}

// rangeFormats are the formats that dates have by default.
var rangeFormats = []string{"strict_date_optional_time", "date_optional_time", "epoch_millis"}

// utcNames are the names of the default time zone.
var utcNames = []string{"Z", "UTC", "+00:00", "-00:00"}

// rangeClause reads {"<field>": {"gte": …, "lt": …}}, and the older from and to.
func (p *parser) rangeClause(v any) (Node, error) {
	name, field, value, err := p.perField(v)
	if err != nil {
		return nil, err
	}
	defer p.step(name)()
	options, err := p.object(value)
	if err != nil {
		return nil, err
	}
	if err := p.rangeOptions(options); err != nil {
		return nil, err
	}
	r := Range{Field: field}
	low, high, err := p.ends(options)
	if err != nil {
		return nil, err
	}
	for _, end := range []struct {
		key  string
		into *any
	}{{"gt", &r.GT}, {"gte", &r.GTE}, {"lt", &r.LT}, {"lte", &r.LTE}, {"from", low(&r)}, {"to", high(&r)}} {
		if err := p.end(options, end.key, end.into); err != nil {
			return nil, err
		}
		if *end.into != nil && field == p.scope.id {
			*end.into = spelled(*end.into)
		}
	}
	return p.between(r)
}

// between returns a range, or Exists for a range without bounds.
func (p *parser) between(r Range) (Node, error) {
	if r.GT != nil || r.GTE != nil || r.LT != nil || r.LTE != nil {
		return r, p.count(1)
	}
	if r.Field.Area == ID {
		return All{}, p.count(1)
	}
	return Exists{Field: r.Field}, p.count(1)
}

// ends returns the bounds that from and to set.
func (p *parser) ends(options map[string]any) (low, high func(*Range) *any, err error) {
	withLow, withHigh := true, true
	if _, given := options["include_lower"]; given {
		if withLow, err = p.option(options, "include_lower"); err != nil {
			return nil, nil, err
		}
	}
	if _, given := options["include_upper"]; given {
		if withHigh, err = p.option(options, "include_upper"); err != nil {
			return nil, nil, err
		}
	}
	low, high = func(r *Range) *any { return &r.GT }, func(r *Range) *any { return &r.LT }
	if withLow {
		low = func(r *Range) *any { return &r.GTE }
	}
	if withHigh {
		high = func(r *Range) *any { return &r.LTE }
	}
	return low, high, nil
}

func (p *parser) end(options map[string]any, key string, into *any) error {
	v, given := options[key]
	if !given || v == nil {
		return nil
	}
	defer p.step(key)()
	if *into != nil {
		return p.bad("repeats another bound")
	}
	value, err := p.scalar(v)
	if err != nil {
		return err
	}
	if _, is := value.(bool); is {
		return p.bad("has to be a string or a number")
	}
	*into = value
	return nil
}

func (p *parser) rangeOptions(options map[string]any) error {
	if err := p.check(options, rangeForm); err != nil {
		return err
	}
	if format, given := options["format"]; given {
		defer p.step("format")()
		names, err := p.text(format)
		if err != nil {
			return err
		}
		for name := range strings.SplitSeq(names, "||") {
			if !slices.Contains(rangeFormats, name) {
				return p.unsupported()
			}
		}
	}
	if zone, given := options["time_zone"]; given {
		defer p.step("time_zone")()
		name, err := p.text(zone)
		if err != nil {
			return err
		}
		if !slices.Contains(utcNames, name) {
			return p.unsupported()
		}
	}
	return nil
}
