package api

import (
	"context"
	"strings"
)

// Event is the argument of pipes and hooks: the request and, once it exists, its
// answer.
type Event struct {
	// Name is the name of the event, such as security:afterCreateUser.
	Name     string
	Request  *Request
	Response *Response
	// Err is the failure; it is set on error events only.
	Err error
}

// Listener is called on events. On events named before… and on request:… up to
// onExecution, its error refuses the request. On after… events its error replaces
// the answer. On error… events and request:afterExecution its error is only
// logged.
type Listener func(ctx context.Context, event *Event) error

// Events of the dispatcher, in the order of a request. <controller>:before<Action>
// and <controller>:after<Action> come between onExecution and onSuccess. onPartial
// is fired when an action answers a [Partial].
const (
	BeforeExecution = "request:beforeExecution"
	OnAuthorized    = "request:onAuthorized"
	OnUnauthorized  = "request:onUnauthorized"
	OnExecution     = "request:onExecution"
	OnPartial       = "request:onPartial"
	OnSuccess       = "request:onSuccess"
	OnError         = "request:onError"
	AfterExecution  = "request:afterExecution"
)

// pipeSet holds the listeners of one action, resolved when the table is built.
type pipeSet struct {
	before, after, failed []named
}

type named struct {
	event  string
	listen Listener
}

type listeners map[string][]Listener

func (l listeners) add(event string, listen Listener) { l[event] = append(l[event], listen) }

// controllers returns the set of names before the colon of the events.
func (l listeners) controllers() map[string]bool {
	heard := map[string]bool{}
	for event := range l {
		controller, _, _ := strings.Cut(event, ":")
		heard[controller] = true
	}
	return heard
}

// of returns the listeners of <controller>:<when><Action>, including wildcards.
func (l listeners) of(controller, when, action string) []named {
	event := controller + ":" + when + strings.ToUpper(action[:1]) + action[1:]
	var found []named
	for _, pattern := range []string{event, controller + ":" + when + "*", controller + ":*"} {
		for _, listen := range l[pattern] {
			found = append(found, named{event, listen})
		}
	}
	return found
}

func (d *Dispatcher) fire(ctx context.Context, event string, e *Event) error {
	for _, listen := range d.listeners[event] {
		e.Name = event
		if err := listen(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func fireAll(ctx context.Context, list []named, e *Event) error {
	for _, l := range list {
		e.Name = l.event
		if err := l.listen(ctx, e); err != nil {
			return err
		}
	}
	return nil
}
