package network

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// exchange is one HTTP request and its answer.
type exchange struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	req    api.Request
	peer   api.Peer
	pretty bool
	// path is the request's escaped path, in the form in which its dialect has routes.
	path    string
	dialect *api.Dialect
	// share is the part of the memory budget that the request and its answer hold.
	share budget.Share
	// consumed is true after the body was read to its end.
	consumed bool
	// from is the connection of the request.
	from *connection
}

// ServeHTTP answers one HTTP request, or turns its connection into a WebSocket.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{server: s, w: w, r: r, from: connectionOf(r)}
	x.share.Of(s.opts.Budget)
	defer x.share.Release()
	x.peer.Protocol = api.HTTP
	s.describe(&x.peer, x.from, r)
	x.req.Peer = &x.peer
	x.path = r.URL.EscapedPath()
	x.dialect, x.path = s.dispatcher.Table.Enter(x.path, r.Header, &x.req)
	if x.from.spare.Load() && !x.promoted() {
		return
	}
	x.last()
	if x.mounted() {
		return
	}
	if len(r.Header["Upgrade"]) > 0 && x.kuzzle() && s.upgrader.wants(r) {
		s.upgrader.upgrade(x)
		return
	}
	if err := x.identify(); err != nil {
		x.refuse(err)
		return
	}
	if r.ContentLength != 0 {
		s.allowReading(w, 0)
	}
	x.route()
}

// last says in the answer that the connection ends with it, once the server stops.
func (x *exchange) last() {
	if x.server.stopping.Load() {
		x.w.Header()["Connection"] = headerClose
	}
}

// kuzzle reports whether the request is one in Kuzzle's dialect. Its headers, its
// query parameters and what it takes for a body mean something in no other.
func (x *exchange) kuzzle() bool { return x.dialect == api.Kuzzle }

// identify reads the client's request id or makes one.
func (x *exchange) identify() error {
	if !x.kuzzle() {
		x.req.ID = newID()
		return nil
	}
	id := first(x.r.Header, "X-Kuzzle-Request-Id")
	if id != "" && len(id) <= MaxRequestIDBytes && utf8.ValidString(id) {
		x.req.ID = id
		return nil
	}
	x.req.ID = newID()
	if id == "" {
		return nil
	}
	return badRequestID()
}

func badRequestID() *fault.Error {
	return assert.InvalidArgument.New("requestId", "at most 256 bytes of UTF-8")
}

// route answers requests that need no action, and completes and dispatches all
// others.
func (x *exchange) route() {
	switch x.r.Method {
	case http.MethodOptions:
		x.succeed(map[string]any{})
		return
	case http.MethodHead:
		if strings.Trim(x.path, "/") == "" {
			x.succeed(map[string]any{})
			return
		}
	case http.MethodGet:
		if x.probe(x.path) {
			return
		}
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		if x.dialect.WrongVerb {
			x.lost()
			return
		}
		x.refuse(ErrUnsupportedVerb.New(x.r.Method))
		return
	}
	if err := x.admitQuery(); err != nil {
		x.refuse(err)
		return
	}
	if err := x.arguments(); err != nil {
		x.refuse(err)
		return
	}
	if x.kuzzle() && x.r.Method == http.MethodPost && strings.Trim(x.path, "/") == "_query" {
		x.query()
		return
	}
	verb := x.r.Method
	if x.dialect.Verb != nil {
		verb = x.dialect.Verb(verb, x.req.Args)
	}
	found, err := x.server.dispatcher.Table.Resolve(verb, x.path, &x.req)
	if err != nil {
		x.refuse(err)
		return
	}
	if !found {
		x.req.Args = nil
		x.lost()
		return
	}
	if err := x.headers(); err != nil {
		x.refuse(err)
		return
	}
	body, err := x.readBody(false)
	if err == nil {
		x.req.Body, err = x.asBody(body)
	}
	if err != nil {
		x.refuseBody(err)
		return
	}
	x.dispatch()
}

// lost answers a request that leads to no route. Some dialects distinguish a path
// with routes for other verbs from an unknown path.
func (x *exchange) lost() {
	path := strings.ToValidUTF8(x.r.URL.Path, "\uFFFD")
	var verbs []string
	if x.dialect.WrongVerb {
		verbs = x.server.dispatcher.Table.Verbs(x.path, &x.req)
	}
	if len(verbs) == 0 {
		x.refuse(ErrNotFound.New(path))
		return
	}
	x.w.Header()["Allow"] = []string{strings.Join(append(verbs, http.MethodOptions), ", ")}
	x.refuse(ErrWrongVerb.New(printable(x.r.Method), path))
}

// admitQuery takes the weight of the request and its query string from the budget.
// A short query string keeps the request small.
func (x *exchange) admitQuery() error {
	if err := grow(x.r.Context(), &x.share, baseWeight); err != nil {
		return err
	}
	return grow(x.r.Context(), &x.share, queryWeight(x.r.URL.RawQuery))
}

