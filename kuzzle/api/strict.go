package api

import (
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// members are the members of an object that an action declares: of the query, of
// the body and of the objects inside it. A nil value accepts everything.
type members map[string]members

// declare adds the member at a path.
func (m members) declare(path []string) {
	inner, known := m[path[0]]
	switch {
	case len(path) == 1:
		m[path[0]] = nil
	case known && inner == nil: // everything below it is accepted already
	default:
		if !known {
			inner = members{}
			m[path[0]] = inner
		}
		inner.declare(path[1:])
	}
}

// unknown appends a violation for each member of an object that is not declared,
// in alphabetical order.
func (m members) unknown(violations []*fault.Error, object map[string]any, path string) []*fault.Error {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		inner, known := m[name]
		if !known {
			violations = append(violations, assert.Unexpected.New(path+name, slices.Sorted(maps.Keys(m))))
			continue
		}
		if within, isObject := object[name].(map[string]any); isObject && inner != nil {
			violations = inner.unknown(violations, within, path+name+".")
		}
	}
	return violations
}

// strict has the members that an action of a strict dialect declares; nil for
// actions of other dialects.
type strict struct {
	query, body members
	// wholeBody is set for actions that accept any body.
	wholeBody bool
}

// strictness collects the members that a plan and the placeholders of its routes
// declare.
func (p *plan) strictness(d *Dialect, routes []route) *strict {
	if !d.Strict {
		return nil
	}
	s := &strict{query: members{}, body: members{}}
	for _, name := range d.Known {
		s.query.declare([]string{name})
	}
	for i := range routes {
		for _, name := range routes[i].params {
			s.query.declare([]string{name})
		}
	}
	for i := range p.fields {
		switch f := &p.fields[i]; f.source {
		case fromArgs:
			s.query.declare([]string{f.name})
		case fromBody:
			s.body.declare(f.path)
		case wholeBody:
			s.wholeBody = true
		}
	}
	return s
}

// violations lists the members of a request that its action does not declare.
func (s *strict) violations(req *Request) []*fault.Error {
	found := s.query.unknown(nil, req.Args, "")
	if s.wholeBody {
		return found
	}
	if _, isList := req.Body.([]any); isList {
		return append(found, assert.InvalidType.New("body", "object"))
	}
	return s.body.unknown(found, req.BodyObject(), "body.")
}
