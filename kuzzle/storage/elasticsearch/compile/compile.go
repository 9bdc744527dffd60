package compile

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// Clause is a query of Elasticsearch's. All are filters: nothing is scored.
type clause = map[string]any

var (
	everything = clause{"match_all": clause{}}
	nothing    = clause{"match_none": clause{}}
)

// Compiler translates the search tree.
type Compiler struct {
	Of     storage.Collection
	Schema *mapping.Schema
	Now    time.Time
	// nested is the path of the surrounding nested object, or "".
	nested string
}

// All implements query.Translator.
func (c *Compiler) All() clause { return everything }

// None implements query.Translator.
func (c *Compiler) None() clause { return nothing }

// content returns the field at a path of content, or nil if a condition on it
// can match no document.
func (c *Compiler) content(f query.Field) *mapping.Field {
	if field := c.Schema.Field(f.Path); field != nil && field.Nested == c.nested {
		return field
	}
	return nil
}

func (c *Compiler) name(f *mapping.Field) string { return layout.ContentField(c.Schema, f) }

func anyOf(clauses []any) clause {
	switch len(clauses) {
	case 0:
		return nothing
	case 1:
		return clauses[0].(clause)
	}
	return clause{"bool": clause{"should": clauses, "minimum_should_match": 1}}
}

// Terms implements query.Translator.
func (c *Compiler) Terms(n query.Terms) (clause, error) {
	switch n.Field.Area {
	case query.ID:
		var ids []any
		for _, v := range n.Values {
			if id, is := v.(string); is {
				ids = append(ids, id)
			}
		}
		return clause{"terms": clause{"id": orEmpty(ids)}}, nil
	case query.Account:
		return c.accountTerms(n), nil
	}
	field := c.content(n.Field)
	if field == nil {
		return nothing, nil
	}
	var exact []any
	var either []any
	for _, v := range n.Values {
		span, possible, err := field.Point(v, c.Now)
		switch {
		case err != nil:
			return nil, err
		case !possible:
		case span.Low == span.High:
			exact = append(exact, span.Low)
		default:
			either = append(either, between(c.name(field), span))
		}
	}
	if len(exact) > 0 {
		either = append(either, clause{"terms": clause{c.name(field): exact}})
	}
	return anyOf(either), nil
}

func orEmpty(list []any) []any {
	if list == nil {
		return []any{}
	}
	return list
}

// accountTerms matches each value among those of its own kind.
func (c *Compiler) accountTerms(n query.Terms) clause {
	if c.nested != "" {
		return nothing
	}
	var either []any
	for _, v := range n.Values {
		if key, value, ok := mapping.AccountValue(n.Field.Path, v); ok {
			either = append(either, clause{"term": clause{layout.AccountField(key.Path, key.Kind): clause{"value": value}}})
		}
	}
	return anyOf(either)
}

// Range implements query.Translator.
func (c *Compiler) Range(n query.Range) (clause, error) {
	switch n.Field.Area {
	case query.ID:
		return between("id", plainSpan(n, mapping.Keyword)), nil
	case query.Account:
		kind := mapping.Kind(0)
		for _, bound := range []any{n.GT, n.GTE, n.LT, n.LTE} {
			if bound != nil {
				key, _, _ := mapping.AccountValue(n.Field.Path, bound)
				kind = key.Kind
			}
		}
		if kind == 0 || c.nested != "" {
			return nothing, nil
		}
		return between(layout.AccountField(n.Field.Path, kind), plainSpan(n, kind)), nil
	}
	field := c.content(n.Field)
	if field == nil {
		return nothing, nil
	}
	span, err := field.Range(n.GT, n.GTE, n.LT, n.LTE, c.Now)
	if err != nil {
		return nil, err
	}
	if span.Low == nil && span.High == nil {
		return clause{"exists": clause{"field": c.name(field)}}, nil
	}
	return between(c.name(field), span), nil
}

// plainSpan uses the bounds of a kind unchanged: paths of the account area have
// no type to convert to.
func plainSpan(n query.Range, kind mapping.Kind) mapping.Span {
	value := func(v any) any {
		key, value, ok := mapping.AccountValue("", v)
		if v == nil || !ok || key.Kind != kind {
			return nil
		}
		return value
	}
	span := mapping.Span{Low: value(n.GTE), High: value(n.LTE)}
	if n.GT != nil {
		span.Low, span.LowOpen = value(n.GT), true
	}
	if n.LT != nil {
		span.High, span.HighOpen = value(n.LT), true
	}
	return span
}