// ServeProbes answers the two probes on their own listener until ctx is done, and
// passes all other requests to rest. It has a few slots. A new connection gets the
// slot of the connection that was idle for longest, so that idle connections
// cannot keep a probe out.
func (s *Server) ServeProbes(ctx context.Context, listener net.Listener, rest http.Handler) error {
	few := newSlots(&Options{MaxConnections: probeSlots, MaxPerAddress: probeSlots}, func(netip.Addr) bool { return false })
	few.short = s.slots
	server := &http.Server{
		ReadHeaderTimeout: s.opts.HeaderTimeout, ReadTimeout: s.opts.HeaderTimeout,
		WriteTimeout: s.opts.WriteTimeout, IdleTimeout: s.opts.IdleTimeout, MaxHeaderBytes: MaxHeaderBytes,
		ConnContext: withConnection, ConnState: few.follow,
		ErrorLog: slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			x := &exchange{server: s, w: w, r: r, from: connectionOf(r)}
			x.peer.Protocol, x.req.Peer, x.req.ID, x.dialect = api.HTTP, &x.peer, newID(), api.Kuzzle
			if r.Method == http.MethodGet && x.probe(r.URL.EscapedPath()) {
				return
			}
			if x.from.enter() {
				defer x.from.exit()
				rest.ServeHTTP(w, r)
			}
		}),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	defer few.stop()
	if err := server.Serve(newCountedListener(listener, few, nil, nil)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// probeSlots is the number of connections of the probes' own listener.
const probeSlots = 32

// probe answers the two endpoints that watch the server and need no other service.
func (x *exchange) probe(path string) bool {
	switch strings.Trim(path, "/") {
	case "_healthcheck":
		x.succeed(nil)
	case "_ready":
		if err := x.server.ready(); err != nil {
			x.refuse(err)
			return true
		}
		x.succeed(nil)
	default:
		return false
	}
	return true
}

// ready returns the reason why the server takes no requests, or nil.
func (s *Server) ready() error {
	if s.dispatcher.Overloaded() {
		return api.ErrOverloaded.New().RetryIn(time.Second)
	}
	if s.opts.Ready == nil {
		return nil
	}
	err := s.opts.Ready()
	if failure, is := fault.From(err); is && failure.Status() == http.StatusServiceUnavailable {
		return failure
	}
	if err != nil {
		return ErrNotReady.New().Because(err)
	}
	return nil
}

// headerText returns a header's value as UTF-8. Node.js, and so the JavaScript
// SDK, writes non-ASCII characters in ISO 8859-1, which RFC 9110 allows.
func headerText(value string) []byte {
	if utf8.ValidString(value) {
		return []byte(value)
	}
	text := make([]byte, 0, 2*len(value))
	for i := range len(value) {
		text = utf8.AppendRune(text, rune(value[i]))
	}
	return text
}

// headers reads the token and the client's volatile data.
func (x *exchange) headers() error {
	if value := first(x.r.Header, "Authorization"); len(value) > len(bearer) && strings.EqualFold(value[:len(bearer)], bearer) {
		if err := setToken(&x.req, value[len(bearer):]); err != nil {
			return err
		}
	}
	x.req.Headers = x.r.Header
	value := first(x.r.Header, "X-Kuzzle-Volatile")
	if value == "" || !x.kuzzle() {
		return nil
	}
	text := headerText(value)
	err := x.server.weighed(x.r.Context(), text, &x.req, false, &x.share)
	if _, refused := fault.From(err); refused {
		return err
	}
	var volatile any
	if err == nil {
		volatile, err = decodeJSON(text)
	}
	if err != nil {
		return ErrBadVolatile.New(err.Error())
	}
	return setVolatile(&x.req, volatile)
}

const bearer = "bearer "

// query answers POST /_query, whose body is the whole request.
func (x *exchange) query() {
	x.req.Args = nil
	if err := x.headers(); err != nil {
		x.refuse(err)
		return
	}
	body, err := x.readBody(true)
	if err != nil {
		x.refuseBody(err)
		return
	}
	payload, ok := body.(map[string]any)
	if !ok {
		refusal := assert.BodyRequired.New()
		if body != nil {
			refusal = assert.InvalidType.New("body", "object")
		}
		x.refuse(refusal)
		return
	}
	if err := fill(&x.req, payload); err != nil {
		x.refuse(err)
		return
	}
	// The action that a form calls is known only after decoding.
	if err := x.server.dispatcher.CheckWeight(x.r.Context(), &x.req, x.share.Held()-baseWeight); err != nil {
		x.refuse(err)
		return
	}
	x.dispatch()
}

func (x *exchange) dispatch() {
	if !x.from.enter() {
		return // the connection is closed
	}
	res := x.server.dispatcher.Dispatch(budget.With(x.r.Context(), &x.share), &x.req)
	x.from.known.Store(!x.req.Caller.Anonymous())
	x.from.exit()
	x.answer(res)
}

// promoted gives a connection of the reserve a slot if one is free now. If none
// is, it answers a probe or reports that the server is full.
func (x *exchange) promoted() bool {
	placed, greedy := x.from.slots.promote(x.from)
	if placed {
		return true
	}
	x.w.Header()["Connection"] = headerClose
	x.req.ID = newID()
	if x.r.Method == http.MethodGet && x.probe(x.path) {
		return false
	}
	x.server.slots.refused.Add(1)
	if greedy {
		x.refuse(ErrTooManyConnections.New(x.server.slots.perAddress).RetryIn(fullRetry))
	} else {
		x.refuse(ErrFull.New(x.server.slots.max).RetryIn(fullRetry))
	}
	return false
}

// fullRetry is the Retry-After of an answer to a client that found no slot.
const fullRetry = 5 * time.Second

func (x *exchange) succeed(result any) {
	x.answer(&api.Response{Status: http.StatusOK, HasResult: true, Result: result})
}

// refuse answers with an error in the form of the request's dialect.
func (x *exchange) refuse(err error) {
	failure := faultOf(err)
	if x.dialect.Closed {
		// The authenticator reports a fault of the token.
		_ = x.headers()
		failure = x.server.dispatcher.Closed(x.r.Context(), &x.req, failure)
	}
	x.answer(api.Refuse(&x.req, failure))
}

func faultOf(err error) *fault.Error {
	if failure, ok := fault.From(err); ok {
		return failure
	}
	return ErrBadMessage.New("it is malformed").Because(err)
}
