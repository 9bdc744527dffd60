package users

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// teller publishes events with their actor.
type teller struct {
	bus *events.Bus // nil if nobody listens
}

// Emit publishes an event.
func (t teller) Emit(ctx context.Context, name string, by Actor, about events.Subject, data events.Data) {
	t.Publish(ctx, events.Event{Name: name, Subject: about, Data: data}, by)
}

// Publish publishes an event that an actor caused.
func (t teller) Publish(ctx context.Context, event events.Event, by Actor) {
	if t.bus == nil {
		return
	}
	event.Actor, event.Request = by.Event(), by.RequestID
	t.bus.Publish(ctx, event)
}

// Event returns the actor in the form for events.
func (by Actor) Event() events.Actor {
	actor := events.Actor{Kuid: by.Kuid, Via: by.via(), Service: by.Service, Act: by.Act}
	if by.Addr.IsValid() {
		actor.Addr = by.Addr.String()
	}
	return actor
}

func (by Actor) via() string {
	switch {
	case by.Operator:
		return "operator"
	case by.Service != "":
		return "service"
	case by.APIKey:
		return "apikey"
	case by.SessionID != "":
		return "session"
	}
	return ""
}

// Subject returns the subject of an event.
func Subject(kind, id string) events.Subject { return events.Subject{Kind: kind, ID: id} }
