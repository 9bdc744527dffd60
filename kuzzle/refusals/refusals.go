package refusals

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Refusals of a caller for an action, or for an item of an action on several, are published once
// per refusalEvery. In that time at most refusalsHeld requests and as many items are published, so
// that a caller who is refused all day fills no disk.
const (
	refusalEvery = time.Second
	refusalsHeld = 1024
)

// Refusals publishes refused calls to the domain's listeners, such as the audit log. It is safe for
// concurrent use.
type Refusals struct {
	bus *events.Bus
	now func() time.Time

	mu    sync.Mutex
	since time.Time
	told  map[refused]bool
	// items is the number of entries in told that are about an item.
	items int
}

// refused is a caller, a refused action, and the item among several.
type refused struct{ kuid, action, item string }

// New returns Refusals that publish on a bus.
func New(bus *events.Bus, now func() time.Time) *Refusals {
	return &Refusals{bus: bus, now: now, told: map[refused]bool{}}
}

// Follow subscribes by on to requests that were refused for lack of rights. It ignores anonymous
// callers: anybody can send such requests, and nothing identifies the sender.
func (r *Refusals) Follow(on func(event string, listen api.Listener)) {
	on(api.OnUnauthorized, r.tell)
	on(api.OnError, func(ctx context.Context, e *api.Event) error {
		if errors.Is(e.Err, profiles.ErrExceedsOwn) {
			return r.tell(ctx, e)
		}
		return nil
	})
	on(api.OnPartial, r.tellParts)
}

func (r *Refusals) tell(ctx context.Context, e *api.Event) error {
	failure, is := fault.From(e.Err)
	if !is {
		return nil
	}
	r.publish(ctx, e.Request, failure)
	return nil
}

// tellParts publishes the items that an action on several was refused.
func (r *Refusals) tellParts(ctx context.Context, e *api.Event) error {
	if whole, is := fault.From(e.Err); is {
		for _, part := range whole.Errors {
			if errors.Is(part, profiles.ErrExceedsOwn) {
				r.publish(ctx, e.Request, part)
			}
		}
	}
	return nil
}

func (r *Refusals) publish(ctx context.Context, req *api.Request, failure *fault.Error) {
	if req.Caller.Anonymous() {
		return
	}
	controller, action := req.Route()
	of := refused{req.Caller.Name(), controller + ":" + action, failure.Item}
	if !r.first(of) {
		return
	}
	by := kuzzleview.Actor(req)
	r.bus.Publish(ctx, events.Event{
		Name: events.RightsRefused, Outcome: events.Refused, Actor: by.Event(), Request: by.RequestID,
		Subject: events.Subject{ID: of.item}, Data: events.Data{events.Action: of.action, events.Reason: failure.ID()},
	})
}

// first reports whether a refusal is the first of its kind for a while.
func (r *Refusals) first(of refused) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); now.Sub(r.since).Abs() >= refusalEvery {
		r.since = now
		clear(r.told)
		r.items = 0
	}
	held := len(r.told) - r.items
	if of.item != "" {
		held = r.items
	}
	if r.told[of] || held == refusalsHeld {
		return false
	}
	if of.item != "" {
		r.items++
	}
	r.told[of] = true
	return true
}
