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

// Name is the controller's name. CreateFirstAdmin is the action that a stranger with the bootstrap
// token may call on a fresh server.
const (
	Name             = "security"
	CreateFirstAdmin = "createFirstAdmin"
)

// Deps has the dependencies of the controller.
type Deps struct {
	Accounts *accounts.Accounts
	Rights   *rights.Store
	// Canonical returns the name under which an action's rights are checked. It is called only
	// while requests are served.
	Canonical func(controller, action string) (string, string)
	Search    search.Limits
	History   *history.History
	// Needs returns the instance's requirements for users who are created or changed with an
	// account; nil requires nothing.
	Needs func() credentials.Needs
}

// The actions are declared by subject, each subject with its own type.
type (
	userActions       struct{ Deps } // existing users, and their deletion
	creationActions   struct{ Deps } // new users, and their accounts
	definitionActions struct{ Deps } // roles and profiles
	credentialActions struct{ Deps } // credentials and API keys
	contactActions    struct{ Deps } // e-mail addresses and phone numbers
	rightsActions     struct{ Deps } // rights of users, and the reasons for them
	searchActions     struct{ Deps } // searches, and the mappings that they use
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
