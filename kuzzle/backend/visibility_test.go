package backend

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// TestVisibility: the setting none changes what a request means that names no
// refresh, and nothing else: one that names it is found by every server at once.
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
	// Nothing becomes visible but what somebody asks for.
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
			found := func(app *App) string {
				return fmt.Sprint(must(t, app, "", "security", kind.search, nil, map[string]any{})["total"])
			}
			before := found(grouped)
			create := func(app *App, id string, args map[string]any) {
				args["_id"] = id
				must(t, app, "", "security", kind.create, args, kind.body)
			}
			create(none, "unsaid", map[string]any{})
			create(none, "refused", map[string]any{"refresh": false})
			create(grouped, "refused there", map[string]any{"refresh": false})
			for _, app := range apps {
				if got := found(app); got != before {
					t.Errorf("%s finds %s, want %s: nobody asked for more", app.node, got, before)
				}
			}
			var seen int
			if _, err := fmt.Sscan(before, &seen); err != nil {
				t.Fatal(err)
			}
			seen += 4 // the three before become visible too
			create(none, "asked", map[string]any{"refresh": "wait_for"})
			if got := found(grouped); got != fmt.Sprint(seen) {
				t.Errorf("after refresh=wait_for the other server finds %s, want %d", got, seen)
			}
			create(grouped, "unsaid there", map[string]any{})
			if got := found(none); got != fmt.Sprint(seen+1) {
				t.Errorf("after a creation where that is the default the other server finds %s, want %d", got, seen+1)
			}
		})
	}
}
