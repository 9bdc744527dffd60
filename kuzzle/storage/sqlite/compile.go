package sqlite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// All implements query.Translator.
func (c *compiler) All() condition { return everything{} }

// None implements query.Translator.
func (c *compiler) None() condition { return nothing{} }

// content is the field at a path of content, or nil when a condition on it can
// hold for no document here.
func (c *compiler) content(f query.Field) *mapping.Field {
	if field := c.index.schema.Field(f.Path); field != nil && field.Nested == c.nested {
		return field
	}
	return nil
}

// Terms implements query.Translator.
func (c *compiler) Terms(n query.Terms) (condition, error) {
	switch n.Field.Area {
	case query.ID:
		return named{spans: points(n.Values, func(v any) (any, bool) { s, is := v.(string); return s, is })}, nil
	case query.Account:
		return c.accountTerms(n), nil
	}
	field := c.content(n.Field)
	if field == nil {
		return nothing{}, nil
	}
	leaf := within{keys: []mapping.Key{field.Key}}
	for _, v := range n.Values {
		span, possible, err := field.Point(v, c.now)
		if err != nil {
			return nil, err
		}
		if possible {
			leaf.spans = append(leaf.spans, span)
		}
	}
	return leaf, nil
}

func points(values []any, convert func(any) (any, bool)) []mapping.Span {
	var spans []mapping.Span
	for _, v := range values {
		if p, ok := convert(v); ok {
			spans = append(spans, mapping.Span{Low: p, High: p})
		}
	}
	return spans
}

// accountTerms looks for each value among those of its own kind.
func (c *compiler) accountTerms(n query.Terms) condition {
	any := group{min: 1}
	for _, v := range n.Values {
		key, value, ok := mapping.AccountValue(n.Field.Path, v)
		if ok && c.nested == "" {
			any.should = append(any.should, within{keys: []mapping.Key{key}, spans: []mapping.Span{{Low: value, High: value}}})
		}
	}
	return simplify(any)
}

// Range implements query.Translator.
func (c *compiler) Range(n query.Range) (condition, error) {
	var key mapping.Key
	var span mapping.Span
	switch n.Field.Area {
	case query.ID:
		return named{spans: []mapping.Span{stringRange(n)}}, nil
	case query.Account:
		for _, bound := range []any{n.GT, n.GTE, n.LT, n.LTE} {
			if bound != nil {
				key, _, _ = mapping.AccountValue(n.Field.Path, bound)
			}
		}
		if key.Kind == 0 || c.nested != "" {
			return nothing{}, nil
		}
		span = accountRange(n)
	default:
		field := c.content(n.Field)
		if field == nil {
			return nothing{}, nil
		}
		var err error
		if span, err = field.Range(n.GT, n.GTE, n.LT, n.LTE, c.now); err != nil {
			return nil, err
		}
		key = field.Key
	}
	return within{keys: []mapping.Key{key}, spans: []mapping.Span{span}}, nil
}

// accountRange takes the bounds as they are: the paths of the account area have
// no type to convert to.
func accountRange(n query.Range) mapping.Span {
	low, lowOpen := n.GTE, false
	if n.GT != nil {
		low, lowOpen = n.GT, true
	}
	high, highOpen := n.LTE, false
	if n.LT != nil {
		high, highOpen = n.LT, true
	}
	span := mapping.Span{LowOpen: lowOpen, HighOpen: highOpen}
	if low != nil {
		_, span.Low, _ = mapping.AccountValue("", low)
	}
	if high != nil {
		_, span.High, _ = mapping.AccountValue("", high)
	}
	return span
}

func stringRange(n query.Range) mapping.Span { return accountRange(n) }

// Exists implements query.Translator.
func (c *compiler) Exists(n query.Exists) (condition, error) {
	var keys []mapping.Key
	switch n.Field.Area {
	case query.ID:
		return everything{}, nil
	case query.Account:
		if c.nested == "" {
			keys = c.accountKeys(n.Field.Path)
		}
	default:
		for _, field := range c.index.schema.Under(n.Field.Path) {
			if field.Nested == c.nested {
				keys = append(keys, field.Key)
			}
		}
	}
	if len(keys) == 0 {
		return nothing{}, nil
	}
	return within{keys: keys, spans: []mapping.Span{{}}}, nil
}

// accountKeys are the fields written at an account path or below it.
func (c *compiler) accountKeys(path string) []mapping.Key {
	var keys []mapping.Key
	for key := range c.index.numbers {
		if key.Area == mapping.Account && (key.Path == path || strings.HasPrefix(key.Path, path+".")) {
			keys = append(keys, key)
		}
	}
	return keys
}

