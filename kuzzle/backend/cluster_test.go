package backend

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/admission"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/profiles"
)

var masterKey = config.Secret(strings.Repeat("ab", 32))

var prefixes = estest.NewPrefixes("backend")

// oneCluster returns a function that makes a server share a prefix of the test,
// whose indexes are deleted when the test ends.
func oneCluster(t testing.TB) func(*config.Config) {
	t.Helper()
	node := estest.ForTest(t)
	prefix := prefixes.ForTest(t, node)
	return func(cfg *config.Config) {
		cfg.Elasticsearch.Addresses, cfg.Elasticsearch.Prefix, cfg.MasterKey = node.Addresses, prefix, masterKey
		cfg.Passwords.Argon2Memory, cfg.Passwords.Argon2Passes = 64<<10, 1
		cfg.Limits.SearchTimeout = config.Duration(time.Minute) // the node has many tests at once
	}
}

// ask calls an action, with every right when the token is "".
func ask(t testing.TB, app *App, token, controller, action string, args map[string]any, body map[string]any) (map[string]any, error) {
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

func must(t testing.TB, app *App, token, controller, action string, args map[string]any, body map[string]any) map[string]any {
	t.Helper()
	result, err := ask(t, app, token, controller, action, args, body)
	if err != nil {
		t.Fatalf("%s:%s: %v", controller, action, err)
	}
	return result
}

func login(t testing.TB, app *App, name string) string {
	t.Helper()
	result := must(t, app, "", "auth", "login", map[string]any{"strategy": "local"}, map[string]any{"username": name, "password": "correct horse"})
	return result["jwt"].(string)
}

func createUser(t testing.TB, app *App, name, profile string) {
	t.Helper()
	must(t, app, "", "security", "createUser", map[string]any{"_id": name, "refresh": "wait_for"}, map[string]any{
		"content":     map[string]any{"profileIds": []any{profile}},
		"credentials": map[string]any{"local": map[string]any{"username": name, "password": "correct horse"}},
	})
}

// startServers starts so many servers at once; each finds the cluster as the
// others do.
func startServers(t testing.TB, n int, configure ...func(i int, cfg *config.Config)) []*App {
	t.Helper()
	apps := make([]*App, n)
	var starting sync.WaitGroup
	for i := range apps {
		cfg := config.Default()
		cfg.Data, cfg.Audit.File = t.TempDir(), "off"
		for _, configure := range configure {
			configure(i, &cfg)
		}
		starting.Go(func() {
			var err error
			if apps[i], err = New(WithConfig(cfg), WithTerminal(nil)); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	t.Cleanup(func() {
		for _, app := range apps {
			if app == nil {
				continue
			}
			if err := app.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	for _, app := range apps {
		app.joinNodes()
	}
	return apps
}

// binding is how soon what one server acknowledged binds on every other.
const binding = time.Second

// binds waits until something is so, no longer than it may take, and logs how
// long it took.
func binds(t *testing.T, what string, is func() bool) {
	t.Helper()
	began := time.Now()
	for {
		asked := time.Now()
		switch {
		case is():
			t.Logf("%s: after %s", what, time.Since(began).Round(time.Millisecond))
			return
		case asked.Sub(began) > binding:
			t.Errorf("%s: not within %s", what, binding)
			return
		}
	}
}

func current(t *testing.T, app *App, token string) error {
	t.Helper()
	_, err := ask(t, app, token, "auth", "getCurrentUser", nil, nil)
	return err
}

// ended tells whether an answer says that a token stands for nothing.
func ended(err error) bool { return errors.Is(err, token.ErrInvalid) }

// forbidden tells whether an answer says that rights are missing.
func forbidden(err error) bool {
	failure, is := fault.From(err)
	return is && failure.Status() == http.StatusForbidden
}

// TestServersOfOneCluster: a change on one server counts on the other within a
// second of its answer.
func TestServersOfOneCluster(t *testing.T) {
	share := oneCluster(t)
	apps := startServers(t, 2, func(_ int, cfg *config.Config) { share(cfg) })
	here, there := apps[0], apps[1]
	must(t, here, "", "security", "createFirstAdmin", map[string]any{"_id": "root", "reset": true}, map[string]any{
		"credentials": map[string]any{"local": map[string]any{"username": "root", "password": "correct horse"}},
	})
	me := func(app *App, token string) error { return current(t, app, token) }
	warm := func(app *App) { binds(t, "the lease", app.nodes.shared.Current) }
	warm(here)
	warm(there)
	// Tests ask as fast as they can.
	must(t, here, "", "security", "createProfile", map[string]any{"_id": "people"}, map[string]any{"policies": []any{map[string]any{"roleId": "default"}}})

	t.Run("a creation is found", func(t *testing.T) {
		createUser(t, here, "jane", "people")
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
		binds(t, "the logout", func() bool { return ended(me(there, token)) })
	})
	t.Run("what leaves is not held", func(t *testing.T) {
		nothingIsHeldThatLeaves(t, here, there)
	})
	t.Run("a service key", func(t *testing.T) {
		known := func(text any) bool {
			_, err := there.serviceKeys.Verify(t.Context(), text.(string))
			return err == nil
		}
		// The first one makes the document, the second changes it.
		for range 2 {
			made := must(t, here, "", "service-keys", "create", nil, map[string]any{"kind": "live"})
			binds(t, "the key", func() bool { return known(made["secret"]) })
			must(t, here, "", "service-keys", "revoke", map[string]any{"_id": made["_id"]}, nil)
			binds(t, "its end", func() bool { return !known(made["secret"]) })
		}
	})
	t.Run("a limit of requests", func(t *testing.T) {
		window := throttle.Window{Limit: 30, Every: time.Minute}
		began := time.Now()
		for i := range window.Limit {
			if wait, err := apps[i%2].windows.Take(t.Context(), "key", window); wait != 0 || err != nil {
				t.Fatalf("request %d waits for %s, %v", i+1, wait, err)
			}
		}
		took := time.Since(began)
		for i, app := range apps {
			wait, err := app.windows.Take(t.Context(), "key", window)
			if inTime := time.Since(began) < window.Every; err != nil || wait > window.Every || inTime && wait <= 0 {
				t.Errorf("one more at server %d waits for %s, %v", i, wait, err)
			}
		}
		t.Logf("%d requests at two servers in turn: %s each", window.Limit, (took / time.Duration(window.Limit)).Round(time.Microsecond))
		began = time.Now()
		for range 50 {
			if wait, err := here.windows.Take(t.Context(), "another", servicekeys.Live.Requests()); wait != 0 || err != nil {
				t.Fatal(wait, err)
			}
		}
		t.Logf("at one: %s each", (time.Since(began) / 50).Round(time.Microsecond))
	})
	t.Run("keys of tokens for other services", func(t *testing.T) {
		sets := func() (sets [2]string) {
			for i, app := range apps {
				set, err := app.signer.JWKS(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				sets[i] = string(set)
			}
			return sets
		}
		first := sets()
		if first[0] != first[1] {
			t.Errorf("two servers publish %v", first)
		}
		if _, err := here.Operate(t.Context(), AdminRequest{Rotate: &Rotation{Services: true}}); err != nil {
			t.Fatal(err)
		}
		binds(t, "the rotation", func() bool {
			now := sets()
			return now[0] == now[1] && now[0] != first[0]
		})
	})
	t.Run("a rule of Clerk's users, and who may sign up", func(t *testing.T) {
		set := func(key string, value any) {
			must(t, here, "", "settings", "set", map[string]any{"_id": key}, map[string]any{"value": value})
		}
		set("clerk.hibp", false)
		binds(t, "the rule", func() bool { return !there.clerkRules.Now().RefuseLeaked })
		set("clerk.hibp", nil)
		binds(t, "its end", func() bool { return there.clerkRules.Now().RefuseLeaked })
		refused := func() bool {
			return errors.Is(there.accounts.Admission.Check(t.Context(), []string{"jane@example.com"}), admission.ErrRefused)
		}
		set("signUps.blockList", true)
		binds(t, "the list", func() bool { return there.accounts.Admission.Rules().BlockList })
		listed, err := here.accounts.Admission.Add(t.Context(), admission.Block, "*@example.com")
		if err != nil || !refused() {
			t.Errorf("listed with %v, and the other server refuses: %v", err, refused())
		}
		if err := here.accounts.Admission.Remove(t.Context(), admission.Block, listed.ID); err != nil || refused() {
			t.Errorf("removed with %v, and the other server refuses: %v", err, refused())
		}
		set("signUps.blockList", nil)
	})
	t.Run("a setting", func(t *testing.T) {
		set := map[string]any{"_id": "security.authToken.expiresIn"}
		lifetime := func() string {
			return fmt.Sprint(must(t, there, "", "settings", "get", set, nil)["value"])
		}
		// The first one makes the document, the second changes it.
		for _, value := range []any{"2h", "3h", nil} {
			must(t, here, "", "settings", "set", set, map[string]any{"value": value})
			want := fmt.Sprint(value)
			if value == nil {
				want = "1h"
			}
			binds(t, "a setting of "+want, func() bool { return lifetime() == want })
		}
		createUser(t, here, "joe", "people")
		must(t, here, "", "settings", "set", set, map[string]any{"value": "90m"})
		binds(t, "a login by it", func() bool {
			made := must(t, there, "", "auth", "login", map[string]any{"strategy": "local"}, map[string]any{"username": "joe", "password": "correct horse"})
			return made["ttl"] == float64((90 * time.Minute).Milliseconds())
		})
		must(t, here, "", "settings", "set", set, map[string]any{"value": nil})
	})
	t.Run("a deletion", func(t *testing.T) {
		createUser(t, here, "john", "people")
		token := login(t, there, "john")
		if err := me(there, token); err != nil {
			t.Fatal(err)
		}
		must(t, here, "", "security", "deleteUser", map[string]any{"_id": "john"}, nil)
		binds(t, "the deletion", func() bool { return ended(me(there, token)) })
	})
	t.Run("an API key", func(t *testing.T) {
		made := must(t, here, "", "security", "createApiKey", map[string]any{"userId": "jane"}, map[string]any{"description": "a program's"})
		key := made["_source"].(map[string]any)["token"].(string)
		if err := me(there, key); err != nil {
			t.Fatal(err)
		}
		must(t, here, "", "security", "deleteApiKey", map[string]any{"userId": "jane", "_id": made["_id"]}, nil)
		binds(t, "the deletion of the key", func() bool { return ended(me(there, key)) })
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
			binds(t, fmt.Sprint("a role that says ", allowed), func() bool {
				_, err := ask(t, there, token, "server", "getStats", nil, nil)
				return allowed && err == nil || !allowed && forbidden(err)
			})
		}
		must(t, here, "", "security", "createOrReplaceProfile", map[string]any{"_id": "readers"}, map[string]any{"policies": []any{map[string]any{"roleId": "anonymous"}}})
		binds(t, "the profile", func() bool {
			_, err := ask(t, there, token, "server", "getStats", nil, nil)
			return forbidden(err)
		})
	})
	t.Run("a user's profiles", func(t *testing.T) {
		token := login(t, there, "jim")
		must(t, here, "", "security", "updateUser", map[string]any{"_id": "jim"}, map[string]any{"profileIds": []any{"admin"}})
		binds(t, "more rights", func() bool {
			_, err := ask(t, there, token, "security", "getRole", map[string]any{"_id": "admin"}, nil)
			return err == nil
		})
		must(t, here, "", "security", "updateUser", map[string]any{"_id": "jim"}, map[string]any{"profileIds": []any{"readers"}})
		binds(t, "fewer rights", func() bool {
			_, err := ask(t, there, token, "security", "getRole", map[string]any{"_id": "admin"}, nil)
			return forbidden(err)
		})
	})
	t.Run("a password", func(t *testing.T) {
		token := login(t, there, "jane")
		if err := me(there, token); err != nil {
			t.Fatal(err)
		}
		must(t, here, "", "security", "updateCredentials", map[string]any{"_id": "jane", "strategy": "local"}, map[string]any{"password": "another horse"})
		if _, err := ask(t, there, "", "auth", "login", map[string]any{"strategy": "local"}, map[string]any{"username": "jane", "password": "correct horse"}); err == nil {
			t.Error("the old password still logs in on the other server")
		}
		binds(t, "the end of the sessions", func() bool { return ended(me(there, token)) })
		must(t, here, "", "security", "updateCredentials", map[string]any{"_id": "jane", "strategy": "local"}, map[string]any{"password": "correct horse"})
	})
	t.Run("a ban", func(t *testing.T) {
		token := login(t, there, "jane")
		key := must(t, here, "", "security", "createApiKey", map[string]any{"userId": "jane", "refresh": "wait_for"}, map[string]any{"description": "d"})["_source"].(map[string]any)["token"].(string)
		for _, tok := range []string{token, key} {
			if err := me(there, tok); err != nil {
				t.Fatal(err)
			}
		}
		must(t, here, "", "security", "banUser", map[string]any{"_id": "jane"}, nil)
		_, err := ask(t, there, "", "auth", "login", map[string]any{"strategy": "local"}, map[string]any{"username": "jane", "password": "correct horse"})
		if !errors.Is(err, users.ErrBanned) {
			t.Errorf("a login on the other server: %v", err)
		}
		binds(t, "the end of the sessions", func() bool { return ended(me(there, token)) })
		binds(t, "the end of the keys", func() bool { return ended(me(there, key)) })
		must(t, there, "", "security", "unbanUser", map[string]any{"_id": "jane"}, nil)
		binds(t, "the keys' return", func() bool { return me(here, key) == nil })
	})
	t.Run("a code of a second factor", func(t *testing.T) { raceCodes(t, here, there) })
	t.Run("a login after a change elsewhere", func(t *testing.T) {
		for range 5 {
			before := login(t, there, "jane")
			if err := me(there, before); err != nil {
				t.Error("the new session is refused where it was opened:", err)
			}
			must(t, here, "", "security", "revokeTokens", map[string]any{"_id": "jane"}, nil)
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
		binds(t, "the rotation", func() bool { return ended(me(there, token)) })
		if err := me(there, login(t, here, "jane")); err != nil {
			t.Error("a token of the new key is refused:", err)
		}
	})
	t.Run("containment", func(t *testing.T) { containsAtOnce(t, here, there) })
	t.Run("a backup is the cluster's", func(t *testing.T) {
		if err := here.Backup(t.Context(), "anywhere"); !errors.Is(err, errClusterBackup) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a reset", func(t *testing.T) {
		if exists, err := there.accounts.Users.AdminExists(t.Context()); err != nil || !exists {
			t.Fatalf("administrator: %v, %v", exists, err)
		}
		must(t, here, "", "admin", "resetSecurity", nil, nil)
		binds(t, "the reset", func() bool {
			exists, err := there.accounts.Users.AdminExists(t.Context())
			return err == nil && !exists
		})
	})
}

// containsAtOnce: the rights that a caller may give there are judged by the
// rights that were written here a moment ago, not by those in the other server's
// cache.
func containsAtOnce(t *testing.T, here, there *App) {
	role := func(names ...string) map[string]any {
		actions := map[string]any{}
		for _, name := range names {
			actions[name] = true
		}
		return map[string]any{"controllers": map[string]any{
			"server":   map[string]any{"actions": actions},
			"security": map[string]any{"actions": map[string]any{"updateUser": true, "createApiKey": true, "deleteUser": true}},
		}}
	}
	set := func(id string, names ...string) {
		must(t, here, "", "security", "createOrReplaceRole", map[string]any{"_id": id}, role(names...))
	}
	for _, id := range []string{"giver", "given"} {
		set(id, "getStats")
		must(t, here, "", "security", "createProfile", map[string]any{"_id": id}, map[string]any{"policies": []any{map[string]any{"roleId": id}}})
	}
	createUser(t, here, "giver", "giver")
	createUser(t, here, "taker", "anonymous")
	token := login(t, there, "giver")
	give := func() error {
		_, err := ask(t, there, token, "security", "updateUser", map[string]any{"_id": "taker"}, map[string]any{"profileIds": []any{"given"}})
		return err
	}
	act := func() error {
		_, err := ask(t, there, token, "security", "createApiKey", map[string]any{"userId": "taker"}, map[string]any{"description": "d"})
		return err
	}
	take := func(profile string) {
		must(t, here, "", "security", "updateUser", map[string]any{"_id": "taker"}, map[string]any{"profileIds": []any{profile}})
	}
	for what, try := range map[string]struct {
		change, back func()
		try          func() error
	}{
		"the giver's role shrinks": {func() { set("giver", "now") }, func() { set("giver", "getStats") }, give},
		"the given role grows":     {func() { set("given", "getStats", "getLastStats") }, func() { set("given", "getStats") }, give},
		"the taker gains":          {func() { take("admin") }, func() { take("anonymous") }, act},
	} {
		binds(t, what+": allowed before", func() bool { return try.try() == nil })
		if try.change(); !errors.Is(try.try(), profiles.ErrExceedsOwn) {
			t.Errorf("%s: that is not known on the other server", what)
		}
		try.back()
		take("anonymous")
	}
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
