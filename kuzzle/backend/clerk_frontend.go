package backend

import (
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/attempt"
	frontendclients "github.com/gokuzzle/kuzzle/clerk/frontend/clients"
	"github.com/gokuzzle/kuzzle/clerk/frontend/environment"
	"github.com/gokuzzle/kuzzle/clerk/frontend/profile"
	"github.com/gokuzzle/kuzzle/clerk/frontend/signin"
	"github.com/gokuzzle/kuzzle/clerk/frontend/signup"
	clerkview "github.com/gokuzzle/kuzzle/clerk/frontend/view"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// clerkFrontend declares the actions of Clerk's Frontend API.
func (app *App) clerkFrontend(tokens clerksessions.Deps) []api.Controller {
	dialect := frontend.Dialect(frontend.Deps{
		Accounts: app.accounts, Keys: app.serviceKeys, Rules: &app.clerkRules, Windows: app.windows,
		FrontendAPI: app.config.FrontendAPI(), Off: !app.config.Frontend(),
	})
	maker := &clerkview.Maker{
		Accounts: app.accounts, Users: clerkMaker(app), Shapes: clerkShapes(app), Tokens: clerksessions.NewTokens(tokens), Now: app.now,
	}
	return []api.Controller{
		environment.New(environment.Deps{Rules: &app.clerkRules, Dialect: dialect, MinPassword: credentials.MinPassword, MaxPassword: credentials.MaxPassword, Sends: app.accounts.Codes.Sends}),
		frontendclients.New(frontendclients.Deps{Maker: maker, Dialect: dialect}),
		signin.New(signin.Deps{Keeper: attempt.Keeper{Maker: maker}, Dialect: dialect}),
		signup.New(signup.Deps{Keeper: attempt.Keeper{Maker: maker}, Dialect: dialect}),
		profile.New(profile.Deps{Maker: maker, Dialect: dialect}),
	}
}
