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

	"github.com/gofrs/uuid/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/lease"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// MaxPayload bounds one payload, in bytes.
const MaxPayload = 64 << 10

const (
	// page is how many items are read at once, poll how often the store is asked
	// for those that another server put.
	page = 100
	poll = 2 * time.Second
	// firstPause doubles with each failure, up to maxPause.
	firstPause = 5 * time.Second
	maxPause   = 10 * time.Minute
	// doWithin is how long one try may take.
	doWithin = 30 * time.Second
	// grace is how long after its end an item is kept, so that it is given up here
	// and not purged unseen.
	grace = time.Hour
	// prefix begins the ids of items. It sorts behind those of all other things
	// that expire, so that a walk meets items only.
	prefix = "~queue:"
)

// ErrGiveUp is wrapped by errors of work that no further try can do.
var ErrGiveUp = errors.New("given up")

// Sealer encrypts payloads at rest; *token.Sealer is one.
type Sealer interface {
	Seal(purpose string, plain []byte) ([]byte, error)
	Open(purpose string, sealed []byte) ([]byte, error)
}

// ErrWait is wrapped by errors that the other items would meet too, such as a
// receiver that cannot be reached. It ends the round and counts as no try.
var ErrWait = errors.New("all of it has to wait")

// Options are what a Queue needs; the zero value of In and GivenUp is the default,
// the others are mandatory.
type Options struct {
	Store  storage.Store
	Sealer Sealer
	// Name tells queues apart: lower-case letters and hyphens.
	Name string
	// Node names this process in the lease.
	Node string
	Now  func() time.Time
	Log  *slog.Logger
	// In is the collection that holds it; Flows when empty.
	In storage.Collection
	// GivenUp is told of what is given up, before it is removed; an error keeps
	// it. Nil has it logged alone.
	GivenUp func(ctx context.Context, item Item, cause string) error
}

// Queue is one queue. It is safe for concurrent use.
type Queue struct {
	Options
	// woken is written when this process put something.
	woken chan struct{}
}

// New makes a queue over what the store has of it.
func New(opts Options) *Queue {
	opts.In = cmp.Or(opts.In, storage.Flows)
	return &Queue{Options: opts, woken: make(chan struct{}, 1)}
}

// Item is a piece of work.
type Item struct {
	// Key is whatever has to be done in order: of one key, an item waits until
	// those before it are done. Empty keys wait for nobody.
	Key     string
	Payload []byte
	// For is how long it is tried.
	For time.Duration
	// Tries is how often it failed so far; Put ignores it.
	Tries int
}

// kept is an item's content in the store; its payload is in the part that is
// never indexed.
type kept struct {
	Key   string `json:"key,omitempty"`
	Tries int    `json:"tries,omitempty"`
	// Due and Until are milliseconds since 1970: of the next try, and of giving up.
	Due   int64 `json:"due,omitempty"`
	Until int64 `json:"until"`
	// Put is when the item was put, 0 when an earlier version did.
	Put int64 `json:"put,omitempty"`
}

type sealedPart struct {
	Sealed []byte `json:"sealed"`
}

func (q *Queue) purpose() string { return "queue." + q.Name }

func (q *Queue) prefix() string { return prefix + q.Name + ":" }

// Put adds an item. It is one commit whatever the item is about.
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

// Message returns an item for the Outbox of a change, which puts it into a queue
// that is in the collection of that name.
func (q *Queue) Message(item Item) (storage.Document, error) {
	if len(item.Payload) > MaxPayload {
		return storage.Document{}, fmt.Errorf("queue %s: a payload of %d bytes; the limit is %d", q.Name, len(item.Payload), MaxPayload)
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

// Wake has Run look at once for what a commit of this process has put.
func (q *Queue) Wake() {
	select {
	case q.woken <- struct{}{}:
	default:
	}
}

// Run hands items to do, one after another, until ctx ends; a try under way then
// is finished or ends with its context. An error of do has the item tried again.
func (q *Queue) Run(ctx context.Context, do func(context.Context, Item) error) {
	lease.New(q.Store, q.Name, q.Node).Hold(ctx, func(ctx context.Context) {
		for ctx.Err() == nil {
			if err := q.Drain(ctx, do); err != nil && !errors.Is(err, ErrWait) && ctx.Err() == nil {
				q.Log.WarnContext(ctx, "a queue cannot be read; it is tried again", "queue", q.Name, "cause", err)
			}
			select {
			case <-ctx.Done():
			case <-q.woken:
			case <-time.After(poll):
			}
		}
	})
}

// Drain hands every item that is due to do, once each. It returns do's error where
// that is an [ErrWait], and else the store's.
func (q *Queue) Drain(ctx context.Context, do func(context.Context, Item) error) error {
	waiting := map[string]bool{} // keys of which an earlier item is not done
	for after := q.prefix(); ; {
		found, err := q.Store.Walk(ctx, q.In, after, page)
		if err != nil || len(found) == 0 {
			return err
		}
		for i := range found {
			if !strings.HasPrefix(found[i].ID, q.prefix()) {
				return nil
			}
			if err := q.handle(ctx, found[i].Document, waiting, do); err != nil {
				return err
			}
		}
		after = found[len(found)-1].ID
	}
}

// Waiting counts the items that are not done, at most so many, and tells since when the
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

// handle does one item, unless it has to wait.
func (q *Queue) handle(ctx context.Context, doc storage.Document, waiting map[string]bool, do func(context.Context, Item) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var state kept
	if err := json.Unmarshal(doc.Content, &state); err != nil {
		return fmt.Errorf("item %s: %w", doc.ID, err)
	}
	now := q.Now().UnixMilli()
	if waiting[state.Key] || state.Due > now && state.Until > now {
		waiting[state.Key] = state.Key != ""
		return nil
	}
	err := errors.Join(ErrGiveUp, errTooOld)
	if state.Until > now {
		err = q.try(ctx, doc, state, do)
	}
	switch {
	case err == nil:
	case errors.Is(err, ErrWait):
		return err
	case errors.Is(err, ErrGiveUp):
		if err := q.giveUp(ctx, doc, state, reason(err)); err != nil {
			return err
		}
		q.Log.WarnContext(ctx, "something in a queue was given up", "queue", q.Name, "tries", state.Tries, "cause", reason(err))
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		waiting[state.Key] = state.Key != ""
		pause := min(firstPause<<min(state.Tries, 16), maxPause)
		state.Tries++
		state.Due = q.Now().Add(pause).UnixMilli()
		q.Log.InfoContext(ctx, "something in a queue is tried again later", "queue", q.Name, "tries", state.Tries, "in", pause, "cause", reason(err))
		return lost(q.write(ctx, doc, state))
	}
	_, err = q.Store.Commit(context.WithoutCancel(ctx), storage.Change{In: q.In, ID: doc.ID, If: doc.Rev})
	return lost(err)
}

var errTooOld = errors.New("it was tried for as long as it may be")

// giveUp tells of an item that is given up. One that cannot be read is logged
// alone.
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
	return Item{Key: state.Key, Payload: payload, For: time.UnixMilli(state.Until).Sub(q.Now()), Tries: state.Tries}, err
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
			err = fmt.Errorf("it broke down: %v", r)
		}
	}()
	return do(ctx, item)
}

// lost passes over that another server was quicker: then it is that one's.
func lost(err error) error {
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// reason is an error as one line for the log.
func reason(err error) string {
	if failure, is := fault.From(err); is {
		return failure.Error()
	}
	return strings.ReplaceAll(err.Error(), "\n", ": ")
}
