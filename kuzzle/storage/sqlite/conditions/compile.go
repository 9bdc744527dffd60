package conditions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// All implements query.Translator.
func (c *Compiler) All() Condition { return Everything{} }

// None implements query.Translator.
func (c *Compiler) None() Condition { return Nothing{} }

// Content returns the field at a path of content, or nil if a condition on it can
// match no document.
func (c *Compiler) Content(f query.Field) *mapping.Field {
	if field := c.Schema.Field(f.Path); field != nil && field.Nested == c.nested {
		return field
	}
	return nil
}

// Terms implements query.Translator.
func (c *Compiler) Terms(n query.Terms) (Condition, error) {
	switch n.Field.Area {
	case query.ID:
		return Named{Spans: points(n.Values, func(v any) (any, bool) { s, is := v.(string); return s, is })}, nil
	case query.Account:
		return c.accountTerms(n), nil
	}
	field := c.Content(n.Field)
	if field == nil {
		return Nothing{}, nil
	}
	leaf := Within{Keys: []mapping.Key{field.Key}}
	for _, v := range n.Values {
		span, possible, err := field.Point(v, c.Now)
		if err != nil {
			return nil, err
		}
		if possible {
			leaf.Spans = append(leaf.Spans, span)
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

// accountTerms matches each value among those of its own kind, all values of a kind
// at once.
func (c *Compiler) accountTerms(n query.Terms) Condition {
	any := Group{Min: 1}
	for _, v := range n.Values {
		key, value, ok := mapping.AccountValue(n.Field.Path, v)
		if !ok || c.nested != "" {
			continue
		}
		at := slices.IndexFunc(any.Should, func(has Condition) bool { return has.(Within).Keys[0] == key })
		if at < 0 {
			at = len(any.Should)
			any.Should = append(any.Should, Within{Keys: []mapping.Key{key}})
		}
		within := any.Should[at].(Within)
		within.Spans = append(within.Spans, mapping.Span{Low: value, High: value})
		any.Should[at] = within
	}
	return simplify(any)
}

// Range implements query.Translator.
func (c *Compiler) Range(n query.Range) (Condition, error) {
	var key mapping.Key
	var span mapping.Span
	switch n.Field.Area {
	case query.ID:
		return Named{Spans: []mapping.Span{stringRange(n)}}, nil
	case query.Account:
		for _, bound := range []any{n.GT, n.GTE, n.LT, n.LTE} {
			if bound != nil {
				key, _, _ = mapping.AccountValue(n.Field.Path, bound)
			}
		}
		if key.Kind == 0 || c.nested != "" {
			return Nothing{}, nil
		}
		span = accountRange(n)
	default:
		field := c.Content(n.Field)
		if field == nil {
			return Nothing{}, nil
		}
		var err error
		if span, err = field.Range(n.GT, n.GTE, n.LT, n.LTE, c.Now); err != nil {
			return nil, err
		}
		key = field.Key
	}
	return Within{Keys: []mapping.Key{key}, Spans: []mapping.Span{span}}, nil
}

// accountRange uses the bounds unchanged: paths of the account area have no type to
// convert to.
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
func (c *Compiler) Exists(n query.Exists) (Condition, error) {
	var keys []mapping.Key
	switch n.Field.Area {
	case query.ID:
		return Everything{}, nil
	case query.Account:
		if c.nested == "" {
			keys = c.AccountKeys(n.Field.Path)
		}
	default:
		for _, field := range c.Schema.Under(n.Field.Path) {
			if field.Nested == c.nested {
				keys = append(keys, field.Key)
			}
		}
	}
	if len(keys) == 0 {
		return Nothing{}, nil
	}
	return Within{Keys: keys, Spans: []mapping.Span{{}}}, nil
}

// AccountKeys returns the fields written at an account path or below it.
func (c *Compiler) AccountKeys(path string) []mapping.Key {
	var keys []mapping.Key
	for key := range c.Numbers {
		if key.Area == mapping.Account && (key.Path == path || strings.HasPrefix(key.Path, path+".")) {
			keys = append(keys, key)
		}
	}
	return keys
}

// spelled returns the condition on strings for a pattern.
func (c *Compiler) spelled(f query.Field, what string, span mapping.Span, test func(string) bool) (Condition, error) {
	spans := []mapping.Span{span}
	switch f.Area {
	case query.ID:
		return Named{Spans: spans, Test: test}, nil
	case query.Account:
		if c.nested != "" {
			return Nothing{}, nil
		}
		key := mapping.Key{Area: mapping.Account, Path: f.Path, Kind: mapping.Keyword}
		return Within{Keys: []mapping.Key{key}, Spans: spans, Test: test}, nil
	}
	field := c.Content(f)
	if field == nil {
		return Nothing{}, nil
	}
	if !field.Spelled() {
		return nil, storage.ErrBadRequest.New(fmt.Sprintf("%s needs a field of type keyword or text, and %q is of type %s", what, f.Path, field.Type))
	}
	return Within{Keys: []mapping.Key{field.Key}, Spans: spans, Test: test}, nil
}

func PrefixSpan(prefix string) mapping.Span {
	if prefix == "" {
		return mapping.Span{}
	}
	return mapping.Span{Low: prefix, High: afterPrefix(prefix), HighOpen: true}
}

// Prefix implements query.Translator.
func (c *Compiler) Prefix(n query.Prefix) (Condition, error) {
	n.Value = c.spelling(n.Field, n.Value)
	if !n.CaseInsensitive {
		return c.spelled(n.Field, "prefix", PrefixSpan(n.Value), nil)
	}
	p := pattern{parts: append(query.Literal(n.Value), query.Part{Any: true}), fold: true}
	return c.spelled(n.Field, "prefix", mapping.Span{}, p.match)
}

// Wildcard implements query.Translator.
func (c *Compiler) Wildcard(n query.Wildcard) (Condition, error) {
	n.Pattern = c.spelling(n.Field, n.Pattern)
	p := pattern{parts: n.Parts(), fold: n.CaseInsensitive}
	return c.spelled(n.Field, "wildcard", PrefixSpan(p.prefix()), p.match)
}

// Regexp implements query.Translator.
func (c *Compiler) Regexp(n query.Regexp) (Condition, error) {
	fits, err := n.Compile()
	if err != nil {
		return nil, err
	}
	prefix := ""
	if !n.CaseInsensitive {
		prefix, _ = fits.LiteralPrefix()
	}
	return c.spelled(n.Field, "regexp", PrefixSpan(prefix), fits.MatchString)
}

// Fuzzy implements query.Translator.
func (c *Compiler) Fuzzy(n query.Fuzzy) (Condition, error) {
	n.Value = c.spelling(n.Field, n.Value)
	beginning := []rune(n.Value)
	beginning = beginning[:min(n.Prefix, len(beginning))]
	return c.spelled(n.Field, "fuzzy", PrefixSpan(string(beginning)), n.Fits)
}

// spelling is how a text is compared with a field.
func (c *Compiler) spelling(f query.Field, text string) string {
	if f.Area != query.Content {
		return text
	}
	return c.Schema.Spelling(f.Path, text)
}

// Match implements query.Translator.
func (c *Compiler) Match(n query.Match) (Condition, error) {
	field := c.Content(n.Field)
	if n.Field.Area != query.Content || field != nil && field.Kind != mapping.Text {
		return c.Terms(query.Terms{Field: n.Field, Values: []any{n.Text}})
	}
	if field == nil {
		return Nothing{}, nil
	}
	words := mapping.Words(n.Text)
	g := Group{Min: n.Needed(len(words))}
	for _, word := range words {
		g.Should = append(g.Should, Within{Keys: []mapping.Key{field.Key}, Spans: []mapping.Span{{Low: word, High: word}}})
	}
	if len(words) == 0 {
		return Nothing{}, nil
	}
	return simplify(g), nil
}

// Phrase implements query.Translator.
func (c *Compiler) Phrase(n query.Phrase) (Condition, error) {
	field := c.Content(n.Field)
	if n.Field.Area != query.Content || field != nil && field.Kind != mapping.Text {
		if n.Prefix {
			return c.Prefix(query.Prefix{Field: n.Field, Value: n.Text})
		}
		return c.Terms(query.Terms{Field: n.Field, Values: []any{n.Text}})
	}
	if field == nil {
		return Nothing{}, nil
	}
	words := mapping.Words(n.Text)
	if len(words) == 0 {
		return Nothing{}, nil
	}
	return Phrase{Key: field.Key, Words: words, Prefix: n.Prefix}, nil
}

// Contains implements query.Translator.
func (c *Compiler) Contains(n query.Contains) (Condition, error) {
	text, err := n.Folded()
	if err != nil {
		return nil, err
	}
	contains := Contains{Text: text}
	for _, f := range n.Fields {
		key := mapping.Key{Area: mapping.Area(f.Area), Path: f.Path, Kind: mapping.Keyword}
		switch {
		case f.Area == query.ID:
			contains.ID = true
		case mapping.ContainedKey(key):
			contains.Keys = append(contains.Keys, key)
		default:
			return nil, mapping.NotContained(f.Path)
		}
	}
	if c.nested != "" || len(contains.Keys) == 0 && !contains.ID {
		return Nothing{}, nil
	}
	return contains, nil
}

// Bool implements query.Translator.
func (c *Compiler) Bool(n query.Bool) (Condition, error) {
	g := Group{Min: n.MinShould}
	for _, list := range []struct {
		from []query.Node
		to   *[]Condition
	}{{n.Must, &g.Must}, {n.Should, &g.Should}, {n.MustNot, &g.MustNot}} {
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

// simplify removes groups without effect, so that a plain condition inside groups is
// as fast as a bare one.
func simplify(g Group) Condition {
	if g.Min > len(g.Should) || slices.ContainsFunc(g.Must, isNothing) || slices.ContainsFunc(g.MustNot, IsEverything) {
		return Nothing{}
	}
	g.Must = slices.DeleteFunc(g.Must, IsEverything)
	g.MustNot = slices.DeleteFunc(g.MustNot, isNothing)
	g.Should = slices.DeleteFunc(g.Should, isNothing)
	if g.Min <= 0 || slices.ContainsFunc(g.Should, IsEverything) && g.Min == 1 {
		g.Should, g.Min = nil, 0
	}
	if g.Min > len(g.Should) {
		return Nothing{}
	}
	if g.Min > 0 && g.Min == len(g.Should) {
		g.Must, g.Should, g.Min = append(g.Must, g.Should...), nil, 0
	}
	switch {
	case len(g.Must)+len(g.Should)+len(g.MustNot) == 0:
		return Everything{}
	case len(g.Must) == 1 && len(g.Should)+len(g.MustNot) == 0:
		return g.Must[0]
	}
	return g
}

func isNothing(c Condition) bool    { _, is := c.(Nothing); return is }
func IsEverything(c Condition) bool { _, is := c.(Everything); return is }

// Nested implements query.Translator.
func (c *Compiler) Nested(n query.Nested) (Condition, error) {
	if n.Path.Area != query.Content || !c.Schema.Nested(n.Path.Path) {
		return Nothing{}, nil
	}
	inner := *c
	inner.nested = n.Path.Path
	where, err := query.Translate(n.Where, &inner)
	if err != nil {
		return nil, err
	}
	if isNothing(where) {
		return Nothing{}, nil
	}
	return Element{Path: n.Path.Path, Where: where}, nil
}
