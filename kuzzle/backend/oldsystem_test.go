package backend_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/jobs"
	"github.com/gokuzzle/kuzzle/strategies/legacyhttp"
)

// trickle is a server beside a stand-in for the system that knows the passwords.
type trickle struct {
	importing
	asked atomic.Int64
	gone  atomic.Bool
}

func newTrickle(t *testing.T, options string) *trickle {
	t.Helper()
	tr := &trickle{}
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tr.asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		switch {
		case tr.gone.Load():
			w.WriteHeader(http.StatusBadGateway)
		case strings.Contains(string(body), `"password":"horse"`):
			_, _ = io.WriteString(w, `{"name":"Ada"}`)
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(old.Close)
	cfg := config.Default()
	cfg.Data = t.TempDir()
	cfg.Strategies = config.Free{legacyhttp.Name: json.RawMessage(fmt.Sprintf(`{"url":%q,"internal":true%s}`, old.URL, options))}
	app, err := backend.New(backend.WithConfig(cfg), backend.WithTerminal(nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	})
	tr.importing = importing{t, app}
	return tr
}

func (tr *trickle) login(strategy, name, password string) *api.Response {
	return tr.app.Dispatch(tr.t.Context(), &api.Request{
		Controller: "auth", Action: "login", Args: map[string]any{"strategy": strategy},
		Body: map[string]any{"username": name, "password": password},
	})
}

// Users who were imported without digests log in with the password that the old
// system knows, which is asked once for each user.
func TestTrickleMigration(t *testing.T) {
	tr := newTrickle(t, "")
	var job jobs.Status
	tr.call("create", nil, map[string]any{"source": "old", "askOldSystem": true}, &job)
	tr.call("upload", map[string]any{"_id": job.ID}, map[string]any{"text": "id,username\n1,ada\n2,eve\n", "end": true}, &job)
	for job.State == jobs.Running {
		tr.call("get", map[string]any{"_id": job.ID, "after": float64(job.Rows)}, nil, &job)
	}
	if job.Created != 2 {
		t.Fatalf("the import: %+v", job)
	}
	tr.gone.Store(true)
	if res := tr.login("local", "ada", "horse"); res.Status != 503 || res.Err.RetryAfter == 0 {
		t.Errorf("the old system is down: %d %v, want 503 and when to come again", res.Status, res.Err)
	}
	tr.gone.Store(false)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if res := tr.login("local", "ada", "horse"); res.Status != 200 {
				t.Errorf("login: %d %v", res.Status, res.Err)
			}
		})
	}
	all.Wait()
	asked := tr.asked.Load()
	for _, strategy := range []string{"local", "legacy-http"} {
		if res := tr.login(strategy, "ada", "horse"); res.Status != 200 {
			t.Errorf("%s afterwards: %d %v", strategy, res.Status, res.Err)
		}
	}
	if got := tr.asked.Load(); got != asked {
		t.Errorf("asked %d times more, want none", got-asked)
	}
	// Guessing is slowed down as everywhere, and then nobody is asked.
	statuses := []int{}
	for range 12 {
		statuses = append(statuses, tr.login("legacy-http", "eve", "guess").Status)
	}
	if !slices.Contains(statuses, 401) || !slices.Contains(statuses, 429) {
		t.Errorf("guesses are answered %v, want 401 and then 429", statuses)
	}
	if got := tr.asked.Load() - asked; int(got) >= len(statuses) {
		t.Errorf("%d of %d guesses reached the old system", got, len(statuses))
	}
}

// A missing user is created at the first login, if that is configured.
func TestTrickleCreates(t *testing.T) {
	tr := newTrickle(t, `,"create":{"profileIds":["default"],"content":{"fullname":"/name"}}`)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if res := tr.login("legacy-http", "ada", "horse"); res.Status != 200 {
				t.Errorf("login: %d %v", res.Status, res.Err)
			}
		})
	}
	all.Wait()
	if res := tr.login("legacy-http", "eve", "guess"); res.Status != 401 {
		t.Errorf("a wrong password of an unknown user: %d, want 401", res.Status)
	}
	answer, err := tr.app.Operate(t.Context(), backend.AdminRequest{Controller: "security", Action: "searchUsers"})
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Result struct {
			Total int
			Hits  []struct {
				Source map[string]any `json:"_source"`
			}
		}
	}
	if err := json.Unmarshal(answer, &found); err != nil || found.Result.Total != 1 || found.Result.Hits[0].Source["fullname"] != "Ada" {
		t.Errorf("the users are %s (%v), want one called Ada", answer, err)
	}
}

// While the old system is unreachable nobody learns which users exist: existing
// names, names that the old system must still be asked about, and unknown names
// are answered alike, and their guesses are counted alike.
func TestTrickleTellsNothingWhileDown(t *testing.T) {
	tr := newTrickle(t, `,"create":{"profileIds":["default"]}`)
	for name, credentials := range map[string]map[string]any{
		"native":  {"local": map[string]any{"username": "native", "password": "correct horse"}},
		"waiting": {"legacy-http": map[string]any{"username": "waiting"}},
	} {
		body := map[string]any{"content": map[string]any{"profileIds": []any{"default"}}, "credentials": credentials}
		if _, err := tr.app.Operate(t.Context(), backend.AdminRequest{Controller: "security", Action: "createUser", Args: map[string]any{"_id": name}, Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	tr.gone.Store(true)
	answers := map[string][]string{}
	for _, name := range []string{"native", "waiting", "unknown"} {
		asked := tr.asked.Load()
		for range 12 {
			res := tr.login("legacy-http", name, "guess")
			answers[name] = append(answers[name], fmt.Sprintf("%d %s", res.Status, res.Err.ID()))
		}
		answers[name] = append(answers[name], fmt.Sprintf("asked %d times", tr.asked.Load()-asked))
	}
	for _, name := range []string{"native", "waiting"} {
		if diff := cmp.Diff(answers["unknown"], answers[name]); diff != "" {
			t.Errorf("an unknown name (-) and one that is %s (+):\n%s", name, diff)
		}
	}
	if first, last := answers["native"][0], answers["native"][11]; !strings.HasPrefix(first, "503") || !strings.HasPrefix(last, "429") {
		t.Errorf("guesses are answered %s and at last %s, want 503 and then 429", first, last)
	}
}

// Without an address there is no such strategy.
func TestTrickleIsOffByDefault(t *testing.T) {
	i := newImporting(t)
	res := i.app.Dispatch(t.Context(), &api.Request{Controller: "auth", Action: "login", Args: map[string]any{"strategy": "legacy-http"}, Body: map[string]any{}})
	if res.Status != 400 {
		t.Errorf("got %d, want 400: there is no such strategy", res.Status)
	}
	cfg := config.Default()
	cfg.Data = t.TempDir()
	cfg.Strategies = config.Free{legacyhttp.Name: json.RawMessage(`{"timeoutMs":100}`)}
	if app, err := backend.New(backend.WithConfig(cfg), backend.WithTerminal(nil)); err == nil {
		_ = app.Close()
		t.Error("a configuration without an address is accepted")
	}
}
