package backend

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/server"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/metrics"
)

// reports returns the state of the server, for the controller server and for
// metrics. It reads the state of the other parts when called, and changes
// nothing.
type reports struct{ app *App }

func (r reports) serverDeps() server.Deps {
	cfg := r.app.config
	return server.Deps{
		Table:       func() *api.Table { return r.app.table },
		AdminExists: r.app.accounts.Users.AdminExists,
		Config:      r.config,
		Limits: map[string]any{
			"documentsFetchCount": cfg.Limits.DocumentsFetchCount, "documentsWriteCount": cfg.Limits.DocumentsWriteCount,
			"requestsBufferSize": cfg.Limits.RequestsBufferSize,
		},
		Nodes:  r.app.nodes.all,
		Store:  r.app.store.Info,
		Health: r.app.store.Health,
		Load:   r.load,
		Examine: func(ctx context.Context) (server.Examination, error) {
			found, err := r.app.Checkup(ctx, Checkup{})
			return server.Examination{Findings: found.Findings, Schema: found.Store}, err
		},
		Prometheus: func(context.Context) ([]byte, error) { return r.app.metrics.Raw().Body, nil },
		Frames:     r.frames,
		Counters:   r.app.counters.Series,
		Plugins: func() map[string]server.Plugin {
			return map[string]server.Plugin{"strategies": {Version: r.app.version, Strategies: r.app.accounts.Registry.Strategies()}}
		},
		Version: r.app.version, Started: r.app.started, Now: r.app.now,
	}
}

// config is what may be shown of the configuration, and what Kuzzle's clients read
// beside that.
func (r reports) config() map[string]any {
	shown := r.app.config.Public()
	shown["version"] = r.app.version
	shown["application"] = map[string]any{"name": applicationName, "version": r.app.version}
	shown["cluster"] = map[string]any{"enabled": len(r.app.config.Elasticsearch.Addresses) > 0}
	return shown
}

// applicationName is what clients are told they talk to.
const applicationName = "kuzzle"

func (r reports) load() server.Load {
	now := r.app.metrics.Snapshot()
	return server.Load{
		ConcurrentRequests: now.API.ConcurrentRequests, PendingRequests: now.API.PendingRequests,
		HTTPConnections: int64(now.Network.Connections["http/1.1"]), WebSockets: int64(now.Network.Connections["websocket"]),
	}
}

func (r reports) frames() []server.Frame {
	var out []server.Frame
	for _, frame := range r.app.metrics.Frames(time.Time{}, time.Time{}) {
		out = append(out, server.Frame(frame))
	}
	return out
}

// sources returns the functions by which metrics read the state of the other
// packages.
func (r reports) sources() metrics.Sources {
	return metrics.Sources{
		Load: func() (int64, int64, int64) { return r.app.dispatcher.Load() },
		Connections: func() (int, int) {
			stats := r.app.server.Stats()
			return stats.HTTP, stats.WebSocket
		},
		Slots: func() (int64, int64) {
			stats := r.app.server.Stats()
			return stats.Refused, stats.Evicted
		},
		Memory: func() metrics.Memory {
			return metrics.Memory{Used: r.app.budget.Used(), Limit: r.app.budget.Limit(), Refused: r.app.budget.Refused()}
		},
		HashPool: func() metrics.HashPool {
			stats := r.app.pool.Stats()
			return metrics.HashPool{Queued: stats.Queued, Running: stats.Running, Memory: stats.Memory, Done: stats.Done, Refused: stats.Refused, Work: stats.Work}
		},
		Documents: func() map[string]int64 {
			counts := map[string]int64{}
			for collection, count := range r.app.store.Info(context.Background()).Counts {
				counts[string(collection)] = count
			}
			return counts
		},
		LoginsDelayed: r.app.logins.Refused,
		WeakDigests: func() (waiting, left int64) {
			counted := r.app.weak.Load()
			return counted.Waiting, counted.Left
		},
		Audit: func() (uint64, uint64) {
			if r.app.audit == nil {
				return 0, 0
			}
			return r.app.audit.Written(), r.app.audit.Dropped()
		},
	}
}
