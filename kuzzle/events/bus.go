package events

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

const (
	// All subscribes to every event.
	All = "*"
	// maxHandlers is the largest number of subscriptions.
	maxHandlers = 256
	// maxDepth bounds how deep handlers may publish further events.
	maxDepth = 4
)

// Handler handles an event. It runs in the goroutine that publishes, before Publish returns, so it
// must be quick: slow work belongs in a queue of the handler's own. It must not change the event.
type Handler func(ctx context.Context, event Event)

// Bus passes events to handlers. It is safe for concurrent use and starts no goroutine; create it
// with NewBus.
type Bus struct {
	log *slog.Logger
	now func() time.Time

	mu       sync.Mutex
	next     int
	handlers atomic.Pointer[[]subscription]
}

type subscription struct {
	id   int
	name string
	tell Handler
}

// NewBus returns a Bus. The log gets panics of handlers and events that had to be repaired; nil is
// slog.Default. A nil clock is time.Now.
func NewBus(log *slog.Logger, clock func() time.Time) *Bus {
	if log == nil {
		log = slog.Default()
	}
	if clock == nil {
		clock = time.Now
	}
	b := &Bus{log: log, now: clock}
	b.handlers.Store(&[]subscription{})
	return b
}

// Subscribe calls a handler for the events with a name, or with [All] for all events, in the order
// of subscription. The returned function ends the subscription; an event that is being published
// may still arrive. It panics on a nil handler and on more than 256 subscriptions, which are
// mistakes in the program.
func (b *Bus) Subscribe(name string, tell Handler) (cancel func()) {
	if tell == nil {
		panic("events: nil handler")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	old := *b.handlers.Load()
	if len(old) >= maxHandlers {
		panic("events: too many subscriptions")
	}
	b.next++
	id := b.next
	list := append(old[:len(old):len(old)], subscription{id, name, tell})
	b.handlers.Store(&list)
	return func() { b.remove(id) }
}

func (b *Bus) remove(id int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := *b.handlers.Load()
	list := make([]subscription, 0, len(old))
	for _, s := range old {
		if s.id != id {
			list = append(list, s)
		}
	}
	b.handlers.Store(&list)
}

type depthKey struct{}

// Publish completes an event, removes data that fields.go does not declare, and calls every
// handler. It logs a panic of a handler and still calls the others. It returns the event as it was
// published.
//
// The context keeps its values but not its end: an event is published even if the client has gone.
func (b *Bus) Publish(ctx context.Context, event Event) Event {
	event = b.complete(ctx, event)
	depth, _ := ctx.Value(depthKey{}).(int)
	if depth >= maxDepth {
		b.log.ErrorContext(ctx, "events: handlers publish in a circle", "event", event.Name, "id", event.ID)
		return event
	}
	ctx = context.WithValue(context.WithoutCancel(ctx), depthKey{}, depth+1)
	for _, s := range *b.handlers.Load() {
		if s.name == All || s.name == event.Name {
			b.tell(ctx, s.tell, event)
		}
	}
	return event
}

func (b *Bus) complete(ctx context.Context, event Event) Event {
	given := event
	event.Data = given.Data.Clean()
	if len(event.Data) < len(given.Data) || !slices.Contains(Names(), event.Name) {
		b.log.ErrorContext(ctx, "events: an event has undeclared data", "error", given.Check())
	}
	if event.ID == "" {
		event.ID = uuid.Must(uuid.NewV7()).String()
	}
	if event.At.IsZero() {
		event.At = b.now()
	}
	event.At = event.At.UTC()
	if event.Outcome == "" {
		event.Outcome = Done
	}
	for _, text := range []*string{
		&event.ID, &event.Name, &event.Outcome, &event.Request,
		&event.Actor.Kuid, &event.Actor.Via, &event.Actor.Service, &event.Actor.Act, &event.Actor.Addr, &event.Subject.Kind, &event.Subject.ID,
	} {
		*text = shorten(*text)
	}
	return event
}

func (b *Bus) tell(ctx context.Context, tell Handler, event Event) {
	defer func() {
		if p := recover(); p != nil {
			// The panic's text may quote the event, which holds no secret.
			b.log.ErrorContext(ctx, "events: a handler panicked", "event", event.Name, "id", event.ID,
				"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	tell(ctx, event)
}
