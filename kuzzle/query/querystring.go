package query

import "strings"

var queryStringForm = form{
	used: []string{"query", "fields", "default_field", "default_operator", "allow_leading_wildcard", "type"},
	ignored: []string{
		"analyze_wildcard", "lenient", "tie_breaker", "rewrite", "max_determinized_states",
		"auto_generate_synonyms_phrase_query", "enable_position_increments", "fuzzy_max_expansions",
		"fuzzy_prefix_length", "fuzzy_transpositions", "fuzzy_rewrite",
	},
	refused: []string{
		"analyzer", "quote_analyzer", "quote_field_suffix", "escape", "fuzziness",
		"minimum_should_match", "phrase_slop", "time_zone",
	},
}

// phrasing reads the text of a query_string: words, "phrases", field:value, AND,
// OR, NOT, + and -, parentheses, [a TO b] and {a TO b}, comparisons after a
// field, * and ?, \ before special characters. Fuzzy words, near phrases and
// regular expressions are ErrUnsupported.
type phrasing struct {
	*parser
	in      string
	pos     int
	and     bool // whether conditions without an operator between them are joined by and
	leading bool // whether a pattern may begin with * or ?
	fields  []Field
}

// queryString reads {"query": "text", "fields": […]}.
func (p *parser) queryString(v any) (Node, error) {
	options, err := p.object(v)
	if err != nil {
		return nil, err
	}
	if err := p.check(options, queryStringForm); err != nil {
		return nil, err
	}
	q := &phrasing{parser: p, leading: true}
	if q.and, err = p.operator(options, "default_operator"); err != nil {
		return nil, err
	}
	if _, given := options["allow_leading_wildcard"]; given {
		if q.leading, err = p.option(options, "allow_leading_wildcard"); err != nil {
			return nil, err
		}
	}
	if kind, given := options["type"]; given && kind != "best_fields" && kind != "most_fields" {
		defer p.step("type")()
		return nil, p.unsupported()
	}
	if q.fields, err = p.queriedFields(options); err != nil {
		return nil, err
	}
	defer p.step("query")()
	if q.in, err = p.text(options["query"]); err != nil {
		return nil, err
	}
	return q.whole()
}

// queriedFields returns the fields for words that name none.
func (p *parser) queriedFields(options map[string]any) ([]Field, error) {
	name, given := options["default_field"]
	if !given {
		return p.fieldsOption(options)
	}
	defer p.step("default_field")()
	if _, both := options["fields"]; both {
		return nil, p.bad("cannot stand beside fields")
	}
	return p.fields(list(name))
}

func (q *phrasing) whole() (Node, error) {
	q.space()
	if q.pos == len(q.in) {
		return None{}, q.count(1)
	}
	node, err := q.conditions()
	if err == nil && q.pos < len(q.in) {
		return nil, q.bad("has a ) without a (")
	}
	return node, err
}

// occur tells how a condition counts: required, optional or excluded.
type occur byte

const (
	should occur = iota
	must
	mustNot
)

// conditions reads up to the end or a closing parenthesis. As in Lucene, AND
// makes both sides required, and OR binds weaker than AND, + and -.
func (q *phrasing) conditions() (Node, error) {
	if err := q.deeper(); err != nil {
		return nil, err
	}
	defer func() { q.depth-- }()
	var nodes []Node
	var occurs []occur
	for {
		joined := q.conjunction()
		if q.end() {
			if joined != "" {
				return nil, q.bad("ends in %s", joined)
			}
			break
		}
		if joined != "" && len(nodes) == 0 {
			return nil, q.bad("begins with %s", joined)
		}
		how := q.modifier()
		q.space()
		if q.end() {
			return nil, q.bad("ends where a word is expected")
		}
		node, err := q.condition(how == should && joined == "")
		if err != nil {
			return nil, err
		}
		if last := len(occurs) - 1; last >= 0 && occurs[last] != mustNot {
			switch {
			case joined == "AND":
				occurs[last] = must
			case joined == "OR" && q.and:
				occurs[last] = should
			}
		}
		if how == should && (joined == "AND" || q.and && joined == "") {
			how = must
		}
		nodes, occurs = append(nodes, node), append(occurs, how)
	}
	return q.together(nodes, occurs)
}

func (q *phrasing) together(nodes []Node, occurs []occur) (Node, error) {
	if len(nodes) == 0 {
		return nil, q.bad("has nothing between parentheses")
	}
	var b Bool
	for i, node := range nodes {
		switch occurs[i] {
		case must:
			b.Must = append(b.Must, node)
		case mustNot:
			b.MustNot = append(b.MustNot, node)
		default:
			b.Should = append(b.Should, node)
		}
	}
	if len(b.Must) == 0 && len(b.Should) > 0 {
		b.MinShould = 1
	}
	return combine(b), q.count(1)
}

// conjunction reads the operator between two conditions: AND, OR or "".
func (q *phrasing) conjunction() string {
	q.space()
	for _, c := range []struct{ written, means string }{{"AND", "AND"}, {"OR", "OR"}, {"&&", "AND"}, {"||", "OR"}} {
		if q.keyword(c.written) {
			q.space()
			return c.means
		}
	}
	return ""
}

func (q *phrasing) modifier() occur {
	switch {
	case q.keyword("NOT"):
		return mustNot
	case q.skip('!'), q.skip('-'):
		return mustNot
	case q.skip('+'):
		return must
	}
	return should
}

// condition reads one condition; with run a plain word also takes the plain
// words after it.
func (q *phrasing) condition(run bool) (Node, error) {
	switch {
	case q.skip('('):
		return q.group()
	case q.peek() == '"':
		return q.quoted()
	case strings.IndexByte("[{/^~):]}", q.peek()) >= 0:
		if q.peek() == '/' {
			return nil, q.refused("/regular expression/")
		}
		return nil, q.bad("has %q where a word is expected", string(q.peek()))
	}
	w, err := q.word()
	if err != nil {
		return nil, err
	}
	if q.skip(':') {
		return q.valueOf(w)
	}
	if run && !w.wild {
		q.run(&w)
	}
	return q.find(w)
}

func (q *phrasing) group() (Node, error) {
	node, err := q.conditions()
	if err != nil {
		return nil, err
	}
	if !q.skip(')') {
		return nil, q.bad("has a ( without a )")
	}
	return node, q.suffix()
}

// quoted reads a phrase.
func (q *phrasing) quoted() (Node, error) {
	text, err := q.string()
	if err != nil {
		return nil, err
	}
	if err := q.suffix(); err != nil {
		return nil, err
	}
	return q.inAny(q.fields, text, wording{phrase: true})
}

// find returns a condition that looks for a word in the fields.
func (q *phrasing) find(w word) (Node, error) {
	if err := q.suffix(); err != nil {
		return nil, err
	}
	if !w.wild {
		return q.inAny(q.fields, w.text, wording{all: q.and})
	}
	if w.pattern == "*" {
		return All{}, q.count(1)
	}
	if !q.leading && strings.IndexByte("*?", w.pattern[0]) >= 0 {
		return nil, q.bad("has a pattern that begins with * or ?")
	}
	if err := q.pattern(w.pattern); err != nil {
		return nil, err
	}
	return q.each(q.fields, func(field Field) (Node, error) {
		pattern := w.pattern
		if q.scope.typeOf(field) == "text" {
			pattern = strings.ToLower(pattern)
		}
		return Wildcard{Field: field, Pattern: pattern}, q.count(1)
	})
}
