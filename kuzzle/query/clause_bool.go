package query

import "fmt"

var boolForm = form{
	used:    []string{"must", "filter", "should", "must_not", "minimum_should_match"},
	ignored: []string{"adjust_pure_negative"},
}

// bool reads must, filter, should and must_not, each with one query or several.
func (p *parser) bool(v any) (Node, error) {
	object, err := p.object(v)
	if err != nil {
		return nil, err
	}
	if err := p.check(object, boolForm); err != nil {
		return nil, err
	}
	var b Bool
	for _, part := range []struct {
		key  string
		into *[]Node
	}{{"must", &b.Must}, {"filter", &b.Must}, {"should", &b.Should}, {"must_not", &b.MustNot}} {
		given, has := object[part.key]
		if !has || given == nil {
			continue
		}
		nodes, err := p.queries(part.key, given)
		if err != nil {
			return nil, err
		}
		*part.into = append(*part.into, nodes...)
	}
	if given, has := object["minimum_should_match"]; has {
		m, err := p.minimum(given)
		if err != nil {
			return nil, err
		}
		b.MinShould = m.of(len(b.Should))
	}
	// Without another condition, at least one of should must hold.
	if b.MinShould == 0 && len(b.Must) == 0 && len(b.Should) > 0 {
		b.MinShould = 1
	}
	return combine(b), p.count(1)
}

// queries reads one query or an array of them.
func (p *parser) queries(key string, v any) ([]Node, error) {
	defer p.step(key)()
	many, is := v.([]any)
	if !is {
		node, err := p.query(v)
		return []Node{node}, err
	}
	if len(many) > p.limits.Clauses {
		return nil, ErrTooComplex.New("clauses", p.limits.Clauses)
	}
	nodes := make([]Node, len(many))
	for i, one := range many {
		back := p.step(fmt.Sprintf("[%d]", i))
		node, err := p.query(one)
		if err != nil {
			return nil, err
		}
		back()
		nodes[i] = node
	}
	return nodes, nil
}

// constantScore reads {"filter": query}.
func (p *parser) constantScore(v any) (Node, error) {
	object, err := p.object(v)
	if err != nil {
		return nil, err
	}
	if err := p.check(object, form{used: []string{"filter"}}); err != nil {
		return nil, err
	}
	defer p.step("filter")()
	return p.query(object["filter"])
}

var nestedForm = form{
	used:    []string{"path", "query"},
	ignored: []string{"score_mode", "ignore_unmapped"},
	refused: []string{"inner_hits"},
}

// nestedClause reads {"path": "<array>", "query": query}.
func (p *parser) nestedClause(v any) (Node, error) {
	object, err := p.object(v)
	if err != nil {
		return nil, err
	}
	if err := p.check(object, nestedForm); err != nil {
		return nil, err
	}
	name, is := object["path"].(string)
	if !is {
		return nil, p.bad(`has to hold "path", a string`)
	}
	path, err := p.field(name)
	if err != nil {
		return nil, err
	}
	if path.Area != Content {
		return nil, p.bad("has a path that is not an array of the content")
	}
	defer func(outer string) { p.nested = outer }(p.nested)
	p.nested = path.Path
	defer p.step("query")()
	where, err := p.query(object["query"])
	if err != nil {
		return nil, err
	}
	return Nested{Path: path, Where: where}, p.count(1)
}
