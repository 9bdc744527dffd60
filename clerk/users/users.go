package users

import (
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Name is the name of the controller.
const Name = "clerk-users"

// Deps are the dependencies of the actions.
type Deps struct {
	Accounts *accounts.Accounts
	Dialect  *api.Dialect
	Rules    *rules.InForce
	Make     resource.Maker
	// Profiles are the profiles of users created here.
	Profiles []string
	Now      func() time.Time
	// SkippedChecks is the requirement for passwords that were accepted only
	// because checks were skipped.
	SkippedChecks string
	// Lockouts knows how long locks last, and when wrong proofs lock.
	Lockouts *users.Lockouts
}

type controller struct{ Deps }

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps}
	return api.Controller{
		Name: Name, About: "Users, in the shapes of Clerk's Backend API.", Dialect: deps.Dialect,
		Actions: slices.Concat(c.single(), c.standing(), c.proofs(), c.images()),
	}
}

// single returns the actions on one user.
func (c *controller) single() []api.Declared {
	return []api.Declared{
		api.Action[creation, resource.User]{
			Name: edge.CreateUser, Routes: api.Routes{"POST /users"},
			Summary: "Makes a user with identifiers, a password or its digest, second factors and metadata.", Run: c.create,
		},
		api.Action[listing, resource.Users]{
			Name: "getUserList", Routes: api.Routes{"GET /users"}, Summary: "Lists users, newest first by default.", Run: c.list,
		},
		api.Action[listing, resource.Count]{
			Name: "getUserCount", Routes: api.Routes{"GET /users/count"}, Summary: "Counts users.", Run: c.count,
		},
		api.Action[byID, resource.User]{
			Name: "getUser", Routes: api.Routes{"GET /users/{user_id}"}, Summary: "Reads a user.", Run: c.get,
		},
		api.Action[update, resource.User]{
			Name: "updateUser", Routes: api.Routes{"PATCH /users/{user_id}"},
			Summary: "Changes details, primary addresses and login methods of a user, all at once.", Run: c.update,
		},
		api.Action[metadataChange, resource.User]{
			Name: "mergeMetadata", Routes: api.Routes{"PATCH /users/{user_id}/metadata"},
			Summary: "Merges metadata into a user's metadata; null removes a key.", Run: c.mergeMetadata,
		},
		api.Action[metadataChange, resource.User]{
			Name: "replaceMetadata", Routes: api.Routes{"PUT /users/{user_id}/metadata"},
			Summary: "Replaces a user's metadata of the given kinds.", Run: c.replaceMetadata,
		},
		api.Action[byID, resource.Deleted]{
			Name: "deleteUser", Routes: api.Routes{"DELETE /users/{user_id}"}, Summary: "Deletes a user.", Run: c.delete,
		},
	}
}

// byID has the arguments of actions on one user.
type byID struct {
	ID string `arg:"user_id,required"`
}
