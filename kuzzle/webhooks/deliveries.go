package webhooks

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// deliveriesPrefix begins the id of the document with an endpoint's deliveries, among
	// the documents that expire.
	deliveriesPrefix = "deliveries:"
	// MaxDeliveries is how many deliveries of an endpoint are kept, keptDelivery for how
	// long.
	MaxDeliveries = 100
	keptDelivery  = 24 * time.Hour
	// keepEvery is how often deliveries are written, keepTime how long one write may take.
	keepEvery = time.Second
	keepTime  = 5 * time.Second
)

// Delivery is a message that was sent to an endpoint, successfully or not. It contains
// nothing of the message's body or of the answer's.
type Delivery struct {
	Endpoint string `json:"endpoint"`
	// Message is the id of the message, Type the event, Kuid the user.
	Message string `json:"message"`
	Type    string `json:"type"`
	Kuid    string `json:"kuid"`
	// Attempts is how often it was sent while its record exists.
	Attempts int `json:"attempts"`
	// At is the time of the last attempt in epoch milliseconds, Took its duration in
	// milliseconds.
	At   int64 `json:"at"`
	Took int64 `json:"took"`
	// Status is the status of the last answer, 0 without one.
	Status int `json:"status"`
	// Problem is the reason why it was not accepted, "" if it was.
	Problem string `json:"problem,omitempty"`
}

// journal records the deliveries to one endpoint. Only the goroutine that serves the
// endpoint uses it. A killed process loses those of the last second.
type journal struct {
	store storage.Store
	id    string
	now   func() time.Time
	log   *slog.Logger
	// fresh are deliveries that are not written yet; written is the time of the last
	// write.
	fresh   []Delivery
	written time.Time
}

func newJournal(h *Webhooks, endpoint string) *journal {
	return &journal{store: h.Store, id: deliveriesPrefix + endpoint, now: h.Now, log: h.Log}
}

// note records a delivery with its answer, or with err.
func (j *journal) note(d Delivery, began time.Time, err error) {
	if errors.Is(err, context.Canceled) {
		return // this server is stopping
	}
	if failure := (queue.Failure{}); errors.As(err, &failure) {
		d.Problem = failure.Said
	}
	d.Attempts, d.At, d.Took = 1, j.now().UnixMilli(), time.Since(began).Milliseconds()
	j.fresh = j.add(j.fresh, d)
}

// add appends a delivery; it replaces the record of the same message.
func (j *journal) add(all []Delivery, d Delivery) []Delivery {
	oldest := j.now().Add(-keptDelivery).UnixMilli()
	all = slices.DeleteFunc(all, func(before Delivery) bool {
		if before.Message == d.Message {
			d.Attempts += before.Attempts
			return true
		}
		return before.At < oldest
	})
	all = append(all, d)
	return all[max(0, len(all)-MaxDeliveries):]
}

// keep writes the recorded deliveries, at most once a second.
func (j *journal) keep(ctx context.Context) {
	if time.Since(j.written) >= keepEvery {
		j.keepNow(ctx)
	}
}

func (j *journal) keepNow(ctx context.Context) {
	if len(j.fresh) == 0 {
		return
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	var err error
	for range tries {
		if err = j.write(limited); !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			break
		}
	}
	if err != nil && ctx.Err() == nil {
		j.log.WarnContext(ctx, "the list of deliveries to a webhook endpoint could not be written", "cause", err)
	}
	j.fresh, j.written = nil, time.Now()
}

func (j *journal) write(ctx context.Context) error {
	was, err := j.store.Get(ctx, storage.Flows, j.id)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	all, err := deliveriesIn(was)
	if err != nil {
		return err
	}
	for _, d := range j.fresh {
		all = j.add(all, d)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	doc := storage.Document{
		ID: j.id, Incarnation: was.Incarnation, Version: was.Version + 1, Content: []byte(`{}`), Auth: text, ExpiresAt: j.now().Add(keptDelivery),
	}
	_, err = j.store.Commit(ctx, storage.Change{In: storage.Flows, ID: j.id, Put: &doc, If: was.Rev})
	return err
}

func deliveriesIn(doc storage.Document) (all []Delivery, err error) {
	if len(doc.Auth) > 0 {
		err = json.Unmarshal(doc.Auth, &all)
	}
	return all, err
}

// Deliveries returns the last deliveries of a day to an endpoint, or to all for "", at
// most MaxDeliveries of each, latest first. The list may be a second old.
//
// Fault: ErrNoEndpoint.
func (h *Webhooks) Deliveries(ctx context.Context, endpoint string) (all []Delivery, err error) {
	var ids []string
	for _, e := range h.List() {
		if endpoint == "" || endpoint == e.ID {
			ids = append(ids, deliveriesPrefix+e.ID)
		}
	}
	if len(ids) == 0 {
		if endpoint != "" {
			err = ErrNoEndpoint.New(endpoint)
		}
		return nil, err
	}
	found, err := storage.All(ctx, h.Store, storage.Flows, ids)
	if err != nil {
		return nil, err
	}
	oldest := h.Now().Add(-keptDelivery).UnixMilli()
	for _, doc := range found {
		some, err := deliveriesIn(doc)
		if err != nil {
			return nil, err
		}
		for _, d := range some {
			if d.At >= oldest {
				all = append(all, d)
			}
		}
	}
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b Delivery) int { return cmp.Compare(b.At, a.At) })
	return all, nil
}
