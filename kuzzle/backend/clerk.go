package backend

import (
	clerkcontacts "github.com/gokuzzle/kuzzle/clerk/contacts"
	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/assembly"
	clerkview "github.com/gokuzzle/kuzzle/clerk/frontend/view"
	"github.com/gokuzzle/kuzzle/clerk/images"
	clerkinstance "github.com/gokuzzle/kuzzle/clerk/instance"
	clerkorganizations "github.com/gokuzzle/kuzzle/clerk/organizations"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	clerktemplates "github.com/gokuzzle/kuzzle/clerk/templates"
	clerktickets "github.com/gokuzzle/kuzzle/clerk/tickets"
	clerkusers "github.com/gokuzzle/kuzzle/clerk/users"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/instance"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token/templates"
)

// clerk declares the actions of Clerk's APIs.
func (app *App) clerk() []api.Controller {
	dialect := edge.Dialect(app.serviceKeys, func(controller, action string) []string { return app.table.RoutesOf(controller, action) }, app.windows, &app.clerkRules)
	maker, shapes := clerkMaker(app), clerkShapes(app)
	all := templates.New(templates.Options{Store: app.kept, Sealer: app.sealer, Signer: app.signer, Now: app.now})
	tokens := clerksessions.Deps{
		Accounts: app.accounts, Make: maker, Logo: shapes.Logo, Signer: app.signer, Templates: all, Sealer: app.sealer, Dialect: dialect,
	}
	return append([]api.Controller{
		clerksessions.New(tokens),
		clerktemplates.New(clerktemplates.Deps{Accounts: app.accounts, Templates: all, Sealer: app.sealer, Dialect: dialect}),
		images.New(app.accounts.Pictures, app.accounts.Logos),
		clerkcontacts.New(clerkcontacts.Deps{Accounts: app.accounts, Dialect: dialect, Rules: &app.clerkRules}),
		clerkusers.New(clerkusers.Deps{
			Accounts: app.accounts, Dialect: dialect, Rules: &app.clerkRules, Profiles: app.config.Clerk.Profiles, Now: app.now,
			Make: maker, SkippedChecks: app.config.Clerk.SkippedChecks,
			Lockouts: users.NewLockouts(app.accounts.Users, users.Lockout{After: app.config.Clerk.LockAfter, For: app.config.Clerk.LockFor.Std()}),
		}),
		clerktickets.New(clerktickets.Deps{Accounts: app.accounts, Dialect: dialect, Rules: &app.clerkRules}),
		clerkorganizations.New(clerkorganizations.Deps{Accounts: app.accounts, Rules: &app.clerkRules, Dialect: dialect, Make: shapes, Now: app.now}),
		clerkinstance.New(clerkinstance.Deps{
			Instance: instance.New(app.kept, app.sealer.Derive), Settings: app.settings, Rules: &app.clerkRules, Accounts: app.accounts, Dialect: dialect,
		}),
	}, clerkFrontend(app, tokens)...)
}

// clerkFrontend declares the actions of Clerk's Frontend API.
func clerkFrontend(app *App, tokens clerksessions.Deps) []api.Controller {
	addresses := images.Addresses{Base: app.config.BaseURL(), Placeholders: invitations{app}.base}
	maker := clerkMaker(app)
	maker.Image = addresses.Of
	rates := throttle.NewRate(app.now, frontend.RateEvery)
	rates.Divide(app.nodes.share)
	return assembly.New(frontend.Deps{
		Accounts: app.accounts, Keys: app.serviceKeys, Rules: &app.clerkRules, Windows: app.windows, Rates: rates, FrontendAPI: app.config.FrontendAPI(), LinkBase: invitations{app}.base, Off: !app.config.Frontend() || app.config.Plugins.Common.FailsafeMode,
	}, clerkview.Maker{
		Users: maker, Shapes: resource.Organizations{Image: addresses.Of, Logo: addresses.OfOrganization}, Tokens: clerksessions.NewTokens(tokens), Now: app.now,
	})
}

// clerkMaker makes the resources of that API.
func clerkMaker(app *App) resource.Maker {
	image := clerkShapes(app).Image
	return resource.Maker{Registry: app.accounts.Registry, Rules: &app.clerkRules, Now: app.now, LockAfter: app.config.Clerk.LockAfter, Image: image}
}

// clerkShapes makes the resources of organizations.
func clerkShapes(app *App) resource.Organizations {
	addresses := images.Addresses{Base: app.config.BaseURL()}
	return resource.Organizations{Image: addresses.Of, Logo: addresses.OfOrganization}
}
