package metrics_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/metrics"
)

// clock is a time that tests move.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func (c *clock) pass(d time.Duration) { c.Time = c.Add(d) }

func start() *clock { return &clock{time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)} }

func TestFrames(t *testing.T) {
	at := start()
	begin := at.Time
	m := metrics.New(metrics.Config{Actions: actions, Sources: sources(), Now: at.now})
	observed(m, api.HTTP, "auth", "login", 200)
	observed(m, api.HTTP, "auth", "login", 401)
	observed(m, api.WebSocket, "auth", "login", 200)
	at.pass(25 * time.Second)
	observed(m, api.WebSocket, "server", "now", 200)
	at.pass(time.Second)

	connections := map[string]int64{"http": 4, "websocket": 5}
	first := metrics.Frame{
		CompletedRequests: map[string]int64{"http": 1, "websocket": 1}, FailedRequests: map[string]int64{"http": 1},
		Connections: connections, OngoingRequests: map[string]int64{"all": 3}, Timestamp: begin.Add(10 * time.Second).UnixMilli(),
	}
	second := metrics.Frame{
		CompletedRequests: map[string]int64{"websocket": 1}, FailedRequests: map[string]int64{},
		Connections: connections, OngoingRequests: map[string]int64{"all": 3}, Timestamp: begin.Add(26 * time.Second).UnixMilli(),
	}
	for _, c := range []struct {
		name        string
		start, stop time.Time
		want        []metrics.Frame
	}{
		{"all", time.Time{}, time.Time{}, []metrics.Frame{first, second}},
		{"from the first's end", begin.Add(10 * time.Second), time.Time{}, []metrics.Frame{first, second}},
		{"after it", begin.Add(10*time.Second + time.Millisecond), time.Time{}, []metrics.Frame{second}},
		{"until it", time.Time{}, begin.Add(10 * time.Second), []metrics.Frame{first}},
		{"none", begin.Add(time.Hour), time.Time{}, []metrics.Frame{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, m.Frames(c.start, c.stop)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if diff := cmp.Diff(first, m.LastFrame()); diff != "" {
		t.Error(diff)
	}
}

func TestLastFrameOfAFreshServer(t *testing.T) {
	at := start()
	m := metrics.New(metrics.Config{Actions: actions, Now: at.now})
	want := metrics.Frame{
		CompletedRequests: map[string]int64{}, FailedRequests: map[string]int64{}, Connections: map[string]int64{},
		OngoingRequests: map[string]int64{"all": 0}, Timestamp: at.UnixMilli(),
	}
	if diff := cmp.Diff(want, m.LastFrame()); diff != "" {
		t.Error(diff)
	}
}

// TestFramesAreBounded holds that an hour is kept and no request is counted
// twice when the ring comes round.
func TestFramesAreBounded(t *testing.T) {
	at := start()
	m := metrics.New(metrics.Config{Actions: actions, Now: at.now})
	for range 3*metrics.FramesKept + 7 {
		observed(m, api.HTTP, "auth", "login", 200)
		at.pass(metrics.FrameLength)
	}
	list := m.Frames(time.Time{}, time.Time{})
	if got, want := len(list), metrics.FramesKept; got != want {
		t.Fatalf("%d frames, want %d", got, want)
	}
	for i, frame := range list[:len(list)-1] {
		if got := frame.CompletedRequests["http"]; got != 1 {
			t.Errorf("frame %d: %d requests, want 1", i, got)
		}
		if i > 0 && frame.Timestamp <= list[i-1].Timestamp {
			t.Errorf("frame %d is not after the one before", i)
		}
	}
	at.pass(2 * time.Hour)
	if got := len(m.Frames(time.Time{}, time.Time{})); got != 1 {
		t.Errorf("%d frames after a long pause, want the present one", got)
	}
}

// TestClockSetBack holds that time running backwards loses no count.
func TestClockSetBack(t *testing.T) {
	at := start()
	m := metrics.New(metrics.Config{Actions: actions, Now: at.now})
	observed(m, api.HTTP, "auth", "login", 200)
	at.pass(-time.Hour)
	observed(m, api.HTTP, "auth", "login", 200)
	list := m.Frames(time.Time{}, time.Time{})
	if len(list) != 1 || list[0].CompletedRequests["http"] != 2 {
		t.Errorf("got %+v, want one frame of two requests", list)
	}
}
