package api

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// Authenticator finds the caller that a request's token, cookie or connection
// belongs to.
type Authenticator interface {
	Authenticate(ctx context.Context, req *Request) (Caller, error)
}

// Rights decides whether the caller may run a canonical action with the
// request's arguments.
type Rights interface {
	Allowed(ctx context.Context, req *Request, controller, action string) (bool, error)
}

// Hinter may be a Rights too: Hint says what helps a caller who is refused an action,
// "" for no more than the declared text says.
type Hinter interface {
	Hint(ctx context.Context, req *Request, controller, action string) string
}

// Revealer may be a Rights too: MayReadUsers reports whether the caller may read all users, so that
// a refusal may name the user who has a name already.
type Revealer interface {
	MayReadUsers(req *Request) bool
}

// Limiter refuses callers who ask too often.
type Limiter interface {
	Allow(ctx context.Context, req *Request, controller, action string) error
}

// Origins decides which web origins may call.
type Origins interface{ Allowed(origin string) bool }

// Observer sees every finished request, for metrics and audit. It must not
// block.
type Observer interface {
	Observe(req *Request, res *Response, took time.Duration)
}

// Config configures a Dispatcher. Only Table, Authenticator and Rights are
// mandatory.
type Config struct {
	Table         *Table
	Authenticator Authenticator
	Rights        Rights
	Limiter       Limiter
	Origins       Origins
	Observers     []Observer
	// MaxInFlight is the maximum number of concurrent requests; zero is
	// DefaultInFlight.
	MaxInFlight int
	// Timeout is the maximum duration of one request; zero is DefaultTimeout.
	Timeout time.Duration
	// AnySDK accepts clients that are too old to understand the answers.
	AnySDK bool
	// Development adds deprecation notices to answers.
	Development bool
	Log         *slog.Logger
}

// Defaults of Config.
const (
	DefaultInFlight = 50_000
	DefaultTimeout  = 60 * time.Second
)

// Dispatcher runs requests through the stages. It is safe for concurrent use.
// Listeners must be added before the first request.
type Dispatcher struct {
	Config
	listeners listeners
	inFlight  atomic.Int64
	served    atomic.Int64
	failed    atomic.Int64
	closing   atomic.Bool
}

// New makes a dispatcher.
func New(cfg Config) *Dispatcher {
	if cfg.MaxInFlight == 0 {
		cfg.MaxInFlight = DefaultInFlight
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Dispatcher{Config: cfg, listeners: listeners{}}
}

// On adds a listener to an event: one of the constants of this package, or
// <controller>:<before|after|error><Action>. <controller>:before* stands for
// that event of every action, <controller>:* for every event of a controller.
func (d *Dispatcher) On(event string, listen Listener) { d.listeners.add(event, listen) }

// Ready resolves listeners. It is called once, after the last On and before the
// first Dispatch.
func (d *Dispatcher) Ready() {
	heard := d.listeners.controllers()
	for _, entry := range d.Table.controllers {
		for _, h := range entry.actions {
			if !heard[h.controller] {
				continue
			}
			h.pipes = pipeSet{
				before: d.listeners.of(h.controller, "before", h.name),
				after:  d.listeners.of(h.controller, "after", h.name),
				failed: d.listeners.of(h.controller, "error", h.name),
			}
		}
	}
}

// stage is one step of a request. An error ends the request.
type stage struct {
	name string
	run  func(*Dispatcher, context.Context, *Request, *Response) error
}

// stages are the steps of every request, in order.
var stages = []stage{
	{"find", findAction},
	{"shed", shedLoad},
	{"origin", checkOrigin},
	{"beforeExecution", beforeExecution},
	{"authenticate", authenticate},
	{"rights", checkRights},
	{"onAuthorized", onAuthorized},
	{"limit", limitRate},
	{"unknown", refuseUnknown},
	{"sdk", checkSDK},
	{"precheck", precheck},
	{"execute", execute},
}

// Dispatch runs a request and returns its answer; failures are answers too. The
// request must not be used for a second call.
func (d *Dispatcher) Dispatch(ctx context.Context, req *Request) (res *Response) {
	start := time.Now()
	d.inFlight.Add(1)
	res = &Response{Status: 200}
	defer func() {
		d.inFlight.Add(-1)
		if cause := recover(); cause != nil {
			// A listener for errors or an observer panicked.
			res.refuse(req, d.unexpected(ctx, req, panicked(cause)))
		}
	}()
	if err := d.run(ctx, req, res); err != nil {
		d.fail(ctx, req, res, err)
	}
	d.finish(ctx, req, res, start)
	return res
}

func (d *Dispatcher) run(ctx context.Context, req *Request, res *Response) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = panicked(cause)
		}
	}()
	for i := range stages {
		if err := stages[i].run(d, ctx, req, res); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dispatcher) finish(ctx context.Context, req *Request, res *Response, start time.Time) {
	if len(d.listeners[AfterExecution]) > 0 {
		if err := d.fire(ctx, AfterExecution, &Event{Request: req, Response: res}); err != nil {
			d.Log.WarnContext(ctx, "a listener failed", "event", AfterExecution, "request", req.ID, "error", err)
		}
	}
	res.Cookies, res.Header = req.cookies, req.header
	d.served.Add(1)
	if res.Err != nil {
		d.failed.Add(1)
	}
	for _, observer := range d.Observers {
		observer.Observe(req, res, time.Since(start))
	}
}

// Load returns the number of requests that are running now, and since the start
// the number of answered ones and of failures among them.
func (d *Dispatcher) Load() (inFlight, served, failed int64) {
	return d.inFlight.Load(), d.served.Load(), d.failed.Load()
}

// Close answers every further request with 503. Running requests continue.
func (d *Dispatcher) Close() { d.closing.Store(true) }

// Overloaded reports whether a request would be shed now.
func (d *Dispatcher) Overloaded() bool {
	return d.closing.Load() || d.inFlight.Load() >= int64(d.MaxInFlight)
}
