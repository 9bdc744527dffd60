package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Dialect defines how a family of actions talks to its clients: the prefix of its
// routes, the authentication of callers, and the form of every answer, including answers
// to requests that lead to no action. A controller belongs to one dialect, and its
// actions are reachable through that dialect only.
type Dialect struct {
	Name string
	// Prefix is the path prefix of all its routes, such as "/v1". Kuzzle's dialect has
	// none: every path that belongs to no other dialect is Kuzzle's.
	Prefix string
	// Authenticator identifies the caller; nil stands for the dispatcher's.
	Authenticator Authenticator
	// Closed hides everything from callers that the dialect's own Authenticator refuses:
	// they get the refusal, and learn neither which paths exist nor which fault a
	// request has.
	Closed bool

	// Accepts are the accepted content types of bodies; nil stands for those of the
	// server. An action may declare its own.
	Accepts []string
	// Bodiless are the verbs whose bodies are ignored.
	Bodiless []string
	// EmptyObject reads an absent or null body as {}.
	EmptyObject bool
	// Strict refuses query parameters and body members that the action does not declare.
	// Known are query parameters that every action accepts.
	Strict bool
	Known  []string
	// PlainLists reads the values of a query parameter, one or many, as the list.
	// Kuzzle's dialect reads a single value as the JSON of a list.
	PlainLists bool
	// AllViolations reports every wrong argument instead of the first: the error's
	// Errors has them in the order of the arguments.
	AllViolations bool

	// WrongVerb answers 405 instead of 404 when a path exists for other verbs.
	WrongVerb bool
	// ContentType is the content type of answers; "" stands for application/json.
	ContentType string
	// Status returns the status of an error's answer; nil uses the error's own.
	Status func(*fault.Error) int
	// Header adds headers to an answer; nil adds none.
	Header func(h http.Header, req *Request, res *Response)
	// Append writes the answer's body. withRoom is true on transports where the client
	// identifies answers by their room. Append fails when the result cannot be encoded;
	// it must not fail for an error.
	Append func(dst []byte, req *Request, res *Response, withRoom bool) ([]byte, error)
}

// Kuzzle is the dialect of Kuzzle's clients, with one envelope for all answers.
// WebSockets and POST /_query use this dialect only.
var Kuzzle = &Dialect{Name: "kuzzle", Append: appendEnvelope}

// dialect returns the dialect of the request: its own, else that of its action.
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

// edge is a dialect with its routes. The paths of the routes begin with the prefix.
type edge struct {
	*Dialect
	router router
	// segments are the segments of the prefix.
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

// edgeOf returns the edge of a dialect, and adds it if it is missing.
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
	// The longest prefix wins; Kuzzle's dialect has none and comes last.
	slices.SortStableFunc(t.edges, func(a, b *edge) int { return len(b.segments) - len(a.segments) })
	return e
}

// Enter returns the dialect of an escaped path and sets it in the request.
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

// Verbs lists, in alphabetical order, the verbs for which the request's dialect has a
// route at an escaped path.
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
