package backend

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// clusterServer makes a server of a cluster, over a data directory of its own.
func clusterServer(t *testing.T, share func(*config.Config), change func(*config.Config)) (*App, config.Config, error) {
	t.Helper()
	cfg := config.Default()
	cfg.Data, cfg.Audit.File = t.TempDir(), "off"
	share(&cfg)
	if change != nil {
		change(&cfg)
	}
	app, err := New(WithConfig(cfg), WithTerminal(nil))
	if err == nil {
		t.Cleanup(func() { _ = app.Close() })
	}
	return app, cfg, err
}

// TestStoreOfItsOwn: a server with another master key is refused before it
// encrypts anything, and so is one whose cluster has lost its data.
func TestStoreOfItsOwn(t *testing.T) {
	share := oneCluster(t)
	first, cfg, err := clusterServer(t, share, nil)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(err error, want ...string) {
		t.Helper()
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Fatalf("got %v, want one line", err)
		}
		for _, text := range want {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("got %q, want %q in it", err, text)
			}
		}
	}
	other := strings.Repeat("cd", 32)
	_, second, err := clusterServer(t, share, func(cfg *config.Config) { cfg.MasterKey = config.Secret(other) })
	refused(err, "another master key", "KUZZLE_MASTER_KEY")
	if strings.Contains(err.Error(), other) {
		t.Error("the key is told")
	}
	if has, _ := hasDatabase(second); has {
		t.Error("a database was made in the data directory")
	}
	if _, _, err := clusterServer(t, share, func(cfg *config.Config) {
		cfg.MasterKey = config.Secret(other) + "," + masterKey
	}); err != nil {
		t.Errorf("a newer key and the one before: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	store, err := elasticsearch.Open(t.Context(), elasticsearch.Options{Addresses: cfg.Elasticsearch.Addresses, Prefix: cfg.Elasticsearch.Prefix, RepairWithin: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(store.Destroy(t.Context()), store.Close()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(cfg.Data, storeFile)
	_, err = New(WithConfig(cfg), WithTerminal(nil))
	refused(err, store.ID(), "restore its snapshot", file)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	anew, err := New(WithConfig(cfg), WithTerminal(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := anew.Close(); err != nil {
		t.Error(err)
	}
}

// TestSameNameFromTwoServers: two servers delete and recreate a user at once,
// and pass a name from a deleted user to another. A caller with a success owns
// the name, and nothing of the earlier user.
func TestSameNameFromTwoServers(t *testing.T) {
	share := oneCluster(t)
	apps := make([]*App, 2)
	for i := range apps {
		var err error
		// Only requests that name refresh wait.
		if apps[i], _, err = clusterServer(t, share, func(cfg *config.Config) { cfg.Elasticsearch.Visibility = noDefaultRefresh }); err != nil {
			t.Fatal(err)
		}
	}
	here, there := apps[0], apps[1]
	whose := func(app *App, token string) string {
		t.Helper()
		return must(t, app, token, "auth", "getCurrentUser", nil, nil)["_id"].(string)
	}
	for round := range 6 {
		id, other, name := fmt.Sprint("u", round), fmt.Sprint("other", round), fmt.Sprint("name", round)
		create := func(app *App, id, name string) error {
			_, err := ask(t, app, "", "security", "createUser", map[string]any{"_id": id, "refresh": "wait_for"}, map[string]any{
				"content":     map[string]any{"profileIds": []any{"default"}},
				"credentials": map[string]any{"local": map[string]any{"username": name, "password": "correct horse"}},
			})
			return err
		}
		if err := errors.Join(create(here, id, name), create(here, other, other)); err != nil {
			t.Fatal(err)
		}
		before := login(t, there, name)
		var running sync.WaitGroup
		running.Go(func() { must(t, here, "", "security", "deleteUser", map[string]any{"_id": id}, nil) })
		running.Go(func() {
			again(t, func() error {
				if round%2 == 0 {
					return create(there, id, name)
				}
				_, err := ask(t, there, "", "security", "updateCredentials", map[string]any{"_id": other, "strategy": "local"},
					map[string]any{"username": name, "password": "correct horse"})
				return err
			})
		})
		running.Wait()
		want := id
		if round%2 == 1 {
			want = other
		}
		for i, app := range apps {
			if got := whose(app, login(t, app, name)); got != want {
				t.Errorf("round %d: server %d logs %s in as %s, want %s", round, i, name, got, want)
			}
			if _, err := ask(t, app, before, "auth", "getCurrentUser", nil, nil); err == nil {
				t.Errorf("round %d: server %d takes a token of the user before", round, i)
			}
		}
		found := must(t, here, "", "security", "searchUsers", nil, map[string]any{"query": map[string]any{"ids": map[string]any{"values": []any{want}}}})
		if got := fmt.Sprint(found["total"]); got != "1" {
			t.Errorf("round %d: found %s of %s, want 1", round, got, want)
		}
	}
}

// again repeats a call that is refused with a 4xx because the name still belongs
// to another user.
func again(t *testing.T, do func() error) {
	t.Helper()
	for range 1000 {
		err := do()
		if err == nil {
			return
		}
		if f, is := fault.From(err); !is || f.Status() >= 500 {
			t.Error(err)
			return
		}
	}
	t.Error("the name is never free")
}

// TestNameOfTheDead: a name that a server took for a user whom it never wrote is
// free on every other server.
func TestNameOfTheDead(t *testing.T) {
	share := oneCluster(t)
	var line *estest.Line
	here, _, err := clusterServer(t, share, nil)
	if err != nil {
		t.Fatal(err)
	}
	dies, _, err := clusterServer(t, share, func(cfg *config.Config) {
		line = estest.NewLine(t, &estest.Node{Addresses: cfg.Elasticsearch.Addresses})
		cfg.Elasticsearch.Addresses = []string{line.URL}
	})
	if err != nil {
		t.Fatal(err)
	}
	var claimed atomic.Bool
	line.Breaks(func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
		if claimed.Load() || strings.Contains(r.URL.Path, "users.") {
			estest.Reset(w)
			return true
		}
		forward.ServeHTTP(w, r)
		if strings.Contains(r.URL.Path, "claims.") && strings.HasSuffix(r.URL.Path, "/_bulk") {
			claimed.Store(true)
		}
		return true
	})
	create := func(app *App, id string) error {
		_, err := ask(t, app, "", "security", "createUser", map[string]any{"_id": id}, map[string]any{
			"content":     map[string]any{"profileIds": []any{"default"}},
			"credentials": map[string]any{"local": map[string]any{"username": "jane", "password": "correct horse"}},
		})
		return err
	}
	if err := create(dies, "first"); !errors.Is(err, storage.ErrUnavailable) {
		t.Fatalf("got %v, want %v", err, storage.ErrUnavailable)
	}
	if !claimed.Load() {
		t.Fatal("the name was never taken")
	}
	if err := create(here, "second"); err != nil {
		t.Errorf("the name is taken by nobody: %v", err)
	}
	if err := create(here, "third"); err == nil {
		t.Error("the name is had twice")
	}
}

// TestSearchTimeout: limits.searchTimeout reaches the store.
func TestSearchTimeout(t *testing.T) {
	app := newApp(t, func(cfg *config.Config) { cfg.Limits.SearchTimeout = config.Duration(time.Nanosecond) })
	_, err := ask(t, app, "", "security", "searchUsers", nil, nil)
	if !errors.Is(err, storage.ErrTimeout) {
		t.Errorf("got %v, want %v", err, storage.ErrTimeout)
	}
}
