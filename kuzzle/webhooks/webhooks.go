package webhooks

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/uuid/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Options are what Webhooks need; all but Private, Others, Formats and Follow are mandatory.
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
	// Formats are those besides the standard one.
	Formats []Format
	// Follow does what a note asks for, see [Webhooks.Note]. It may be called again for
	// the same note.
	Follow func(ctx context.Context, key string, note []byte) error
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
	// full is set while there are more messages than MaxWaiting, said once the log has
	// that something is not told.
	full, said atomic.Bool
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
	// Kuid is the user, or else the organization, that it is about.
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

// Wants reports whether an endpoint of a format wants an event.
func (h *Webhooks) Wants(format, event string) bool {
	now := h.now.Load()
	return now != nil && slices.ContainsFunc(now.all, func(e Endpoint) bool { return h.wants(&e, format, event) })
}

// Messages returns those in the standard format that a change has to write which causes
// the events: none without an endpoint that wants them. Their subject is a user.
func (h *Webhooks) Messages(caused []events.Event) ([]storage.Document, error) {
	var messages []storage.Document
	for _, event := range caused {
		if !h.Wants(Standard.Name, event.Name) {
			continue
		}
		text, err := h.standard(event)
		if err != nil {
			return nil, err
		}
		made, err := h.Documents(Message{Format: Standard.Name, Type: event.Name, Key: event.Subject.ID, Body: text})
		if err != nil {
			return nil, err
		}
		messages = append(messages, made...)
	}
	return messages, nil
}

// Message is what the endpoints of a format are told that want it.
type Message struct {
	Format, Type string
	// Key is the id of the user or the organization that it is about. Messages of one
	// key are sent in their order.
	Key string
	// Body is the JSON that is sent.
	Body json.RawMessage
}

// Documents returns a message as the change has to write it that it is about: one for
// each endpoint that wants it.
func (h *Webhooks) Documents(m Message) ([]storage.Document, error) {
	if !h.Wants(m.Format, m.Type) || h.crowded(m) {
		return nil, nil
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	payload, err := json.Marshal(letter{ID: "msg_" + id.String(), Type: m.Type, Kuid: m.Key, Body: m.Body})
	if err != nil {
		return nil, err
	}
	if len(payload) > queue.MaxPayload {
		h.untold(m, "a message would be too large", queue.MaxPayload)
		return nil, nil
	}
	var documents []storage.Document
	for _, e := range h.now.Load().all {
		if !h.wants(&e, m.Format, m.Type) {
			continue
		}
		document, err := h.queue(e.ID).Message(queue.Item{Key: m.Key, Payload: payload, For: h.TryFor})
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
	return documents, nil
}

// crowded reports whether so much waits that a message is not told.
func (h *Webhooks) crowded(m Message) bool {
	crowding := h.crowding.Load()
	switch {
	case h.full.Load():
		h.untold(m, "too much waits for webhook endpoints", h.MaxWaiting)
	case crowding != nil && (*crowding)[m.Key]:
		h.untold(m, "too much of one user or organization waits for webhook endpoints", h.share())
	default:
		return false
	}
	return true
}

// untold logs that a message is not told. Others that follow soon are not logged.
func (h *Webhooks) untold(m Message, why string, limit int) {
	if h.said.CompareAndSwap(false, true) {
		h.Log.Warn(why+": an event is not told", "event", m.Type, "about", m.Key, "limit", limit)
	}
}

// Note is what a change writes of which more changes follow, that have messages of
// their own: Options.Follow is called with both once it is made, whoever is killed.
func (h *Webhooks) Note(key string, note []byte) (storage.Document, error) {
	return h.queue(following).Message(queue.Item{Key: key, Payload: note, For: h.TryFor})
}

// standard is the body of an event in the standard format.
func (h *Webhooks) standard(event events.Event) ([]byte, error) {
	data := map[string]any{"kuid": event.Subject.ID}
	for field, value := range event.Data.Clean() {
		data[string(field)] = value
	}
	return json.Marshal(body{Type: event.Name, Timestamp: created(h.Now()), Data: data})
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
