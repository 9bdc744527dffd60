package api

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// findAction looks the action up early, so that later stages know its canonical
// names; that it is unknown is answered late, after the rights check, so that
// strangers cannot list what exists.
func findAction(d *Dispatcher, _ context.Context, req *Request, _ *Response) error {
	switch {
	case req.Controller == "":
		return assert.Missing.New("controller")
	case req.Action == "":
		return assert.Missing.New("action")
	}
	if req.handler == nil {
		req.handler = d.Table.lookup(req.Controller, req.Action)
	}
	d.Table.imply(req)
	return checkTargets(req)
}

// checkTargets refuses targets that are no list, or that come with an index.
func checkTargets(req *Request) error {
	targets, given := req.Args["targets"]
	if !given || targets == nil {
		return nil
	}
	if _, ok := targets.([]any); !ok {
		return assert.InvalidType.New("targets", "array")
	}
	for _, name := range [...]string{"index", "collection"} {
		if req.Args[name] != nil {
			return assert.MutuallyExclusive.New("targets", name)
		}
	}
	return nil
}

func shedLoad(d *Dispatcher, _ context.Context, _ *Request, _ *Response) error {
	if d.closing.Load() {
		return ErrShuttingDown.New().RetryIn(time.Second)
	}
	if d.inFlight.Load() > int64(d.MaxInFlight) {
		return ErrOverloaded.New().RetryIn(time.Second)
	}
	return nil
}

func checkOrigin(d *Dispatcher, _ context.Context, req *Request, _ *Response) error {
	if req.Peer.Origin == "" || d.Origins == nil || d.Origins.Allowed(req.Peer.Origin) {
		return nil
	}
	return ErrUnauthorizedOrigin.New(req.Peer.Origin)
}

func beforeExecution(d *Dispatcher, ctx context.Context, req *Request, res *Response) error {
	if len(d.listeners[BeforeExecution]) == 0 {
		return nil
	}
	return d.fire(ctx, BeforeExecution, &Event{Request: req, Response: res})
}
