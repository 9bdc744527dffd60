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
	// deliveriesPrefix begins the ids of the deliveries to an endpoint, which are one
	// document among the things that expire.
	deliveriesPrefix = "deliveries:"
	// MaxDeliveries is how many are kept of an endpoint, keptDelivery for how long.
	MaxDeliveries = 100
	keptDelivery  = 24 * time.Hour
	// keepEvery is how often they are written, keepTime how long that may take.
	keepEvery = time.Second
	keepTime  = 5 * time.Second
)

// Delivery is a message that was sent to an endpoint, be it taken or not. It holds nothing
// of the message's body and of the answer's.
type Delivery struct {
	Endpoint string `json:"endpoint"`
	// Message is the id that it is sent with, Type the event, Kuid the user.
	Message string `json:"message"`
	Type    string `json:"type"`
	Kuid    string `json:"kuid"`
	// Attempts is how often it was sent while it is kept here.
	Attempts int `json:"attempts"`
	// At is when it was sent last, in epoch milliseconds, Took how many it took.
	At   int64 `json:"at"`
	Took int64 `json:"took"`
	// Status is that of the last answer, 0 where there was none.
	Status int `json:"status"`
	// Problem is why it was not taken, "" where it was.
	Problem string `json:"problem,omitempty"`
}

// journal keeps the deliveries to one endpoint. Whoever serves the endpoint uses it alone.
// Those of the last second are lost when the process is killed.
type journal struct {
	store storage.Store
	id    string
	now   func() time.Time
	log   *slog.Logger
	// fresh are those that are not written yet, written is when others were.
	fresh   []Delivery
	written time.Time
}

func newJournal(h *Webhooks, endpoint string) *journal {
	return &journal{store: h.Store, id: deliveriesPrefix + endpoint, now: h.Now, log: h.Log}
}

// note keeps a delivery that had an answer, or err for none.
func (j *journal) note(d Delivery, began time.Time, err error) {
	if errors.Is(err, context.Canceled) {
		return // it is this server that ends
	}
	if failure := (queue.Failure{}); errors.As(err, &failure) {
		d.Problem = failure.Said
	}
	d.Attempts, d.At, d.Took = 1, j.now().UnixMilli(), time.Since(began).Milliseconds()
	j.fresh = j.add(j.fresh, d)
}

// add puts a delivery behind others, in the place of what is there of its message.
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

// keep writes what was noted, at most once a second.
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
		j.log.WarnContext(ctx, "deliveries to a webhook endpoint are not listed", "cause", err)
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

// Deliveries lists the last ones of a day to an endpoint, or to each for "", at most
// MaxDeliveries of each, the latest first. It may be a second behind.
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
