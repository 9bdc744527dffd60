package events_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

var epoch = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func newBus() (*events.Bus, *bytes.Buffer) {
	var log bytes.Buffer
	return events.NewBus(slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return epoch }), &log
}

func TestPublishCompletes(t *testing.T) {
	bus, log := newBus()
	var got []events.Event
	bus.Subscribe(events.All, func(_ context.Context, e events.Event) { got = append(got, e) })
	zone := time.FixedZone("", 3600)
	bus.Publish(t.Context(), events.Event{Name: events.UserCreated})
	bus.Publish(t.Context(), events.Event{ID: "given", Name: events.SessionRefused, At: epoch.In(zone), Outcome: events.Refused})
	if len(got) != 2 || log.Len() > 0 {
		t.Fatalf("got %d events and log %q", len(got), log)
	}
	if id, err := uuid.Parse(got[0].ID); err != nil || id.Version() != 7 {
		t.Errorf("got id %q, want a uuid v7", got[0].ID)
	}
	if !got[0].At.Equal(epoch) || got[0].Outcome != events.Done {
		t.Errorf("got %+v", got[0])
	}
	if got[1].ID != "given" || got[1].At != epoch || got[1].Outcome != events.Refused {
		t.Errorf("got %+v", got[1])
	}
}

func TestSubscriptions(t *testing.T) {
	bus, _ := newBus()
	var told []string
	note := func(who string) events.Handler {
		return func(_ context.Context, e events.Event) { told = append(told, who+" "+e.Name) }
	}
	bus.Subscribe(events.All, note("all"))
	bus.Subscribe(events.UserCreated, note("created"))
	cancel := bus.Subscribe(events.All, note("short"))
	bus.Publish(t.Context(), events.Event{Name: events.UserCreated})
	cancel()
	cancel()
	bus.Publish(t.Context(), events.Event{Name: events.UserDeleted})
	want := []string{"all user.created", "created user.created", "short user.created", "all user.deleted"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPanicsStayWithTheHandler(t *testing.T) {
	bus, log := newBus()
	told := 0
	bus.Subscribe(events.All, func(context.Context, events.Event) { panic("oh") })
	bus.Subscribe(events.All, func(context.Context, events.Event) { told++ })
	bus.Publish(t.Context(), events.Event{Name: events.UserCreated})
	if told != 1 || !strings.Contains(log.String(), "panic=oh") {
		t.Errorf("told %d, log %q", told, log)
	}
}

// TestNoSecretByAccident checks that undeclared data is removed, in any form.
func TestNoSecretByAccident(t *testing.T) {
	bus, log := newBus()
	var got events.Event
	bus.Subscribe(events.All, func(_ context.Context, e events.Event) { got = e })
	given := events.Data{
		events.Strategy: "local", events.Count: 3, events.Everywhere: true, events.ProfileIDs: []string{"default"},
		"password": "canary", "token": "canary", "Strategy": "canary",
		events.Reason:     struct{ Secret string }{"canary"},
		events.KeyID:      []byte("canary"),
		events.Owner:      fmt.Errorf("canary"),
		events.Factors:    []any{"canary", 7},
		events.Source:     map[string]any{"x": "canary"},
		events.ExpiresAt:  json.Number("7"),
		events.SingleUse:  "canary",
		events.RetryAfter: "canary",
	}
	bus.Publish(t.Context(), events.Event{Name: events.UserCreated, Data: given})
	want := events.Data{events.Strategy: "local", events.Count: 3, events.Everywhere: true, events.ProfileIDs: []string{"default"}}
	if diff := cmp.Diff(want, got.Data); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(log.String(), "canary") || !strings.Contains(log.String(), "password") {
		t.Errorf("the log should name fields and no values: %s", log)
	}
}

func TestNumbersThatJSONCannotSay(t *testing.T) {
	bus, _ := newBus()
	for _, number := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		e := bus.Publish(t.Context(), events.Event{Name: events.UserCreated, Data: events.Data{events.Count: number}})
		if _, err := json.Marshal(e); err != nil {
			t.Errorf("%v: %v", number, err)
		}
	}
}

func TestBounded(t *testing.T) {
	bus, _ := newBus()
	long := strings.Repeat("é", 5000)
	e := bus.Publish(t.Context(), events.Event{
		Name: events.UserCreated, Request: long, Actor: events.Actor{Kuid: long, Via: long, Addr: long},
		Subject: events.Subject{Kind: long, ID: long}, Outcome: long,
		Data: events.Data{events.Reason: long, events.UserIDs: slices.Repeat([]string{long}, 5000)},
	})
	text, err := json.Marshal(e)
	if err != nil || len(text) > 60_000 {
		t.Errorf("got %d bytes, %v", len(text), err)
	}
	if ids := e.Data[events.UserIDs].([]string); len(ids) != 101 || ids[100] != "…" {
		t.Errorf("got %d ids", len(ids))
	}
}

// TestSharesNothing checks that a publisher that changes its data later does not change the event.
func TestSharesNothing(t *testing.T) {
	bus, _ := newBus()
	ids := []string{"a"}
	data := events.Data{events.UserIDs: ids}
	e := bus.Publish(t.Context(), events.Event{Name: events.UserCreated, Data: data})
	ids[0], data[events.Count] = "b", 1
	if diff := cmp.Diff(events.Data{events.UserIDs: []string{"a"}}, e.Data); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheEndOfARequestEndsNoEvent(t *testing.T) {
	bus, _ := newBus()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	bus.Subscribe(events.All, func(ctx context.Context, _ events.Event) {
		if ctx.Err() != nil {
			t.Error("the handler's context has ended")
		}
	})
	bus.Publish(ctx, events.Event{Name: events.UserCreated})
}

func TestCirclesEnd(t *testing.T) {
	bus, log := newBus()
	told := 0
	bus.Subscribe(events.All, func(ctx context.Context, e events.Event) {
		told++
		bus.Publish(ctx, events.Event{Name: e.Name})
	})
	bus.Publish(t.Context(), events.Event{Name: events.UserCreated})
	if told != 4 || !strings.Contains(log.String(), "circle") {
		t.Errorf("told %d times, log %q", told, log)
	}
}

func TestConcurrency(t *testing.T) {
	bus, _ := newBus()
	var told atomic.Int64
	bus.Subscribe(events.All, func(context.Context, events.Event) { told.Add(1) })
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				cancel := bus.Subscribe(events.UserDeleted, func(context.Context, events.Event) {})
				bus.Publish(context.Background(), events.Event{Name: events.UserCreated})
				cancel()
			}
		})
	}
	all.Wait()
	if told.Load() != 800 {
		t.Errorf("got %d, want 800", told.Load())
	}
}

