package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

func dialect(name, prefix string) *api.Dialect {
	return &api.Dialect{Name: name, Prefix: prefix, Append: api.Kuzzle.Append}
}

func speaking(d *api.Dialect, name string, actions ...api.Declared) api.Controller {
	return api.Controller{Name: name, Dialect: d, Actions: actions}
}

// TestEnter is which dialect a path belongs to: that of the longest prefix.
func TestEnter(t *testing.T) {
	v1, deep := dialect("v1", "/v1"), dialect("deep", "/v1/deep")
	table := api.NewTable([]api.Controller{
		speaking(v1, "one", routed("x", "GET /x")), speaking(deep, "two", routed("x", "GET /x")),
		speaking(nil, "three", routed("x", "GET /x", "GET /{_id}")),
	}, nil)
	tests := map[string]struct {
		dialect *api.Dialect
		action  string
	}{
		"/x": {api.Kuzzle, "three"}, "/v1/x": {v1, "one"}, "/v1/deep/x": {deep, "two"}, "//v1//x/": {v1, "one"},
		"/%76%31/x": {v1, "one"}, "/v1": {v1, ""}, "/v1x": {api.Kuzzle, "three"}, "/v1%2Fx": {api.Kuzzle, "three"},
		"/v1/deeper": {v1, ""}, "/%zz": {api.Kuzzle, ""}, "": {api.Kuzzle, ""},
	}
	for path, want := range tests {
		req := &api.Request{}
		if got, _ := table.Enter(path, nil, req); got != want.dialect || req.Dialect != got {
			t.Errorf("%q belongs to %s, want %s", path, got.Name, want.dialect.Name)
		}
		if _, err := table.Resolve("GET", path, req); err != nil || req.Controller != want.action {
			t.Errorf("%q leads to %q (%v), want %q", path, req.Controller, err, want.action)
		}
	}
}

// TestDialectMistakes panics on dialects that get in each other's way.
func TestDialectMistakes(t *testing.T) {
	tests := map[string]func(){
		"no prefix": func() { api.NewTable([]api.Controller{speaking(dialect("a", "/"), "c")}, nil) },
		"one prefix": func() {
			api.NewTable([]api.Controller{speaking(dialect("a", "/v1"), "c"), speaking(dialect("b", "v1/"), "d")}, nil)
		},
		"lies under the prefix": func() {
			api.NewTable([]api.Controller{speaking(dialect("a", "/v1"), "c"), speaking(nil, "d", routed("x", "GET /v1/x"))}, nil)
		},
	}
	for want, declare := range tests {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, want) {
					t.Errorf("the panic says %q, want %q in it", said, want)
				}
			}()
			declare()
		})
	}
}

// TestDialectsApart answers an action of another dialect as unknown, regardless
// of the caller.
func TestDialectsApart(t *testing.T) {
	v1 := dialect("v1", "/v1")
	d := dispatcher([]api.Controller{speaking(v1, "one", routed("x")), speaking(nil, "two", routed("x"))})
	for _, test := range []struct {
		in         *api.Dialect
		controller string
		status     int
	}{{nil, "one", 404}, {nil, "two", 200}, {api.Kuzzle, "two", 200}, {v1, "one", 200}, {v1, "two", 404}} {
		req := request(sock, nil, nil)
		req.Dialect, req.Controller, req.Action = test.in, test.controller, "x"
		res := d.Dispatch(context.Background(), req)
		if res.Status != test.status || res.Err != nil && res.Err.ID() != "api.process.controller_not_found" {
			t.Errorf("%s in %v: answered %d %v, want %d", test.controller, test.in, res.Status, res.Err, test.status)
		}
	}
}

// TestCallerKinds tells users, nobody and keys of the instance apart.
func TestCallerKinds(t *testing.T) {
	service := api.NewService("shop", 5)
	tests := map[string]struct {
		caller    api.Caller
		kind      api.Kind
		unbounded bool
	}{
		"nobody": {api.Caller{Kuid: api.AnonymousKuid}, api.KindAnonymous, false}, "no kuid": {api.Caller{}, api.KindAnonymous, false},
		"a user":       {api.Caller{Kuid: "jdoe", Via: api.ViaSession}, api.KindUser, false},
		"an open door": {api.Caller{Kuid: "jdoe", Open: true}, api.KindUser, true},
		"the operator": {api.Caller{Kuid: api.AnonymousKuid, Via: api.ViaOperator}, api.KindService, true},
		"a service":    {service.Caller(), api.KindService, true},
	}
	for name, test := range tests {
		if got := test.caller.Kind(); got != test.kind || test.caller.Anonymous() != (got == api.KindAnonymous) || test.caller.Unbounded() != test.unbounded {
			t.Errorf("%s is of kind %d, anonymous %v, unbounded %v", name, got, test.caller.Anonymous(), test.caller.Unbounded())
		}
	}
	key, perSecond, err := service.Rate(context.Background(), nil)
	if key == "shop" || perSecond != 5 || err != nil {
		t.Errorf("a service's requests count by %q, %d in a second (%v): a user of its name would share that", key, perSecond, err)
	}
}

// TestEnterChosen is which of two dialects with one prefix a request belongs to, and under which path a
// dialect has the routes that lie beside.
func TestEnterChosen(t *testing.T) {
	keys, pages := dialect("keys", "/v1"), dialect("pages", "/v1")
	pages.Beside = []string{"/beside"}
	pages.Chosen = func(sent http.Header, segment string) bool {
		return segment == "own" || segment == "shared" && len(sent["Authorization"]) == 0
	}
	table := api.NewTable([]api.Controller{
		speaking(keys, "one", routed("x", "GET /x", "GET /shared")), speaking(pages, "two", routed("x", "GET /own", "GET /shared")),
	}, nil)
	for _, test := range []struct {
		path, key, own string
		dialect        *api.Dialect
		controller     string
	}{
		{"/v1/x", "", "/v1/x", keys, "one"}, {"/v1/own", "", "/v1/own", pages, "two"}, {"/v1/own", "key", "/v1/own", pages, "two"},
		{"/v1/shared", "", "/v1/shared", pages, "two"}, {"/v1/shared", "key", "/v1/shared", keys, "one"},
		{"/beside/v1/shared", "key", "v1/shared", pages, "two"}, {"/beside/v1/x", "", "v1/x", pages, ""}, {"/beside/x", "", "/beside/x", api.Kuzzle, ""},
		{"/v1", "", "/v1", keys, ""}, {"/v1/%zz", "", "/v1/%zz", keys, ""},
	} {
		sent := http.Header{}
		if test.key != "" {
			sent.Set("Authorization", test.key)
		}
		req := &api.Request{}
		got, own := table.Enter(test.path, sent, req)
		if got != test.dialect || own != test.own {
			t.Errorf("%s with %q belongs to %s as %q, want %s as %q", test.path, test.key, got.Name, own, test.dialect.Name, test.own)
		}
		if _, err := table.Resolve("GET", own, req); err != nil || req.Controller != test.controller {
			t.Errorf("%s with %q leads to %q (%v), want %q", test.path, test.key, req.Controller, err, test.controller)
		}
	}
}
