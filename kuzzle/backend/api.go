package backend

import (
	"context"
	"fmt"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/admin"
	"github.com/gokuzzle/kuzzle/controllers/auth"
	"github.com/gokuzzle/kuzzle/controllers/digest"
	"github.com/gokuzzle/kuzzle/controllers/imports"
	"github.com/gokuzzle/kuzzle/controllers/native"
	"github.com/gokuzzle/kuzzle/controllers/plugin"
	"github.com/gokuzzle/kuzzle/controllers/search"
	"github.com/gokuzzle/kuzzle/controllers/security"
	"github.com/gokuzzle/kuzzle/controllers/server"
	"github.com/gokuzzle/kuzzle/controllers/settings"
	"github.com/gokuzzle/kuzzle/controllers/user"
	"github.com/gokuzzle/kuzzle/controllers/webhooks"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/metrics"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
	"github.com/gokuzzle/kuzzle/profiles"
)

// catalogue answers which controllers and actions there are. The table is made
// after whoever asks.
func (app *App) catalogue() profiles.Catalogue {
	return native.Catalogue{Table: func() *api.Table { return app.table }}
}

func (app *App) canonical(controller, action string) (string, string) {
	return app.table.Canonical(controller, action)
}

// buildAPI declares every action and makes the way to them.
func (app *App) buildAPI(b *builder) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the controllers do not fit together: %v", cause)
		}
	}()
	app.table = api.NewTable(app.controllers(b), user.Aliases())
	if clustered(app.config) && app.config.Elasticsearch.Visibility == noDefaultRefresh {
		app.table.DefaultRefresh(false)
	}
	app.metrics = metrics.New(metrics.Config{
		Actions: app.table.Names(), Sources: app.sources(), Build: metrics.Build{Version: b.version}, Now: app.now,
	})
	options, err := app.networkOptions()
	if err != nil {
		return err
	}
	app.dispatcher = api.New(api.Config{
		Table: app.table, Authenticator: app.gate, Rights: app.gate, Limiter: app.gate, Origins: options.Origins,
		Observers: []api.Observer{app.metrics}, MaxInFlight: app.config.Limits.RequestsBufferSize,
		Timeout: app.config.Limits.RequestTimeout.Std(), Development: app.config.Development,
		AnySDK: !app.config.Server.StrictSDKVersion, Log: app.log,
	})
	app.server = network.New(app.dispatcher, options)
	return nil
}

func (app *App) controllers(b *builder) []api.Controller {
	cfg := app.config
	engine := cfg.Services.StorageEngine
	limits := search.Limits{
		MaxPage: cfg.Limits.DocumentsFetchCount, MaxScroll: engine.MaxScrollDuration.Std(), Scroll: engine.Defaults.ScrollTTL.Std(),
	}
	all := []api.Controller{
		security.New(security.Deps{Accounts: app.accounts, Rights: app.rights, Canonical: app.canonical, Search: limits}),
		auth.New(auth.Deps{
			Accounts: app.accounts, Rights: app.rights, Canonical: app.canonical,
			Cookies: cfg.HTTP.CookieAuthentication, MaxPage: cfg.Limits.DocumentsFetchCount, Now: app.now,
			LoggedIn: app.links.opened,
		}),
		server.New(app.serverDeps()),
		admin.New(app.accounts),
		imports.New(app.imports, app.accounts),
		settings.New(app.settings, app.accounts),
		webhooks.New(app.webhooks, app.accounts),
		digest.New(),
	}
	all = append(all, plugin.Controllers(app.accounts.Registry.StrategyActions(), app.accounts.Logins.Act)...)
	return append(all, b.controllers...)
}

func (app *App) serverDeps() server.Deps {
	cfg := app.config
	return server.Deps{
		Table:       func() *api.Table { return app.table },
		AdminExists: app.accounts.Users.AdminExists,
		Config:      cfg.Public,
		Limits: map[string]any{
			"documentsFetchCount": cfg.Limits.DocumentsFetchCount, "documentsWriteCount": cfg.Limits.DocumentsWriteCount,
			"requestsBufferSize": cfg.Limits.RequestsBufferSize,
		},
		Nodes:      app.nodes.all,
		Store:      app.store.Info,
		Health:     app.store.Health,
		Load:       app.load,
		Prometheus: func(context.Context) ([]byte, error) { raw, err := app.metrics.Raw(); return raw.Body, err },
		Frames:     app.frames,
		Plugins: func() map[string]server.Plugin {
			return map[string]server.Plugin{"strategies": {Version: app.version, Strategies: app.accounts.Registry.Strategies()}}
		},
		Version: app.version, Started: app.started, Now: app.now,
	}
}

func (app *App) load() server.Load {
	now := app.metrics.Snapshot()
	return server.Load{
		ConcurrentRequests: now.API.ConcurrentRequests, PendingRequests: now.API.PendingRequests,
		HTTPConnections: int64(now.Network.Connections["http/1.1"]), WebSockets: int64(now.Network.Connections["websocket"]),
	}
}

func (app *App) frames() []server.Frame {
	var out []server.Frame
	for _, frame := range app.metrics.Frames(time.Time{}, time.Time{}) {
		out = append(out, server.Frame(frame))
	}
	return out
}

// sources are where metrics read the present state of the other packages.
func (app *App) sources() metrics.Sources {
	return metrics.Sources{
		Load: func() (int64, int64, int64) { return app.dispatcher.Load() },
		Connections: func() (int, int) {
			stats := app.server.Stats()
			return stats.HTTP, stats.WebSocket
		},
		Slots: func() (int64, int64) {
			stats := app.server.Stats()
			return stats.Refused, stats.Evicted
		},
		Memory: func() metrics.Memory {
			return metrics.Memory{Used: app.budget.Used(), Limit: app.budget.Limit(), Refused: app.budget.Refused()}
		},
		HashPool: func() metrics.HashPool {
			stats := app.pool.Stats()
			return metrics.HashPool{Queued: stats.Queued, Running: stats.Running, Memory: stats.Memory, Done: stats.Done, Refused: stats.Refused, Work: stats.Work}
		},
		Documents: func() map[string]int64 {
			counts := map[string]int64{}
			for collection, count := range app.store.Info(context.Background()).Counts {
				counts[string(collection)] = count
			}
			return counts
		},
		LoginsDelayed: app.logins.Refused,
		WeakDigests: func() (waiting, left int64) {
			counted := app.weak.Load()
			return counted.Waiting, counted.Left
		},
		Audit: func() (uint64, uint64) {
			if app.audit == nil {
				return 0, 0
			}
			return app.audit.Written(), app.audit.Dropped()
		},
	}
}
