package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/lease"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// MaxPayload bounds one payload, in bytes.
const MaxPayload = 256 << 10

const (
	// page is the number of items read at once. poll is how often the store is asked for
	// items that other servers put.
	page = 100
	poll = 2 * time.Second
	// firstPause is the first pause; it doubles with each failure, up to maxPause.
	firstPause = 5 * time.Second
	maxPause   = 10 * time.Minute
	// doWithin is the maximum duration of one try.
	doWithin = 30 * time.Second
	// grace is how long an item is kept after its end, so that the queue gives it up before
	// the store purges it silently.
	grace = time.Hour
	// buryEvery is how often the queue looks for items that are too old behind an item that
	// all wait for.
	buryEvery = time.Minute
	// maxSaid bounds the stored text of a failure, in bytes.
	maxSaid = 200
	// prefix begins the ids of items. It sorts behind all other expiring documents, so that a
	// walk meets items only.
	prefix = "~queue:"
)

// ErrGiveUp is wrapped by errors for work that no further try can do.
var ErrGiveUp = errors.New("given up")

// Sealer encrypts payloads at rest; *token.Sealer is one.
type Sealer interface {
	Seal(purpose string, plain []byte) ([]byte, error)
	Open(purpose string, sealed []byte) ([]byte, error)
}

// ErrWait is wrapped by errors that the other items would meet too, such as an unreachable
// receiver. It ends the round and does not count as a try. Items that are too old are given
// up all the same.
var ErrWait = errors.New("all items must wait")

// Failure is an error of work, with a text that is stored beside the item: see Item.Last.
type Failure struct {
	error
	Said string
}

// Unwrap returns the error.
func (f Failure) Unwrap() error { return f.error }

// Saying returns a Failure with the text and the error.
func Saying(said string, err error) error { return Failure{err, said[:min(len(said), maxSaid)]} }

// Options configures a Queue. In and GivenUp are optional, all others are mandatory.
type Options struct {
	Store  storage.Store
	Sealer Sealer
	// Name distinguishes queues: lower-case letters and hyphens.
	Name string
	// Node names this process in the lease.
	Node string
	Now  func() time.Time
	Log  *slog.Logger
	// In is the collection of the items; Flows if empty.
	In storage.Collection
	// GivenUp is called with each item that is given up, before it is removed; an error keeps
	// the item. If nil, the item is only logged.
	GivenUp func(ctx context.Context, item Item, cause string) error
}

// Queue is one queue. It is safe for concurrent use, but only one Drain or Run may run at a
// time.
type Queue struct {
	Options
	// woken is written after this process put an item.
	woken chan struct{}
	// last is the text of the latest failure that made all items wait, and buried is when
	// items that were too old were last looked for meanwhile. Only Drain uses them.
	last   string
	buried time.Time
}

// New returns a queue over its items in the store.
func New(opts Options) *Queue {
	opts.In = cmp.Or(opts.In, storage.Flows)
	return &Queue{Options: opts, woken: make(chan struct{}, 1)}
}

// Item is a piece of work.
type Item struct {
	// Key orders items: an item waits until all earlier items with its key are done. Items
	// with an empty key never wait.
	Key     string
	Payload []byte
	// For is how long the item is tried.
	For time.Duration
	// Tries is the number of failures so far, and Last the text of the latest [Failure]: its
	// own or, if it is given up without a try, that of the item it waited for. Put ignores
	// both.
	Tries int
	Last  string
}

// kept is an item's content in the store; its payload is in the part that is never indexed.
type kept struct {
	Key   string `json:"key,omitempty"`
	Tries int    `json:"tries,omitempty"`
	// Due is the time of the next try, Until that of giving up, both in milliseconds since
	// 1970.
	Due   int64 `json:"due,omitempty"`
	Until int64 `json:"until"`
	// Last is the text of the latest failure.
	Last string `json:"last,omitempty"`
	// Put is when the item was put; 0 for items of earlier versions.
	Put int64 `json:"put,omitempty"`
}

type sealedPart struct {
	Sealed []byte `json:"sealed"`
}

func (q *Queue) purpose() string { return "queue." + q.Name }

func (q *Queue) prefix() string { return prefix + q.Name + ":" }

// NameOf returns the name of the queue whose item has an id, "" if it is no item's.
func NameOf(id string) string {
	rest, _ := strings.CutPrefix(id, prefix)
	name, _, is := strings.Cut(rest, ":")
	if !is || len(rest) == len(id) {
		return ""
	}
	return name
}