func TestMistakesPanic(t *testing.T) {
	bus, _ := newBus()
	for name, mistake := range map[string]func(){
		"nil handler": func() { bus.Subscribe(events.All, nil) },
		"too many": func() {
			for range 1000 {
				bus.Subscribe(events.All, func(context.Context, events.Event) {})
			}
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			mistake()
		}()
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range events.Names() {
		if seen[name] || !strings.Contains(name, ".") {
			t.Errorf("%q is no name or occurs twice", name)
		}
		seen[name] = true
		if err := (&events.Event{Name: name}).Check(); err != nil {
			t.Error(err)
		}
	}
	if err := (&events.Event{Name: "user.exploded"}).Check(); err == nil {
		t.Error("an unknown name passes")
	}
}

func TestJSONRoundTrip(t *testing.T) {
	bus, _ := newBus()
	want := bus.Publish(t.Context(), events.Event{
		ID: "x", Name: events.UserCreated, Actor: events.Actor{Kuid: "-1", Via: "session", Addr: "192.0.2.1"},
		Subject: events.Subject{Kind: events.User, ID: "jdoe"}, Request: "r",
		Data: events.Data{events.Strategies: []string{"local"}, events.Version: 2, events.Everywhere: true, events.Reason: "security.x"},
	})
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var read events.Event
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	got := bus.Publish(t.Context(), read)
	want.Data[events.Version] = 2.0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what travelled as JSON differs (-want +got):\n%s", diff)
	}
}
