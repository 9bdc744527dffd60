package backend

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/migration"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/templates"
)

// embedded is a server's configuration over a directory, with the clusters' key.
func embedded(share func(*config.Config), dir string) config.Config {
	cfg := config.Default()
	share(&cfg)
	cfg.Elasticsearch.Addresses = nil
	cfg.Data, cfg.Audit.File = dir, "off"
	return cfg
}

// both names the directory and the cluster, as a migration is told of them.
func both(share func(*config.Config), dir string) config.Config {
	cfg := embedded(share, dir)
	share(&cfg)
	return cfg
}

// served runs use on a server of its own.
func served(t *testing.T, cfg config.Config, use func(app *App)) {
	t.Helper()
	app, err := New(WithConfig(cfg), WithTerminal(nil))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	}()
	use(app)
}

func loginWith(t *testing.T, app *App, name, password string) string {
	t.Helper()
	result := must(t, app, "", "auth", "login", map[string]any{"strategy": "local"}, map[string]any{"username": name, "password": password})
	return result["jwt"].(string)
}

// kept are the ways in that people have from before.
type kept struct{ tokens, keys []string }

func fill(t *testing.T, app *App) (have kept) {
	must(t, app, "", "security", "createFirstAdmin", map[string]any{"_id": "root", "reset": true}, map[string]any{
		"credentials": map[string]any{"local": map[string]any{"username": "root", "password": "correct horse"}},
	})
	must(t, app, "", "security", "updateUserMapping", nil, map[string]any{"properties": map[string]any{"plan": map[string]any{"type": "keyword"}}})
	must(t, app, "", "security", "createRole", map[string]any{"_id": "reader"},
		map[string]any{"controllers": map[string]any{"auth": map[string]any{"actions": map[string]any{"*": true}}}})
	must(t, app, "", "security", "createProfile", map[string]any{"_id": "readers"}, map[string]any{"policies": []any{map[string]any{"roleId": "reader"}}, "rateLimit": 0})
	createUser(t, app, "jane", "readers")
	strong, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for name, digest := range map[string][2]string{
		"mia": {"5f4dcc3b5aa765d61d8327deb882cf99", "md5"},
		"bob": {string(strong), "bcrypt"},
	} {
		must(t, app, "", "security", "createUser", map[string]any{"_id": name}, map[string]any{
			"content": map[string]any{"profileIds": []any{"default"}, "plan": "gold"},
			"credentials": map[string]any{"digest-import": map[string]any{
				"username": name, "email": name + "@example.org", "passwordDigest": digest[0], "passwordHasher": digest[1]}},
		})
	}
	must(t, app, "", "security", "updateUser", map[string]any{"_id": "mia"}, map[string]any{"städte": "Zürich \u2028"})
	must(t, app, "", "security", "updateUserMetadata", map[string]any{"_id": "mia"}, map[string]any{
		"public": map[string]any{"plan": "gold"}, "private": map[string]any{"note": "Zürich \u2028"}, "unsafe": map[string]any{"theme": "dark"},
	})
	must(t, app, "", "security", "createContact", map[string]any{"_id": "mia"}, map[string]any{"kind": "email", "value": "mia@example.com", "verified": true})
	must(t, app, "", "security", "createContact", map[string]any{"_id": "mia"}, map[string]any{"kind": "phone", "value": "+12015550123", "reserved": true})
	must(t, app, "", "security", "lockUser", map[string]any{"_id": "bob", "expiresIn": "1y"}, nil)
	for range 3 {
		have.tokens = append(have.tokens, login(t, app, "jane"))
	}
	for i := range 2 {
		made := must(t, app, "", "security", "createApiKey", map[string]any{"userId": "jane"}, map[string]any{"description": fmt.Sprint("program ", i)})
		have.keys = append(have.keys, made["_source"].(map[string]any)["token"].(string))
	}
	key, err := templates.NewKey(app.sealer, "HS256", templateSecret)
	if err == nil {
		_, err = templatesOf(app).Create(t.Context(), templates.Template{
			Name: "brought", Claims: json.RawMessage(`{"plan":"{{user.plan}}"}`), Lifetime: templates.DefaultLifetime, Key: key,
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	must(t, app, have.tokens[2], "auth", "logout", nil, nil)
	have.tokens = have.tokens[:2]
	return have
}

// view returns everything of a server that a client with every right can see and
// that does not change with time.
func view(t *testing.T, app *App) map[string]any {
	t.Helper()
	seen := map[string]any{}
	note := func(controller, action string, args, body map[string]any) {
		seen[fmt.Sprint(controller, ":", action, args, body)] = must(t, app, "", controller, action, args, body)
	}
	for _, user := range []string{"root", "jane", "mia", "bob"} {
		note("security", "getUser", map[string]any{"_id": user}, nil)
		note("security", "getUserMetadata", map[string]any{"_id": user}, nil)
		note("security", "getContacts", map[string]any{"_id": user}, nil)
		note("security", "getUserStrategies", map[string]any{"_id": user}, nil)
		note("security", "searchApiKeys", map[string]any{"userId": user}, nil)
	}
	note("security", "getCredentials", map[string]any{"_id": "jane", "strategy": "local"}, nil)
	note("security", "searchUsers", nil, map[string]any{"query": map[string]any{"term": map[string]any{"plan": "gold"}}})
	note("security", "searchUsers", nil, map[string]any{"sort": []any{map[string]any{"_kuzzle_info.createdAt": "desc"}}})
	note("security", "searchRoles", nil, nil)
	note("security", "searchProfiles", nil, nil)
	note("security", "getUserMapping", nil, nil)
	note("security", "getProfileMapping", nil, nil)
	var plain map[string]any
	text, err := json.Marshal(seen)
	if err == nil {
		err = json.Unmarshal(text, &plain)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range plain {
		delete(result.(map[string]any), "scrollId")
	}
	return plain
}

func wantWaysIn(t *testing.T, app *App, have kept) {
	t.Helper()
	for _, way := range append(have.tokens, have.keys...) {
		if _, err := ask(t, app, way, "auth", "getCurrentUser", nil, nil); err != nil {
			t.Errorf("%.20s…: %v", way, err)
		}
	}
	template, err := templatesOf(app).Named(t.Context(), "brought")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := templatesOf(app).Sign(t.Context(), &template, "jane", templates.Values{"user": map[string]any{"plan": "gold"}}, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	verified, err := jwt.Parse(signed, func(*jwt.Token) (any, error) { return []byte(templateSecret), nil }, jwt.WithValidMethods([]string{"HS256"}))
	if err != nil || verified.Claims.(jwt.MapClaims)["plan"] != "gold" {
		t.Errorf("a template's token %s: %v", signed, err)
	}
}

// templateSecret is the key that a template was brought.
const templateSecret = "a-secret-of-an-application-of-32-bytes"

func templatesOf(app *App) *templates.Templates {
	return templates.New(templates.Options{Store: app.kept, Sealer: app.sealer, Signer: app.signer, Now: app.now})
}

// TestMigrate: users with every kind of credentials go to a cluster and back,
// and neither they nor their clients notice.
func TestMigrate(t *testing.T) {
	share := oneCluster(t)
	from, back := t.TempDir(), filepath.Join(t.TempDir(), "back")
	inCluster := both(share, t.TempDir())
	var have kept
	var before map[string]any
	served(t, embedded(share, from), func(app *App) {
		have = fill(t, app)
		before = view(t, app)
		if _, err := Migrate(t.Context(), both(share, from), Migration{ToCluster: true}); !InUse(err) {
			t.Errorf("while a server owns the directory: got %v", err)
		}
	})

	wrong := both(share, from)
	wrong.MasterKey = config.Secret(strings.Repeat("cd", 32))
	if _, err := Migrate(t.Context(), wrong, Migration{ToCluster: true}); !errors.Is(err, token.ErrWrongMasterKey) {
		t.Errorf("under another master key: got %v", err)
	}
	report, err := Migrate(t.Context(), both(share, from), Migration{ToCluster: true})
	if err != nil {
		t.Fatal(err)
	}
	served(t, inCluster, func(app *App) {
		if diff := cmp.Diff(before, view(t, app)); diff != "" {
			t.Errorf("in the cluster (-want +got):\n%s", diff)
		}
		wantWaysIn(t, app, have)
		loginWith(t, app, "mia@example.org", "password")
		have.tokens = append(have.tokens, loginWith(t, app, "Jane", "correct horse"))
		before = view(t, app)
		if _, err := Migrate(t.Context(), both(share, back), Migration{}); err == nil || !strings.Contains(err.Error(), "servers use the cluster's data: "+app.node) {
			t.Errorf("while a server uses the cluster: got %v", err)
		}
	})
	again, err := Migrate(t.Context(), both(share, back), Migration{})
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Sums) != len(report.Sums) {
		t.Errorf("got %d sums, want %d", len(again.Sums), len(report.Sums))
	}
	served(t, embedded(share, back), func(app *App) {
		if diff := cmp.Diff(before, view(t, app)); diff != "" {
			t.Errorf("back again (-want +got):\n%s", diff)
		}
		wantWaysIn(t, app, have)
		loginWith(t, app, "mia", "password")
		loginWith(t, app, "jane", "correct horse")
	})
	if list, _ := os.ReadDir(back); len(list) == 0 {
		t.Error("the data directory is empty")
	} else if _, err := os.Stat(filepath.Join(back, token.MasterKeyFile)); err == nil {
		t.Error("the master key was written beside the data")
	}
}

// TestMigrationCutOff: a cluster that goes away in the middle leaves a copy that
// no server starts on, and that the same migration finishes.
func TestMigrationCutOff(t *testing.T) {
	share := oneCluster(t)
	dir := t.TempDir()
	served(t, embedded(share, dir), func(app *App) { fill(t, app) })
	cfg := both(share, dir)
	node, err := url.Parse(cfg.Elasticsearch.Addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(node)
	var asked atomic.Int32
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The first one is the start's, which looks whether writing is allowed.
		if strings.HasSuffix(r.URL.Path, "_bulk") && strings.Contains(r.URL.Path, "users") && asked.Add(1) > 1 {
			http.Error(w, `{"error":{"type":"security_exception","reason":"revoked"}}`, http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(between.Close)
	cut := cfg
	cut.Elasticsearch.Addresses = config.List{between.URL}
	if _, err := Migrate(t.Context(), cut, Migration{ToCluster: true}); err == nil {
		t.Fatal("the migration succeeded")
	}
	inCluster := both(share, t.TempDir())
	var marker migration.Marker
	if _, err := New(WithConfig(inCluster), WithTerminal(nil)); !errors.As(err, &marker) {
		t.Errorf("a server on half a copy: got %v", err)
	}
	if _, err := Migrate(t.Context(), cfg, Migration{ToCluster: true}); err != nil {
		t.Fatal(err)
	}
	served(t, inCluster, func(app *App) { login(t, app, "jane") })
}
