package paritytest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// present is the time on both servers, so that their documents are equal to the
// byte.
var present = time.Date(2024, 5, 17, 12, 30, 0, 0, time.UTC)

// pair is the same server on each store.
type pair struct {
	embedded, cluster *backend.App
}

// newPair starts two servers that end with the test.
func newPair(t *testing.T) *pair {
	t.Helper()
	cfg := plain()
	p := &pair{embedded: serve(t, cfg)}
	// A node beside many other tests may take long.
	cfg.Limits.SearchTimeout = config.Duration(time.Minute)
	cfg.Elasticsearch.Addresses = node.Addresses
	cfg.Elasticsearch.Prefix = prefixes.Lend(t, node)
	p.cluster = serve(t, cfg)
	return p
}

func serve(t *testing.T, cfg config.Config) *backend.App {
	t.Helper()
	cfg.Data = t.TempDir()
	app, err := backend.New(backend.WithConfig(cfg), backend.WithLog(slog.New(slog.DiscardHandler)), backend.WithTerminal(nil),
		backend.WithClock(func() time.Time { return present }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	})
	return app
}

// request is one that is put to both servers.
type request struct {
	do         string // controller:action
	args, body map[string]any
}

func (r request) String() string {
	args, _ := json.Marshal(r.args)
	body, _ := json.Marshal(r.body)
	return fmt.Sprintf("%s %s %s", r.do, args, body)
}

// answer is the answer of a server.
type answer struct {
	text string
	env  struct {
		Status int `json:"status"`
		Error  struct {
			ID string `json:"id"`
		} `json:"error"`
		Result struct {
			Hits []struct {
				ID     string         `json:"_id"`
				Source map[string]any `json:"_source"`
			} `json:"hits"`
			Total    int    `json:"total"`
			ScrollID string `json:"scrollId"`
			JWT      string `json:"jwt"`
		} `json:"result"`
	}
}

// short is the answer for people to read: hits that are alike by their ids.
func (a answer) short(text string) string {
	if a.env.Status != 200 || len(text) < 500 {
		return text
	}
	ids := make([]string, len(a.env.Result.Hits))
	for i, hit := range a.env.Result.Hits {
		ids[i] = hit.ID
	}
	return fmt.Sprintf("%d of %d: %q %s", len(ids), a.env.Result.Total, ids, text[strings.LastIndex(text, `"total"`):])
}

func send(app *backend.App, r request) (a answer, err error) {
	controller, action, _ := strings.Cut(r.do, ":")
	req := &api.Request{
		ID: "same", Controller: controller, Action: action, Args: maps.Clone(r.args),
		Peer: &api.Peer{Protocol: api.Embedded, Operator: true},
	}
	if r.body != nil {
		req.Body = maps.Clone(r.body)
	}
	text := app.Dispatch(context.Background(), req).Append(nil, req, false)
	a.text = string(text)
	return a, json.Unmarshal(text, &a.env)
}

// random are parts of answers that no two servers have in common.
var random = regexp.MustCompile(`("(?:scrollId|fingerprint|token)":)"[^"]+"`)

func common(text string) string { return random.ReplaceAllString(text, `$1"…"`) }

// failer is a test, or one of rapid's.
type failer interface {
	Fatalf(format string, args ...any)
}

// put puts a request to both servers. That their answers differ is an error.
func (p *pair) put(r request) (onEmbedded, onCluster answer, err error) {
	if onEmbedded, err = send(p.embedded, r); err == nil {
		onCluster, err = send(p.cluster, r)
	}
	if err == nil {
		err = differ(onEmbedded, onCluster)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", r, err)
	}
	return onEmbedded, onCluster, err
}

func differ(onEmbedded, onCluster answer) error {
	if want, got := common(onEmbedded.text), common(onCluster.text); got != want {
		return fmt.Errorf("\nSQLite:        %s\nElasticsearch: %s", onEmbedded.short(want), onCluster.short(got))
	}
	return nil
}

// ask is put for a test, which fails where the answers differ.
func (p *pair) ask(t failer, r request) (onEmbedded, onCluster answer) {
	onEmbedded, onCluster, err := p.put(r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return onEmbedded, onCluster
}

// do sends a request that must succeed.
func (p *pair) do(t failer, r request) answer {
	a, _ := p.ask(t, r)
	if a.env.Status != 200 {
		t.Fatalf("%s: %s", r, a.text)
	}
	return a
}

// scroll reads a scroll to its end on both servers and counts its pages.
func (p *pair) scroll(t failer, next string, r request) (pages int) {
	onEmbedded, onCluster, err := p.put(r)
	defer p.drain(next, onEmbedded, onCluster)
	if err != nil {
		t.Fatalf("%v", err)
	}
	seen := map[string]bool{}
	for pages = 1; onEmbedded.env.Status == 200 && len(onEmbedded.env.Result.Hits) > 0; pages++ {
		for _, hit := range onEmbedded.env.Result.Hits {
			if seen[hit.ID] {
				t.Fatalf("%s: the scroll repeats %q", r, hit.ID)
			}
			seen[hit.ID] = true
		}
		onEmbedded, err = send(p.embedded, after(next, onEmbedded))
		if err == nil {
			onCluster, err = send(p.cluster, after(next, onCluster))
		}
		if err == nil {
			err = differ(onEmbedded, onCluster)
		}
		if err != nil {
			t.Fatalf("%s, page %d: %v", r, pages+1, err)
		}
	}
	return pages
}

func after(next string, a answer) request {
	return request{do: next, args: map[string]any{"scrollId": a.env.Result.ScrollID, "scroll": "10s"}}
}

// drain reads different scrolls to their ends, so that the search for a smaller
// example leaves none open.
func (p *pair) drain(next string, onEmbedded, onCluster answer) {
	for i, a := range []answer{onEmbedded, onCluster} {
		for len(a.env.Result.Hits) > 0 && a.env.Result.ScrollID != "" {
			a, _ = send([]*backend.App{p.embedded, p.cluster}[i], after(next, a))
		}
	}
}

// decode is for JSON written in tests.
func decode(text string) map[string]any {
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		panic(err)
	}
	return object
}

// ask1 is like ask, for callers that need one of the answers.
func (p *pair) ask1(t failer, r request) answer {
	a, _ := p.ask(t, r)
	return a
}
