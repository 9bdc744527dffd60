package api_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

var (
	errPrecheck = fault.Declare(0x40060103, "test.precheck", 412, "Not yet.")
	errTooFast  = fault.Declare(0x40060104, "test.toofast", 429, "Slow down.")
	errListener = fault.Declare(0x40060105, "test.listener", 403, "A listener refuses.")
)

type onlyGood struct{}

func (onlyGood) Allowed(origin string) bool { return origin == "good" }

type limit struct{}

func (limit) Allow(_ context.Context, req *api.Request, _, _ string) error {
	if req.Arg("fast") != nil {
		return errTooFast.New()
	}
	return nil
}

// stagesTable has actions that can go wrong at every stage.
func stagesTable() *api.Table {
	return api.NewTable([]api.Controller{{Name: "test", Actions: []api.Declared{
		api.Action[textNeeded, any]{Name: "run", Run: func(_ context.Context, req *api.Request, _ textNeeded) (any, error) {
			switch req.Arg("v") {
			case "panic":
				panic("a secret cause")
			case "fail":
				return nil, errors.New("a secret cause")
			case "late":
				return nil, context.DeadlineExceeded
			}
			return "done", nil
		}, Precheck: func(_ context.Context, req *api.Request) error {
			if req.Arg("pre") != nil {
				return errPrecheck.New()
			}
			return nil
		}},
		api.Action[api.None, any]{Name: "private", Authenticated: true, Run: nothing},
		api.Action[api.None, any]{Name: "denied", Run: nothing},
		api.Action[api.None, any]{Name: "breaks", Run: nothing},
	}}}, nil)
}

func stagesDispatcher(log *slog.Logger) *api.Dispatcher {
	return api.New(api.Config{Table: stagesTable(), Authenticator: callers{}, Limiter: limit{}, Origins: onlyGood{}, Log: log,
		Rights: callers{denied: map[string]bool{"test:denied": true, "no:thing": true}}})
}

