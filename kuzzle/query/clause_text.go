package query

import "strings"

// wording tells how the words of a text combine.
type wording struct {
	all    bool
	min    minimum
	phrase bool
	prefix bool // whether the last word of a phrase is a prefix
}

var (
	matchForm = form{
		used: []string{"query", "operator", "minimum_should_match", "zero_terms_query"},
		ignored: []string{
			"lenient", "max_expansions", "prefix_length", "fuzzy_transpositions", "fuzzy_rewrite",
			"auto_generate_synonyms_phrase_query",
		},
		refused: []string{"fuzziness", "analyzer", "cutoff_frequency"},
	}
	phraseForm = form{
		used:    []string{"query", "slop", "zero_terms_query"},
		ignored: []string{"max_expansions"},
		refused: []string{"analyzer"},
	}
	multiMatchForm = form{
		used:    []string{"query", "fields", "type", "operator", "minimum_should_match", "slop", "zero_terms_query"},
		ignored: append([]string{"tie_breaker"}, matchForm.ignored...),
		refused: matchForm.refused,
	}
)

// match reads {"<field>": "some words"} and {"<field>": {"query": …}}.
func (p *parser) match(v any) (Node, error) {
	field, value, options, err := p.valued(v, matchForm, "query")
	if err != nil {
		return nil, err
	}
	how, err := p.wording(options)
	if err != nil {
		return nil, err
	}
	return p.worded(field, value, how)
}

// phrase reads match_phrase and match_phrase_prefix.
func (p *parser) phrase(v any, prefix bool) (Node, error) {
	field, value, options, err := p.valued(v, phraseForm, "query")
	if err != nil {
		return nil, err
	}
	if _, err := p.wording(options); err != nil {
		return nil, err
	}
	return p.worded(field, value, wording{phrase: true, prefix: prefix})
}

// multiMatch reads {"query": "some words", "fields": ["a", "b.*"]}.
func (p *parser) multiMatch(v any) (Node, error) {
	options, err := p.object(v)
	if err != nil {
		return nil, err
	}
	if err := p.check(options, multiMatchForm); err != nil {
		return nil, err
	}
	how, err := p.wording(options)
	if err != nil {
		return nil, err
	}
	switch options["type"] {
	case nil, "best_fields", "most_fields":
	case "phrase":
		how = wording{phrase: true}
	case "phrase_prefix":
		how = wording{phrase: true, prefix: true}
	default:
		defer p.step("type")()
		return nil, p.unsupported()
	}
	fields, err := p.fieldsOption(options)
	if err != nil {
		return nil, err
	}
	if options["query"] == nil {
		return nil, p.bad(`has to hold "query"`)
	}
	return p.inAny(fields, options["query"], how)
}

// wording reads the options that combine the words of a clause.
func (p *parser) wording(options map[string]any) (how wording, err error) {
	if how.all, err = p.operator(options, "operator"); err != nil {
		return how, err
	}
	if given, has := options["minimum_should_match"]; has {
		if how.min, err = p.minimum(given); err != nil {
			return how, err
		}
	}
	if slop, has := options["slop"]; has {
		if n, is := number(slop); !is || n != 0 {
			defer p.step("slop")()
			return how, p.unsupported()
		}
	}
	if zero, has := options["zero_terms_query"]; has && zero != "none" {
		defer p.step("zero_terms_query")()
		return how, p.unsupported()
	}
	return how, nil
}

// operator returns true for and, false for or.
func (p *parser) operator(options map[string]any, name string) (bool, error) {
	given, has := options[name]
	if !has {
		return false, nil
	}
	word, _ := given.(string)
	switch strings.ToLower(word) {
	case "and":
		return true, nil
	case "or":
		return false, nil
	}
	defer p.step(name)()
	return false, p.bad(`has to be "and" or "or"`)
}

func (p *parser) minimum(v any) (minimum, error) {
	if n, is := number(v); is {
		v = n
	}
	m, ok := parseMinimum(v)
	if !ok {
		defer p.step("minimum_should_match")()
		return m, p.bad(`has to be an integer or a percentage, such as 2, -1 or "75%%"`)
	}
	return m, nil
}

// worded returns a condition that looks for a text in a field.
func (p *parser) worded(field Field, v any, how wording) (Node, error) {
	value, err := p.scalar(v)
	if err != nil {
		return nil, err
	}
	text := spelled(value)
	switch {
	case how.prefix && !p.scope.mayBeText(field):
		return Prefix{Field: field, Value: text}, p.count(1)
	case !p.scope.mayBeText(field):
		return p.oneOf(field, []any{value})
	case how.phrase:
		return Phrase{Field: field, Text: text, Prefix: how.prefix}, p.count(1)
	}
	node := Match{Field: field, Text: text, All: how.all}
	if !how.all {
		node.Min, node.MinPercent = how.min.n, how.min.percent
	}
	return node, p.count(1)
}

// inAny returns a condition that looks for a text in each of the fields.
func (p *parser) inAny(fields []Field, v any, how wording) (Node, error) {
	if _, err := p.scalar(v); err != nil {
		return nil, err
	}
	return p.each(fields, func(field Field) (Node, error) { return p.worded(field, v, how) })
}

// each returns a condition that holds if the condition holds for one of the
// fields.
func (p *parser) each(fields []Field, condition func(Field) (Node, error)) (Node, error) {
	nodes := make([]Node, len(fields))
	for i, field := range fields {
		node, err := condition(field)
		if err != nil {
			return nil, err
		}
		nodes[i] = node
	}
	return anyOf(nodes...), p.count(1)
}
