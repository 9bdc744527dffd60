package history

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// The bounds of the stored events.
const (
	// MaxEvents is the number of events of a user, and MaxRefused the number of refusals among
	// them, so that guesses at a user do not displace the other events. MaxAge is their longest
	// age.
	MaxEvents  = 100
	MaxRefused = 50
	MaxAge     = 90 * 24 * time.Hour
	// MaxMinute is the number of events that one server stores of a minute, RecentAge their longest
	// age.
	MaxMinute = 200
	RecentAge = 24 * time.Hour

	// maxWaiting is the number of events waiting in memory; further ones are counted as lost.
	maxWaiting = 10_000
	// flushEvery is how long they wait, flushTime how long writing may take.
	flushEvery = time.Second
	flushTime  = 10 * time.Second
	// together is how many users' events are written at once, tries how often after conflicts.
	together = 100
	tries    = 5
)

// Options are the dependencies of a History.
type Options struct {
	Store storage.Store
	// Node is the unique name of this server.
	Node string
	Log  *slog.Logger
	Now  func() time.Time
}

// History stores events. It is safe for concurrent use.
type History struct {
	Options

	mu      sync.Mutex
	waiting map[string][]events.Event // by kuid
	held    int
	recent  []events.Event
	lost    int

	// writing is held during writes.
	writing sync.Mutex
	minute  minute
}

// New returns a History.
func New(o Options) *History { return &History{Options: o, waiting: map[string][]events.Event{}} }

var _ events.Handler = (*History)(nil).Handle

// Handle records an event; subscribe it to events.All.
func (h *History) Handle(_ context.Context, event events.Event) {
	kuid := about(&event)
	h.mu.Lock()
	defer h.mu.Unlock()
	if kuid != "" {
		if h.held == maxWaiting {
			h.lost++
		} else {
			h.waiting[kuid] = append(h.waiting[kuid], event)
			h.held++
		}
	}
	if routine[event.Name] && event.Data[events.NewPlace] != true {
		return
	}
	if len(h.recent) == MaxMinute {
		h.lost++
		return
	}
	h.recent = append(h.recent, event)
}

// unkept are events of a user that are not stored: the user's creation, which is in the user, and
// the end of the history.
var unkept = map[string]bool{events.UserCreated: true, events.UserImported: true, events.UserDeleted: true}

// routine are frequent events without significance for security.
var routine = map[string]bool{
	events.UserCreated: true, events.UserUpdated: true, events.UserReplaced: true, events.MetadataUpdated: true,
	events.PictureChanged: true, events.PictureDeleted: true, events.SessionCreated: true, events.SessionRevoked: true, events.SessionChallenged: true,
	events.ContactCreated: true, events.ContactUpdated: true, events.MembershipCreated: true, events.MembershipUpdated: true,
}

// about returns the user of an event, "" for none.
func about(e *events.Event) string {
	if unkept[e.Name] || e.Name == events.SessionCreated && e.Data[events.Strategy] == nil {
		return "" // an existing session that continues is no news either
	}
	if e.Subject.Kind == events.User {
		return e.Subject.ID
	}
	owner, _ := e.Data[events.Owner].(string)
	return owner
}

// Run writes the waiting events until ctx ends, and then the rest.
func (h *History) Run(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := h.Flush(ctx); err != nil && ctx.Err() == nil {
			h.Log.WarnContext(ctx, "events of users were not stored", "cause", err)
		}
	}
}

// Flush writes the waiting events. Events that cannot be written are lost; the audit log has them.
func (h *History) Flush(ctx context.Context) error {
	h.writing.Lock()
	defer h.writing.Unlock()
	h.mu.Lock()
	waiting, recent, lost := h.waiting, h.recent, h.lost
	h.waiting, h.recent, h.held, h.lost = map[string][]events.Event{}, nil, 0, 0
	h.mu.Unlock()
	if len(waiting)+len(recent) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
	defer cancel()
	err := h.keepRecent(ctx, recent, lost)
	kuids := make([]string, 0, len(waiting))
	for kuid := range waiting {
		kuids = append(kuids, kuid)
	}
	for some := range slices.Chunk(kuids, together) {
		if failed := h.keep(ctx, some, waiting); err == nil {
			err = failed
		}
	}
	return err
}

// keep adds events to the stored ones of users.
func (h *History) keep(ctx context.Context, kuids []string, waiting map[string][]events.Event) error {
	left := kuids
	var err error
	for range tries {
		if left, err = h.tryKeep(ctx, left, waiting); err != nil || len(left) == 0 {
			return err
		}
	}
	return fmt.Errorf("history: the events of %d users had too many concurrent writers", len(left))
}

// tryKeep returns the users whose events another server wrote at the same time.
func (h *History) tryKeep(ctx context.Context, kuids []string, waiting map[string][]events.Event) (left []string, err error) {
	ids := make([]string, len(kuids))
	for i, kuid := range kuids {
		ids[i] = idOf(kuid)
	}
	was := map[string]storage.Document{}
	err = storage.Each(ctx, h.Store, storage.Flows, ids, func(found []storage.Document) error {
		for _, doc := range found {
			was[doc.ID] = doc
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	changes := make([]storage.Change, len(kuids))
	for i, kuid := range kuids {
		kept, err := read(was[ids[i]])
		if err != nil {
			return nil, err
		}
		kept = h.trim(append(kept, waiting[kuid]...))
		if changes[i], err = change(ids[i], was[ids[i]], kept, h.Now().Add(MaxAge)); err != nil {
			return nil, err
		}
	}
	for i, result := range h.Store.CommitMany(ctx, changes) {
		switch {
		case lostRace(result.Err):
			left = append(left, kuids[i])
		case result.Err != nil:
			err = result.Err
		}
	}
	return left, err
}

// trim removes the oldest events.
func (h *History) trim(all []events.Event) []events.Event {
	slices.SortStableFunc(all, func(a, b events.Event) int { return a.At.Compare(b.At) })
	oldest, refused := h.Now().Add(-MaxAge), 0
	for i := range all {
		if all[i].Outcome == events.Refused {
			refused++
		}
	}
	all = slices.DeleteFunc(all, func(e events.Event) bool {
		if e.Outcome == events.Refused && refused > MaxRefused {
			refused--
			return true
		}
		return e.At.Before(oldest)
	})
	return all[max(0, len(all)-MaxEvents):]
}

// Of returns the events of a user, latest first.
func (h *History) Of(ctx context.Context, kuid string) ([]events.Event, error) {
	found, _, err := h.Store.GetMany(ctx, storage.Flows, []string{idOf(kuid)})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	all, err := read(found[0])
	all = h.trim(all)
	slices.Reverse(all)
	return all, err
}

func read(doc storage.Document) (all []events.Event, err error) {
	if len(doc.Auth) > 0 {
		err = json.Unmarshal(doc.Auth, &all)
	}
	return all, err
}
