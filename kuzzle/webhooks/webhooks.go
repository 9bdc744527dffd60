package webhooks

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/uuid/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Options are what Webhooks need; all but Private and Others are mandatory.
type Options struct {
	Store  storage.Store
	Sealer queue.Sealer
	// Client sends the deliveries. It follows no redirect, bounds the time and
	// size of an answer, and connects to no address that it must not.
	Client *http.Client
	// Private takes URLs without TLS, for receivers in a network of the operator's.
	Private bool
	// Others says that changes carry messages of other queues too: they are put into
	// the outbox even while there is no endpoint.
	Others bool
	// TryFor is how long a message is tried before it is a dead letter.
	TryFor time.Duration
	// MaxWaiting is how many messages and dead letters there may be; further
	// events are not told while there are more, which is logged. From the half on,
	// nor are those of a user who has a hundredth of them, and at least 100.
	MaxWaiting int
	// Node names this process.
	Node string
	Now  func() time.Time
	Log  *slog.Logger
}

// Webhooks are those of one server. They are safe for concurrent use.
type Webhooks struct {
	Options
	now atomic.Pointer[state]
	// full is set while there are more messages than MaxWaiting.
	full atomic.Bool
	// crowding are the users of whom too much waits.
	crowding atomic.Pointer[map[string]bool]
	// uncarried is set while messages may lie beside their users.
	uncarried atomic.Bool

	mu sync.Mutex
	// woken has a channel per endpoint that is being served.
	woken map[string]chan struct{}
}

// New makes the webhooks of a server. Nobody is told before the first Refresh.
func New(opts Options) *Webhooks { return &Webhooks{Options: opts, woken: map[string]chan struct{}{}} }

// letter is a message as it is kept until it is delivered.
type letter struct {
	// ID is the same however often it is sent, and to whatever endpoint.
	ID   string `json:"id"`
	Type string `json:"type"`
	// Kuid is the user whom it is about.
	Kuid string `json:"kuid"`
	// Body is what is sent.
	Body json.RawMessage `json:"body"`
}

// body is the JSON of a delivery.
type body struct {
	Type      string         `json:"type"`
	Timestamp string         `json:"timestamp"`
	Data      map[string]any `json:"data"`
}

// Idle reports whether there is no endpoint.
func (h *Webhooks) Idle() bool {
	now := h.now.Load()
	return now == nil || len(now.all) == 0
}

// Messages returns those that a change has to write which causes the events: none
// without an endpoint that wants them. Their subject is a user.
func (h *Webhooks) Messages(caused []events.Event) ([]storage.Document, error) {
	if h.Idle() || len(caused) == 0 {
		return nil, nil
	}
	now := h.now.Load()
	if h.full.Load() {
		h.Log.Warn("too much waits for webhook endpoints: an event is not told", "event", caused[0].Name, "limit", h.MaxWaiting)
		return nil, nil
	}
	crowding := h.crowding.Load()
	var messages []storage.Document
	for _, event := range caused {
		if crowding != nil && (*crowding)[event.Subject.ID] {
			h.Log.Warn("too much of one user waits for webhook endpoints: an event is not told", "event", event.Name, "kuid", event.Subject.ID, "limit", h.share())
			continue
		}
		payload, err := h.payload(event)
		if err != nil {
			return nil, err
		}
		for _, e := range now.all {
			if !e.wants(event.Name) {
				continue
			}
			message, err := h.queue(e.ID).Message(queue.Item{Key: event.Subject.ID, Payload: payload, For: h.TryFor})
			if err != nil {
				return nil, err
			}
			messages = append(messages, message)
		}
	}
	return messages, nil
}

func (h *Webhooks) payload(event events.Event) ([]byte, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	data := map[string]any{"kuid": event.Subject.ID}
	for field, value := range event.Data.Clean() {
		data[string(field)] = value
	}
	told, err := json.Marshal(body{Type: event.Name, Timestamp: created(h.Now()), Data: data})
	if err != nil {
		return nil, err
	}
	return json.Marshal(letter{ID: "msg_" + id.String(), Type: event.Name, Kuid: event.Subject.ID, Body: told})
}

// queue is what waits for one endpoint.
func (h *Webhooks) queue(endpoint string) *queue.Queue {
	return queue.New(queue.Options{
		Store: h.Store, Sealer: h.Sealer, Name: "webhook-" + endpoint, Node: h.Node, Now: h.Now, Log: h.Log, In: storage.Outbox,
		GivenUp: func(ctx context.Context, item queue.Item, cause string) error {
			return h.bury(ctx, endpoint, item, cause)
		},
	})
}

// Written has what a commit wrote sent soon.
func (h *Webhooks) Written() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, woken := range h.woken {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
}
