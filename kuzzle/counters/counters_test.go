package counters_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/counters"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
)

func request(c *counters.Counters, status int, took time.Duration) {
	c.Observe(nil, &api.Response{Status: status}, took)
}

func write(t *testing.T, all ...*counters.Counters) {
	t.Helper()
	for _, c := range all {
		if err := c.Write(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSeries checks that the counts of all servers are summed, before and after they are written,
// even those of a stopped server.
func TestSeries(t *testing.T) {
	store := sqlitetest.Open(t)
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	open := func(node string, queue int) *counters.Counters {
		return counters.New(counters.Options{
			Store: store, Node: node, Queue: func() int { return queue }, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		})
	}
	last := func(c *counters.Counters, over string) counters.Point {
		t.Helper()
		s, err := c.Series(t.Context(), over)
		if err != nil {
			t.Fatal(err)
		}
		return s.Points[len(s.Points)-1]
	}
	a, b := open("a", 3), open("b", 7)
	for range 98 {
		request(a, 200, 3*time.Millisecond)
	}
	request(a, 500, 80*time.Millisecond)
	request(a, 200, 80*time.Millisecond)
	for _, e := range []events.Event{
		{Name: events.UserCreated}, {Name: events.SessionCreated, Data: events.Data{events.Strategy: "local"}}, {Name: events.SessionCreated},
		{Name: events.SessionRefused}, {Name: events.RightsRefused}, {Name: events.UserUpdated},
	} {
		a.Handle(t.Context(), e)
	}
	want := counters.Point{Requests: 100, Errors: 1, SignUps: 1, Logins: 1, Refusals: 2, Queue: 3, Latency: counters.Latency{P50: 5, P95: 5, P99: 100}}
	want.At = now.Truncate(time.Minute).UnixMilli()
	if got := last(a, "hour"); got != want {
		t.Errorf("unwritten: got %+v, want %+v", got, want)
	}
	request(b, 200, time.Minute)
	write(t, a, b)
	request(a, 200, 0)
	write(t, a)
	want.Requests, want.Queue, want.Latency = 102, 7, counters.Latency{P50: 5, P95: 5, P99: 100}
	for _, c := range []*counters.Counters{a, b, open("c", 0)} {
		if got := last(c, "hour"); got != want {
			t.Errorf("summed: got %+v, want %+v", got, want)
		}
	}
	for over, step := range map[string]time.Duration{"hour": time.Minute, "day": 15 * time.Minute, "month": 6 * time.Hour} {
		s, err := a.Series(t.Context(), over)
		if err != nil || s.Step != step.Milliseconds() || s.Points[len(s.Points)-1].Requests != 102 {
			t.Errorf("%s: got step %d and %+v, %v", over, s.Step, s.Points[len(s.Points)-1], err)
		}
	}
	now = now.Add(3 * time.Hour)
	request(b, 200, 0)
	write(t, a, b)
	for over, back := range map[string]int{"day": 12, "month": 1} {
		s, err := open("d", 0).Series(t.Context(), over)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Points[len(s.Points)-1-back].Requests; got < 102 {
			t.Errorf("%s, three hours later: got %d requests", over, got)
		}
	}
	if got := last(a, "hour"); got.Requests != 1 {
		t.Errorf("three hours later: got %+v", got)
	}
	if _, err := a.Series(t.Context(), "year"); err == nil {
		t.Error("a year was answered")
	}
	now = now.Add(40 * 24 * time.Hour)
	if removed, err := store.Purge(t.Context(), now, 100); err != nil || removed < 4 {
		t.Errorf("purged %d, %v", removed, err)
	}
	if page, err := store.Walk(t.Context(), storage.Flows, "", 10); err != nil || len(page) != 0 {
		t.Errorf("%d documents are left, %v", len(page), err)
	}
}
