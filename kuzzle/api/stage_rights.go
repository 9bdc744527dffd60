package api

import (
	"context"
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

func authenticate(d *Dispatcher, ctx context.Context, req *Request, _ *Response) error {
	caller, err := d.authenticator(req).Authenticate(ctx, req)
	if err != nil {
		return err
	}
	req.Caller = caller
	return nil
}

// Closed returns the refusal of a request that leads to no action: failure, or in a
// closed dialect the refusal of its caller. An overload is reported to everybody.
func (d *Dispatcher) Closed(ctx context.Context, req *Request, failure *fault.Error) *fault.Error {
	if !req.dialect().Closed || failure.Status() >= http.StatusInternalServerError {
		return failure
	}
	err := authenticate(d, ctx, req, nil)
	if err == nil {
		return failure
	}
	if refusal, ok := fault.From(err); ok {
		return refusal
	}
	return d.unexpected(ctx, req, err)
}

// authenticator returns the authenticator of the request's dialect.
func (d *Dispatcher) authenticator(req *Request) Authenticator {
	if own := req.dialect().Authenticator; own != nil {
		return own
	}
	return d.Authenticator
}

// checkRights answers 401 to anonymous callers and 403 to known ones. The kuid is a
// third prop, which the text leaves out.
func checkRights(d *Dispatcher, ctx context.Context, req *Request, res *Response) error {
	controller, action := req.Route()
	allowed, err := d.Rights.Allowed(ctx, req, controller, action)
	if err != nil {
		return err
	}
	if allowed {
		return nil
	}
	refusal := refusalOf(req)
	if hinter, ok := d.Rights.(Hinter); ok {
		if hint := hinter.Hint(ctx, req, controller, action); hint != "" {
			refusal = refusal.Saying("%s", hint)
		}
	}
	if len(d.listeners[OnUnauthorized]) > 0 {
		if err := d.fire(ctx, OnUnauthorized, &Event{Request: req, Response: res, Err: refusal}); err != nil {
			return err
		}
	}
	return refusal
}

func refusalOf(req *Request) *fault.Error {
	if req.Caller.Anonymous() {
		return ErrUnauthorized.New(req.Controller, req.Action, AnonymousKuid)
	}
	return ErrForbidden.New(req.Controller, req.Action, req.Caller.Name())
}

func onAuthorized(d *Dispatcher, ctx context.Context, req *Request, res *Response) error {
	if len(d.listeners[OnAuthorized]) == 0 {
		return nil
	}
	return d.fire(ctx, OnAuthorized, &Event{Request: req, Response: res})
}

func limitRate(d *Dispatcher, ctx context.Context, req *Request, _ *Response) error {
	if d.Limiter == nil {
		return nil
	}
	controller, action := req.Route()
	return d.Limiter.Allow(ctx, req, controller, action)
}
