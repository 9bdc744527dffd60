package backend

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

type greeting struct {
	Name string `arg:"name,required"`
}

func greet(_ context.Context, _ *api.Request, args greeting) (map[string]any, error) {
	return map[string]any{"hello": args.Name}, nil
}

// as is a caller with every right.
func as() *api.Peer { return &api.Peer{Protocol: api.Embedded, Operator: true} }

// TestEmbedding calls a server as the program that it is part of does: with
// values of Go's own types, an action of its own, and its listeners.
func TestEmbedding(t *testing.T) {
	app := newApp(t, nil, WithVersion("1.2.3"), Handle(api.Controller{
		Name: "greeter", About: "Says hello.", Actions: []api.Declared{
			api.Action[greeting, map[string]any]{Name: "greet", Summary: "Says hello.", Routes: api.Routes{"GET /greet/{name}"}, Run: greet},
		},
	}))
	var heard, told []string
	app.On("security:afterCreateUser", func(_ context.Context, e *api.Event) error {
		heard = append(heard, e.Name)
		return nil
	})
	refused := errors.New("not today")
	app.On("greeter:beforeGreet", func(_ context.Context, e *api.Event) error {
		if e.Request.Arg("name") == "nobody" {
			return refused
		}
		return nil
	})
	stop := app.Subscribe(events.All, func(_ context.Context, e events.Event) { told = append(told, e.Name) })
	defer stop()

	type content struct {
		Profiles []string `json:"profileIds"`
		Age      int      `json:"age"`
	}
	created := app.Dispatch(t.Context(), &api.Request{
		Controller: "security", Action: "createUser", Peer: as(),
		Args: map[string]any{"_id": "jane"}, Body: map[string]any{"content": content{[]string{"default"}, 42}},
	})
	if created.Status != 200 {
		t.Fatalf("createUser: %+v", created)
	}
	many := app.Dispatch(t.Context(), &api.Request{
		Controller: "security", Action: "mDeleteUsers", Peer: as(), Body: map[string][]string{"ids": {"jane"}},
	})
	if many.Status != 200 {
		t.Errorf("mDeleteUsers with a slice of strings: %+v", many)
	}
	if diff := cmp.Diff([]string{"security:afterCreateUser"}, heard); diff != "" {
		t.Errorf("listeners (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{events.UserCreated, events.UserDeleted}, told); diff != "" {
		t.Errorf("events of the domain (-want +got):\n%s", diff)
	}

	own := app.Dispatch(t.Context(), &api.Request{Controller: "greeter", Action: "greet", Peer: as(), Args: map[string]any{"name": "Jane"}})
	if own.Status != 200 {
		t.Errorf("an action of the program's own: %+v", own)
	}
	for name, want := range map[string]int{"": 200, "nobody": 500} {
		got := app.Dispatch(t.Context(), &api.Request{Controller: "greeter", Action: "greet", Peer: as(), Args: map[string]any{"name": name}})
		if got.Status != want {
			t.Errorf("greet %q: status %d, want %d", name, got.Status, want)
		}
	}
	stranger := app.Dispatch(t.Context(), &api.Request{Controller: "greeter", Action: "greet", Args: map[string]any{"name": "Jane"}})
	if stranger.Status != 401 {
		t.Errorf("without a token: status %d, want 401", stranger.Status)
	}
}
