package native

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

func table() *api.Table {
	does := func(name string) api.Declared {
		return api.Action[api.None, any]{Name: name, Run: func(context.Context, *api.Request, api.None) (any, error) { return nil, nil }}
	}
	return api.NewTable([]api.Controller{
		{Name: "security", Actions: []api.Declared{does("getUser")}},
		{Name: "admin", Actions: []api.Declared{does("resetSecurity")}},
		{Name: "acme/orders", Plugin: true, Actions: []api.Declared{does("list")}},
	}, []api.Alias{{Controller: "user", Name: "get", To: "security:getUser"}})
}

func TestCatalogue(t *testing.T) {
	c := Catalogue{Table: table}
	tests := []struct {
		controller, action string
		native, plugin     bool
	}{
		{"security", "getUser", true, false},
		{"security", "nope", false, false},
		{"admin", "resetSecurity", true, false},
		{"admin", "dump", true, false},
		{"document", "create", true, false},
		{"realtime", "subscribe", true, false},
		{"ms", "get", true, false},
		{"memoryStorage", "get", true, false},
		{"user", "get", true, false},
		{"acme/orders", "list", false, true},
		{"nope", "list", false, false},
	}
	for _, test := range tests {
		native, _ := c.Native(test.controller)
		plugin, _ := c.Plugin(test.controller)
		if native[test.action] != test.native || plugin[test.action] != test.plugin {
			t.Errorf("%s:%s: got native %t, plugin %t", test.controller, test.action, native[test.action], plugin[test.action])
		}
	}
	for controller, want := range map[string]bool{"security": true, "user": true, "debug": true, "acme/orders": false, "nope": false} {
		if _, got := c.Native(controller); got != want {
			t.Errorf("%s: native %t, want %t", controller, got, want)
		}
	}
	if controller, action := c.Canonical("user", "get"); controller != "security" || action != "getUser" {
		t.Errorf("user:get is %s:%s", controller, action)
	}
}

// The list has every controller of Kuzzle that this server does not serve.
func TestForeignControllers(t *testing.T) {
	want := []string{"admin", "bulk", "cluster", "collection", "debug", "document", "index", "memoryStorage", "ms", "realtime"}
	if got := slices.Sorted(maps.Keys(foreign())); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !maps.Equal(foreign()["ms"], foreign()["memoryStorage"]) {
		t.Error("ms and memoryStorage differ")
	}
}
