package server_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/server"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

type open struct{}

func (open) Authenticate(context.Context, *api.Request) (api.Caller, error) {
	return api.Caller{Kuid: api.AnonymousKuid}, nil
}

func (open) Allowed(context.Context, *api.Request, string, string) (bool, error) { return true, nil }

func ask(t *testing.T, deps server.Deps, action string, args map[string]any) (*api.Response, string) {
	t.Helper()
	table := api.NewTable([]api.Controller{server.New(deps)}, nil)
	d := api.New(api.Config{Table: table, Authenticator: open{}, Rights: open{}})
	d.Ready()
	req := &api.Request{ID: "r", Controller: server.Name, Action: action, Args: args, Peer: &api.Peer{Protocol: api.WebSocket}}
	res := d.Dispatch(t.Context(), req)
	var envelope struct{ Result json.RawMessage }
	if err := json.Unmarshal(res.Append(nil, req, false), &envelope); res.Raw == nil && err != nil {
		t.Fatal(err)
	}
	return res, string(envelope.Result)
}

func frame(at int64) server.Frame {
	none := map[string]int64{}
	return server.Frame{
		CompletedRequests: map[string]int64{"http": at}, Connections: none, FailedRequests: none, OngoingRequests: none, Timestamp: at,
	}
}

func TestStatistics(t *testing.T) {
	deps := server.Deps{Frames: func() []server.Frame { return []server.Frame{frame(10), frame(20), frame(30)} }}
	shown := func(at string) string {
		return `{"completedRequests":{"http":` + at + `},"connections":{},"failedRequests":{},"ongoingRequests":{},"timestamp":` + at + `}`
	}
	tests := []struct {
		action string
		args   map[string]any
		want   string
	}{
		{"getAllStats", nil, `{"hits":[` + shown("10") + `,` + shown("20") + `,` + shown("30") + `],"total":3}`},
		{"getLastStats", nil, shown("30")},
		{"getStats", nil, `{"hits":[` + shown("10") + `,` + shown("20") + `,` + shown("30") + `],"total":3}`},
		{"getStats", map[string]any{"startTime": 20.0}, `{"hits":[` + shown("20") + `,` + shown("30") + `],"total":2}`},
		{"getStats", map[string]any{"startTime": 11.0, "stopTime": 20.0}, `{"hits":[` + shown("20") + `],"total":1}`},
		{"getStats", map[string]any{"stopTime": 9.0}, `{"hits":[],"total":0}`},
	}
	for _, test := range tests {
		if _, got := ask(t, deps, test.action, test.args); got != test.want {
			t.Errorf("%s %v\n got %s\nwant %s", test.action, test.args, got, test.want)
		}
	}
	res, _ := ask(t, server.Deps{}, "getLastStats", nil)
	if res.Err == nil || res.Err.ID() != "server.statistics.none_yet" || res.Status != 404 {
		t.Errorf("before anything was counted: %d %v", res.Status, res.Err)
	}
}

func TestMetrics(t *testing.T) {
	deps := server.Deps{
		Load: func() server.Load {
			return server.Load{ConcurrentRequests: 1, PendingRequests: 2, HTTPConnections: 3, WebSockets: 4}
		},
		Prometheus: func(context.Context) ([]byte, error) { return []byte("up 1\n"), nil },
	}
	want := `{"api":{"concurrentRequests":1,"pendingRequests":2},"network":{"connections":{"http/1.1":3,"websocket":4}},"realtime":{"rooms":0,"subscriptions":0}}`
	if _, got := ask(t, deps, "metrics", nil); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	res, _ := ask(t, deps, "metrics", map[string]any{"format": "prometheus"})
	if res.Raw == nil || string(res.Raw.Body) != "up 1\n" || res.Raw.ContentType != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("for Prometheus: got %+v", res.Raw)
	}
	if res, _ := ask(t, server.Deps{}, "metrics", map[string]any{"format": "prometheus"}); res.Status != 400 {
		t.Errorf("without a Prometheus form: got %d", res.Status)
	}
}

func TestNow(t *testing.T) {
	deps := server.Deps{Now: func() time.Time { return time.UnixMilli(1700000000123) }}
	if _, got := ask(t, deps, "now", nil); got != `{"now":1700000000123}` {
		t.Errorf("got %s", got)
	}
}