// spelled is the condition on strings that patterns make.
func (c *compiler) spelled(f query.Field, what string, span mapping.Span, test func(string) bool) (condition, error) {
	spans := []mapping.Span{span}
	switch f.Area {
	case query.ID:
		return named{spans: spans, test: test}, nil
	case query.Account:
		if c.nested != "" {
			return nothing{}, nil
		}
		key := mapping.Key{Area: mapping.Account, Path: f.Path, Kind: mapping.Keyword}
		return within{keys: []mapping.Key{key}, spans: spans, test: test}, nil
	}
	field := c.content(f)
	if field == nil {
		return nothing{}, nil
	}
	if field.Kind != mapping.Keyword && field.Kind != mapping.Text {
		return nil, storage.ErrBadRequest.New(fmt.Sprintf("%s needs a field of type keyword or text, and %q is of type %s", what, f.Path, field.Type))
	}
	return within{keys: []mapping.Key{field.Key}, spans: spans, test: test}, nil
}

func prefixSpan(prefix string) mapping.Span {
	if prefix == "" {
		return mapping.Span{}
	}
	return mapping.Span{Low: prefix, High: afterPrefix(prefix), HighOpen: true}
}

// Prefix implements query.Translator.
func (c *compiler) Prefix(n query.Prefix) (condition, error) {
	if !n.CaseInsensitive {
		return c.spelled(n.Field, "prefix", prefixSpan(n.Value), nil)
	}
	p := pattern{parts: append(literal(n.Value), part{any: true}), fold: true}
	return c.spelled(n.Field, "prefix", mapping.Span{}, p.match)
}

// Wildcard implements query.Translator.
func (c *compiler) Wildcard(n query.Wildcard) (condition, error) {
	p := parsePattern(n.Pattern, n.CaseInsensitive)
	return c.spelled(n.Field, "wildcard", prefixSpan(p.prefix()), p.match)
}

// Match implements query.Translator.
func (c *compiler) Match(n query.Match) (condition, error) {
	field := c.content(n.Field)
	if n.Field.Area != query.Content || field != nil && field.Kind != mapping.Text {
		return c.Terms(query.Terms{Field: n.Field, Values: []any{n.Text}})
	}
	if field == nil {
		return nothing{}, nil
	}
	words := mapping.Words(n.Text)
	g := group{min: n.Needed(len(words))}
	for _, word := range words {
		g.should = append(g.should, within{keys: []mapping.Key{field.Key}, spans: []mapping.Span{{Low: word, High: word}}})
	}
	if len(words) == 0 {
		return nothing{}, nil
	}
	return simplify(g), nil
}

// Phrase implements query.Translator.
func (c *compiler) Phrase(n query.Phrase) (condition, error) {
	field := c.content(n.Field)
	if n.Field.Area != query.Content || field != nil && field.Kind != mapping.Text {
		if n.Prefix {
			return c.Prefix(query.Prefix{Field: n.Field, Value: n.Text})
		}
		return c.Terms(query.Terms{Field: n.Field, Values: []any{n.Text}})
	}
	if field == nil {
		return nothing{}, nil
	}
	words := mapping.Words(n.Text)
	if len(words) == 0 {
		return nothing{}, nil
	}
	return phrase{key: field.Key, words: words, prefix: n.Prefix}, nil
}

// Bool implements query.Translator.
func (c *compiler) Bool(n query.Bool) (condition, error) {
	g := group{min: n.MinShould}
	for _, list := range []struct {
		from []query.Node
		to   *[]condition
	}{{n.Must, &g.must}, {n.Should, &g.should}, {n.MustNot, &g.mustNot}} {
		for _, each := range list.from {
			compiled, err := query.Translate(each, c)
			if err != nil {
				return nil, err
			}
			*list.to = append(*list.to, compiled)
		}
	}
	return simplify(g), nil
}

// simplify drops what decides nothing, so that a plain condition wrapped in
// groups is read from the index as quickly as a bare one.
func simplify(g group) condition {
	if g.min > len(g.should) || slices.ContainsFunc(g.must, isNothing) || slices.ContainsFunc(g.mustNot, isEverything) {
		return nothing{}
	}
	g.must = slices.DeleteFunc(g.must, isEverything)
	g.mustNot = slices.DeleteFunc(g.mustNot, isNothing)
	g.should = slices.DeleteFunc(g.should, isNothing)
	if g.min <= 0 || slices.ContainsFunc(g.should, isEverything) && g.min == 1 {
		g.should, g.min = nil, 0
	}
	if g.min > len(g.should) {
		return nothing{}
	}
	if g.min > 0 && g.min == len(g.should) {
		g.must, g.should, g.min = append(g.must, g.should...), nil, 0
	}
	switch {
	case len(g.must)+len(g.should)+len(g.mustNot) == 0:
		return everything{}
	case len(g.must) == 1 && len(g.should)+len(g.mustNot) == 0:
		return g.must[0]
	}
	return g
}

func isNothing(c condition) bool    { _, is := c.(nothing); return is }
func isEverything(c condition) bool { _, is := c.(everything); return is }

// Nested implements query.Translator.
func (c *compiler) Nested(n query.Nested) (condition, error) {
	if n.Path.Area != query.Content || !c.index.schema.Nested(n.Path.Path) {
		return nothing{}, nil
	}
	inner := *c
	inner.nested = n.Path.Path
	where, err := query.Translate(n.Where, &inner)
	if err != nil {
		return nil, err
	}
	if isNothing(where) {
		return nothing{}, nil
	}
	return element{path: n.Path.Path, where: where}, nil
}
