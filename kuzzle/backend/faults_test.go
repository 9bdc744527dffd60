package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// site is a server that answers over HTTP, and an administrator's client.
type site struct {
	app    *App
	url    string
	client *http.Client
	token  string
}

// openSite serves until the test ends.
func openSite(t *testing.T, app *App) *site {
	t.Helper()
	must(t, app, "", "security", "createFirstAdmin", map[string]any{"_id": "root"}, map[string]any{
		"credentials": map[string]any{"local": map[string]any{"username": "root", "password": "correct horse"}},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{app: app, url: "http://" + listener.Addr().String(), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, listener) }()
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	s.token = login(t, app, "root")
	return s
}

// reply is an answer over HTTP.
type reply struct {
	status int
	header http.Header
	Error  struct{ ID, Message string }
	Result struct {
		ID    string `json:"_id"`
		Total int
	}
}

// unavailable tells whether an answer says to come back later, and when.
func (r reply) unavailable() bool {
	return r.status == http.StatusServiceUnavailable && r.Error.ID == "services.storage.unavailable" && r.header.Get("Retry-After") != ""
}

func (r reply) String() string {
	return fmt.Sprintf("%d %s (%s), Retry-After %q", r.status, r.Error.ID, r.Error.Message, r.header.Get("Retry-After"))
}

func (s *site) send(method, path string, body any) (reply, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return reply{}, err
		}
	}
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(text))
	if err != nil {
		return reply{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	if !strings.HasPrefix(path, "/_login") {
		request.Header.Set("Authorization", "Bearer "+s.token)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	r := reply{status: response.StatusCode, header: response.Header}
	if text, err = io.ReadAll(response.Body); err == nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err
}

// is returns the status of a probe.
func (s *site) is(t *testing.T, probe string) int {
	t.Helper()
	r, err := s.send(http.MethodGet, probe, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.status
}

// create creates a user with a name of its own, visible when answered.
func (s *site) create(id string) (reply, error) {
	return s.send(http.MethodPost, "/users/"+url.PathEscape(id)+"/_create?refresh=wait_for", map[string]any{
		"content":     map[string]any{"profileIds": []any{"default"}, "of": "a fault"},
		"credentials": map[string]any{"local": map[string]any{"username": "name of " + id, "password": "correct horse"}},
	})
}

// clerks create users one after the other, and keep what they were told.
type clerks struct {
	site *site
	next atomic.Int32

	mu            sync.Mutex
	created, lost []string
	strange       []string
}

// work goes on until stop is called.
func (c *clerks) work(n int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var working sync.WaitGroup
	for range n {
		working.Go(func() {
			for ctx.Err() == nil {
				c.createNext()
			}
		})
	}
	return func() {
		cancel()
		working.Wait()
	}
}

func (c *clerks) createNext() {
	id := fmt.Sprint("user-", c.next.Add(1))
	r, err := c.site.create(id)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil && r.status == http.StatusOK && r.Result.ID == id:
		c.created = append(c.created, id)
	case err == nil && r.unavailable():
		c.lost = append(c.lost, id)
	default:
		c.strange = append(c.strange, fmt.Sprintf("%s: %v, %v", id, r, err))
	}
}

func (c *clerks) counts() (created, lost int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.created), len(c.lost)
}

// wantWhole fails unless every acknowledged user exists once, with their name,
// and every other user can still be created, once.
func (c *clerks) wantWhole(t *testing.T) {
	t.Helper()
	for _, what := range c.strange {
		t.Error("a creation was answered", what)
	}
	for _, id := range c.lost {
		switch r, err := c.site.create(id); {
		case err != nil:
			t.Error(err)
		case r.status != http.StatusOK && r.Error.ID != "security.user.already_exists":
			t.Errorf("%s, created again: %v", id, r)
		}
	}
	everybody := append(c.created, c.lost...)
	for _, id := range everybody {
		r, err := c.site.send(http.MethodPost, "/_login/local", map[string]any{"username": "name of " + id, "password": "correct horse"})
		if err != nil || r.status != http.StatusOK || r.Result.ID != id {
			t.Errorf("login of %s: %q, %v, %v", id, r.Result.ID, r, err)
		}
	}
	r, err := c.site.send(http.MethodPost, "/users/_search?size=0", map[string]any{"query": map[string]any{"prefix": map[string]any{"_id": "user-"}}})
	if err != nil || r.Result.Total != len(everybody) {
		t.Errorf("found %d users, %v, %v, want %d", r.Result.Total, r, err, len(everybody))
	}
}

// faultsLast is how many refusals a fault lasts, and creations are seen before
// and after it.
const faultsLast = 4

// TestFaults: under every fault of the cluster, creations are refused with a
// time to come back, the server is not ready but healthy, and after the fault
// it serves as before. No acknowledged change is lost, and nothing exists
// twice.
func TestFaults(t *testing.T) {
	share := oneCluster(t)
	cfg := config.Default()
	cfg.Data, cfg.Audit.File, cfg.Listen = t.TempDir(), "off", "127.0.0.1:0"
	share(&cfg)
	node := &estest.Node{Addresses: cfg.Elasticsearch.Addresses}
	f := &faulty{node: node, line: estest.NewLine(t, node), prefix: cfg.Elasticsearch.Prefix, log: &logtest.Log{}}
	cfg.Elasticsearch.Addresses = []string{f.line.URL}
	app, err := New(WithConfig(cfg), WithTerminal(nil), WithLog(slog.New(slog.NewTextHandler(f.log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	another := anotherCluster(t, f)
	t.Run("serving", func(t *testing.T) {
		f.site = openSite(t, app)
		f.testFaults(t)
		t.Run("another cluster answers", func(t *testing.T) { f.testAnotherCluster(t, another) })
	})
	t.Run("a start on another cluster", func(t *testing.T) {
		another.lead(true)
		_, err := New(WithConfig(cfg), WithTerminal(nil))
		if !errors.Is(err, elasticsearch.ErrStoreGone) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want one line about %v", err, elasticsearch.ErrStoreGone)
		}
		another.wantNothing(t)
	})
}

// cluster is another one.
type cluster struct {
	// lead has the line lead there, or back.
	lead func(there bool)
	node *estest.Node
	// indexes is the path of all that could be made there.
	indexes string
}

// faulty is a server on a cluster that can fail.
type faulty struct {
	site   *site
	node   *estest.Node
	line   *estest.Line
	prefix string
	log    *logtest.Log
}

func (f *faulty) testFaults(t *testing.T) {
	on := func(wrong estest.Wrong) func(*testing.T, bool) {
		return func(_ *testing.T, is bool) {
			if is {
				f.line.Breaks(wrong)
			} else {
				f.line.Breaks(nil)
			}
		}
	}
	clerks := &clerks{site: f.site}
	for _, fault := range []struct {
		what string
		set  func(t *testing.T, is bool)
	}{
		{"gone", on(estest.Gone)},
		{"busy", on(estest.Refuse(429, "es_rejected_execution_exception", "rejected execution of primary operation", "_bulk"))},
		{"without a master", on(estest.Refuse(503, "cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/2/no master];", "/"))},
		{"on a full disk", func(t *testing.T, is bool) {
			value := map[bool]string{true: "true", false: "null"}[is]
			f.node.Ask(t, http.MethodPut, "/"+f.prefix+"*/_settings", `{"index.blocks.read_only_allow_delete":`+value+`}`)
		}},
	} {
		t.Run(fault.what, func(t *testing.T) { clerks.suffer(t, fault.set) })
	}
	t.Run("losing every other write or its answer", func(t *testing.T) {
		f.line.Breaks(estest.Lose())
		defer f.line.Breaks(nil)
		defer clerks.work(4)()
		before, _ := clerks.counts()
		within(t, time.Minute, "creations go on", func() bool { created, _ := clerks.counts(); return created >= before+4*faultsLast })
	})
	clerks.wantWhole(t)
}

// testAnotherCluster: a node that was given an empty disk is not taken for the
// one that the server knows. Nothing is written to it, and with the data back
// everything is as before.
func (f *faulty) testAnotherCluster(t *testing.T, another cluster) {
	s := f.site
	if r, err := s.create("jane"); err != nil || r.status != http.StatusOK {
		t.Fatal(r, err)
	}
	another.lead(true)
	within(t, 10*time.Second, "the log names the cause", func() bool { return f.log.Has("does not have this server's store") })
	for what, try := range map[string]func() (reply, error){
		"a creation": func() (reply, error) { return s.create("john") },
		"a login": func() (reply, error) {
			return s.send(http.MethodPost, "/_login/local", map[string]any{"username": "name of jane", "password": "correct horse"})
		},
		"a read": func() (reply, error) { return s.send(http.MethodGet, "/users/jane", nil) },
	} {
		if r, err := try(); err != nil || !r.unavailable() {
			t.Errorf("%s: got %v, %v, want 503 with a time", what, r, err)
		}
	}
	if ready, healthy := s.is(t, "/_ready"), s.is(t, "/_healthcheck"); ready != 503 || healthy != 200 {
		t.Errorf("readiness and health: got %d and %d, want 503 and 200", ready, healthy)
	}
	another.wantNothing(t)
	another.lead(false)
	within(t, 10*time.Second, "ready again", func() bool { return s.is(t, "/_ready") == http.StatusOK })
	if r, err := s.send(http.MethodGet, "/users/jane", nil); err != nil || r.status != http.StatusOK {
		t.Errorf("with the data back: %v, %v", r, err)
	}
}

func (c cluster) wantNothing(t *testing.T) {
	t.Helper()
	if made := c.node.Ask(t, http.MethodGet, c.indexes, ""); len(made) > 0 {
		t.Errorf("indexes were made: %v", made)
	}
}

// suffer creates users before, during and after a fault.
func (c *clerks) suffer(t *testing.T, set func(t *testing.T, is bool)) {
	more := func(what string, of func() int) {
		t.Helper()
		before := of()
		within(t, 30*time.Second, what, func() bool { return of() >= before+faultsLast })
	}
	created := func() int { n, _ := c.counts(); return n }
	lost := func() int { _, n := c.counts(); return n }
	defer c.work(4)()
	more("creations before", created)
	set(t, true)
	mended := false
	defer func() {
		if !mended {
			set(t, false)
		}
	}()
	more("refusals", lost)
	if got := c.site.is(t, "/_ready"); got != http.StatusServiceUnavailable {
		t.Errorf("readiness: got %d, want 503", got)
	}
	if got := c.site.is(t, "/_healthcheck"); got != http.StatusOK {
		t.Errorf("health: got %d, want 200", got)
	}
	set(t, false)
	mended = true
	within(t, 10*time.Second, "ready again", func() bool { return c.site.is(t, "/_ready") == http.StatusOK })
	more("creations after", created)
}
