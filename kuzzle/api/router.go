package api

import (
	"net/url"
	"strings"
)

// router finds the route of a verb and path. Static segments win over
// placeholders, without backtracking, as in Kuzzle.
type router struct {
	verbs map[string]*node
}

type node struct {
	static map[string]*node
	param  *node
	route  *route
}

func (r *router) add(rt *route) {
	if r.verbs == nil {
		r.verbs = map[string]*node{}
	}
	at := r.verbs[rt.verb]
	if at == nil {
		at = &node{}
		r.verbs[rt.verb] = at
	}
	for _, segment := range strings.Split(strings.Trim(rt.path, "/"), "/") {
		at = at.child(segment)
	}
	if at.route != nil && at.route.handler == rt.handler {
		return // another name of the same action, with its parameters in the same positions
	}
	if at.route != nil {
		panic("api: the route " + rt.verb + " " + rt.path + " is declared twice")
	}
	at.route = rt
}

func (n *node) child(segment string) *node {
	if strings.HasPrefix(segment, "{") {
		if n.param == nil {
			n.param = &node{}
		}
		return n.param
	}
	if n.static == nil {
		n.static = map[string]*node{}
	}
	next := n.static[segment]
	if next == nil {
		next = &node{}
		n.static[segment] = next
	}
	return next
}

// find walks an escaped path. values are the values of the placeholders, in
// order. A value may be invalid UTF-8; a static segment never is.
func (r *router) find(verb, path string) (found *route, values []string) {
	at := r.verbs[verb]
	if at == nil {
		return nil, nil
	}
	matched := false
	for path != "" {
		segment, rest, err := nextSegment(path)
		if err != nil {
			return nil, nil
		}
		if path = rest; segment == "" {
			continue
		}
		matched = true
		if next := at.static[segment]; next != nil {
			at = next
			continue
		}
		if at.param == nil {
			return nil, nil
		}
		at = at.param
		values = append(values, segment)
	}
	if !matched {
		at = at.static[""]
		if at == nil {
			return nil, nil
		}
	}
	return at.route, values
}

// nextSegment cuts the first non-empty segment off an escaped path and
// unescapes it. The segment is "" if there is none.
func nextSegment(path string) (segment, rest string, err error) {
	for segment == "" && path != "" {
		segment, path, _ = strings.Cut(path, "/")
	}
	if strings.IndexByte(segment, '%') >= 0 {
		segment, err = url.PathUnescape(segment)
	}
	return segment, path, err
}
