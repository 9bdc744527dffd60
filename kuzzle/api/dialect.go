package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Dialect is how a family of actions speaks with its clients. It owns its edge:
// the path its routes lie under, who calls, and how every answer looks, those to
// requests that lead to no action included. A controller belongs to one dialect,
// and its actions are reached through that one only.
type Dialect struct {
	Name string
	// Prefix is the path that all its routes lie under, such as "/v1". Kuzzle's
	// dialect has none: it has every path that is no other dialect's.
	Prefix string
	// Authenticator tells who calls; nil is the dispatcher's.
	Authenticator Authenticator
	// Closed tells callers whom the dialect's own Authenticator refuses that and nothing
	// else: not which paths there are, nor what is wrong with a request.
	Closed bool

	// Accepts are the content types of bodies, nil for those of the server. An
	// action may say otherwise.
	Accepts []string
	// Bodiless are the verbs whose bodies are ignored.
	Bodiless []string
	// EmptyObject takes a body that is absent or null for {}.
	EmptyObject bool
	// Strict refuses query parameters and members of bodies that the action does
	// not declare; Known are query parameters that every action takes.
	Strict bool
	Known  []string
	// PlainLists takes the values of a query parameter for the list, one or many.
	// Kuzzle's dialect takes one value for the JSON of a list.
	PlainLists bool
	// AllViolations asks for every wrong argument, not only the first: the
	// error's Errors has them in the order of the arguments.
	AllViolations bool

	// WrongVerb answers 405 where a path exists for other verbs, rather than 404.
	WrongVerb bool
	// ContentType is that of answers, "" for application/json.
	ContentType string
	// Status is the status of an error's answer; nil is the error's own.
	Status func(*fault.Error) int
	// Header adds headers to an answer; nil adds none.
	Header func(h http.Header, req *Request, res *Response)
	// Append writes the answer's body. withRoom is true on transports where
	// the client tells answers apart by their room. It fails when the result
	// cannot be encoded, and must not when there is an error instead.
	Append func(dst []byte, req *Request, res *Response, withRoom bool) ([]byte, error)
}

// Kuzzle is the dialect of Kuzzle's clients: one envelope for everything. It is
// the only one that WebSockets and POST /_query speak.
var Kuzzle = &Dialect{Name: "kuzzle", Append: appendEnvelope}

// dialect is the one that the request is made in: its own, else its action's.
func (r *Request) dialect() *Dialect {
	switch {
	case r.Dialect != nil:
		return r.Dialect
	case r.handler != nil:
		return r.handler.dialect
	}
	return Kuzzle
}

func (d *Dialect) status(failure *fault.Error) int {
	if d.Status == nil {
		return failure.Status()
	}
	return d.Status(failure)
}

// Refuse answers a request with an error, in the request's dialect.
func Refuse(req *Request, failure *fault.Error) *Response {
	res := &Response{}
	res.refuse(req, failure)
	return res
}

// edge is a dialect with its routes. Their paths begin with the prefix.
type edge struct {
	*Dialect
	router router
	// segments are those of the prefix.
	segments []string
}

// covers reports whether an escaped path lies under the prefix.
func (e *edge) covers(path string) bool {
	for _, want := range e.segments {
		segment, rest, err := nextSegment(path)
		if err != nil || segment != want {
			return false
		}
		path = rest
	}
	return true
}

// edgeOf finds or adds the edge of a dialect.
func (t *Table) edgeOf(d *Dialect) *edge {
	for _, e := range t.edges {
		if e.Dialect == d {
			return e
		}
	}
	e := &edge{Dialect: d, segments: strings.FieldsFunc(d.Prefix, func(r rune) bool { return r == '/' })}
	if d != Kuzzle && len(e.segments) == 0 {
		panic("api: the dialect " + d.Name + " has no prefix")
	}
	for _, other := range t.edges {
		if slices.Equal(other.segments, e.segments) {
			panic("api: the dialects " + other.Name + " and " + d.Name + " have one prefix")
		}
	}
	t.edges = append(t.edges, e)
	// The longest prefix counts; Kuzzle's, which has none, is the last.
	slices.SortStableFunc(t.edges, func(a, b *edge) int { return len(b.segments) - len(a.segments) })
	return e
}

// Enter finds the dialect that an escaped path belongs to and makes the request
// one in that dialect.
func (t *Table) Enter(path string, req *Request) *Dialect {
	for _, e := range t.edges {
		if e.covers(path) {
			req.Dialect = e.Dialect
			return e.Dialect
		}
	}
	req.Dialect = Kuzzle
	return Kuzzle
}

// Verbs lists the verbs that the request's dialect has a route for at an escaped
// path, in alphabetical order.
func (t *Table) Verbs(path string, req *Request) []string {
	var verbs []string
	of := t.edgeAt(req)
	for verb := range of.router.verbs {
		if found, _ := of.router.find(verb, path); found != nil {
			verbs = append(verbs, verb)
		}
	}
	slices.Sort(verbs)
	return verbs
}

func (t *Table) edgeAt(req *Request) *edge {
	dialect := req.dialect()
	for _, e := range t.edges {
		if e.Dialect == dialect {
			return e
		}
	}
	return &edge{Dialect: dialect}
}
