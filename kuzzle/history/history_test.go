package history_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/history"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
)

// bench is two servers that share a store and a clock.
type bench struct {
	*history.History
	beside *history.History
	store  storage.Store
	now    time.Time
	n      int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	store := sqlitetest.Open(t)
	b := &bench{store: store, now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	open := func(node string) *history.History {
		return history.New(history.Options{Store: store, Node: node, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return b.now }})
	}
	b.History, b.beside = open("a"), open("b")
	return b
}

// tell passes an event about a user to a server, a millisecond after the one before.
func (b *bench) tell(on *history.History, name, kuid, outcome string) {
	b.n++
	b.now = b.now.Add(time.Millisecond)
	on.Handle(context.Background(), events.Event{
		ID: fmt.Sprint(b.n), Name: name, At: b.now, Outcome: outcome, Subject: events.Subject{Kind: events.User, ID: kuid},
	})
}

func (b *bench) flush(t *testing.T, all ...*history.History) {
	t.Helper()
	for _, h := range all {
		if err := h.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *bench) of(t *testing.T, kuid string) []events.Event {
	t.Helper()
	list, err := b.Of(t.Context(), kuid)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func ids(list []events.Event) string {
	var all []string
	for _, e := range list {
		all = append(all, e.ID)
	}
	return strings.Join(all, " ")
}

// TestUser checks that a user's events are stored, the newest first, from any server, without those
// of others.
func TestUser(t *testing.T) {
	b := newBench(t)
	b.tell(b.History, events.UserBanned, "jdoe", events.Done)
	b.tell(b.beside, events.UserUnbanned, "jdoe", events.Done)
	b.tell(b.History, events.UserBanned, "other", events.Done)
	b.tell(b.History, events.UserCreated, "jdoe", events.Done) // the user itself has this
	b.flush(t, b.History, b.beside)
	b.tell(b.History, events.PasswordReset, "jdoe", events.Done)
	b.flush(t, b.History)
	if got := ids(b.of(t, "jdoe")); got != "5 2 1" {
		t.Errorf("got %s, want 5 2 1", got)
	}
	if err := b.Forget(t.Context(), "jdoe"); err != nil || len(b.of(t, "jdoe")) > 0 || len(b.of(t, "other")) != 1 {
		t.Errorf("forgetting one: %v", err)
	}
	if err := b.ForgetUsers(t.Context()); err != nil || len(b.of(t, "other")) > 0 {
		t.Errorf("forgetting all: %v", err)
	}
}

// TestBounds checks that the latest events stay, that refusals do not displace the others, and that
// old ones are not shown.
func TestBounds(t *testing.T) {
	b := newBench(t)
	b.tell(b.History, events.UserBanned, "jdoe", events.Done)
	for range history.MaxEvents {
		b.tell(b.History, events.SessionRefused, "jdoe", events.Refused)
	}
	b.flush(t, b.History)
	list := b.of(t, "jdoe")
	if len(list) != history.MaxRefused+1 || list[0].ID != "101" || list[len(list)-1].ID != "1" {
		t.Errorf("got %d events: %s", len(list), ids(list))
	}
	for range history.MaxEvents + 5 {
		b.tell(b.History, events.UserUpdated, "jdoe", events.Done)
	}
	b.flush(t, b.History)
	if list = b.of(t, "jdoe"); len(list) != history.MaxEvents {
		t.Errorf("got %d events, want %d", len(list), history.MaxEvents)
	}
	b.now = b.now.Add(history.MaxAge + time.Hour)
	if list = b.of(t, "jdoe"); len(list) != 0 {
		t.Errorf("got %d events that are too old", len(list))
	}
	if removed, err := b.store.Purge(t.Context(), b.now, 100); err != nil || removed == 0 {
		t.Errorf("purged %d, %v: what has expired is to be removed", removed, err)
	}
}

// TestSince checks that pages continue each other, for events of any server and time, and
// that no event comes twice.
func TestSince(t *testing.T) {
	b := newBench(t)
	since := func(after string, size int, want string) string {
		t.Helper()
		page, err := b.Since(t.Context(), after, size)
		if err != nil || ids(page.Events) != want {
			t.Errorf("got %q, %v, want %q", ids(page.Events), err, want)
		}
		return page.Next
	}
	b.tell(b.History, events.UserBanned, "jdoe", events.Done)
	b.tell(b.beside, events.UserUnbanned, "jdoe", events.Done)
	b.tell(b.History, events.UserLocked, "jdoe", events.Done)
	b.tell(b.History, events.UserUpdated, "jdoe", events.Done) // routine
	b.flush(t, b.History)
	next := since("", 10, "1 3")
	next = since(next, 10, "")
	b.flush(t, b.beside)
	b.tell(b.History, events.UserUnlocked, "jdoe", events.Done)
	b.flush(t, b.History)
	next = since(next, 10, "2 5")
	since("", 2, "3 5")
	b.now = b.now.Add(2 * time.Minute)
	for range 3 {
		b.tell(b.beside, events.UserLocked, "jdoe", events.Done)
	}
	b.flush(t, b.beside)
	next = since(next, 2, "6 7")
	next = since(next, 2, "8")
	b.now = b.now.Add(30 * time.Minute)
	next = since(next, 2, "")
	b.tell(b.History, events.UserLocked, "jdoe", events.Done)
	b.flush(t, b.History)
	since(next, 2, "9")
	for _, bad := range []string{"x", "e30", "bnVsbA"} {
		if _, err := b.Since(t.Context(), bad, 1); err == nil {
			t.Errorf("%q was taken for a page", bad)
		}
	}
}

// TestMinute checks that a minute has a limited number of events, and the number of missing ones.
func TestMinute(t *testing.T) {
	b := newBench(t)
	for range history.MaxMinute + 50 {
		b.tell(b.History, events.UserLocked, "jdoe", events.Done)
	}
	b.flush(t, b.History)
	b.tell(b.History, events.UserLocked, "jdoe", events.Done)
	b.flush(t, b.History)
	page, err := b.Since(t.Context(), "", history.MaxPage)
	if err != nil || len(page.Events) != history.MaxMinute || page.Lost != 51 {
		t.Errorf("got %d events, %d lost, %v", len(page.Events), page.Lost, err)
	}
}

// TestEventsComeBack checks that events are read as they were written.
func TestEventsComeBack(t *testing.T) {
	b := newBench(t)
	told := events.Event{
		ID: "e", Name: events.SessionRefused, At: b.now, Outcome: events.Refused, Request: "r", Actor: events.Actor{Kuid: "-1", Addr: "192.0.2.1"},
		Subject: events.Subject{Kind: events.User, ID: "jdoe"}, Data: events.Data{events.Reason: "x", events.Strategies: []string{"local"}},
	}
	b.Handle(t.Context(), told)
	b.flush(t, b.History)
	got, _ := json.Marshal(b.of(t, "jdoe"))
	want, _ := json.Marshal([]events.Event{told})
	if string(got) != string(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
