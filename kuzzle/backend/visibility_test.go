package backend

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// TestVisibility: the setting none changes the meaning of requests without
// refresh only: a change of a request with refresh is found by every server at
// once.
func TestVisibility(t *testing.T) {
	share := oneCluster(t)
	var node *estest.Node
	var prefix string
	apps := startServers(t, 2, func(i int, cfg *config.Config) {
		share(cfg)
		if i == 0 {
			cfg.Elasticsearch.Visibility = noDefaultRefresh
		}
		node, prefix = &estest.Node{Addresses: cfg.Elasticsearch.Addresses}, cfg.Elasticsearch.Prefix
	})
	none, grouped := apps[0], apps[1]
	// Changes become visible only if a request asks for it.
	node.Ask(t, http.MethodPut, "/"+prefix+"*/_settings", `{"index.refresh_interval":-1}`)
	policies := []any{map[string]any{"roleId": "default"}}
	actions := map[string]any{"server": map[string]any{"actions": map[string]any{"now": true}}}
	for _, kind := range []struct {
		create, search string
		body           map[string]any
	}{
		{"createUser", "searchUsers", map[string]any{"content": map[string]any{"profileIds": []any{"default"}}}},
		{"createProfile", "searchProfiles", map[string]any{"policies": policies}},
		{"createRole", "searchRoles", map[string]any{"controllers": actions}},
	} {
		t.Run(kind.create, func(t *testing.T) {
			made := 0
			create := func(app *App, args map[string]any) {
				made++
				args["_id"] = fmt.Sprint(kind.create, made)
				must(t, app, "", "security", kind.create, args, kind.body)
			}
			found := func(app *App) int {
				return int(must(t, app, "", "security", kind.search, nil, map[string]any{})["total"].(float64))
			}
			create(none, map[string]any{"refresh": "wait_for"})
			others := found(grouped) - made
			for name, quiet := range map[string]struct {
				app  *App
				args map[string]any
			}{
				"none, unsaid":  {none, map[string]any{}},
				"none, refused": {none, map[string]any{"refresh": false}},
				"refused":       {grouped, map[string]any{"refresh": false}},
			} {
				if !staysUnseen(apps, found, func() { create(quiet.app, quiet.args) }) {
					t.Errorf("%s: every creation is found at once, and nobody asked for that", name)
				}
			}
			for _, asked := range []struct {
				on, by *App
				args   map[string]any
			}{{none, grouped, map[string]any{"refresh": "wait_for"}}, {grouped, none, map[string]any{}}} {
				create(asked.on, asked.args)
				if got, want := found(asked.by), others+made; got != want {
					t.Errorf("refresh %v: the other server finds %d, want %d", asked.args["refresh"], got, want)
				}
			}
		})
	}
}

// staysUnseen tells whether a creation is found by nobody. Servers refresh for
// reasons of their own now and then, so one in a few is enough.
func staysUnseen(apps []*App, found func(*App) int, create func()) bool {
	for range 5 {
		before := found(apps[0])
		create()
		if found(apps[0]) == before && found(apps[1]) == before {
			return true
		}
	}
	return false
}
