package api

import (
	"cmp"
	"context"
	"io"
	"reflect"
	"strings"
	"time"
)

// Action declares an action of a controller: arguments A (a struct whose tags
// say where each field comes from, see [plan]), result R, and what it does.
type Action[A, R any] struct {
	// Name is the action's canonical name.
	Name string
	// Routes are its HTTP routes; Deprecated ones still work.
	Routes     Routes
	Deprecated Routes
	// Since is the version that deprecated the Deprecated routes.
	Since string
	// Summary is one sentence for OpenAPI and the CLI.
	Summary string
	// Authenticated refuses anonymous callers with 401, whatever their rights.
	Authenticated bool
	// FactorWithin asks for a factor that the caller proved at most so long ago; 0
	// asks for none. Rights decides by it.
	FactorWithin time.Duration
	// Secret says that answers hold a secret, such as a token or a key. No transport
	// compresses them: what lies beside a secret would tell of it by their length.
	Secret bool
	// Weight is how many bytes a request may weigh, as text and decoded, from a
	// caller who is not known; 0 is DefaultWeight.
	Weight int64
	// Body is what the action takes for a body, and Forms says what that looks like
	// where A does not.
	Body  Body
	Forms Forms
	// Answers are what the action may answer, where R does not say: values as Run
	// returns them, of which the types count, and the status of [WithStatus] and
	// [Partial] and the content type of [Raw]. A *fault.Kind is a refusal by a status
	// that not every operation may answer.
	Answers []any
	// Precheck runs after rights and rate limit and before decoding.
	Precheck func(context.Context, *Request) error
	// Run does it. A nil result (of a pointer, map, slice or interface type)
	// answers null; return NoResult for an answer without the key.
	Run func(ctx context.Context, req *Request, args A) (R, error)
}

// Body is what an action takes for a body. The zero value is what the dialect and
// the server take.
type Body struct {
	// Limit is how many bytes it may have, as sent and as decompressed; 0 is the
	// server's limit. Where a body is part of a message, as in WebSockets, the
	// message may have no more.
	Limit int64
	// Types are the content types taken, nil for those of the dialect.
	Types []string
	// Stream leaves the body unread, for the action to read from [Request.Stream].
	// Only HTTP has such bodies.
	Stream bool
	// Holds is how many bytes the action holds at once while it reads Stream. The
	// first read takes them from the memory budget.
	Holds int64
}

// Forms are the forms that a body may have, by their names: values of struct types whose
// json tags name the members, or Members. A member with omitempty may be left out. The
// name of the only form may be empty.
type Forms map[string]any

// Members is the form of an object that may have these members, of any type.
type Members []string

// Routes are "VERB /path/{parameter}".
type Routes []string

// None is the argument type of actions that take none.
type None struct{}

// NoResult is the result type of actions that answer no result key at all.
type NoResult struct{}

// Raw is a result sent as it stands, without an envelope.
type Raw struct {
	ContentType string
	Body        []byte
	// Value is what WebSocket clients get, an object that "room" is added to.
	Value map[string]any
	// Stream, where it is not nil, writes the body in the place of Body, over
	// transports that have bodies.
	Stream *Stream
}

// Stream is a body that is written as it is made.
type Stream struct {
	// Length is how many bytes it has, Holds how many Write holds at once.
	Length, Holds int64
	// Write writes all of it. It is called at most once, after the action.
	Write func(ctx context.Context, to io.Writer) error
}

// Partial is a result that comes with an error: both are answered, under the
// error's status.
type Partial struct {
	Result any
	Err    error
}

// WithStatus is a result answered under a status of its own, such as a redirect
// that is part of a login.
type WithStatus struct {
	Status int
	Result any
}

// Declared is an Action of any types.
type Declared interface {
	compile(controller string) *handler
}

// Controller is a named set of actions.
type Controller struct {
	Name string
	// About is one sentence for OpenAPI.
	About string
	// Dialect is the family of actions it belongs to; nil is Kuzzle's.
	Dialect *Dialect
	Actions []Declared
	// Plugin marks controllers that roles treat as a plugin's.
	Plugin bool
}

// Alias is a second name of an action: found, but without rights, limits or
// events of its own.
type Alias struct {
	Controller, Name string
	Routes           Routes
	// To is "controller:action".
	To string
	// Args are arguments that the second name implies, unless they are given.
	Args map[string]any
}

// handler is a compiled Action.
type handler struct {
	controller, name, summary string
	routes                    []route
	authenticated, secret     bool
	factorWithin              time.Duration
	weight                    int64
	body                      Body
	forms                     Forms
	answers                   []any
	precheck                  func(context.Context, *Request) error
	plan                      *plan
	run                       func(context.Context, *Request) (any, error)
	dialect                   *Dialect
	plugin                    bool
	pipes                     pipeSet
	unauthorized              error
}

type route struct {
	verb, path string
	// deprecated is the version since which, "" if it is not.
	deprecated string
	// controller and action the route stands for: an alias keeps its own.
	controller, action string
	handler            *handler
	params             []string
}

func (a Action[A, R]) compile(controller string) *handler {
	plan := compilePlan(reflect.TypeFor[A]())
	h := &handler{
		controller: controller, name: a.Name, summary: a.Summary,
		authenticated: a.Authenticated, secret: a.Secret, factorWithin: a.FactorWithin, weight: cmp.Or(a.Weight, DefaultWeight), body: a.Body, precheck: a.Precheck, plan: plan,
		forms: a.Forms, answers: a.Answers,
	}
	if h.answers == nil {
		var result R
		h.answers = []any{result}
	}
	h.run = func(ctx context.Context, req *Request) (any, error) {
		var args A
		if err := plan.decode(req, reflect.ValueOf(&args).Elem()); err != nil {
			return nil, err
		}
		return a.Run(ctx, req, args)
	}
	if len(plan.fields) == 0 {
		h.run = func(ctx context.Context, req *Request) (any, error) {
			var args A
			if err := plan.decode(req, reflect.Value{}); err != nil {
				return nil, err
			}
			return a.Run(ctx, req, args)
		}
	}
	for _, r := range a.Routes {
		h.routes = append(h.routes, parseRoute(r, "", h))
	}
	since := a.Since
	if since == "" {
		since = "2.4.0"
	}
	for _, r := range a.Deprecated {
		h.routes = append(h.routes, parseRoute(r, since, h))
	}
	return h
}

func parseRoute(text, since string, h *handler) route {
	verb, path, ok := strings.Cut(text, " ")
	if !ok || !strings.HasPrefix(path, "/") {
		panic("api: a route is \"VERB /path\", not " + text)
	}
	r := route{verb: verb, path: path, deprecated: since, controller: h.controller, action: h.name, handler: h}
	for _, segment := range strings.Split(path, "/") {
		if strings.HasPrefix(segment, "{") {
			r.params = append(r.params, strings.Trim(segment, "{}"))
		}
	}
	return r
}

// colons is the path with Kuzzle's placeholders, /users/:_id.
func (r *route) colons() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(r.path)
}
