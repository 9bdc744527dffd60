package api

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// Authenticator turns a request's token, cookie or connection into its caller.
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

// Limiter refuses callers who ask too often.
type Limiter interface {
	Allow(ctx context.Context, req *Request, controller, action string) error
}

// Origins says which web origins may call.
type Origins interface{ Allowed(origin string) bool }

// Observer sees every finished request, for metrics and audit. It must not
// block.
type Observer interface {
	Observe(req *Request, res *Response, took time.Duration)
}

// Config is what a Dispatcher needs. Only Table, Authenticator and Rights are
// mandatory.
type Config struct {
	Table         *Table
	Authenticator Authenticator
	Rights        Rights
	Limiter       Limiter
	Origins       Origins
	Observers     []Observer
	// MaxInFlight bounds the requests taken at once; zero is DefaultInFlight.
	MaxInFlight int
	// Timeout bounds one request; zero is DefaultTimeout.
	Timeout time.Duration
	// AnySDK lets clients in that are too old to understand the answers.
	AnySDK bool
	// Development adds deprecation notices to answers.
	Development bool
	Log         *slog.Logger
}

// The defaults of Config.
const (
	DefaultInFlight = 50_000
	DefaultTimeout  = 60 * time.Second
)

// Dispatcher runs requests through the stages. It is safe for concurrent use;
// listeners are added before the first request.
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
// <controller>:<before|after|error><Action>, where * stands for every action
// (<controller>:before*) or every event of a controller (<controller>:*).
func (d *Dispatcher) On(event string, listen Listener) { d.listeners.add(event, listen) }

// Ready resolves listeners; it is called once, after the last On and before
// the first Dispatch.
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

// stage is one step of a request's life. Its error ends the request.
type stage struct {
	name string
	run  func(*Dispatcher, context.Context, *Request, *Response) error
}

// stages is the life of every request, in order.
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

// Dispatch runs a request and answers it; it never fails otherwise than by the
// answer. The request must not be used for a second call.
func (d *Dispatcher) Dispatch(ctx context.Context, req *Request) (res *Response) {
	start := time.Now()
	d.inFlight.Add(1)
	res = &Response{Status: 200}
	defer func() {
		d.inFlight.Add(-1)
		if cause := recover(); cause != nil {
			// A listener for errors or an observer broke down.
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
	res.Cookie, res.Header = req.cookie, req.header
	d.served.Add(1)
	if res.Err != nil {
		d.failed.Add(1)
	}
	for _, observer := range d.Observers {
		observer.Observe(req, res, time.Since(start))
	}
}

// Load tells how many requests are being worked on, were answered, and of
// those failed, since the start.
func (d *Dispatcher) Load() (inFlight, served, failed int64) {
	return d.inFlight.Load(), d.served.Load(), d.failed.Load()
}

// Close makes every further request a 503; those under way go on.
func (d *Dispatcher) Close() { d.closing.Store(true) }

// Overloaded tells whether a request would be shed now.
func (d *Dispatcher) Overloaded() bool {
	return d.closing.Load() || d.inFlight.Load() >= int64(d.MaxInFlight)
}
