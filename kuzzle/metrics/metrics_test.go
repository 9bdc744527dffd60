package metrics_test

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/metrics"
)

var actions = map[string][]string{"auth": {"login", "logout"}, "server": {"now"}}

func sources() metrics.Sources {
	return metrics.Sources{
		Load:        func() (int64, int64, int64) { return 3, 100, 7 },
		Connections: func() (int, int) { return 4, 5 },
		Slots:       func() (int64, int64) { return 18, 19 },
		Memory:      func() metrics.Memory { return metrics.Memory{Used: 20, Limit: 21, Refused: 22} },
		HashPool: func() metrics.HashPool {
			return metrics.HashPool{Queued: 9, Running: 2, Memory: 38 << 20, Done: 11, Refused: 1, Work: 1500 * time.Millisecond}
		},
		Documents: func() map[string]int64 { return map[string]int64{"users": 12} },
		Caches: func() map[string]metrics.Cache {
			return map[string]metrics.Cache{"sessions": {Entries: 6, Hits: 60, Misses: 7}}
		},
		LoginsDelayed: func() uint64 { return 13 },
		WeakDigests:   func() (int64, int64) { return 16, 17 },
		Audit:         func() (uint64, uint64) { return 14, 15 },
	}
}

func observed(m *metrics.Metrics, protocol, controller, action string, status int) {
	req := &api.Request{Controller: controller, Action: action, Peer: &api.Peer{Protocol: protocol}}
	res := &api.Response{Status: status}
	if status >= http.StatusBadRequest {
		res.Err = assert.Missing.New("strategy")
	}
	m.Observe(req, res, 3*time.Millisecond)
}

func exposition(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	return string(m.Raw().Body)
}

// lacking names the lines that an exposition should have and does not.
func lacking(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line) {
			t.Errorf("no line %s", line)
		}
	}
	if t.Failed() {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "kuzzle_") {
				t.Log(strings.TrimSpace(line))
			}
		}
	}
}

