package users

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// Emit tells listeners what has happened.
func (us *Users) Emit(ctx context.Context, name string, by Actor, about events.Subject, data events.Data) {
	us.Publish(ctx, events.Event{Name: name, Subject: about, Data: data}, by)
}

// Publish tells listeners of an event that somebody caused.
func (us *Users) Publish(ctx context.Context, event events.Event, by Actor) {
	if us.Events == nil {
		return
	}
	event.Actor, event.Request = by.Event(), by.RequestID
	us.Events.Publish(ctx, event)
}

// Event is the actor as events name one.
func (by Actor) Event() events.Actor {
	actor := events.Actor{Kuid: by.Kuid, Via: by.via()}
	if by.Addr.IsValid() {
		actor.Addr = by.Addr.String()
	}
	return actor
}

func (by Actor) via() string {
	switch {
	case by.Operator:
		return "operator"
	case by.APIKey:
		return "apikey"
	case by.SessionID != "":
		return "session"
	}
	return ""
}

// Subject names what an event is about.
func Subject(kind, id string) events.Subject { return events.Subject{Kind: kind, ID: id} }
