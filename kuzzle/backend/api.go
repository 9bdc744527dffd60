package backend

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/scripts"
	"github.com/gokuzzle/kuzzle/controllers/admin"
	"github.com/gokuzzle/kuzzle/controllers/auth"
	"github.com/gokuzzle/kuzzle/controllers/data"
	"github.com/gokuzzle/kuzzle/controllers/digest"
	"github.com/gokuzzle/kuzzle/controllers/imports"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/controllers/native"
	"github.com/gokuzzle/kuzzle/controllers/plugin"
	"github.com/gokuzzle/kuzzle/controllers/search"
	"github.com/gokuzzle/kuzzle/controllers/security"
	"github.com/gokuzzle/kuzzle/controllers/server"
	"github.com/gokuzzle/kuzzle/controllers/servicekeys"
	"github.com/gokuzzle/kuzzle/controllers/settings"
	"github.com/gokuzzle/kuzzle/controllers/user"
	"github.com/gokuzzle/kuzzle/controllers/webhooks"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/dashboard"
	"github.com/gokuzzle/kuzzle/kuzzle/metrics"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
	"github.com/gokuzzle/kuzzle/kuzzle/publishable"
	"github.com/gokuzzle/kuzzle/profiles"
)

// catalogue returns the function that lists controllers and actions. The table
// is made after the packages that need it.
func (app *App) catalogue() profiles.Catalogue {
	return native.Catalogue{Table: func() *api.Table { return app.table }}
}

func (app *App) canonical(controller, action string) (string, string) {
	return app.table.Canonical(controller, action)
}

// buildAPI declares every action and builds the dispatcher.
func (app *App) buildAPI(b *builder) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the controllers are inconsistent: %v", cause)
		}
	}()
	app.table = api.NewTable(app.controllers(b), user.Aliases())
	if clustered(app.config) && app.config.Elasticsearch.Visibility == noDefaultRefresh {
		app.table.DefaultRefresh(false)
	}
	app.metrics = metrics.New(metrics.Config{
		Actions: app.table.Names(), Sources: reports{app}.sources(), Build: metrics.Build{Version: b.version}, Now: app.now,
	})
	options, err := app.networkOptions()
	if err != nil {
		return err
	}
	options.Mounts = append(b.mounts, dashboard.Mount()) // after the program's own mounts, which may use the same path
	if app.config.Frontend() {
		options.Mounts = append(options.Mounts, scripts.Mounts(app.config.Data, publishable.Path(app.config.FrontendAPI()))...)
	}
	app.dispatcher = api.New(api.Config{
		Table: app.table, Authenticator: app.gate, Rights: app.gate, Limiter: app.gate, Origins: options.Origins,
		Observers: []api.Observer{app.metrics, app.counters}, MaxInFlight: app.config.Limits.RequestsBufferSize,
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
	steps := kuzzleview.Steps{Loopback: cfg.Dev}
	all := []api.Controller{
		security.New(security.Deps{
			Accounts: app.accounts, Rights: app.rights, Canonical: app.canonical, Search: limits, History: app.history,
			Needs: func() credentials.Needs { return needsOf(app.clerkRules.Now()) },
		}),
		auth.New(auth.Deps{
			Accounts: app.accounts, Rights: app.rights, Canonical: app.canonical,
			Cookies: cfg.HTTP.CookieAuthentication, MaxPage: cfg.Limits.DocumentsFetchCount, Now: app.now,
			LoggedIn: app.links.opened, Steps: steps,
		}),
		server.New(reports{app}.serverDeps()),
		admin.New(app.accounts),
		imports.New(app.imports, app.accounts),
		settings.New(settings.Deps{
			Settings: app.settings, Accounts: app.accounts, Mail: app.testMail,
			Fixed: fixed(app, b.origins), Strategies: slices.Sorted(maps.Keys(b.strategies)),
		}),
		webhooks.New(app.webhooks, app.accounts),
		servicekeys.New(app.serviceKeys, app.accounts),
		digest.New(),
	}
	all = append(all, plugin.Controllers(app.accounts.Registry.StrategyActions(), app.accounts.Logins.Act, steps)...)
	all = append(all, data.Controllers()...)
	all = append(all, app.clerk()...)
	return append(all, b.controllers...)
}
