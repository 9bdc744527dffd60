package accounts

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// emit tells listeners what has happened.
func (a *Accounts) emit(ctx context.Context, name string, by Actor, about events.Subject, data events.Data) {
	a.publish(ctx, events.Event{Name: name, Subject: about, Data: data}, by)
}

func (a *Accounts) publish(ctx context.Context, event events.Event, by Actor) {
	if a.Events == nil {
		return
	}
	event.Actor, event.Request = by.Event(), by.RequestID
	a.Events.Publish(ctx, event)
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

func subject(kind, id string) events.Subject { return events.Subject{Kind: kind, ID: id} }
