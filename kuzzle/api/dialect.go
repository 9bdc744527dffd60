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
	// Beside are paths below which the dialect has the same routes, such as
	// "/kuzzle" for "/kuzzle/v1".
	Beside []string
	// Chosen reports whether a request below Prefix belongs to this dialect and not to
	// another one with the same prefix, by its headers and by the first segment of its
	// path below Prefix. Of two such dialects one must have it.
	Chosen func(sent http.Header, segment string) bool
	// Verb returns the verb of a request for which its client could send no other; nil
	// takes the verb as sent.
	Verb func(verb string, args map[string]any) string
	// Origins decides which web origins may call, in place of the dispatcher's.
	Origins Origins
	// CORS adds the headers of an answer that tell browsers what a page of another
	// origin may do, in place of the transport's.
	CORS func(h, sent http.Header, peer *Peer)
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

	// Described says how the dialect's answers look in a description of the API; nil leaves the
	// dialect out of descriptions.
	Described *Described
}

// Described is the part of a description that a dialect's routes have in common. The dialect's
// answers have no envelope.
type Described struct {
	Title, About string
	// Token tells by which token clients authenticate.
	Token string
	// Error is the JSON schema of a refusal's answer, and Refused are the statuses by which any
	// operation may be refused.
	Error   map[string]any
	Refused []int
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
	// segments are the segments of the prefix; beside are those of the other paths.
	segments []string
	beside   [][]string
}

// below cuts a prefix off an escaped path.
func below(prefix []string, path string) (rest string, ok bool) {
	for _, want := range prefix {
		segment, rest, err := nextSegment(path)
		if err != nil || segment != want {
			return "", false
		}
		path = rest
	}
	return path, true
}

// own returns the path of a request under which the dialect has its routes; ok is false
// if the request belongs to another dialect.
func (e *edge) own(path string, sent http.Header) (own string, ok bool) {
	for _, beside := range e.beside {
		if own, ok = below(beside, path); ok {
			if _, ok = below(e.segments, own); ok {
				return own, true
			}
		}
	}
	rest, ok := below(e.segments, path)
	if !ok || e.Chosen == nil {
		return path, ok
	}
	segment, _, err := nextSegment(rest)
	return path, err == nil && e.Chosen(sent, segment)
}

// segmentsOf splits a path.
func segmentsOf(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// edgeOf returns the edge of a dialect, and adds it if it is missing.
func (t *Table) edgeOf(d *Dialect) *edge {
	for _, e := range t.edges {
		if e.Dialect == d {
			return e
		}
	}
	e := &edge{Dialect: d, segments: segmentsOf(d.Prefix)}
	for _, path := range d.Beside {
		e.beside = append(e.beside, segmentsOf(path))
	}
	if d != Kuzzle && len(e.segments) == 0 {
		panic("api: the dialect " + d.Name + " has no prefix")
	}
	for _, other := range t.edges {
		if slices.Equal(other.segments, e.segments) && (d.Chosen == nil) == (other.Chosen == nil) {
			panic("api: the dialects " + other.Name + " and " + d.Name + " have one prefix")
		}
	}
	t.edges = append(t.edges, e)
	// The longest prefix wins, and one that chooses; Kuzzle's dialect has none and comes
	// last.
	slices.SortStableFunc(t.edges, func(a, b *edge) int {
		if len(a.segments) != len(b.segments) || a.Chosen == nil {
			return len(b.segments) - len(a.segments)
		}
		return -1
	})
	return e
}

// Enter returns the dialect of a request with an escaped path and some headers, and sets it
// in the request. own is the path under which the dialect has its routes.
func (t *Table) Enter(path string, sent http.Header, req *Request) (d *Dialect, own string) {
	for _, e := range t.edges {
		if own, ok := e.own(path, sent); ok {
			req.Dialect = e.Dialect
			return e.Dialect, own
		}
	}
	req.Dialect = Kuzzle
	return Kuzzle, path
}

// covered reports whether a dialect's routes with that path are found, among all prefixes.
func (t *Table) covered(path string, of *edge) bool {
	for _, e := range t.edges {
		if _, ok := below(e.segments, path); ok {
			return len(e.segments) == len(of.segments)
		}
	}
	return false
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