// TestOrder fixes which of several mistakes is answered: each case has all those
// of the cases after it too.
func TestOrder(t *testing.T) {
	d := stagesDispatcher(nil)
	d.On(api.BeforeExecution, func(_ context.Context, e *api.Event) error {
		if e.Request.Arg("before") != nil {
			return errListener.New()
		}
		return nil
	})
	d.Ready()
	tests := []struct{ name, controller, action, token, origin, args, want string }{
		{"no controller", "", "", "bad", "evil", `{"before":1,"targets":1,"fast":1,"pre":1}`, missing},
		{"no action", "test", "", "bad", "evil", `{"before":1,"targets":1,"fast":1,"pre":1}`, missing},
		{"targets", "test", "run", "bad", "evil", `{"before":1,"targets":1,"fast":1,"pre":1}`, invalid},
		{"targets and index", "test", "run", "bad", "evil", `{"before":1,"targets":[],"index":"i","fast":1,"pre":1}`, "api.assert.mutually_exclusive"},
		{"two indexes", "test", "run", "bad", "evil", `{"before":1,"index":["i","j"],"fast":1,"pre":1}`, invalid},
		{"origin", "test", "run", "bad", "evil", `{"before":1,"fast":1,"pre":1}`, "api.process.unauthorized_origin"},
		{"a listener", "test", "run", "bad", "good", `{"before":1,"fast":1,"pre":1}`, "test.listener"},
		{"the token", "test", "denied", "bad", "", `{"fast":1}`, "test.token.bad"},
		{"rights of strangers", "test", "denied", "", "", `{"fast":1}`, "security.rights.unauthorized"},
		{"rights of others", "test", "denied", "jdoe", "", `{"fast":1}`, "security.rights.forbidden"},
		{"rights on the unknown", "no", "thing", "jdoe", "", `{"fast":1}`, "security.rights.forbidden"},
		{"the rate", "test", "unknown", "jdoe", "", `{"fast":1}`, "test.toofast"},
		{"an unknown controller", "x", "run", "jdoe", "", `{"pre":1}`, "api.process.controller_not_found"},
		{"an unknown action", "test", "x", "jdoe", "", `{"pre":1}`, "api.process.action_not_found"},
		{"only for the known", "test", "private", "", "", `{}`, "security.rights.unauthorized"},
		{"the precheck", "test", "run", "jdoe", "", `{"pre":1}`, "test.precheck"},
		{"the arguments", "test", "run", "jdoe", "", `{}`, missing},
		{"nothing", "test", "run", "jdoe", "", `{"v":"x"}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := request(sock, value(t, test.args).(map[string]any), nil)
			req.Controller, req.Action, req.Token, req.Peer.Origin = test.controller, test.action, test.token, test.origin
			res := d.Dispatch(context.Background(), req)
			got := ""
			if res.Err != nil {
				got = res.Err.ID()
			}
			if got != test.want {
				t.Errorf("answered %q, want %q", got, test.want)
			}
		})
	}
}

// TestEvents fixes which listeners a request meets, in order, when it succeeds
// and when it fails.
func TestEvents(t *testing.T) {
	var seen diary
	d := stagesDispatcher(nil)
	for _, event := range []string{api.BeforeExecution, api.OnAuthorized, api.OnUnauthorized, api.OnExecution, api.OnSuccess, api.OnError,
		api.AfterExecution, "test:beforeRun", "test:before*", "test:*", "test:afterRun", "test:errorRun", "test:after*", "other:beforeRun"} {
		d.On(event, func(_ context.Context, e *api.Event) error { seen.add(e.Name); return nil })
	}
	d.Ready()
	tests := []struct {
		name, action, arg string
		want              []string
	}{
		{"a success", "run", "x", []string{api.BeforeExecution, api.OnAuthorized, api.OnExecution, "test:beforeRun", "test:beforeRun",
			"test:beforeRun", "test:afterRun", "test:afterRun", "test:afterRun", api.OnSuccess, api.AfterExecution}},
		{"a failure", "run", "fail", []string{api.BeforeExecution, api.OnAuthorized, api.OnExecution, "test:beforeRun", "test:beforeRun",
			"test:beforeRun", "test:errorRun", "test:errorRun", api.OnError, api.AfterExecution}},
		{"a refusal", "denied", "x", []string{api.BeforeExecution, api.OnUnauthorized, "test:errorDenied", api.OnError, api.AfterExecution}},
	}
	for _, test := range tests {
		seen.entries = nil
		req := request(sock, map[string]any{"v": test.arg}, nil)
		req.Action = test.action
		d.Dispatch(context.Background(), req)
		if diff := cmp.Diff(test.want, seen.entries); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestListenersDecide lets listeners before refuse and listeners after replace
// the answer.
func TestListenersDecide(t *testing.T) {
	for _, event := range []string{api.BeforeExecution, api.OnAuthorized, api.OnExecution, "test:beforeRun", "test:afterRun", api.OnSuccess} {
		d := stagesDispatcher(nil)
		d.On(event, func(context.Context, *api.Event) error { return errListener.New() })
		d.Ready()
		res := d.Dispatch(context.Background(), request(sock, map[string]any{"v": "x"}, nil))
		if res.Err == nil || res.Err.ID() != "test.listener" || res.Result != nil {
			t.Errorf("%s: error %v, result %v", event, res.Err, res.Result)
		}
	}
	for _, event := range []string{api.OnError, api.AfterExecution, "test:errorRun"} {
		d := stagesDispatcher(nil)
		d.On(event, func(context.Context, *api.Event) error { return errListener.New() })
		d.Ready()
		if res := d.Dispatch(context.Background(), request(sock, nil, nil)); res.Err == nil || res.Err.ID() != missing {
			t.Errorf("%s: error %v, want the first one", event, res.Err)
		}
	}
}

// TestUnexpected makes one opaque error of everything that should not happen:
// the client gets a reference, the log the cause beside it.
func TestUnexpected(t *testing.T) {
	broken := func(context.Context, *api.Event) error { panic("a secret cause") }
	tests := []struct {
		name, action, arg string
		on                string
	}{
		{"a panic", "run", "panic", ""}, {"an error", "run", "fail", ""}, {"in the rights", "breaks", "x", ""},
		{"in a listener before", "run", "x", "test:beforeRun"}, {"in a listener for errors", "run", "fail", api.OnError},
		{"in a listener at the end", "run", "x", api.AfterExecution},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			d := stagesDispatcher(slog.New(slog.NewTextHandler(&log, nil)))
			if test.on != "" {
				d.On(test.on, broken)
			}
			d.Ready()
			req := request(sock, map[string]any{"v": test.arg}, nil)
			req.Action = test.action
			res := d.Dispatch(context.Background(), req)
			body := string(res.Append(nil, req, true))
			if res.Status != 500 || res.Err.ID() != "core.fatal.unexpected_error" || strings.Contains(body, "secret") {
				t.Errorf("answered %s", body)
			}
			reference, _ := res.Err.Props[0].(string)
			if reference == "" || !strings.Contains(log.String(), reference) || !strings.Contains(log.String(), "a secret cause") {
				t.Errorf("the log has no cause beside %s: %s", reference, log.String())
			}
			if running, _, _ := d.Load(); running != 0 {
				t.Errorf("%d requests are counted as running", running)
			}
		})
	}
}

// TestLoad sheds requests above the limit, and all when closing.
func TestLoad(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	d := api.New(api.Config{Table: api.NewTable([]api.Controller{{Name: "test", Actions: []api.Declared{
		api.Action[api.None, any]{Name: "run", Run: func(context.Context, *api.Request, api.None) (any, error) {
			close(entered)
			<-release
			return nil, nil
		}}}}}, nil), Authenticator: callers{}, Rights: callers{}, MaxInFlight: 1})
	d.Ready()
	first := make(chan *api.Response)
	go func() { first <- d.Dispatch(context.Background(), request(sock, nil, nil)) }()
	<-entered
	checkShed(t, d, "api.process.overloaded")
	if !d.Overloaded() {
		t.Error("not overloaded with as many requests as allowed")
	}
	d.Close()
	checkShed(t, d, "api.process.shutting_down")
	close(release)
	if res := <-first; res.Err != nil {
		t.Errorf("a request under way is answered %v", res.Err)
	}
	if running, served, failed := d.Load(); running != 0 || served != 3 || failed != 2 {
		t.Errorf("running %d, served %d, failed %d", running, served, failed)
	}
}

func checkShed(t *testing.T, d *api.Dispatcher, want string) {
	t.Helper()
	res := d.Dispatch(context.Background(), request(sock, nil, nil))
	if res.Err == nil || res.Err.ID() != want || res.Status != 503 || res.Err.RetryAfter != time.Second {
		t.Errorf("answered %v, want %s and to come back in a second", res.Err, want)
	}
}

// TestTimeout answers 503 when an action takes too long.
func TestTimeout(t *testing.T) {
	d := stagesDispatcher(nil)
	d.Ready()
	res := d.Dispatch(context.Background(), request(sock, map[string]any{"v": "late"}, nil))
	if res.Err == nil || res.Err.ID() != "api.process.overloaded" {
		t.Errorf("answered %v", res.Err)
	}
}

// TestSDK refuses clients too old to understand the answers.
func TestSDK(t *testing.T) {
	d := stagesDispatcher(nil)
	d.Ready()
	for name, status := range map[string]int{"js@7.17.1": 200, "js@10.0.0": 200, "js@6.9.9": 400, "dart@1.0.0": 200, "js@x": 200, "": 200} {
		req := request(sock, map[string]any{"v": "x"}, nil)
		req.Volatile = map[string]any{"sdkName": name}
		if res := d.Dispatch(context.Background(), req); res.Status != status {
			t.Errorf("%s: status %d, want %d", name, res.Status, status)
		}
	}
}
