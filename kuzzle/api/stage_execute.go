package api

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

func refuseUnknown(d *Dispatcher, _ context.Context, req *Request, _ *Response) error {
	switch {
	case req.handler != nil:
		return nil
	case !d.Table.speaks(req.Controller, req.dialect()):
		return ErrControllerNotFound.New(req.Controller)
	}
	return ErrActionNotFound.New(req.Controller, req.Action)
}

// oldestSDK is the first major version of the SDK that understands this API.
const oldestSDK = 7

// checkSDK refuses JavaScript clients that are too old to understand the
// answers.
func checkSDK(d *Dispatcher, _ context.Context, req *Request, _ *Response) error {
	name, _ := req.Volatile["sdkName"].(string)
	version, isJS := strings.CutPrefix(name, "js@")
	if !isJS || d.AnySDK {
		return nil
	}
	major, _, _ := strings.Cut(version, ".")
	if number, err := strconv.Atoi(major); err == nil && number < oldestSDK {
		return ErrIncompatibleSDK.New(name, fmt.Sprintf("js@>=%d", oldestSDK))
	}
	return nil
}

func precheck(_ *Dispatcher, ctx context.Context, req *Request, _ *Response) error {
	if req.handler.authenticated && req.Caller.Anonymous() {
		return req.handler.unauthorized
	}
	switch takes := &req.handler.body; {
	case takes.Stream && req.Stream == nil:
		return ErrNoStream.New(req.Controller, req.Action)
	case takes.Limit > 0 && req.Size > takes.Limit:
		return ErrBodyTooLarge.New(takes.Limit, req.Controller, req.Action)
	}
	if req.handler.precheck == nil {
		return nil
	}
	return req.handler.precheck(ctx, req)
}

// execute runs before-pipes, the action and after-pipes.
func execute(d *Dispatcher, ctx context.Context, req *Request, res *Response) error {
	h := req.handler
	if len(d.listeners[OnExecution]) > 0 {
		if err := d.fire(ctx, OnExecution, &Event{Request: req, Response: res}); err != nil {
			return err
		}
	}
	if len(h.pipes.before) > 0 {
		if err := fireAll(ctx, h.pipes.before, &Event{Request: req, Response: res}); err != nil {
			return err
		}
	}
	limited := withTimeout(ctx, d.Timeout)
	defer limited.end()
	ctx = limited
	if req.Caller.Open && req.Caller.Kind() != KindService {
		ctx = (&LetIn{Refusal: refusalOf(req)}).With(ctx)
	}
	result, err := h.run(ctx, req)
	if err != nil {
		return err
	}
	if err := res.set(req, result); err != nil {
		return err
	}
	d.deprecate(req, res)
	if res.Err != nil {
		if err := d.fire(ctx, OnPartial, &Event{Request: req, Response: res, Err: res.Err}); err != nil {
			return err
		}
	}
	if len(h.pipes.after) > 0 {
		if err := fireAll(ctx, h.pipes.after, &Event{Request: req, Response: res}); err != nil {
			return err
		}
	}
	if len(d.listeners[OnSuccess]) > 0 {
		return d.fire(ctx, OnSuccess, &Event{Request: req, Response: res})
	}
	return nil
}

// set stores the result of an action in the answer.
func (res *Response) set(req *Request, result any) error {
	res.HasResult = true
	switch r := result.(type) {
	case NoResult:
		res.HasResult = false
	case Raw:
		res.Raw = &r
	case WithStatus:
		res.Result, res.Status = r.Result, r.Status
		if raw, is := r.Result.(Raw); is {
			res.Raw, res.Result = &raw, nil
		}
	case Partial:
		res.Result = r.Result
		part, ok := fault.From(r.Err)
		if !ok {
			return r.Err
		}
		res.Err, res.Status = part, req.dialect().status(part)
	default:
		res.Result = result
	}
	return nil
}

func (d *Dispatcher) deprecate(req *Request, res *Response) {
	if !d.Development || req.Controller != "security" {
		return
	}
	for name, target := range d.Table.AliasOf("user") {
		if target == req.Controller+":"+req.Action {
			res.deprecations = append(res.deprecations, deprecation{"auto-version", "Use user:" + name + " instead."})
		}
	}
}

// fail turns an error into the answer. An error that is not a fault is a
// mistake of the program: the client gets a reference, the log gets the cause.
func (d *Dispatcher) fail(ctx context.Context, req *Request, res *Response, err error) {
	failure, ok := fault.From(err)
	if !ok {
		failure = d.unexpected(ctx, req, err)
	}
	if revealer, is := d.Rights.(Revealer); is && failure.Reveals() && revealer.MayReadUsers(req) {
		failure.Reveal()
	}
	res.refuse(req, failure)
	if failure.Cause != nil && ok {
		d.Log.WarnContext(ctx, "a request failed", "request", req.ID, "controller", req.Controller, "action", req.Action, "error", failure.ID(), "cause", failure.Cause)
	}
	event := &Event{Request: req, Response: res, Err: failure}
	if req.handler != nil {
		if err := fireAll(ctx, req.handler.pipes.failed, event); err != nil {
			d.Log.WarnContext(ctx, "a listener failed", "event", event.Name, "request", req.ID, "error", err)
		}
	}
	if err := d.fire(ctx, OnError, event); err != nil {
		d.Log.WarnContext(ctx, "a listener failed", "event", OnError, "request", req.ID, "error", err)
	}
}

func (d *Dispatcher) unexpected(ctx context.Context, req *Request, err error) *fault.Error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return ErrOverloaded.New().Because(err)
	}
	reference := uuid.NewString()
	d.Log.ErrorContext(ctx, "an unexpected error", "reference", reference, "request", req.ID,
		"controller", req.Controller, "action", req.Action, "cause", err)
	return ErrUnexpected.New(reference)
}

func panicked(cause any) error {
	return fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
}
