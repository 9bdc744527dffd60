package query

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ParseKoncorde reads a Koncorde filter. An empty filter holds for every document.
// Operators and clauses that Koncorde does not have are read as clauses of the
// query language.
//
// A filter object must have one key. Kuzzle uses the first of several and ignores
// the rest silently. Here it is ErrKoncorde, because decoded JSON has no first key,
// and an ignored condition finds too many documents.
//
// Faults: ErrKoncorde, ErrKoncordeRestricted and those of [ParseFilter].
func ParseKoncorde(filter map[string]any, scope Scope, limits Limits) (Node, error) {
	if err := refuseScripts(filter, 0); err != nil {
		return nil, err
	}
	return koncordeRoot(newParser(scope, limits), filter)
}

// koncordeParser reads the operators and clauses of Koncorde. It passes unknown
// ones to the parser of the query language.
type koncordeParser struct {
	*parser
}

func koncordeRoot(p *parser, filter map[string]any) (Node, error) {
	return (&koncordeParser{p}).filter(filter)
}

func (p *koncordeParser) filter(v any) (Node, error) {
	object, is := v.(map[string]any)
	if !is {
		return nil, p.badFilter("has to be an object")
	}
	names := keys(object)
	switch len(names) {
	case 0:
		return All{}, p.count(1)
	case 1:
		return p.koncordeClause(names[0], object[names[0]])
	}
	return nil, p.badFilter("holds both %q and %q: combine them with and", clip(names[0]), clip(names[1]))
}

// koncordeNames maps Koncorde's clauses to those of the query language.
var koncordeNames = map[string]string{
	"and": "bool", "or": "bool", "not": "bool", "missing": "exists",
	"equals": "term", "in": "terms", "exists": "exists",
}

func (p *koncordeParser) koncordeClause(name string, v any) (Node, error) {
	translated, koncorde := koncordeNames[name]
	if !koncorde {
		return p.passed(name, v)
	}
	if err := p.scope.clause(translated); err != nil {
		return nil, err
	}
	leave, err := p.enter(name)
	if err != nil {
		return nil, err
	}
	defer leave()
	switch name {
	case "and", "or":
		return p.koncordeMany(name, v)
	case "not":
		node, err := p.filter(v)
		if err != nil {
			return nil, err
		}
		return not(node), p.count(1)
	case "equals":
		return p.equals(v)
	case "in":
		return p.terms(v)
	}
	node, err := p.koncordeExists(v)
	if err != nil || name == "exists" {
		return node, err
	}
	return not(node), p.count(1)
}

// passed reads clauses that Koncorde shares with the query language.
func (p *koncordeParser) passed(name string, v any) (Node, error) {
	switch name {
	case "bool":
		return nil, ErrKoncordeRestricted.New("operator", name)
	case "geoBoundingBox", "geoDistance", "geoDistanceRange", "geoPolygon", "select":
		defer p.step(name)()
		return nil, p.unsupported()
	case "nothing":
		return None{}, p.count(1)
	}
	return p.clause(name, v)
}

func (p *koncordeParser) koncordeMany(name string, v any) (Node, error) {
	filters, is := v.([]any)
	if !is || len(filters) == 0 {
		return nil, p.badFilter("has to be an array of at least one filter")
	}
	if len(filters) > p.limits.Clauses {
		return nil, ErrTooComplex.New("clauses", p.limits.Clauses)
	}
	nodes := make([]Node, len(filters))
	for i, filter := range filters {
		back := p.step(fmt.Sprintf("[%d]", i))
		node, err := p.filter(filter)
		if err != nil {
			return nil, err
		}
		back()
		nodes[i] = node
	}
	if name == "and" {
		return allOf(nodes...), p.count(1)
	}
	return anyOf(nodes...), p.count(1)
}

// equals reads {"<field>": value}.
func (p *koncordeParser) equals(v any) (Node, error) {
	name, field, value, err := p.perField(v)
	if err != nil {
		return nil, err
	}
	defer p.step(name)()
	return p.oneOf(field, []any{value})
}

// koncordeExists reads "<field>", {"field": "<field>"} and "<field>[<value>]",
// which holds if the array has the value.
func (p *koncordeParser) koncordeExists(v any) (Node, error) {
	if object, is := v.(map[string]any); is && len(object) == 1 {
		v = object["field"]
	}
	path, is := v.(string)
	if !is || path == "" {
		return nil, p.badFilter("has to name a field")
	}
	at := strings.IndexByte(path, '[')
	if at < 0 {
		return p.has(path)
	}
	name, literal := path[:at], path[at+1:]
	if name == "" || !strings.HasSuffix(literal, "]") {
		return nil, p.badFilter("has the path %q, which is not of the form path[value]", clip(path))
	}
	value, err := p.literal(strings.TrimSuffix(literal, "]"))
	if err != nil {
		return nil, err
	}
	field, err := p.field(name)
	if err != nil {
		return nil, err
	}
	return p.oneOf(field, []any{value})
}

// literal reads a JSON scalar; a word without quotes is a string.
func (p *koncordeParser) literal(s string) (any, error) {
	s = strings.TrimSpace(s)
	var value any
	err := json.Unmarshal([]byte(s), &value)
	switch value.(type) {
	case string, float64, bool:
		return value, nil
	}
	if err == nil || s == "" || strings.ContainsAny(s, `"[]{}`) {
		return nil, p.badFilter("has the value [%s], which is not a string, number or boolean", clip(s))
	}
	return s, nil
}

func (p *koncordeParser) badFilter(format string, args ...any) error {
	return ErrKoncorde.New(p.where() + " " + fmt.Sprintf(format, args...))
}
