package security

import (
	"slices"

	"github.com/gokuzzle/kuzzle/controllers/search"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/history"
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
	Rights   *rights.Store
	// Canonical answers the name under which an action's rights are checked;
	// it is asked while requests are served, not before.
	Canonical func(controller, action string) (string, string)
	Search    search.Limits
	History   *history.History
	// Needs are what the instance asks of users who are made or changed with an account;
	// nil asks for nothing.
	Needs func() credentials.Needs
}

// The actions are declared by subject, each with its own type.
type (
	userActions       struct{ Deps } // users that there are, and their deletion
	creationActions   struct{ Deps } // new users, and their accounts
	definitionActions struct{ Deps } // roles and profiles
	credentialActions struct{ Deps } // credentials and API keys
	contactActions    struct{ Deps } // e-mail addresses and phone numbers
	rightsActions     struct{ Deps } // what somebody may do, and why
	searchActions     struct{ Deps } // searches and the mappings they go by
)

// New declares the controller.
func New(deps Deps) api.Controller {
	deps.Search = deps.Search.OrDefaults()
	users, creations := &userActions{deps}, &creationActions{deps}
	definitions, credentials := &definitionActions{deps}, &credentialActions{deps}
	contacts := &contactActions{deps}
	rights, searches := &rightsActions{deps}, &searchActions{deps}
	return api.Controller{
		Name:  Name,
		About: "Users, roles, profiles, credentials and API keys.",
		Actions: slices.Concat(
			users.users(), creations.accounts(), users.metadata(), users.pictures(), users.organizations(), users.histories(), users.impersonations(), users.sessions(), creations.creations(), rights.userRights(), definitions.roles(), definitions.profiles(), definitions.previews(),
			credentials.credentials(), credentials.keys(), contacts.contacts(), searches.searches(), searches.lists(), searches.mappings(), rights.explanations(),
		),
	}
}
