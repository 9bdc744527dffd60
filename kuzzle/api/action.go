package api

import (
	"cmp"
	"context"
	"io"
	"reflect"
	"strings"
	"time"
)

// Action declares an action of a controller: its arguments A (a struct whose tags
// tell where each field comes from, see [plan]), its result R and its function.
type Action[A, R any] struct {
	// Name is the action's canonical name.
	Name string
	// Routes are its HTTP routes; Deprecated ones still work.
	Routes     Routes
	Deprecated Routes
	// Since is the version that deprecated the routes in Deprecated.
	Since string
	// Summary is one sentence for OpenAPI and the CLI.
	Summary string
	// Authenticated refuses anonymous callers with 401, regardless of their rights.
	Authenticated bool
	// FactorWithin is the maximum age of the caller's last proof of a factor; 0
	// requires none. Rights enforces it.
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
	// Run performs the action. A nil result (of a pointer, map, slice or interface
	// type) answers null; return NoResult for an answer without the key.
	Run func(ctx context.Context, req *Request, args A) (R, error)
}

// Body describes the body that an action accepts. The zero value stands for the
// defaults of the dialect and the server.
type Body struct {
	// Limit is the maximum size in bytes, as sent and as decompressed; 0 is the
	// server's limit. If the body is part of a message, as in WebSockets, the
	// limit applies to the message.
	Limit int64
	// Types are the accepted content types; nil stands for those of the dialect.
	Types []string
	// Stream leaves the body unread, for the action to read from [Request.Stream].
	// Only HTTP has such bodies.
	Stream bool
	// Holds is the number of bytes that the action holds at once while it reads
	// Stream. The first read takes them from the memory budget.
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

// None is the argument type of actions without arguments.
type None struct{}

// NoResult is the result type of actions whose answer has no result key.
type NoResult struct{}

// Raw is a result sent as it stands, without an envelope.
type Raw struct {
	ContentType string
	Body        []byte
	// Value is the answer for WebSocket clients: an object to which "room" is
	// added.
	Value map[string]any
	// Stream, if not nil, writes the body instead of Body, on transports that have
	// bodies.
	Stream *Stream
}

// Stream is a body that is generated while it is written.
type Stream struct {
	// Length is the number of bytes of the body, Holds the number of bytes that
	// Write holds at once.
	Length, Holds int64
	// Write writes the whole body. It is called at most once, after the action.
	Write func(ctx context.Context, to io.Writer) error
}

// Partial is a result together with an error. Both are answered, under the error's
// status.
type Partial struct {
	Result any
	Err    error
}

// WithStatus is a result with its own status, such as a redirect that is part of a
// login.
type WithStatus struct {
	Status int
	Result any
}

// Declared is an Action of any argument and result type.
type Declared interface {
	compile(controller string) *handler
}

// Controller is a named set of actions.
type Controller struct {
	Name string
	// About is one sentence about the controller for OpenAPI.
	About string
	// Dialect is the dialect that the controller belongs to; nil is Kuzzle's.
	Dialect *Dialect
	Actions []Declared
	// Plugin marks controllers that roles treat as a plugin's.
	Plugin bool
}

// Alias is a second name of an action. It is found like the action, but has no
// rights, limits or events of its own.
type Alias struct {
	Controller, Name string
	Routes           Routes
	// To is "controller:action".
	To string
	// Args are arguments that the second name implies unless the caller gives
	// them.
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
	// deprecated is the version that deprecated the route, or "".
	deprecated string
	// controller and action are those of the route; an alias keeps its own.
	controller, action string
	handler            *handler
	params             []string
}

// compile has only those parts that depend on the types: the compiler makes a copy of it
// for each action.
func (a Action[A, R]) compile(controller string) *handler {
	run := a.Run
	var none R
	h := &handler{
		controller: controller, name: a.Name, summary: a.Summary,
		authenticated: a.Authenticated, secret: a.Secret, factorWithin: a.FactorWithin, weight: a.Weight, body: a.Body, precheck: a.Precheck,
		forms: a.Forms, answers: a.Answers,
	}
	h.complete(reflect.TypeFor[A](), none, a.Routes, a.Deprecated, a.Since)
	h.run = func(ctx context.Context, req *Request) (any, error) {
		var args A
		if err := h.plan.decode(req, &args); err != nil {
			return nil, err
		}
		return run(ctx, req, args)
	}
	return h
}

// complete sets the defaults and the routes of a handler. none is an empty result.
func (h *handler) complete(args reflect.Type, none any, routes, deprecated Routes, since string) {
	h.plan = compilePlan(args)
	h.weight = cmp.Or(h.weight, DefaultWeight)
	if h.answers == nil {
		h.answers = []any{none}
	}
	for _, r := range routes {
		h.routes = append(h.routes, parseRoute(r, "", h))
	}
	for _, r := range deprecated {
		h.routes = append(h.routes, parseRoute(r, cmp.Or(since, "2.4.0"), h))
	}
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

// colons returns the path with Kuzzle's placeholders, such as /users/:_id.
func (r *route) colons() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(r.path)
}
