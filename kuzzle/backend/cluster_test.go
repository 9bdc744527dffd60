package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

var masterKey = config.Secret(strings.Repeat("ab", 32))

// oneCluster answers what makes a server one of those that share a prefix of
// their own, whose indexes go when the test ends.
func oneCluster(t *testing.T) func(*config.Config) {
	t.Helper()
	node, err := estest.Start(t.Context())
	if errors.Is(err, estest.ErrNoTools) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Stop)
	prefix := fmt.Sprintf("kuzzle-backend-%d-%x-", os.Getpid(), time.Now().UnixNano())
	t.Cleanup(func() {
		store, err := elasticsearch.Open(context.Background(), elasticsearch.Options{Addresses: node.Addresses, Prefix: prefix, RepairWithin: -1})
		if err == nil {
			err = errors.Join(store.Destroy(context.Background()), store.Close())
		}
		if err != nil {
			t.Error(err)
		}
	})
	return func(cfg *config.Config) {
		cfg.Elasticsearch.Addresses, cfg.Elasticsearch.Prefix, cfg.MasterKey = node.Addresses, prefix, masterKey
		cfg.Strategies = config.Free{"local": json.RawMessage(`{"argon2id":{"memoryKiB":64,"passes":1,"lanes":1}}`)}
	}
}

// ask calls an action, with every right when the token is "".
func ask(t *testing.T, app *App, token, controller, action string, args map[string]any, body map[string]any) (map[string]any, error) {
	t.Helper()
	req := &api.Request{ID: "r", Controller: controller, Action: action, Args: args, Token: token, HasToken: token != "",
		Peer: &api.Peer{Protocol: api.Embedded, Operator: token == ""}}
	if body != nil {
		req.Body = body
	}
	res := app.Dispatch(t.Context(), req)
	var env struct{ Result map[string]any }
	if err := json.Unmarshal(res.Append(nil, req, false), &env); err != nil {
		t.Fatal(err)
	}
	if res.Err != nil {
		return nil, res.Err
	}
	return env.Result, nil
}

func must(t *testing.T, app *App, token, controller, action string, args map[string]any, body map[string]any) map[string]any {
	t.Helper()
	result, err := ask(t, app, token, controller, action, args, body)
	if err != nil {
		t.Fatalf("%s:%s: %v", controller, action, err)
	}
	return result
}

func login(t *testing.T, app *App, name string) string {
	t.Helper()
	result := must(t, app, "", "auth", "login", map[string]any{"strategy": "local"}, map[string]any{"username": name, "password": "correct horse"})
	return result["jwt"].(string)
}

func createUser(t *testing.T, app *App, name, profile string) {
	t.Helper()
	must(t, app, "", "security", "createUser", map[string]any{"_id": name, "refresh": "wait_for"}, map[string]any{
		"content":     map[string]any{"profileIds": []any{profile}},
		"credentials": map[string]any{"local": map[string]any{"username": name, "password": "correct horse"}},
	})
}

