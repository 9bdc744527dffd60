package query

import "strings"

var simpleQueryStringForm = form{
	used: []string{"query", "fields", "default_operator", "flags"},
	ignored: []string{
		"analyze_wildcard", "lenient", "auto_generate_synonyms_phrase_query",
		"fuzzy_max_expansions", "fuzzy_prefix_length", "fuzzy_transpositions",
	},
	refused: []string{"analyzer", "minimum_should_match", "quote_field_suffix"},
}

// simple reads the text of a simple_query_string: words, "phrases", word*, +
// for and, | for or, - for not, parentheses, \ before special characters. It
// skips text that has no meaning; ~ after a word is ErrUnsupported.
type simple struct {
	phrasing
}

// simpleQueryString reads {"query": "text", "fields": […]}.
func (p *parser) simpleQueryString(v any) (Node, error) {
	options, err := p.object(v)
	if err != nil {
		return nil, err
	}
	if err := p.check(options, simpleQueryStringForm); err != nil {
		return nil, err
	}
	if flags, given := options["flags"]; given && flags != "ALL" {
		defer p.step("flags")()
		return nil, p.unsupported()
	}
	s := &simple{phrasing{parser: p}}
	if s.and, err = p.operator(options, "default_operator"); err != nil {
		return nil, err
	}
	if s.fields, err = p.fieldsOption(options); err != nil {
		return nil, err
	}
	defer p.step("query")()
	if s.in, err = p.text(options["query"]); err != nil {
		return nil, err
	}
	node, err := s.chain(false)
	if node == nil && err == nil {
		return None{}, p.count(1)
	}
	return node, err
}

// chain reads conditions from left to right, up to the end or, in a group, its
// closing parenthesis. nil means that there are none. + and | have the same
// precedence: where one follows the other, everything before becomes its left
// side.
func (s *simple) chain(group bool) (Node, error) {
	if err := s.deeper(); err != nil {
		return nil, err
	}
	defer func() { s.depth-- }()
	var sides []Node
	and, changes := s.and, 0
	for {
		joined := s.joint(group)
		if s.pos == len(s.in) || group && s.peek() == ')' {
			break
		}
		node, err := s.negated()
		if err != nil {
			return nil, err
		}
		if node == nil {
			continue
		}
		if joined != and && len(sides) > 1 {
			if changes++; changes > s.limits.Depth {
				return nil, ErrTooComplex.New("changes between + and |", s.limits.Depth)
			}
			sides = []Node{s.join(sides, and)}
			if err := s.count(1); err != nil {
				return nil, err
			}
		}
		and, sides = joined, append(sides, node)
	}
	if len(sides) == 0 {
		return nil, nil
	}
	return s.join(sides, and), s.count(1)
}

func (s *simple) join(sides []Node, and bool) Node {
	if and {
		return allOf(sides...)
	}
	return anyOf(sides...)
}

// joint skips the text between two conditions and reports whether it means and.
func (s *simple) joint(group bool) bool {
	and := s.and
	for {
		s.space()
		switch {
		case s.skip('+'):
			and = true
		case s.skip('|'):
			and = false
		case !group && s.skip(')'):
		default:
			return and
		}
	}
}

func (s *simple) negated() (Node, error) {
	negative := false
	for s.skip('-') {
		negative = !negative
		s.space()
	}
	node, err := s.condition()
	if err != nil || node == nil || !negative {
		return node, err
	}
	return not(node), s.count(1)
}

// condition reads a group, a phrase or a word; nil for none.
func (s *simple) condition() (Node, error) {
	switch {
	case s.skip('('):
		node, err := s.chain(true)
		s.skip(')')
		return node, err
	case s.peek() == '"' && strings.Contains(s.in[s.pos+1:], `"`):
		text, err := s.string()
		if err != nil {
			return nil, err
		}
		if s.peek() == '~' {
			return nil, s.refused("~")
		}
		return s.inAny(s.fields, text, wording{phrase: true})
	}
	text, prefix, err := s.plain()
	switch {
	case err != nil:
		return nil, err
	case text == "" && prefix:
		return All{}, s.count(1)
	case text == "":
		return nil, nil
	case prefix:
		return s.beginning(text)
	}
	return s.inAny(s.fields, text, wording{all: s.and})
}

func (s *simple) beginning(text string) (Node, error) {
	return s.each(s.fields, func(field Field) (Node, error) {
		value := text
		if s.scope.typeOf(field) == "text" {
			value = strings.ToLower(value)
		}
		return Prefix{Field: field, Value: value}, s.count(1)
	})
}

// plain reads a word; prefix reports whether it ends in *.
func (s *simple) plain() (text string, prefix bool, err error) {
	var out strings.Builder
	for ; s.pos < len(s.in); s.pos++ {
		c := s.in[s.pos]
		if strings.IndexByte(" \t\r\n()|+", c) >= 0 || c == '"' && out.Len() > 0 {
			break
		}
		if c == '~' && out.Len() > 0 {
			return "", false, s.refused("~")
		}
		if prefix {
			out.WriteByte('*')
		}
		if prefix = c == '*'; prefix {
			continue
		}
		if c == '\\' && s.pos+1 < len(s.in) {
			s.pos++
			c = s.in[s.pos]
		}
		out.WriteByte(c)
	}
	return out.String(), prefix, nil
}
