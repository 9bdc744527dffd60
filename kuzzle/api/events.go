package api

import (
	"context"
	"strings"
)

// Event is what pipes and hooks are handed: the request and, once there is one,
// its answer.
type Event struct {
	// Name is the event fired, such as security:afterCreateUser.
	Name     string
	Request  *Request
	Response *Response
	// Err is the failure, on error events.
	Err error
}

// Listener takes part in requests. On events named before… and request:… up to
// onExecution its error refuses the request; on after… events it replaces the
// answer; on error… events and request:afterExecution it is only logged.
type Listener func(ctx context.Context, event *Event) error

// Events of the dispatcher itself, in the order in which a request meets them;
// between onExecution and onSuccess come <controller>:before<Action> and
// <controller>:after<Action>. onPartial comes where an action answers a [Partial].
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

// controllers is a set of the names before the colon of the events.
func (l listeners) controllers() map[string]bool {
	heard := map[string]bool{}
	for event := range l {
		controller, _, _ := strings.Cut(event, ":")
		heard[controller] = true
	}
	return heard
}

// of lists the listeners of <controller>:<when><Action>, wildcards included.
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