// TestServersOfOneCluster: what is done on one server binds on the other with
// its answer.
func TestServersOfOneCluster(t *testing.T) {
	share := oneCluster(t)
	apps := make([]*App, 2)
	var starting sync.WaitGroup
	for i := range apps {
		cfg := config.Default()
		cfg.Data, cfg.Audit.File = t.TempDir(), "off"
		share(&cfg)
		// Both find the cluster empty.
		starting.Go(func() {
			var err error
			if apps[i], err = New(WithConfig(cfg), WithTerminal(nil)); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	if t.Failed() {
		t.FailNow()
	}
	t.Cleanup(func() {
		for _, app := range apps {
			if err := app.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	here, there := apps[0], apps[1]
	must(t, here, "", "security", "createFirstAdmin", map[string]any{"_id": "root", "reset": true}, map[string]any{
		"credentials": map[string]any{"local": map[string]any{"username": "root", "password": "correct horse"}},
	})
	me := func(app *App, token string) error {
		_, err := ask(t, app, token, "auth", "getCurrentUser", nil, nil)
		return err
	}

	t.Run("a creation is found", func(t *testing.T) {
		createUser(t, here, "jane", "default")
		found := must(t, there, "", "security", "searchUsers", nil, map[string]any{"query": map[string]any{"ids": map[string]any{"values": []any{"jane"}}}})
		if got := fmt.Sprint(found["total"]); got != "1" {
			t.Errorf("found %s users, want 1", got)
		}
	})
	t.Run("a logout", func(t *testing.T) {
		token := login(t, here, "jane")
		if err := me(there, token); err != nil {
			t.Fatal(err)
		}
		must(t, here, token, "auth", "logout", nil, nil)
		if err := me(there, token); err == nil {
			t.Error("the token still works on the other server")
		}
	})
	t.Run("a deletion", func(t *testing.T) {
		createUser(t, here, "john", "default")
		token := login(t, there, "john")
		if err := me(there, token); err != nil {
			t.Fatal(err)
		}
		must(t, here, "", "security", "deleteUser", map[string]any{"_id": "john"}, nil)
		if err := me(there, token); err == nil {
			t.Error("the token still works on the other server")
		}
	})
	t.Run("an API key", func(t *testing.T) {
		made := must(t, here, "", "security", "createApiKey", map[string]any{"userId": "jane"}, map[string]any{"description": "a program's"})
		key := made["_source"].(map[string]any)["token"].(string)
		if err := me(there, key); err != nil {
			t.Fatal(err)
		}
		must(t, here, "", "security", "deleteApiKey", map[string]any{"userId": "jane", "_id": made["_id"]}, nil)
		if err := me(there, key); err == nil {
			t.Error("the key still works on the other server")
		}
	})
	t.Run("a role and a profile", func(t *testing.T) {
		role := func(allowed bool) map[string]any {
			return map[string]any{"controllers": map[string]any{"server": map[string]any{"actions": map[string]any{"getStats": allowed, "now": true}}}}
		}
		must(t, here, "", "security", "createRole", map[string]any{"_id": "reader"}, role(true))
		must(t, here, "", "security", "createProfile", map[string]any{"_id": "readers"}, map[string]any{"policies": []any{map[string]any{"roleId": "reader"}}})
		createUser(t, here, "jim", "readers")
		token := login(t, there, "jim")
		for _, allowed := range []bool{true, false, true} {
			must(t, here, "", "security", "createOrReplaceRole", map[string]any{"_id": "reader"}, role(allowed))
			if _, err := ask(t, there, token, "server", "getStats", nil, nil); (err == nil) != allowed {
				t.Errorf("the role says %v, the other server answers %v", allowed, err)
			}
		}
		must(t, here, "", "security", "createOrReplaceProfile", map[string]any{"_id": "readers"}, map[string]any{"policies": []any{map[string]any{"roleId": "anonymous"}}})
		if _, err := ask(t, there, token, "server", "getStats", nil, nil); err == nil {
			t.Error("the other server still goes by the profile as it was")
		}
	})
	t.Run("a rotation of keys", func(t *testing.T) {
		token := login(t, there, "jane")
		if err := me(there, token); err != nil {
			t.Fatal(err)
		}
		if _, err := here.Operate(t.Context(), AdminRequest{Rotate: &Rotation{}}); err != nil {
			t.Fatal(err)
		}
		if err := there.ring.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := me(there, token); err == nil {
			t.Error("a token of the retired key still works on the other server")
		}
		if err := me(there, login(t, here, "jane")); err != nil {
			t.Error("a token of the new key is refused:", err)
		}
	})
	t.Run("a backup is the cluster's", func(t *testing.T) {
		if err := here.Backup(t.Context(), "anywhere"); !errors.Is(err, errClusterBackup) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a reset", func(t *testing.T) {
		if exists, err := there.accounts.AdminExists(t.Context()); err != nil || !exists {
			t.Fatalf("administrator: %v, %v", exists, err)
		}
		must(t, here, "", "admin", "resetSecurity", nil, nil)
		if exists, err := there.accounts.AdminExists(t.Context()); err != nil || exists {
			t.Errorf("administrator after the reset: %v, %v", exists, err)
		}
	})
}

// TestNoStoreInstead: a cluster that cannot be used is told of at once, and
// nothing else is used in its place.
func TestNoStoreInstead(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		key  config.Secret
		want string
	}{
		"nobody answers": {masterKey, "check the addresses"},
		"no master key":  {"", "KUZZLE_MASTER_KEY"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config.Default()
			cfg.Data, cfg.Elasticsearch.Addresses, cfg.MasterKey = t.TempDir(), []string{address}, test.key
			_, err := New(WithConfig(cfg), WithTerminal(nil))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("got %v, want one line with %q", err, test.want)
			}
			if has, _ := HasData(config.Config{Data: cfg.Data}); has {
				t.Error("a database was made in the data directory")
			}
		})
	}
}
