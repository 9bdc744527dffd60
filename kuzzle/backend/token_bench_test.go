package backend

import (
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// BenchmarkTokenCheck is auth:getCurrentUser: on the embedded store, on a
// cluster, and on a cluster whose servers read everything anew.
func BenchmarkTokenCheck(b *testing.B) {
	for _, name := range []string{"embedded", "cluster", "strict"} {
		b.Run(name, func(b *testing.B) {
			var share func(*config.Config)
			if name != "embedded" {
				share = oneCluster(b)
			}
			app := startServers(b, 1, func(_ int, cfg *config.Config) {
				if share != nil {
					share(cfg)
				}
				cfg.Elasticsearch.Strict = name == "strict"
			})[0]
			must(b, app, "", "security", "createProfile", map[string]any{"_id": name}, map[string]any{"policies": []any{map[string]any{"roleId": "default"}}})
			createUser(b, app, name, name)
			tok := login(b, app, name)
			for began := time.Now(); name == "cluster" && !app.nodes.shared.Current() && time.Since(began) < binding; {
				continue
			}
			req := &api.Request{ID: "r", Controller: "auth", Action: "getCurrentUser", Token: tok, HasToken: true, Peer: &api.Peer{Protocol: api.HTTP}}
			b.ReportAllocs()
			for b.Loop() {
				if res := app.Dispatch(b.Context(), req); res.Err != nil {
					b.Fatal(res.Err)
				}
			}
		})
	}
}
