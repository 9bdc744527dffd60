package systemtest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
)

// server is one that runs in this process, with all that it says recorded.
type server struct {
	app *backend.App
	// listen is the address as configured, addr one to connect to.
	listen, addr string
	data         string
	log          *logtest.Log
	trace        *trace
	clock        *clock
	seen         *secretsSeen
}

// settings are the changes of a test before the server starts.
type settings struct {
	config.Config
	// Local is the configuration of the strategy local.
	Local map[string]any
	// Imported is that of digest-import, nil for its defaults.
	Imported map[string]any
	// Options are further ones.
	Options []backend.Option
}

// dev opens the server to this machine until the first administrator exists.
func dev(set *settings) { set.Dev = true }

// start runs a server on a free loopback port until the test ends. It is closed,
// unless the test says dev.
func start(t *testing.T, edits ...func(*settings)) *server {
	t.Helper()
	s := &server{data: t.TempDir(), log: &logtest.Log{}, trace: newTrace(), clock: &clock{}, seen: newSecretsSeen()}
	set := settings{Config: config.Default(), Local: map[string]any{}}
	set.Data, set.Listen = s.data, "127.0.0.1:0"
	set.Logins.FreeFailures = 1000
	useCluster(t, &set.Config)
	for _, edit := range edits {
		edit(&set)
	}
	s.listen, s.data = set.Listen, set.Data
	// The cost of real hashes is tested elsewhere.
	set.Passwords.Argon2Memory, set.Passwords.Argon2Passes = 64<<10, 1
	set.Strategies = config.Free{"local": mustJSON(set.Local)}
	if set.Imported != nil {
		set.Strategies["digest-import"] = mustJSON(set.Imported)
	}
	options := append([]backend.Option{
		backend.WithConfig(set.Config), backend.WithClock(s.clock.Now), backend.WithTerminal(nil), backend.WithVersion("1.2.3-test"),
		backend.WithLog(slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
	}, set.Options...)
	app, err := backend.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	s.app = app
	s.trace.follow(app)
	judged := judge(t, app)
	s.serve(t)
	t.Cleanup(judged) // before the server is gone
	return s
}

// keeping has the servers of a test, one after the other, use one store.
func keeping(t *testing.T) func(*settings) {
	cfg := config.Default()
	cfg.Data = t.TempDir()
	useCluster(t, &cfg)
	return func(set *settings) {
		set.Data, set.Elasticsearch, set.MasterKey = cfg.Data, cfg.Elasticsearch, cfg.MasterKey
	}
}

func (s *server) serve(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	s.addr = net.JoinHostPort("127.0.0.1", port)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.app.Serve(ctx, listener) }() // ended by the cleanup
	// The writes of a start are complete once the server answers.
	if res, err := http.Get("http://" + s.addr + "/_healthcheck"); err == nil {
		res.Body.Close()
	}
	t.Cleanup(func() {
		metrics := s.metrics()
		stop()
		if err := <-served; err != nil {
			t.Error("the server ended with:", err)
		}
		s.checkSecrets(t, metrics)
	})
}

// operate calls an action with every right, as the command line does.
func (s *server) operate(t *testing.T, controller, action string, args map[string]any, body any) map[string]any {
	t.Helper()
	var env map[string]any
	if err := json.Unmarshal(s.dispatch(t, controller, action, args, body), &env); err != nil {
		t.Fatal(err)
	}
	return env
}

// dispatch is operate for answers that are no envelope.
func (s *server) dispatch(t *testing.T, controller, action string, args map[string]any, body any) []byte {
	t.Helper()
	req := &api.Request{
		ID: "operator", Controller: controller, Action: action, Args: args, Body: body,
		Peer: &api.Peer{Protocol: api.Embedded, Operator: true},
	}
	s.seen.note(body)
	res := s.app.Dispatch(context.Background(), req)
	if res.Err != nil {
		t.Fatalf("%s:%s: %v", controller, action, res.Err)
	}
	return res.Append(nil, req, false)
}

// auditLog returns the audit log so far.
func (s *server) auditLog(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.data, "audit.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// clock is the present, moved on by hand.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
	// still is the moment at which the clock stands, zero when it runs.
	still time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.still.IsZero() {
		return c.still.Add(c.ahead)
	}
	return time.Now().Add(c.ahead)
}

func (c *clock) freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.still = time.Now()
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// trace remembers, for each request, the events of the dispatcher and those of
// the domain.
type trace struct {
	mu         sync.Mutex
	dispatched map[string][]string
	happened   map[string][]string
	all        bytes.Buffer
}

func newTrace() *trace {
	return &trace{dispatched: map[string][]string{}, happened: map[string][]string{}}
}

const passwordController = "kuzzle-plugin-auth-passport-local/password"

func (tr *trace) follow(app *backend.App) {
	for _, name := range []string{
		api.BeforeExecution, api.OnAuthorized, api.OnUnauthorized, api.OnExecution, api.OnSuccess, api.OnError, api.AfterExecution,
		"security:*", "auth:*", "server:*", "admin:*", "digest:*", "import:*", "settings:*", "webhooks:*", "service-keys:*", "totp:*", "backup-code:*", "index:*", "collection:*", passwordController + ":*",
	} {
		app.On(name, func(_ context.Context, e *api.Event) error {
			tr.mu.Lock()
			defer tr.mu.Unlock()
			tr.dispatched[e.Request.ID] = append(tr.dispatched[e.Request.ID], e.Name)
			return nil
		})
	}
	app.Subscribe(events.All, func(_ context.Context, e events.Event) {
		text := mustJSON(e)
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.happened[e.Request] = append(tr.happened[e.Request], e.Name)
		tr.all.Write(append(text, '\n'))
	})
}

func (tr *trace) of(request string) (dispatched, happened []string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.dispatched[request], tr.happened[request]
}

func (tr *trace) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.all.String()
}

func mustJSON(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
