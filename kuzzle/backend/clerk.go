package backend

import (
	clerkcontacts "github.com/gokuzzle/kuzzle/clerk/contacts"
	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/images"
	clerkorganizations "github.com/gokuzzle/kuzzle/clerk/organizations"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	clerkusers "github.com/gokuzzle/kuzzle/clerk/users"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// clerk declares the actions of Clerk's Backend API.
func (app *App) clerk() []api.Controller {
	dialect := edge.Dialect(app.serviceKeys, func(controller, action string) []string { return app.table.RoutesOf(controller, action) }, app.windows)
	addresses := images.Addresses{Base: app.config.BaseURL()}
	return []api.Controller{
		clerksessions.New(clerksessions.Deps{Sessions: sessions.Manage(app.accounts.Sessions), Signer: app.signer, Dialect: dialect}),
		images.New(app.accounts.Pictures),
		clerkcontacts.New(clerkcontacts.Deps{Accounts: app.accounts, Dialect: dialect, Rules: &app.clerkRules}),
		clerkusers.New(clerkusers.Deps{
			Accounts: app.accounts, Dialect: dialect, Rules: &app.clerkRules, Profiles: app.config.Clerk.Profiles, Now: app.now,
			Make:          resource.Maker{Registry: app.accounts.Registry, Rules: &app.clerkRules, Now: app.now, LockAfter: app.config.Clerk.LockAfter, Image: addresses.Of},
			SkippedChecks: app.config.Clerk.SkippedChecks,
			Lockouts:      users.NewLockouts(app.accounts.Users, users.Lockout{After: app.config.Clerk.LockAfter, For: app.config.Clerk.LockFor.Std()}),
		}),
		clerkorganizations.New(clerkorganizations.Deps{Accounts: app.accounts, Dialect: dialect, Now: app.now}),
	}
}
