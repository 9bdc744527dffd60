package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// action declares test:run with arguments A that are answered as they are.
func action[A any]() []api.Controller {
	return []api.Controller{{Name: "test", Actions: []api.Declared{api.Action[A, A]{
		Name: "run", Routes: api.Routes{"GET /run"},
		Run: func(_ context.Context, _ *api.Request, args A) (A, error) { return args, nil },
	}}}}
}

// callers authenticates "bad" as nobody and every other token as its own kuid.
type callers struct{ denied map[string]bool }

var errBadToken = fault.Declare(0x40060101, "test.token.bad", 401, "The token is bad.")

func (callers) Authenticate(_ context.Context, req *api.Request) (api.Caller, error) {
	switch req.Token {
	case "":
		return api.Caller{Kuid: api.AnonymousKuid}, nil
	case "bad":
		return api.Caller{}, errBadToken.New()
	}
	return api.Caller{Kuid: req.Token, Via: api.ViaSession}, nil
}

func (c callers) Allowed(_ context.Context, _ *api.Request, controller, action string) (bool, error) {
	if action == "breaks" {
		return false, errors.New("a secret cause")
	}
	return !c.denied[controller+":"+action], nil
}

func dispatcher(controllers []api.Controller) *api.Dispatcher {
	d := api.New(api.Config{Table: api.NewTable(controllers, nil), Authenticator: callers{}, Rights: callers{}})
	d.Ready()
	return d
}

// request returns a request over HTTP or WebSocket.
func request(protocol string, args map[string]any, body any) *api.Request {
	return &api.Request{ID: "r1", Controller: "test", Action: "run", Args: args, Body: body,
		Peer: &api.Peer{Protocol: protocol, Addr: netip.MustParseAddr("127.0.0.1")}}
}

// value decodes JSON as a transport would.
func value(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func envelope(t testing.TB, req *api.Request, res *api.Response) map[string]any {
	t.Helper()
	object, ok := value(t, string(res.Append(nil, req, false))).(map[string]any)
	if !ok {
		t.Fatal("the answer is no object")
	}
	return object
}

// diary records events, in order.
type diary struct {
	mu      sync.Mutex
	entries []string
}

func (d *diary) add(entry string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, entry)
}
