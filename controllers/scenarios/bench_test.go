package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/admin"
	"github.com/gokuzzle/kuzzle/controllers/auth"
	"github.com/gokuzzle/kuzzle/controllers/data"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/controllers/native"
	"github.com/gokuzzle/kuzzle/controllers/plugin"
	"github.com/gokuzzle/kuzzle/controllers/search"
	"github.com/gokuzzle/kuzzle/controllers/security"
	"github.com/gokuzzle/kuzzle/controllers/server"
	"github.com/gokuzzle/kuzzle/controllers/user"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/api/apitest"
	"github.com/gokuzzle/kuzzle/kuzzle/history"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
)

// bench is a whole server without its transports.
type bench struct {
	accounts   *accounts.Accounts
	rights     *rights.Store
	table      *api.Table
	dispatcher *api.Dispatcher
	health     error
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{}
	table := func() *api.Table { return b.table }
	canonical := func(c, a string) (string, string) { return b.table.Canonical(c, a) }
	domain := accountstest.New(t, func(o *accounts.Options) {
		b.rights = rights.New(o.Store, native.Catalogue{Table: table}, rights.Builtin(), nil, time.Now)
		o.Rights, o.Now, o.MaxWrites = b.rights, time.Now, 5
	})
	domain.Use(t, "redirecting", newRedirecting)
	b.accounts = domain.Accounts
	store := domain.Store
	b.table = api.NewTable(append(append(data.Controllers(),
		security.New(security.Deps{Accounts: b.accounts, Rights: b.rights, Canonical: canonical, Search: search.Limits{}, History: history.New(history.Options{Store: store, Now: time.Now})}),
		auth.New(auth.Deps{Accounts: b.accounts, Rights: b.rights, Canonical: canonical, Cookies: true}),
		server.New(server.Deps{
			Table: table, AdminExists: b.accounts.Users.AdminExists, Store: store.Info, Version: "1.2.3",
			Health: func(ctx context.Context) error { return errors.Join(b.health, store.Health(ctx)) },
		}),
		admin.New(b.accounts),
	), plugin.Controllers(b.accounts.Registry.StrategyActions(), b.accounts.Logins.Act, kuzzleview.Steps{})...), user.Aliases())
	b.dispatcher = api.New(api.Config{Table: b.table, Authenticator: gate{b}, Rights: gate{b}})
	b.dispatcher.Ready()
	if err := b.rights.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// gate authenticates callers by their tokens and checks their profiles, like the real one.
type gate struct{ b *bench }

func (g gate) Authenticate(ctx context.Context, req *api.Request) (api.Caller, error) {
	switch {
	case req.Peer.Operator:
		return api.Caller{Kuid: "operator", Via: api.ViaOperator}, nil
	case req.Token == "":
		return api.Caller{Kuid: api.AnonymousKuid}, nil
	}
	found, err := g.b.accounts.Sessions.Verify(ctx, req.Token)
	if err != nil {
		return api.Caller{}, err
	}
	caller := api.Caller{Kuid: found.User.Kuid, TokenID: found.SessionID, Token: found.Token, SingleUse: found.SingleUse, Via: api.ViaSession}
	if found.APIKey {
		caller.Via = api.ViaAPIKey
	}
	return caller, nil
}

func (g gate) Allowed(ctx context.Context, req *api.Request, controller, action string) (bool, error) {
	if req.Caller.Via == api.ViaOperator {
		return true, nil
	}
	u, err := g.b.accounts.Users.User(ctx, req.Caller.Kuid)
	if err != nil {
		return false, err
	}
	return g.b.accounts.Containment.Allowed(ctx, u, controller, action, kuzzleview.Target(req.Args))
}

// call is a request in a table. To is "controller:action", sent as a frame, or "VERB /path?query",
// sent over HTTP. Args and Body are JSON.
type call struct {
	To         string
	Args, Body string
	// As is a token, "operator" for the program itself, or "" for no caller.
	As string
	// TLS and Cookie belong to the connection.
	TLS    bool
	Cookie string
}

const operator = "operator"

// answer is the response.
type answer struct {
	Status  int
	ID      string
	Props   []any
	Result  any
	Text    string
	Cookie  string
	Raw     *api.Raw
	NoValue bool
}

func (b *bench) do(t *testing.T, c call) answer {
	t.Helper()
	req := &api.Request{ID: "r1", Peer: &api.Peer{
		Protocol: api.WebSocket, Addr: netip.MustParseAddr("192.0.2.1"), TLS: c.TLS, Cookie: c.Cookie, Operator: c.As == operator,
	}}
	if c.As != operator {
		req.Token, req.HasToken = c.As, c.As != ""
	}
	if verb, path, isHTTP := strings.Cut(c.To, " "); isHTTP {
		req.Peer.Protocol = api.HTTP
		path, query, _ := strings.Cut(path, "?")
		for pair := range strings.SplitSeq(query, "&") {
			if name, value, _ := strings.Cut(pair, "="); name != "" {
				req.SetArg(name, value)
			}
		}
		if found, err := b.table.Resolve(verb, path, req); !found || err != nil {
			t.Fatalf("%s: there is no such route", c.To)
		}
	} else {
		req.Controller, req.Action, _ = strings.Cut(c.To, ":")
	}
	for name, value := range object(t, c.Args) {
		req.SetArg(name, value)
	}
	if c.Body != "" {
		if err := json.Unmarshal([]byte(c.Body), &req.Body); err != nil {
			t.Fatalf("%s: body: %v", c.To, err)
		}
	}
	res := b.dispatcher.Dispatch(t.Context(), req)
	got := read(t, req, res)
	b.judge(t, req, got)
	return got
}

// descriptions are those of both scopes, which are the same for every bench.
var descriptions struct {
	sync.Once
	all []*apitest.Document
}

// judge holds an answer to the description of its action.
func (b *bench) judge(t *testing.T, req *api.Request, got answer) {
	t.Helper()
	descriptions.Do(func() {
		for _, scope := range []api.Scope{api.ScopeKuzzle, api.ScopeApp} {
			text, err := json.Marshal(b.table.OpenAPI(scope, ""))
			if err != nil {
				t.Fatal(err)
			}
			descriptions.all = append(descriptions.all, validate(t, text))
		}
	})
	contentType, body := "application/json", []byte(got.Text)
	if got.Raw != nil {
		contentType, body = got.Raw.ContentType, got.Raw.Body
	}
	for _, document := range descriptions.all {
		if operation := document.Action(req.Controller + ":" + req.Action); operation != nil {
			if err := document.Judge(operation, got.Status, contentType, body); err != nil {
				t.Error(err)
			}
		}
	}
}

func read(t *testing.T, req *api.Request, res *api.Response) answer {
	t.Helper()
	got := answer{Status: res.Status, Cookie: strings.Join(res.Cookies, "\n"), Raw: res.Raw}
	if res.Err != nil {
		got.ID, got.Props = res.Err.ID(), res.Err.Props
	}
	if res.Raw != nil {
		return got
	}
	got.Text = string(res.Append(nil, req, true))
	var envelope map[string]any
	if err := json.Unmarshal([]byte(got.Text), &envelope); err != nil {
		t.Fatalf("the answer is no JSON: %v\n%s", err, got.Text)
	}
	var has bool
	got.Result, has = envelope["result"]
	got.NoValue = !has
	return got
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	if text == "" {
		return nil
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

// must is do for requests that have to succeed.
func (b *bench) must(t *testing.T, c call) map[string]any {
	t.Helper()
	got := b.do(t, c)
	if got.Status != 200 {
		t.Fatalf("%s answered %s", c.To, got.Text)
	}
	result, _ := got.Result.(map[string]any)
	return result
}

// login creates a user with the profile and a password, and logs in.
func (b *bench) login(t *testing.T, kuid, profile string) string {
	t.Helper()
	b.must(t, call{As: operator, To: "security:createUser", Args: `{"_id":"` + kuid + `"}`, Body: `{
		"content":{"profileIds":["` + profile + `"],"name":"` + kuid + `"},
		"credentials":{"local":{"username":"` + kuid + `","password":"correct horse"}}}`})
	got := b.must(t, call{To: "POST /_login/local", Body: `{"username":"` + kuid + `","password":"correct horse"}`})
	return got["jwt"].(string)
}