// between returns a range. A fraction that bounds whole numbers becomes the
// nearest whole number inside.
func between(field string, s mapping.Span) clause {
	bounds := clause{}
	whole := strings.HasSuffix(field, ":"+layout.LongLetter)
	if low := s.Low; low != nil {
		operator := map[bool]string{false: "gte", true: "gt"}[s.LowOpen]
		if f, is := low.(float64); is && whole {
			if f >= 1<<63 {
				return nothing
			}
			operator, low = "gte", mapping.Whole(math.Ceil(f))
		}
		bounds[operator] = low
	}
	if high := s.High; high != nil {
		operator := map[bool]string{false: "lte", true: "lt"}[s.HighOpen]
		if f, is := high.(float64); is && whole {
			if f < -(1 << 63) {
				return nothing
			}
			operator, high = "lte", mapping.Whole(math.Floor(f))
		}
		bounds[operator] = high
	}
	if len(bounds) == 0 {
		return clause{"exists": clause{"field": field}}
	}
	return clause{"range": clause{field: bounds}}
}

// Exists implements query.Translator.
func (c *Compiler) Exists(n query.Exists) (clause, error) {
	var either []any
	switch n.Field.Area {
	case query.ID:
		return everything, nil
	case query.Account:
		if c.nested != "" || n.Field.Path == "" {
			return nothing, nil
		}
		for _, kind := range layout.AccountKinds {
			at := layout.AccountField(n.Field.Path, kind)
			below := strings.TrimSuffix(at, ":") + "/*"
			either = append(either, clause{"exists": clause{"field": at}}, clause{"exists": clause{"field": below}})
		}
	default:
		for _, field := range c.Schema.Under(n.Field.Path) {
			if field.Nested == c.nested {
				either = append(either, clause{"exists": clause{"field": c.name(field)}})
			}
		}
	}
	return anyOf(either), nil
}

// Bool implements query.Translator.
func (c *Compiler) Bool(n query.Bool) (clause, error) {
	if n.MinShould > len(n.Should) {
		return nothing, nil
	}
	b := clause{}
	for _, list := range []struct {
		occur string
		from  []query.Node
	}{{"filter", n.Must}, {"should", n.Should}, {"must_not", n.MustNot}} {
		clauses := make([]any, 0, len(list.from))
		for _, each := range list.from {
			compiled, err := query.Translate(each, c)
			if err != nil {
				return nil, err
			}
			clauses = append(clauses, compiled)
		}
		if len(clauses) > 0 && (list.occur != "should" || n.MinShould > 0) {
			b[list.occur] = clauses
		}
	}
	if n.MinShould > 0 {
		b["minimum_should_match"] = n.MinShould
	}
	if len(b) == 0 {
		return everything, nil
	}
	return clause{"bool": b}, nil
}

// Nested implements query.Translator.
func (c *Compiler) Nested(n query.Nested) (clause, error) {
	path := n.Path.Path
	if n.Path.Area != query.Content || !c.Schema.Nested(path) || c.nested != "" && !strings.HasPrefix(path, c.nested+".") {
		return nothing, nil
	}
	inner := *c
	inner.nested = path
	where, err := query.Translate(n.Where, &inner)
	if err != nil {
		return nil, err
	}
	return clause{"nested": clause{"path": layout.NestedField(c.Schema, path), "query": where, "ignore_unmapped": true, "score_mode": "none"}}, nil
}

// spelled returns the field for a condition on strings; "" if it can match
// nothing.
func (c *Compiler) spelled(f query.Field, what string) (string, error) {
	switch f.Area {
	case query.ID:
		return "id", nil
	case query.Account:
		if c.nested != "" {
			return "", nil
		}
		return layout.AccountField(f.Path, mapping.Keyword), nil
	}
	field := c.content(f)
	if field == nil {
		return "", nil
	}
	if !field.Spelled() {
		return "", storage.ErrBadRequest.New(fmt.Sprintf("%s needs a field of type keyword or text, and %q is of type %s", what, f.Path, field.Type))
	}
	return c.name(field), nil
}