// Put adds an item, in one commit.
func (q *Queue) Put(ctx context.Context, item Item) error {
	doc, err := q.Message(item)
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	doc.ID += id.String()
	if _, err := q.Store.Commit(ctx, storage.Change{In: q.In, ID: doc.ID, Put: &doc}); err != nil {
		return err
	}
	q.Wake()
	return nil
}

// Message returns an item for the Outbox of a change. The commit of the change puts it into a
// queue in the collection Outbox.
func (q *Queue) Message(item Item) (storage.Document, error) {
	if len(item.Payload) > MaxPayload {
		return storage.Document{}, fmt.Errorf("queue %s: a payload has %d bytes; the limit is %d", q.Name, len(item.Payload), MaxPayload)
	}
	sealed, err := q.Sealer.Seal(q.purpose(), item.Payload)
	if err != nil {
		return storage.Document{}, err
	}
	auth, err := json.Marshal(sealedPart{sealed})
	if err != nil {
		return storage.Document{}, err
	}
	now := q.Now()
	until := now.Add(item.For)
	content, err := json.Marshal(kept{Key: item.Key, Until: until.UnixMilli(), Put: now.UnixMilli()})
	return storage.Document{ID: q.prefix(), Version: 1, Content: content, Auth: auth, ExpiresAt: until.Add(grace)}, err
}

func (q *Queue) write(ctx context.Context, over storage.Document, state kept) error {
	content, err := json.Marshal(state)
	if err != nil {
		return err
	}
	next := over
	next.Version, next.Content, next.ExpiresAt = over.Version+1, content, time.UnixMilli(state.Until).Add(grace)
	_, err = q.Store.Commit(ctx, storage.Change{In: q.In, ID: over.ID, Put: &next, If: over.Rev})
	return err
}

// Wake makes Run look at once for items that a commit of this process put.
func (q *Queue) Wake() {
	select {
	case q.woken <- struct{}{}:
	default:
	}
}

// Run passes items to do, one after another, until ctx ends. A running try then finishes or
// ends with its context. After an error of do the item is tried again.
func (q *Queue) Run(ctx context.Context, do func(context.Context, Item) error) {
	lease.New(q.Store, q.Name, q.Node).Hold(ctx, func(ctx context.Context) {
		for ctx.Err() == nil {
			if err := q.Drain(ctx, do); err != nil && !errors.Is(err, ErrWait) && ctx.Err() == nil {
				q.Log.WarnContext(ctx, "the items of a queue cannot be read; it is tried again", "queue", q.Name, "cause", err)
			}
			select {
			case <-ctx.Done():
			case <-q.woken:
			case <-time.After(poll):
			}
		}
	})
}

// round is the state of one walk over the items.
type round struct {
	// waiting are the keys with an earlier item that is not done; said has the latest failure
	// of an earlier item of each key.
	waiting map[string]bool
	said    map[string]string
	// wait is the error that made all further items wait.
	wait error
}

// holds records that later items with the item's key must wait, and the reason.
func (r round) holds(state kept, waiting bool) {
	if state.Key == "" {
		return
	}
	r.waiting[state.Key] = r.waiting[state.Key] || waiting
	r.said[state.Key] = cmp.Or(state.Last, r.said[state.Key])
}

// Drain passes every due item to do, once each. It returns do's error if that is an
// [ErrWait], else errors of the store.
func (q *Queue) Drain(ctx context.Context, do func(context.Context, Item) error) error {
	r := round{waiting: map[string]bool{}, said: map[string]string{}}
	for after := q.prefix(); ; {
		found, err := q.Store.Walk(ctx, q.In, after, page)
		if err != nil {
			return err
		}
		if len(found) == 0 || !strings.HasPrefix(found[0].ID, q.prefix()) {
			return q.ended(r)
		}
		for i := range found {
			if !strings.HasPrefix(found[i].ID, q.prefix()) {
				return q.ended(r)
			}
			err := q.handle(ctx, found[i].Document, r, do)
			if errors.Is(err, ErrWait) && ctx.Err() == nil && q.Now().Sub(q.buried).Abs() >= buryEvery {
				r.wait, err = err, nil
			}
			if err != nil {
				return err
			}
		}
		after = found[len(found)-1].ID
	}
}

// ended ends a round. If the round had to wait, its rest only looked for items that are too
// old.
func (q *Queue) ended(r round) error {
	if r.wait != nil {
		q.buried = q.Now()
	}
	return r.wait
}

