package metrics

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Config is what Metrics needs.
type Config struct {
	// Actions lists the canonical actions of each controller; requests to any
	// other are counted as unknown.
	Actions map[string][]string
	// Sources are read when somebody looks.
	Sources Sources
	Build   Build
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// Metrics counts requests and shows the state of the server. It is safe for
// concurrent use.
type Metrics struct {
	sources  Sources
	registry *prometheus.Registry
	vectors  *vectors
	actions  map[string]map[string]*series
	unknown  *series
	frames   frames
}

var _ api.Observer = (*Metrics)(nil)

// New makes a Metrics. It panics when two actions are alike, which is a mistake
// in the program.
func New(cfg Config) *Metrics {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	registry := prometheus.NewRegistry()
	m := &Metrics{
		sources: cfg.Sources, registry: registry, vectors: newVectors(registry),
		actions: make(map[string]map[string]*series, len(cfg.Actions)),
		unknown: &series{controller: unknown, action: unknown},
	}
	m.frames.now, m.frames.sources = cfg.Now, &m.sources
	for controller, names := range cfg.Actions {
		known := make(map[string]*series, len(names))
		for _, name := range names {
			if known[name] != nil {
				panic("metrics: " + controller + ":" + name + " is listed twice")
			}
			known[name] = &series{controller: controller, action: name}
		}
		m.actions[controller] = known
	}
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "Always 1; its labels say what program this is.",
	}, []string{"version", "revision", "goversion"})
	info.WithLabelValues(cfg.Build.Version, cfg.Build.Revision, cfg.Build.GoVersion).Set(1)
	registry.MustRegister(info, collector{cfg.Sources}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Observe counts a finished request.
func (m *Metrics) Observe(req *api.Request, res *api.Response, took time.Duration) {
	controller, action := req.Route()
	of := m.actions[controller][action]
	if of == nil {
		of = m.unknown
	}
	of.count(m.vectors, res.Status)
	of.observe(m.vectors, took.Seconds())
	if res.Err != nil {
		m.vectors.errors.WithLabelValues(res.Err.ID()).Inc()
	}
	m.frames.observe(protocolOf(req), res.Err != nil)
}

// Handler serves the Prometheus form to whoever asks; its listener has to be
// out of strangers' reach.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Raw is the Prometheus form as the result of an action.
func (m *Metrics) Raw() (api.Raw, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return api.Raw{}, fmt.Errorf("gather metrics: %w", err)
	}
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	var body bytes.Buffer
	encoder := expfmt.NewEncoder(&body, format)
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			return api.Raw{}, fmt.Errorf("write metrics: %w", err)
		}
	}
	return api.Raw{ContentType: string(format), Body: body.Bytes()}, nil
}

// Snapshot is the result of server:metrics.
type Snapshot struct {
	API      APISnapshot      `json:"api"`
	Network  NetworkSnapshot  `json:"network"`
	Realtime RealtimeSnapshot `json:"realtime"`
}

// APISnapshot is the load of the dispatcher. Nothing waits there: a request is
// worked on or refused, so that PendingRequests is 0.
type APISnapshot struct {
	ConcurrentRequests int64 `json:"concurrentRequests"`
	PendingRequests    int64 `json:"pendingRequests"`
}

// NetworkSnapshot counts open connections by protocol, "http/1.1" and
// "websocket".
type NetworkSnapshot struct {
	Connections map[string]int `json:"connections"`
}

// RealtimeSnapshot is there for clients that read it; both are 0.
type RealtimeSnapshot struct {
	Rooms         int `json:"rooms"`
	Subscriptions int `json:"subscriptions"`
}

// Snapshot answers server:metrics.
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
