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
const MaxPayload = 256 << 10

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
	// buryEvery is how often those too old are looked for behind one that all wait for.
	buryEvery = time.Minute
	// maxSaid bounds what is kept of a failure, in bytes.
	maxSaid = 200
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
// receiver that cannot be reached. It ends the round and counts as no try. Those that
// are too old are given up all the same.
var ErrWait = errors.New("all of it has to wait")

// ErrEarly is wrapped by errors of work that cannot be done yet and perhaps need not be, such
// as a message about a change that is not there. It is tried again like any other, and only
// those who look for it closely are told.
var ErrEarly = errors.New("it is too early")

// Failure is an error of work, with what is kept of it beside the item: see Item.Last.
type Failure struct {
	error
	Said string
}

// Unwrap returns the error.
func (f Failure) Unwrap() error { return f.error }

// Saying makes a Failure of an error.
func Saying(said string, err error) error { return Failure{err, said[:min(len(said), maxSaid)]} }

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

// Queue is one queue. It is safe for concurrent use; one Drain or Run at a time.
type Queue struct {
	Options
	// woken is written when this process put something.
	woken chan struct{}
	// last is what the latest failure said that had all items wait, and buried is when
	// those too old were looked for then. Drain alone uses them.
	last   string
	buried time.Time
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
	// Tries is how often it failed so far, and Last what the latest [Failure] said: of it
	// or, if it is given up without a try, of the one that it waited for. Put ignores both.
	Tries int
	Last  string
}

// kept is an item's content in the store; its payload is in the part that is
// never indexed.
type kept struct {
	Key   string `json:"key,omitempty"`
	Tries int    `json:"tries,omitempty"`
	// Due and Until are milliseconds since 1970: of the next try, and of giving up.
	Due   int64 `json:"due,omitempty"`
	Until int64 `json:"until"`
	// Last is what the latest failure said.
	Last string `json:"last,omitempty"`
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

// round is what a walk over the items has met.
type round struct {
	// waiting are the keys of which an earlier item is not done, and said what was
	// said last of an earlier item of each.
	waiting map[string]bool
	said    map[string]string
	// wait is why none is done any more.
	wait error
}

// holds notes of an item that those of its key which come after it have to wait, or why
// they had to.
func (r round) holds(state kept, waiting bool) {
	if state.Key == "" {
		return
	}
	r.waiting[state.Key] = r.waiting[state.Key] || waiting
	r.said[state.Key] = cmp.Or(state.Last, r.said[state.Key])
}

// Drain hands every item that is due to do, once each. It returns do's error where
// that is an [ErrWait], and else the store's.
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

// ended ends a round, of which a part looked only for what is too old if it had to wait.
func (q *Queue) ended(r round) error {
	if r.wait != nil {
		q.buried = q.Now()
	}
	return r.wait
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

// handle does one item, unless it has to wait. One that is too old waits for nobody.
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
		q.Log.WarnContext(ctx, "something in a queue was given up", "queue", q.Name, "tries", state.Tries, "cause", reason(err))
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		r.holds(state, true)
		pause := min(firstPause<<min(state.Tries, 16), maxPause)
		state.Tries++
		state.Due = q.Now().Add(pause).UnixMilli()
		level := slog.LevelInfo
		if errors.Is(err, ErrEarly) {
			level = slog.LevelDebug
		}
		q.Log.Log(ctx, level, "something in a queue is tried again later", "queue", q.Name, "tries", state.Tries, "in", pause, "cause", reason(err))
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
