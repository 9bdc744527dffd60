package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// ErrServiceUnavailable comes with the result of a red health check. Its prop lists the red
// services.
var ErrServiceUnavailable = fault.Declare(2, "core.fatal.service_unavailable", http.StatusInternalServerError,
	"Not all services are available: %s.")

func (c *controller) operations() []api.Declared {
	return []api.Declared{
		api.Action[healthArgs, any]{
			Name: "healthCheck", Routes: api.Routes{"GET /_healthCheck"},
			Summary: "Tells how the services are that the server needs.", Run: c.healthCheck,
			Answers: []any{health{}, api.Partial{Result: health{}, Err: ErrServiceUnavailable}},
		},
		api.Action[api.None, map[string]any]{
			Name: "getConfig", Routes: api.Routes{"GET /_getConfig"},
			Summary: "Shows the effective configuration without its secrets.", Run: c.getConfig,
		},
		api.Action[metricsArgs, any]{
			Name: "metrics", Routes: api.Routes{"GET /_metrics"},
			Summary: "Counts requests and connections, as JSON or for Prometheus.", Run: c.metrics,
			Answers: []any{metrics{}, api.Raw{ContentType: prometheusText}},
		},
	}
}

// The services that clients know. This server's caches are inside of it, so they have its own
// state.
const (
	serviceCache   = "internalCache"
	serviceMemory  = "memoryStorage"
	serviceStorage = "storageEngine"

	green, red = "green", "red"
)

var services = []string{serviceCache, serviceMemory, serviceStorage}

type healthArgs struct {
	Services serviceList `arg:"services"`
}

// serviceList names services: an array, or a text with a JSON array or a comma-separated list. An
// empty list means all; unknown names are ignored.
type serviceList []string

// Decode reads all of these forms.
func (l *serviceList) Decode(name string, value any) error {
	var ok bool
	switch v := value.(type) {
	case string:
		var list []string
		if json.Unmarshal([]byte(v), &list) != nil {
			list = strings.Split(v, ",")
		}
		*l, ok = list, true
	case []any:
		*l, ok = api.Strings(v)
	}
	if !ok {
		return assert.InvalidType.New(name, "string")
	}
	return nil
}

func (l serviceList) wants(service string) bool {
	if len(l) == 0 {
		return true
	}
	for _, name := range l {
		if strings.TrimSpace(name) == service {
			return true
		}
	}
	return false
}

type health struct {
	Status   string            `json:"status"`
	Services map[string]string `json:"services"`
}

func (c *controller) healthCheck(ctx context.Context, _ *api.Request, args healthArgs) (any, error) {
	found := health{Status: green, Services: map[string]string{}}
	for _, service := range services {
		if args.Services.wants(service) {
			found.Services[service] = green
		}
	}
	if !args.Services.wants(serviceStorage) {
		return found, nil
	}
	cause := c.Health(ctx)
	if cause == nil {
		return found, nil
	}
	found.Status, found.Services[serviceStorage] = red, red
	return api.Partial{Result: found, Err: ErrServiceUnavailable.New(serviceStorage).Because(cause)}, nil
}

func (c *controller) getConfig(context.Context, *api.Request, api.None) (map[string]any, error) {
	return c.Config(), nil
}

type metricsArgs struct {
	Format string `arg:"format,default=json"`
}

type metrics struct {
	API struct {
		ConcurrentRequests int64 `json:"concurrentRequests"`
		PendingRequests    int64 `json:"pendingRequests"`
	} `json:"api"`
	Network struct {
		Connections map[string]int64 `json:"connections"`
	} `json:"network"`
	Realtime struct {
		Rooms         int64 `json:"rooms"`
		Subscriptions int64 `json:"subscriptions"`
	} `json:"realtime"`
}

const (
	formatJSON       = "json"
	formatPrometheus = "prometheus"
	prometheusText   = "text/plain; version=0.0.4; charset=utf-8"
)

func (c *controller) metrics(ctx context.Context, _ *api.Request, args metricsArgs) (any, error) {
	switch {
	case args.Format == formatPrometheus && c.Prometheus != nil:
		text, err := c.Prometheus(ctx)
		return api.Raw{ContentType: prometheusText, Body: text, Value: map[string]any{"metrics": string(text)}}, err
	case args.Format != formatJSON:
		return nil, assert.Unexpected.New(args.Format, []string{formatJSON, formatPrometheus})
	}
	load := c.Load()
	var m metrics
	m.API.ConcurrentRequests, m.API.PendingRequests = load.ConcurrentRequests, load.PendingRequests
	m.Network.Connections = map[string]int64{"http/1.1": load.HTTPConnections, "websocket": load.WebSockets}
	return m, nil
}
