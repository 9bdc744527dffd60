package auth

import (
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/controllers/search"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Name is the controller's name; the other constants are actions for which the dispatcher has
// special rules.
const (
	Name         = "auth"
	Login        = "login"
	Logout       = "logout"
	CheckToken   = "checkToken"
	RefreshToken = "refreshToken"
	ProveFactor  = "proveFactor"
)

// Deps has the dependencies of the controller.
type Deps struct {
	Accounts *accounts.Accounts
	Rights   *rights.Store
	// Canonical returns the name under which an action's rights are checked. It is called only
	// while requests are served.
	Canonical func(controller, action string) (string, string)
	// Cookies allows sessions in cookies (http.cookieAuthentication).
	Cookies bool
	// LoggedIn is called for every issued session, so that its connection is told when the session
	// ends; it may be nil.
	LoggedIn func(req *api.Request, s strategies.Session)
	// Steps makes the answers for further steps of strategies.
	Steps kuzzleview.Steps
	// MaxPage is the largest page of API keys (limits.documentsFetchCount); zero is the default of
	// package search.
	MaxPage int
	Now     func() time.Time
}

type controller struct {
	Deps
	search search.Limits
}

// New declares the controller.
func New(deps Deps) api.Controller {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	c := &controller{Deps: deps, search: search.Limits{MaxPage: deps.MaxPage}.OrDefaults()}
	return api.Controller{
		Name:    Name,
		About:   "Logging in and out, tokens, and the caller's own account.",
		Actions: slices.Concat(c.sessions(), c.own(), c.self(), c.metadata(), pictureActions{deps}.pictures(), c.credentials(), c.contacts(), c.keys()),
	}
}
