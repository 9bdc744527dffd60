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

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Options configures Webhooks; all except Private, Others, Formats and Follow are mandatory.
type Options struct {
	Store  storage.Store
	Sealer queue.Sealer
	// Client sends the deliveries. It must follow no redirect, bound the time and size of an
	// answer, and refuse forbidden addresses.
	Client *http.Client
	// Private accepts URLs without TLS, for receivers in the operator's network.
	Private bool
	// Others tells that changes also carry messages of other queues: these move to the
	// outbox even without an endpoint.
	Others bool
	// Formats are the formats besides the standard one.
	Formats []Format
	// Follow performs the work of a note, see [Webhooks.Note]. It may be called again for
	// the same note.
	Follow func(ctx context.Context, key string, note []byte) error
	// TryFor is how long a message is tried before it becomes a dead letter.
	TryFor time.Duration
	// MaxWaiting is the maximum number of messages and dead letters of all endpoints; above it
	// further events are not sent, which is logged. From half of it on, events of a user with a
	// hundredth of it, and at least 100, are not sent either.
	MaxWaiting int
	// Node names this process.
	Node string
	Now  func() time.Time
	Log  *slog.Logger
}

// Webhooks are the webhooks of one server. They are safe for concurrent use.
type Webhooks struct {
	Options
	now atomic.Pointer[state]
	// full is set while there are more messages than MaxWaiting; said is set once the log
	// has recorded an unsent event.
	full, said atomic.Bool
	// crowding are the users with too many waiting messages.
	crowding atomic.Pointer[map[string]bool]
	// uncarried is set while messages may lie beside their users.
	uncarried atomic.Bool

	mu sync.Mutex
	// woken has a channel for each endpoint that is being served.
	woken map[string]chan struct{}
}

// New returns the webhooks of a server. Nothing is sent before the first Refresh.
func New(opts Options) *Webhooks { return &Webhooks{Options: opts, woken: map[string]chan struct{}{}} }

// letter is a message as it is stored until it is delivered.
type letter struct {
	// ID is the same for every attempt and every endpoint.
	ID   string `json:"id"`
	Type string `json:"type"`
	// Kuid is the user, or else the organization, that the message is about.
	Kuid string `json:"kuid"`
	// Body is the body of the request.
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

// Messages returns the messages in the standard format for the change that causes the
// events: none without an endpoint that wants them. Their subject is a user.
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

// Message is a message to all endpoints of a format that want its event.
type Message struct {
	Format, Type string
	// Key is the id of the user or organization that it is about. Messages with one key are
	// sent in order.
	Key string
	// Body is the JSON of the request.
	Body json.RawMessage
}

// Documents returns the documents that the change must write for a message: one for each
// endpoint that wants it.
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

// crowded reports whether too many messages are waiting to accept this one.
func (h *Webhooks) crowded(m Message) bool {
	crowding := h.crowding.Load()
	switch {
	case h.full.Load():
		h.untold(m, "too many messages are waiting for webhook endpoints", h.MaxWaiting)
	case crowding != nil && (*crowding)[m.Key]:
		h.untold(m, "too many messages of one user or organization are waiting for webhook endpoints", h.share())
	default:
		return false
	}
	return true
}

// untold logs that a message is not sent. It does not log further ones that follow soon.
func (h *Webhooks) untold(m Message, why string, limit int) {
	if h.said.CompareAndSwap(false, true) {
		h.Log.Warn(why+": an event is not sent", "event", m.Type, "about", m.Key, "limit", limit)
	}
}

// Note returns a note for a change that causes further changes with their own messages.
// After the change is made, Options.Follow is called with key and note, even after a crash.
func (h *Webhooks) Note(key string, note []byte) (storage.Document, error) {
	return h.queue(following).Message(queue.Item{Key: key, Payload: note, For: h.TryFor})
}

// standard returns the body of an event in the standard format.
func (h *Webhooks) standard(event events.Event) ([]byte, error) {
	data := map[string]any{"kuid": event.Subject.ID}
	for field, value := range event.Data.Clean() {
		data[string(field)] = value
	}
	return json.Marshal(body{Type: event.Name, Timestamp: created(h.Now()), Data: data})
}

// queue returns the queue of one endpoint.
func (h *Webhooks) queue(endpoint string) *queue.Queue {
	return queue.New(queue.Options{
		Store: h.Store, Sealer: h.Sealer, Name: queuePrefix + endpoint, Node: h.Node, Now: h.Now, Log: h.Log, In: storage.Outbox,
		GivenUp: func(ctx context.Context, item queue.Item, cause string) error {
			return h.bury(ctx, endpoint, item, cause)
		},
	})
}

// Written makes the messages of a commit go out soon.
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
