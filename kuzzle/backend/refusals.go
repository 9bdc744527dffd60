package backend

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/wire"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Refusals of one caller for one action are told once in refusalEvery, and of at
// most refusalsHeld callers and actions in that time, so that whoever asks in vain
// all day fills no disk.
const (
	refusalEvery = time.Second
	refusalsHeld = 1024
)

// refusals tells the domain's listeners, such as the audit log, of callers who
// asked for what they may not do.
type refusals struct {
	app *App

	mu    sync.Mutex
	since time.Time
	told  map[refused]bool
}

// refused is who asked for what in vain.
type refused struct{ kuid, action string }

// tellRefusals follows the requests that are refused for want of rights. Of those
// who are not logged in nobody is told: anybody can send such requests, and
// nothing says whose they are.
func (app *App) tellRefusals() {
	r := &refusals{app: app, told: map[refused]bool{}}
	app.On(api.OnUnauthorized, r.tell)
	app.On(api.OnError, func(ctx context.Context, e *api.Event) error {
		if errors.Is(e.Err, profiles.ErrExceedsOwn) {
			return r.tell(ctx, e)
		}
		return nil
	})
}

func (r *refusals) tell(ctx context.Context, e *api.Event) error {
	caller := e.Request.Caller
	if caller.Anonymous() {
		return nil
	}
	controller, action := e.Request.Route()
	of := refused{caller.Kuid, controller + ":" + action}
	if !r.first(of) {
		return nil
	}
	reason := "error"
	if failure, is := fault.From(e.Err); is {
		reason = failure.ID()
	}
	by := wire.Actor(e.Request)
	r.app.bus.Publish(ctx, events.Event{
		Name: events.RightsRefused, Outcome: events.Refused, Actor: by.Event(), Request: by.RequestID,
		Data: events.Data{events.Action: of.action, events.Reason: reason},
	})
	return nil
}

// first reports whether a refusal is the first of its kind for a while.
func (r *refusals) first(of refused) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.app.now(); now.Sub(r.since).Abs() >= refusalEvery {
		r.since = now
		clear(r.told)
	}
	if r.told[of] || len(r.told) == refusalsHeld {
		return false
	}
	r.told[of] = true
	return true
}
