package paritytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// wire is a proxy before the cluster that records the requests about users.
type wire struct {
	prefix string
	mu     sync.Mutex
	asked  []string
}

// indexes of which a login could read more, or less, than another.
var telling = []string{"users", "claims", "profiles", "roles", "sessions"}

func (w *wire) note(path string, body []byte) {
	var get struct {
		Docs []struct {
			Index string `json:"_index"`
		} `json:"docs"`
	}
	_ = json.Unmarshal(body, &get)
	about := []string{path}
	for _, doc := range get.Docs {
		about = append(about, strings.TrimPrefix(doc.Index, w.prefix))
	}
	text := strings.ReplaceAll(strings.Join(about, " "), w.prefix, "")
	if slices.ContainsFunc(telling, func(index string) bool { return strings.Contains(text, index) }) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.asked = append(w.asked, text)
	}
}

func (w *wire) taken() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = nil
	return asked
}

// newWire serves the proxy until the test ends.
func newWire(t *testing.T, prefix string) (*wire, string) {
	t.Helper()
	target, err := url.Parse(node.Addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{prefix: prefix}
	through := httputil.NewSingleHostReverseProxy(target)
	transport := &http.Transport{}
	through.Transport = transport
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		body, err := io.ReadAll(in.Body)
		if err != nil {
			return
		}
		w.note(in.URL.Path, body)
		in.Body = io.NopCloser(bytes.NewReader(body))
		through.ServeHTTP(out, in)
	}))
	t.Cleanup(func() { server.Close(); transport.CloseIdleConnections() })
	return w, server.URL
}

// TestRefusedLogins: for every refused login the cluster gets the same requests, so
// that the duration does not reveal whether a user has that name.
func TestRefusedLogins(t *testing.T) {
	for _, strict := range []bool{false, true} {
		t.Run(fmt.Sprintf("strict=%t", strict), func(t *testing.T) {
			cfg := plain()
			cfg.Logins.FreeFailures = 1000
			cfg.Elasticsearch.Prefix = prefixes.Lend(t, node)
			w, address := newWire(t, cfg.Elasticsearch.Prefix)
			cfg.Elasticsearch.Addresses, cfg.Elasticsearch.Strict = []string{address}, strict
			checkRefusedLogins(t, serve(t, cfg), w)
		})
	}
}

func checkRefusedLogins(t *testing.T, app *backend.App, w *wire) {
	t.Helper()
	for _, name := range []string{"known", "seldom@example.org"} {
		r := request{do: "security:createUser", args: map[string]any{"_id": "of " + name}, body: map[string]any{
			"content":     map[string]any{"profileIds": []any{"default"}},
			"credentials": map[string]any{"local": map[string]any{"username": name, "password": "correct horse"}},
		}}
		if a, err := send(app, r); err != nil || a.env.Status != 200 {
			t.Fatalf("%s: %s, %v", r, a.text, err)
		}
	}
	ask := func(name string) []string {
		t.Helper()
		w.taken()
		a, err := send(app, request{do: "auth:login", args: map[string]any{"strategy": "local"}, body: map[string]any{"username": name, "password": "wrong"}})
		if err != nil || a.env.Status != 401 {
			t.Fatalf("%.20s: %s, %v", name, a.text, err)
		}
		return w.taken()
	}
	// The server counts digests now and then, which may fall into a login's time: of
	// several tries one is asked alone.
	const tries = 5
	want := ask("known")
	for range tries {
		if got := ask("known"); len(got) < len(want) {
			want = got
		}
	}
	for _, name := range []string{"known", "seldom@example.org", "ghost", "ghost@example.org", "of known", strings.Repeat("g", 400), "../users/_doc/x"} {
		got := ask(name)
		for try := 1; try < tries && !slices.Equal(got, want); try++ {
			got = ask(name)
		}
		if len(got) == 0 || !slices.Equal(got, want) {
			t.Errorf("%.20s: the cluster is asked %q, want %q as for a name that is known", name, got, want)
		}
	}
}

// plain is a server's configuration, with hashes that cost little.
func plain() config.Config {
	cfg := config.Default()
	cfg.MasterKey = config.Secret(strings.Repeat("c0", 32))
	cfg.Passwords.Argon2Memory, cfg.Passwords.Argon2Passes = 64<<10, 1
	return cfg
}

// TestStrictReads: a server that reads everything anew at every request reads
// nothing twice for one.
func TestStrictReads(t *testing.T) {
	cfg := plain()
	cfg.Elasticsearch.Prefix = prefixes.Lend(t, node)
	w, address := newWire(t, cfg.Elasticsearch.Prefix)
	cfg.Elasticsearch.Addresses, cfg.Elasticsearch.Strict = []string{address}, true
	app := serve(t, cfg)
	create := request{do: "security:createUser", args: map[string]any{"_id": "jane"}, body: withName("jane")}
	if a, err := send(app, create); err != nil || a.env.Status != 200 {
		t.Fatalf("%s: %s, %v", create, a.text, err)
	}
	a, err := send(app, request{do: "auth:login", args: map[string]any{"strategy": "local"}, body: withName("jane")["credentials"].(map[string]any)["local"].(map[string]any)})
	if err != nil || a.env.Result.JWT == "" {
		t.Fatalf("login: %s, %v", a.text, err)
	}
	w.taken()
	req := &api.Request{ID: "same", Controller: "server", Action: "now", Token: a.env.Result.JWT, HasToken: true, Peer: &api.Peer{Protocol: api.Embedded}}
	if res := app.Dispatch(t.Context(), req); res.Err != nil {
		t.Fatal(res.Err)
	}
	got := w.taken()
	if slices.Sort(got); len(got) == 0 || len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Errorf("for one request the cluster is asked %q, want nothing twice", got)
	}
	t.Logf("%q", got)
}
