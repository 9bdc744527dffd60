package assembly

import (
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/attempt"
	"github.com/gokuzzle/kuzzle/clerk/frontend/clients"
	"github.com/gokuzzle/kuzzle/clerk/frontend/environment"
	"github.com/gokuzzle/kuzzle/clerk/frontend/organizations"
	"github.com/gokuzzle/kuzzle/clerk/frontend/profile"
	"github.com/gokuzzle/kuzzle/clerk/frontend/signin"
	"github.com/gokuzzle/kuzzle/clerk/frontend/signup"
	"github.com/gokuzzle/kuzzle/clerk/frontend/verify"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// New declares all actions. The shapes need no accounts of their own: they get those of the dialect.
func New(deps frontend.Deps, shapes view.Maker) []api.Controller {
	dialect := frontend.Dialect(deps)
	shapes.Accounts = deps.Accounts
	maker := &shapes
	keeper := attempt.Keeper{Maker: maker}
	return []api.Controller{
		environment.New(environment.Deps{
			Rules: deps.Rules, Dialect: dialect, MinPassword: credentials.MinPassword, MaxPassword: credentials.MaxPassword, Sends: deps.Accounts.Codes.Sends, Links: deps.Accounts.Codes.Links,
		}),
		clients.New(clients.Deps{Maker: maker, Dialect: dialect}),
		signin.New(signin.Deps{Keeper: keeper, Dialect: dialect}),
		signup.New(signup.Deps{Keeper: keeper, Dialect: dialect}),
		profile.New(profile.Deps{Maker: maker, Dialect: dialect}),
		verify.New(verify.Deps{Keeper: keeper, Dialect: dialect}),
		organizations.New(organizations.Deps{Maker: maker, Dialect: dialect}),
	}
}
