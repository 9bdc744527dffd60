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

// Name is the controller's name; the others are actions that have rules of their
// own in the life of a request.
const (
	Name         = "auth"
	Login        = "login"
	Logout       = "logout"
	CheckToken   = "checkToken"
	RefreshToken = "refreshToken"
	ProveFactor  = "proveFactor"
)

// Deps is what the controller works with.
type Deps struct {
	Accounts *accounts.Accounts
	Rights   *rights.Store
	// Canonical answers the name under which an action's rights are checked;
	// it is asked while requests are served, not before.
	Canonical func(controller, action string) (string, string)
	// Cookies allows sessions in cookies (http.cookieAuthentication).
	Cookies bool
	// LoggedIn is told of every session handed out, so that the connection it
	// was asked for by hears of its end; nil tells nobody.
	LoggedIn func(req *api.Request, s strategies.Session)
	// Steps answers what strategies ask for next.
	Steps kuzzleview.Steps
	// MaxPage bounds a page of API keys (limits.documentsFetchCount); zero is
	// search's default.
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
