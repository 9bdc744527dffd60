package security

import (
	"slices"

	"github.com/gokuzzle/kuzzle/controllers/search"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
)

// Name is the controller's name; CreateFirstAdmin is the action that a fresh
// server lets a stranger with the bootstrap token call.
const (
	Name             = "security"
	CreateFirstAdmin = "createFirstAdmin"
)

// Deps is what the controller works with.
type Deps struct {
	Accounts *accounts.Accounts
	Rights   *rights.Keeper
	// Canonical answers the name under which an action's rights are checked;
	// it is asked while requests are served, not before.
	Canonical func(controller, action string) (string, string)
	Search    search.Limits
}

type controller struct{ Deps }

// New declares the controller.
func New(deps Deps) api.Controller {
	deps.Search = deps.Search.OrDefaults()
	c := &controller{deps}
	return api.Controller{
		Name:  Name,
		About: "Users, roles, profiles, credentials and API keys.",
		Actions: slices.Concat(
			c.users(), c.creations(), c.userRights(), c.roles(), c.profiles(), c.credentials(),
			c.keys(), c.searches(), c.mappings(), c.explanations(),
		),
	}
}
