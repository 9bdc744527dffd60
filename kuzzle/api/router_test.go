package api_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

func nothing(context.Context, *api.Request, api.None) (any, error) { return nil, nil }

func routed(name string, routes ...string) api.Declared {
	return api.Action[api.None, any]{Name: name, Routes: routes, Run: nothing}
}

// TestResolve is which action a verb and path lead to.
func TestResolve(t *testing.T) {
	table := api.NewTable([]api.Controller{{Name: "test", Actions: []api.Declared{
		routed("root", "GET /"), routed("list", "GET /users/_mGet", "POST /users/_mGet"), routed("get", "GET /users/{_id}"),
		routed("deep", "GET /users/{_id}/keys/{key}"), routed("fixed", "GET /users/fixed/name"),
	}}}, []api.Alias{{Controller: "other", Name: "fetch", Routes: api.Routes{"GET /user/{_id}"}, To: "test:get"}})
	tests := []struct {
		verb, path string
		// want is controller:action and the arguments; "" for no route.
		want string
		args map[string]any
	}{
		{"GET", "/", "test:root", nil}, {"GET", "", "test:root", nil}, {"GET", "//", "test:root", nil},
		{"GET", "/users/_mGet", "test:list", nil}, {"POST", "/users/_mGet/", "test:list", nil},
		{"DELETE", "/users/_mGet", "", nil}, {"PURGE", "/", "", nil},
		{"GET", "/users/jdoe", "test:get", map[string]any{"_id": "jdoe"}},
		{"GET", "/users/a%2Fb", "test:get", map[string]any{"_id": "a/b"}},
		{"GET", "/users/%5FmGet", "test:list", nil},
		{"GET", "/users/%zz", "", nil}, {"GET", "/%ff/jdoe", "", nil}, {"GET", "/users", "", nil},
		{"GET", "/users//x//keys/y", "test:deep", map[string]any{"_id": "x", "key": "y"}},
		{"GET", "/users/fixed/name", "test:fixed", nil}, {"GET", "/users/fixed", "", nil}, {"GET", "/users/fixed/keys/y", "", nil},
		{"GET", "/user/jdoe", "other:fetch", map[string]any{"_id": "jdoe"}},
		{"GET", "/Users/jdoe", "", nil},
	}
	for _, test := range tests {
		req := &api.Request{}
		found, err := table.Resolve(test.verb, test.path, req)
		if err != nil {
			t.Errorf("%s %s: %v", test.verb, test.path, err)
		}
		got := ""
		if found {
			got = req.Controller + ":" + req.Action
		}
		if got != test.want {
			t.Errorf("%s %s leads to %q, want %q", test.verb, test.path, got, test.want)
		}
		if diff := cmp.Diff(test.args, req.Args); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.verb, test.path, diff)
		}
	}
}

// TestPathUTF8 names the placeholder whose value is no text, so that it is not
// taken for a user who is not there.
func TestPathUTF8(t *testing.T) {
	table := api.NewTable([]api.Controller{{Name: "test", Actions: []api.Declared{
		routed("get", "GET /users/{_id}"), routed("deep", "GET /users/{_id}/keys/{key}"),
	}}}, nil)
	for path, field := range map[string]string{"/users/%ff": "_id", "/users/\xff": "_id", "/users/a%C3": "_id", "/users/a/keys/%fe%ff": "key"} {
		_, err := table.Resolve("GET", path, &api.Request{})
		refusal, _ := fault.From(err)
		if refusal == nil || refusal.Status() != 400 || len(refusal.Props) == 0 || refusal.Props[0] != field {
			t.Errorf("%q: got %v, want a 400 that names %s", path, err, field)
		}
	}
}

// TestAliases are found under their own name and judged by the canonical one.
func TestAliases(t *testing.T) {
	table := api.NewTable([]api.Controller{{Name: "security", Actions: []api.Declared{routed("getUser", "GET /users/{_id}")}},
		{Name: "plug", Plugin: true, Actions: []api.Declared{routed("in")}}},
		[]api.Alias{{Controller: "user", Name: "get", To: "security:getUser"}})
	if controller, action := table.Canonical("user", "get"); controller != "security" || action != "getUser" {
		t.Errorf("user:get is %s:%s", controller, action)
	}
	if controller, action := table.Canonical("no", "thing"); controller != "no" || action != "thing" {
		t.Errorf("no:thing is %s:%s", controller, action)
	}
	if names, plugin, ok := table.Actions("plug"); !ok || !plugin || !cmp.Equal(names, []string{"in"}) {
		t.Errorf("plug has %v, %v, %v", names, plugin, ok)
	}
	if _, _, ok := table.Actions("user"); ok {
		t.Error("an alias controller counts as one of its own")
	}
	if got := table.AliasOf("user"); !cmp.Equal(got, map[string]string{"get": "security:getUser"}) {
		t.Errorf("user stands for %v", got)
	}
	if got := table.AliasOf("security"); got != nil {
		t.Errorf("security stands for %v", got)
	}
	d := api.New(api.Config{Table: table, Authenticator: callers{}, Rights: callers{denied: map[string]bool{"security:getUser": true}}})
	d.Ready()
	res := d.Dispatch(context.Background(), &api.Request{Controller: "user", Action: "get", Token: "jdoe", Peer: &api.Peer{}})
	if res.Err == nil || res.Err.ID() != "security.rights.forbidden" {
		t.Errorf("a second name opens a closed door: %v", res.Err)
	}
}

// TestPublicAPI lists the actions and routes for clients, but not those of
// other dialects.
func TestPublicAPI(t *testing.T) {
	other := &api.Dialect{Name: "other", Prefix: "/v1", Append: api.Kuzzle.Append}
	table := api.NewTable([]api.Controller{
		{Name: "test", Actions: []api.Declared{routed("get", "GET /users/{_id}", "HEAD /users/{_id}"), routed("hidden")}},
		{Name: "foreign", Dialect: other, Actions: []api.Declared{routed("x", "GET /x")}},
	}, nil)
	want := map[string]map[string]api.PublicAction{"test": {
		"get":    {Action: "get", Controller: "test", HTTP: []api.PublicRoute{{Path: "/users/:_id", URL: "/users/:_id", Verb: "GET"}}},
		"hidden": {Action: "hidden", Controller: "test"},
	}}
	if diff := cmp.Diff(want, table.PublicAPI(api.Kuzzle)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzResolve proves that no path leads astray.
func FuzzResolve(f *testing.F) {
	f.Add("/users/a%2fb//")
	f.Add("%")
	table := api.NewTable([]api.Controller{{Name: "test", Actions: []api.Declared{routed("get", "GET /users/{_id}")}}}, nil)
	f.Fuzz(func(t *testing.T, path string) {
		req := &api.Request{}
		if found, err := table.Resolve("GET", path, req); !found || err != nil {
			return
		}
		if id, _ := req.Args["_id"].(string); id == "" || strings.Trim(path, "/") == "" {
			t.Errorf("%q leads to the user %q", path, id)
		}
	})
}