func TestExposition(t *testing.T) {
	m := metrics.New(metrics.Config{Actions: actions, Sources: sources(), Build: metrics.Build{Version: "1.2.3", Revision: "abc", GoVersion: "go1.26"}})
	observed(m, api.HTTP, "auth", "login", 200)
	observed(m, api.HTTP, "auth", "login", 200)
	observed(m, api.WebSocket, "auth", "login", 401)
	observed(m, api.HTTP, "server", "now", 299)
	text := exposition(t, m)
	lacking(t, text,
		`kuzzle_requests_total{action="login",controller="auth",status="200"} 2`,
		`kuzzle_requests_total{action="login",controller="auth",status="401"} 1`,
		`kuzzle_requests_total{action="now",controller="server",status="other"} 1`,
		`kuzzle_errors_total{id="api.assert.missing_argument"} 1`,
		`kuzzle_request_duration_seconds_bucket{action="login",controller="auth",le="0.0025"} 0`,
		`kuzzle_request_duration_seconds_bucket{action="login",controller="auth",le="0.005"} 3`,
		`kuzzle_request_duration_seconds_count{action="login",controller="auth"} 3`,
		`kuzzle_requests_in_flight 3`, `kuzzle_connections{protocol="http"} 4`, `kuzzle_connections{protocol="websocket"} 5`,
		`kuzzle_connections_refused_total 18`, `kuzzle_connections_evicted_total 19`,
		`kuzzle_memory_budget_used_bytes 20`, `kuzzle_memory_budget_bytes 21`, `kuzzle_memory_refused_total 22`,
		`kuzzle_hash_pool_queued 9`, `kuzzle_hash_pool_running 2`, `kuzzle_hash_pool_memory_bytes 3.9845888e+07`,
		`kuzzle_hash_pool_done_total 11`, `kuzzle_hash_pool_work_seconds_total 1.5`, `kuzzle_hash_pool_refused_total 1`, `kuzzle_documents{kind="users"} 12`,
		`kuzzle_cache_entries{cache="sessions"} 6`, `kuzzle_cache_hits_total{cache="sessions"} 60`, `kuzzle_cache_misses_total{cache="sessions"} 7`,
		`kuzzle_logins_delayed_total 13`, `kuzzle_digests_waiting 16`, `kuzzle_digests_left_sealed 17`, `kuzzle_audit_records_written_total 14`, `kuzzle_audit_records_dropped_total 15`,
		`kuzzle_build_info{goversion="go1.26",revision="abc",version="1.2.3"} 1`, "go_goroutines ", "process_resident_memory_bytes ")
	for _, name := range []string{
		"go_info", "go_threads", "go_gc_duration_seconds", "go_memstats_alloc_bytes", "go_memstats_alloc_bytes_total", "go_memstats_heap_inuse_bytes",
		"go_memstats_heap_idle_bytes", "go_memstats_heap_released_bytes", "go_memstats_stack_inuse_bytes", "go_memstats_last_gc_time_seconds",
		"process_cpu_seconds_total", "process_start_time_seconds", "process_virtual_memory_bytes", "process_open_fds", "process_max_fds",
	} {
		if !strings.Contains(text, "# TYPE "+name+" ") {
			t.Errorf("no metric %s", name)
		}
	}
	if strings.Contains(text, `action="logout"`) {
		t.Error("an action that nobody used has metrics")
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
}

// parsed is the exposition as Prometheus reads it.
func parsed(t *testing.T, m *metrics.Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(exposition(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// TestExpositionIsRead tests that Prometheus reads the metrics: the types,
// buckets that add up, and labels with escapes.
func TestExpositionIsRead(t *testing.T) {
	const name = "a\"b\\c\nd{e=\"f\"} 1"
	from := sources()
	from.Documents = func() map[string]int64 { return map[string]int64{name: 3} }
	m := metrics.New(metrics.Config{Actions: actions, Sources: from})
	for _, took := range []time.Duration{0, time.Millisecond, time.Millisecond + 1, time.Hour} {
		m.Observe(&api.Request{Controller: "server", Action: "now"}, &api.Response{Status: 200}, took)
	}
	families := parsed(t, m)
	if got := families["kuzzle_documents"].GetMetric()[0]; got.GetLabel()[0].GetValue() != name || got.GetGauge().GetValue() != 3 {
		t.Errorf("documents are read as %v", got)
	}
	if got := families["kuzzle_requests_total"].GetMetric()[0].GetCounter().GetValue(); got != 4 {
		t.Errorf("%v requests, want 4", got)
	}
	took := families["kuzzle_request_duration_seconds"].GetMetric()[0].GetHistogram()
	if got, want := took.GetSampleSum(), (time.Hour + 2*time.Millisecond + 1).Seconds(); took.GetSampleCount() != 4 || got != want {
		t.Errorf("%d durations of %v s, want 4 of %v", took.GetSampleCount(), got, want)
	}
	for _, bucket := range took.GetBucket() {
		want := uint64(1)
		switch bound := bucket.GetUpperBound(); {
		case math.IsInf(bound, 1):
			want = 4
		case bound >= .0025:
			want = 3
		case bound >= .001:
			want = 2
		}
		if got := bucket.GetCumulativeCount(); got != want {
			t.Errorf("%d within %v s, want %d", got, bucket.GetUpperBound(), want)
		}
	}
	if pauses := families["go_gc_duration_seconds"]; pauses.GetType() != dto.MetricType_SUMMARY || len(pauses.GetMetric()[0].GetSummary().GetQuantile()) != 5 {
		t.Errorf("pauses are read as %v", pauses)
	}
}

// TestProcess compares the process's own numbers with those from other sources.
func TestProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("read on Linux alone")
	}
	families := parsed(t, metrics.New(metrics.Config{}))
	gauge := func(name string) float64 { return families[name].GetMetric()[0].GetGauge().GetValue() }
	if since := time.Since(time.UnixMilli(int64(1000 * gauge("process_start_time_seconds")))); since < -time.Second || since > 20*time.Minute {
		t.Errorf("the process started %v ago", since)
	}
	if open, max := gauge("process_open_fds"), gauge("process_max_fds"); open < 3 || open > max {
		t.Errorf("%v of %v descriptors are open", open, max)
	}
	if resident, virtual := gauge("process_resident_memory_bytes"), gauge("process_virtual_memory_bytes"); resident < 1<<20 || resident > virtual {
		t.Errorf("%v bytes of %v are resident", resident, virtual)
	}
	if objects, heap := gauge("go_memstats_alloc_bytes"), gauge("go_memstats_heap_sys_bytes"); objects < 1<<10 || objects > heap {
		t.Errorf("objects have %v bytes of the heap's %v", objects, heap)
	}
}

// TestLabelsAreBounded holds that nothing a client types becomes a label.
func TestLabelsAreBounded(t *testing.T) {
	m := metrics.New(metrics.Config{Actions: actions})
	for _, name := range []string{"canary", "auth", "", "canary\n2"} {
		observed(m, "canary", name, "canary", 404)
		observed(m, api.HTTP, "canary", name, 404)
	}
	text := exposition(t, m)
	if strings.Contains(text, "canary") {
		t.Error("a client's text is a label")
	}
	lacking(t, text, `kuzzle_requests_total{action="unknown",controller="unknown",status="404"} 8`)
}

// TestWithoutSources holds that a source that is not there leaves its metrics
// out instead of showing zeros.
func TestWithoutSources(t *testing.T) {
	m := metrics.New(metrics.Config{Actions: actions})
	text := exposition(t, m)
	for _, name := range []string{"hash_pool", "documents", "connections", "in_flight", "cache", "audit", "logins", "memory"} {
		if strings.Contains(text, "kuzzle_"+name) {
			t.Errorf("%s is shown without a source", name)
		}
	}
	got, err := json.Marshal(m.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"api":{"concurrentRequests":0,"pendingRequests":0},"network":{"connections":{}},"realtime":{"rooms":0,"subscriptions":0}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestSnapshot(t *testing.T) {
	m := metrics.New(metrics.Config{Actions: actions, Sources: sources()})
	want := metrics.Snapshot{
		API:     metrics.APISnapshot{ConcurrentRequests: 3},
		Network: metrics.NetworkSnapshot{Connections: map[string]int{"http/1.1": 4, "websocket": 5}},
	}
	if diff := cmp.Diff(want, m.Snapshot()); diff != "" {
		t.Error(diff)
	}
}

func TestHandler(t *testing.T) {
	m := metrics.New(metrics.Config{Actions: actions, Sources: sources()})
	server := httptest.NewServer(m.Handler())
	defer server.Close()
	res, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	raw := m.Raw()
	for _, kind := range []string{res.Header.Get("Content-Type"), raw.ContentType} {
		if !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
			t.Errorf("content type %q", kind)
		}
	}
	if !strings.Contains(string(body), "kuzzle_requests_in_flight 3") {
		t.Errorf("got %s", body)
	}
}

// TestThroughTheDispatcher holds that real requests are counted under their
// canonical names.
func TestThroughTheDispatcher(t *testing.T) {
	now := api.Action[api.None, int]{Name: "now", Run: func(context.Context, *api.Request, api.None) (int, error) { return 1, nil }}
	table := api.NewTable([]api.Controller{{Name: "server", Actions: []api.Declared{now}}}, []api.Alias{{Controller: "clock", Name: "read", To: "server:now"}})
	m := metrics.New(metrics.Config{Actions: actions})
	d := api.New(api.Config{Table: table, Authenticator: open{}, Rights: open{}, Observers: []api.Observer{m}})
	d.Ready()
	d.Dispatch(t.Context(), &api.Request{Controller: "server", Action: "now", Peer: &api.Peer{Protocol: api.Embedded}})
	d.Dispatch(t.Context(), &api.Request{Controller: "clock", Action: "read", Peer: &api.Peer{Protocol: api.Embedded}})
	d.Dispatch(t.Context(), &api.Request{Controller: "server", Action: "nope", Peer: &api.Peer{Protocol: api.Embedded}})
	lacking(t, exposition(t, m),
		`kuzzle_requests_total{action="now",controller="server",status="200"} 2`,
		`kuzzle_requests_total{action="unknown",controller="unknown",status="404"} 1`,
		`kuzzle_errors_total{id="api.process.action_not_found"} 1`)
}

// open lets everyone do everything.
type open struct{}

func (open) Authenticate(context.Context, *api.Request) (api.Caller, error) {
	return api.Caller{Kuid: "kuid-1"}, nil
}
func (open) Allowed(context.Context, *api.Request, string, string) (bool, error) { return true, nil }

func TestConcurrentUse(t *testing.T) {
	m := metrics.New(metrics.Config{Actions: actions, Sources: sources()})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				observed(m, api.HTTP, "auth", "login", 200)
			}
			m.Frames(time.Time{}, time.Time{})
			m.Raw()
		})
	}
	group.Wait()
	lacking(t, exposition(t, m), `kuzzle_requests_total{action="login",controller="auth",status="200"} 1600`)
}
