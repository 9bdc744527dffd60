package backend

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/maintenance"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
)

// TestReclaimServed: names are not reclaimed while any server of the cluster
// runs; a server that was not noticed in time stops as soon as it notices.
func TestReclaimServed(t *testing.T) {
	share := oneCluster(t)
	app, cfg, err := clusterServer(t, share, nil)
	if err != nil {
		t.Fatal(err)
	}
	createUser(t, app, "Jane", "default")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, listener) }()
	within(t, 5*time.Second, "the server is heard", func() bool { return app.nodes.shared.Current() })

	elsewhere := cfg
	elsewhere.Data, elsewhere.Identifiers = t.TempDir(), config.Identifiers{CaseSensitive: true}
	if _, err := (Reclaim{}).Run(t.Context(), elsewhere); err == nil || !strings.Contains(err.Error(), app.node+"; stop them first") {
		t.Errorf("while a server runs: got %v, want its name and what to do", err)
	}
	if err := app.accounts.Names.CheckNaming(t.Context()); err != nil {
		t.Errorf("after a refusal: got %v", err)
	}

	store, err := elasticsearch.Open(t.Context(), elasticsearch.Options{Addresses: cfg.Elasticsearch.Addresses, Prefix: cfg.Elasticsearch.Prefix, RepairWithin: -1})
	if err != nil {
		t.Fatal(err)
	}
	deaf := maintenance.Reclaim{Store: store, CaseSensitive: true}
	if done, err := deaf.Run(t.Context()); err != nil || done.Written != 1 {
		t.Fatalf("got %+v (%v)", done, err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-served:
		var naming *users.NamingError
		if !errors.As(err, &naming) || !strings.Contains(err.Error(), "kuzzle doctor --reclaim") {
			t.Errorf("got %v, want a *accounts.NamingError", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it serves names of a rule that holds no more")
	}
	if _, err := ask(t, app, "", "server", "now", nil, nil); !errors.Is(err, api.ErrShuttingDown) {
		t.Errorf("got %v, want %v", err, api.ErrShuttingDown)
	}
}
