package backend

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// shopKeys knows one key, which stands for the instance, and one that it names no
// principal for.
type shopKeys struct{ shop *api.Service }

func (k shopKeys) Authenticate(_ context.Context, req *api.Request) (api.Caller, error) {
	switch req.Headers.Get("X-Shop-Key") {
	case "sesame":
		return k.shop.Caller(), nil
	case "forgotten":
		return api.Caller{Kuid: "root"}, nil
	}
	return api.Caller{}, token.ErrInvalid.New()
}

// shop is a dialect of a program's own, with an action that makes users.
func shop(app **App, perSecond int) Option {
	dialect := &api.Dialect{
		Name: "shop", Prefix: "/shop", Authenticator: shopKeys{api.NewService("till", perSecond)},
		Append: func(dst []byte, _ *api.Request, res *api.Response, _ bool) ([]byte, error) {
			if res.Err != nil {
				return append(dst, "no: "+res.Err.ID()...), nil
			}
			return append(dst, "yes"...), nil
		},
	}
	create := func(ctx context.Context, req *api.Request, args idArg) (any, error) {
		_, err := (*app).accounts.Credentials.Create(ctx, kuzzleview.Actor(req), credentials.NewUser{
			ID: args.ID, Content: map[string]any{"profileIds": []any{"admin"}},
		})
		return nil, err
	}
	return Handle(api.Controller{Name: "shop", Dialect: dialect, Actions: []api.Declared{
		api.Action[idArg, any]{Name: "make", Routes: api.Routes{"POST /users/{id}"}, Run: create},
	}})
}

type idArg struct {
	ID string `arg:"id,required"`
}

// TestServicePrincipal: a key of the instance may do things that no profile
// allows, at its own rate, and events have its own name.
func TestServicePrincipal(t *testing.T) {
	var app *App
	app = newApp(t, nil, shop(&app, 0))
	s := openSite(t, app)
	told := make(chan events.Event, 1)
	defer app.Subscribe(events.UserCreated, func(_ context.Context, e events.Event) { told <- e })()
	ask := func(key, path string) (int, string) {
		req, err := http.NewRequest("POST", s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Shop-Key", key)
		res, err := s.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	if status, body := ask("sesame", "/shop/users/jane"); status != 200 || body != "yes" {
		t.Fatalf("answered %d %s", status, body)
	}
	want := events.Actor{Kuid: "-1", Via: "service", Service: "till", Addr: "127.0.0.1"}
	if made := <-told; made.Subject.ID != "jane" || !cmp.Equal(made.Actor, want) {
		t.Errorf("told of %+v, want one by %+v", made, want)
	}
	if status, body := ask("wrong", "/shop/users/joe"); status != 401 || !strings.HasPrefix(body, "no: ") {
		t.Errorf("without a key: answered %d %s", status, body)
	}
	if status, body := ask("forgotten", "/shop/users/joe"); status != 403 || body != "no: security.rights.forbidden" {
		t.Errorf("a caller without a principal has rights: answered %d %s", status, body)
	}
	through := app.Dispatch(t.Context(), &api.Request{Controller: "shop", Action: "make", Peer: as(), Args: map[string]any{"id": "joe"}})
	if through.Status != 404 {
		t.Errorf("in Kuzzle's dialect: answered %d", through.Status)
	}
}

// TestServiceRate counts a service's requests by themselves.
func TestServiceRate(t *testing.T) {
	var app *App
	app = newApp(t, nil, shop(&app, 1))
	ask := func() int {
		return app.Dispatch(t.Context(), &api.Request{
			Dialect: shopDialect(app), Controller: "shop", Action: "make", Peer: &api.Peer{Protocol: api.HTTP},
			Headers: http.Header{"X-Shop-Key": {"sesame"}},
		}).Status
	}
	refused := false
	for range 50 { // a second may begin in between, fifty do not
		refused = refused || ask() == 429
	}
	if !refused {
		t.Error("fifty requests are let through where one may be made in a second")
	}
}

func shopDialect(app *App) *api.Dialect {
	req := &api.Request{}
	d, _ := app.table.Enter("/shop", nil, req)
	return d
}

// TestFailsafePrincipals lets administrators and the instance itself in, and
// nobody else.
func TestFailsafePrincipals(t *testing.T) {
	app := newApp(t, func(cfg *config.Config) { cfg.Plugins.Common.FailsafeMode = true })
	self := func(peer *api.Peer, tok string) int {
		return app.Dispatch(t.Context(), &api.Request{Controller: "auth", Action: "getCurrentUser", Token: tok, Peer: peer}).Status
	}
	must(t, app, "", "security", "createFirstAdmin", map[string]any{"_id": "root"}, map[string]any{
		"credentials": map[string]any{"local": map[string]any{"username": "root", "password": "correct horse"}},
	})
	if got := self(as(), ""); got != 200 {
		t.Errorf("the operator is answered %d", got)
	}
	if got := self(nil, login(t, app, "root")); got != 200 {
		t.Errorf("an administrator is answered %d", got)
	}
	if got := self(nil, ""); got != 403 {
		t.Errorf("nobody is answered %d", got)
	}
}

// TestFiles answers files of a program's own beside the API.
func TestFiles(t *testing.T) {
	s := openSite(t, newApp(t, nil, Files("/app", fstest.MapFS{"x.txt": {Data: []byte("hello")}}, http.Header{"X-Own": {"yes"}})))
	res, err := s.client.Get(s.url + "/app/x.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || string(body) != "hello" || res.Header.Get("X-Own") != "yes" || res.Header.Get("X-Kuzzle-Node") != "" {
		t.Errorf("answered %q (%v) with %v", body, err, res.Header)
	}
}
