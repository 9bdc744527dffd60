package auth

import (
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/search"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
)

// Name is the controller's name.
const Name = "auth"

// Deps is what the controller works with.
type Deps struct {
	Accounts *accounts.Accounts
	Rights   *rights.Keeper
	// Canonical answers the name under which an action's rights are checked;
	// it is asked while requests are served, not before.
	Canonical func(controller, action string) (string, string)
	// Cookies allows sessions in cookies (http.cookieAuthentication).
	Cookies bool
	Search  search.Limits
	Now     func() time.Time
}

type controller struct{ Deps }

// New declares the controller.
func New(deps Deps) api.Controller {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	deps.Search = deps.Search.OrDefaults()
	c := &controller{deps}
	return api.Controller{
		Name:    Name,
		About:   "Logging in and out, tokens, and the caller's own account.",
		Actions: slices.Concat(c.sessions(), c.self(), c.credentials(), c.keys()),
	}
}
