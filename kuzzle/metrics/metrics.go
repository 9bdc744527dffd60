package metrics

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Config configures Metrics.
type Config struct {
	// Actions lists the canonical actions of each controller; requests to all
	// others are counted as unknown.
	Actions map[string][]string
	// Sources are read when a reader asks.
	Sources Sources
	Build   Build
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

// Metrics counts requests and shows the state of the server. It is safe for
// concurrent use.
type Metrics struct {
	sources Sources
	build   Build
	// series are the metrics of every action, by controller and action, and of
	// unknown ones.
	series  []series
	actions map[string]map[string]*series
	unknown *series
	failed  failures
	frames  frames
}

var _ api.Observer = (*Metrics)(nil)

// New returns Metrics. It panics if two actions are the same, which is a mistake
// of the program.
func New(cfg Config) *Metrics {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	m := &Metrics{sources: cfg.Sources, build: cfg.Build, actions: make(map[string]map[string]*series, len(cfg.Actions)), failed: failures{byID: map[string]uint64{}}}
	m.frames.now, m.frames.sources = cfg.Now, &m.sources
	all := 1
	for _, names := range cfg.Actions {
		all += len(names)
	}
	m.series = make([]series, 0, all) // never moves: pointers refer to it
	for _, controller := range slices.Sorted(maps.Keys(cfg.Actions)) {
		known := make(map[string]*series, len(cfg.Actions[controller]))
		for _, name := range slices.Sorted(slices.Values(cfg.Actions[controller])) {
			if known[name] != nil {
				panic("metrics: " + controller + ":" + name + " is listed twice")
			}
			known[name] = m.add(controller, name)
		}
		m.actions[controller] = known
	}
	m.unknown = m.add(unknown, unknown)
	return m
}

func (m *Metrics) add(controller, action string) *series {
	m.series = append(m.series, series{controller: controller, action: action})
	return &m.series[len(m.series)-1]
}

// Observe counts a finished request.
func (m *Metrics) Observe(req *api.Request, res *api.Response, took time.Duration) {
	controller, action := req.Route()
	of := m.actions[controller][action]
	if of == nil {
		of = m.unknown
	}
	of.count(res.Status, took)
	if res.Err != nil {
		m.failed.count(res.Err.ID())
	}
	m.frames.observe(protocolOf(req), res.Err != nil)
}

// Handler serves the Prometheus form to every caller; strangers must not reach
// its listener. While maxScrapes are running, further callers wait.
func (m *Metrics) Handler() http.Handler {
	scrapes := make(chan struct{}, maxScrapes)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case scrapes <- struct{}{}:
			defer func() { <-scrapes }()
		case <-r.Context().Done():
			return
		}
		raw := m.Raw()
		w.Header().Set("Content-Type", raw.ContentType)
		_, _ = w.Write(raw.Body) // a client that left reads nothing
	})
}

// maxScrapes is the maximum number of concurrent scrapes.
const maxScrapes = 4

// Raw returns the Prometheus form as the result of an action.
func (m *Metrics) Raw() api.Raw {
	var to exposition
	m.exposeRequests(&to)
	m.sources.expose(&to)
	const info = namespace + "build_info"
	to.metric(gauge, info, "Always 1; its labels identify the program.")
	to.sample(info, 1, "goversion", m.build.GoVersion, "revision", m.build.Revision, "version", m.build.Version)
	exposeRuntime(&to)
	exposeProcess(&to)
	return api.Raw{ContentType: contentType, Body: to.text}
}

// Snapshot is the result of server:metrics.
type Snapshot struct {
	API      APISnapshot      `json:"api"`
	Network  NetworkSnapshot  `json:"network"`
	Realtime RealtimeSnapshot `json:"realtime"`
}

// APISnapshot is the load of the dispatcher. Requests never wait there: they run
// or are refused, so PendingRequests is 0.
type APISnapshot struct {
	ConcurrentRequests int64 `json:"concurrentRequests"`
	PendingRequests    int64 `json:"pendingRequests"`
}

// NetworkSnapshot counts open connections by protocol, "http/1.1" and
// "websocket".
type NetworkSnapshot struct {
	Connections map[string]int `json:"connections"`
}

// RealtimeSnapshot exists for clients that read it; both values are 0.
type RealtimeSnapshot struct {
	Rooms         int `json:"rooms"`
	Subscriptions int `json:"subscriptions"`
}

// Snapshot returns the result of server:metrics.
func (m *Metrics) Snapshot() Snapshot {
	shot := Snapshot{Network: NetworkSnapshot{Connections: map[string]int{}}}
	if m.sources.Load != nil {
		shot.API.ConcurrentRequests, _, _ = m.sources.Load()
	}
	if m.sources.Connections != nil {
		http, websocket := m.sources.Connections()
		shot.Network.Connections["http/1.1"], shot.Network.Connections["websocket"] = http, websocket
	}
	return shot
}