// Waiting counts the items that are not done, up to a maximum, and returns since when the
// first of them waits.
func (q *Queue) Waiting(ctx context.Context, most int) (count int, since time.Time, err error) {
	for after := q.prefix(); count < most; {
		found, err := q.Store.Walk(ctx, q.In, after, min(page, most-count))
		if err != nil || len(found) == 0 {
			return count, since, err
		}
		for i := range found {
			if !strings.HasPrefix(found[i].ID, q.prefix()) {
				return count, since, nil
			}
			if count++; count > 1 {
				continue
			}
			var state kept
			if err := json.Unmarshal(found[i].Content, &state); err != nil {
				return count, since, fmt.Errorf("item %s: %w", found[i].ID, err)
			}
			since = time.UnixMilli(state.Put)
		}
		after = found[len(found)-1].ID
	}
	return count, since, nil
}

// handle does one item unless it must wait. An item that is too old never waits.
func (q *Queue) handle(ctx context.Context, doc storage.Document, r round, do func(context.Context, Item) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var state kept
	if err := json.Unmarshal(doc.Content, &state); err != nil {
		return fmt.Errorf("item %s: %w", doc.ID, err)
	}
	now := q.Now().UnixMilli()
	if state.Until > now && (r.wait != nil || r.waiting[state.Key] || state.Due > now) {
		r.holds(state, true)
		return nil
	}
	err := errors.Join(ErrGiveUp, errTooOld)
	if state.Until > now {
		err = q.try(ctx, doc, state, do)
	}
	before := state.Last
	if failure := (Failure{}); errors.As(err, &failure) {
		state.Last = failure.Said
	}
	switch {
	case err == nil:
		q.last = ""
	case errors.Is(err, ErrWait):
		r.holds(state, true)
		if q.last = state.Last; state.Last != before {
			err = errors.Join(err, lost(q.write(ctx, doc, state)))
		}
		return err
	case errors.Is(err, ErrGiveUp):
		state.Last = cmp.Or(state.Last, r.said[state.Key], q.last)
		r.holds(state, false)
		if err := q.giveUp(ctx, doc, state, reason(err)); err != nil {
			return err
		}
		q.Log.WarnContext(ctx, "an item of a queue was given up", "queue", q.Name, "tries", state.Tries, "cause", reason(err))
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		r.holds(state, true)
		pause := min(firstPause<<min(state.Tries, 16), maxPause)
		state.Tries++
		state.Due = q.Now().Add(pause).UnixMilli()
		q.Log.InfoContext(ctx, "an item of a queue failed and is tried again later", "queue", q.Name, "tries", state.Tries, "in", pause, "cause", reason(err))
		return lost(q.write(ctx, doc, state))
	}
	_, err = q.Store.Commit(context.WithoutCancel(ctx), storage.Change{In: q.In, ID: doc.ID, If: doc.Rev})
	return lost(err)
}

var errTooOld = errors.New("its time for tries is over")

// giveUp reports an item that is given up. An unreadable item is only logged.
func (q *Queue) giveUp(ctx context.Context, doc storage.Document, state kept, cause string) error {
	if q.GivenUp == nil {
		return nil
	}
	item, err := q.item(doc, state)
	if err != nil {
		return nil
	}
	return q.GivenUp(ctx, item, cause)
}

// item reads an item as the store has it.
func (q *Queue) item(doc storage.Document, state kept) (Item, error) {
	var part sealedPart
	if err := json.Unmarshal(doc.Auth, &part); err != nil {
		return Item{}, errors.Join(ErrGiveUp, err)
	}
	payload, err := q.Sealer.Open(q.purpose(), part.Sealed)
	return Item{
		Key: state.Key, Payload: payload, For: time.UnixMilli(state.Until).Sub(q.Now()), Tries: state.Tries, Last: state.Last,
	}, err
}

func (q *Queue) try(ctx context.Context, doc storage.Document, state kept, do func(context.Context, Item) error) (err error) {
	item, err := q.item(doc, state)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, doWithin)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return do(ctx, item)
}

// lost ignores the error that another server was faster: the item then belongs to that
// server.
func lost(err error) error {
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// reason returns an error as one line for the log.
func reason(err error) string {
	if failure, is := fault.From(err); is {
		return failure.Error()
	}
	return strings.ReplaceAll(err.Error(), "\n", ": ")
}
