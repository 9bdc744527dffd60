package users

import (
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Name is the controller's.
const Name = "clerk-users"

// Deps are what the actions need.
type Deps struct {
	Accounts *accounts.Accounts
	Dialect  *api.Dialect
	Make     resource.Maker
	// Profiles are those of users who are made here.
	Profiles []string
	Now      func() time.Time
}

type controller struct{ Deps }

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps}
	return api.Controller{
		Name: Name, About: "Users, in the shapes of Clerk's Backend API.", Dialect: deps.Dialect,
		Actions: []api.Declared{
			api.Action[creation, resource.User]{
				Name: edge.CreateUser, Routes: api.Routes{"POST /users"},
				Summary: "Makes a user with identifiers, a password or its digest, second factors and metadata.", Run: c.create,
			},
			api.Action[byID, resource.User]{
				Name: "getUser", Routes: api.Routes{"GET /users/{user_id}"}, Summary: "Reads a user.", Run: c.get,
			},
			api.Action[byID, resource.Deleted]{
				Name: "deleteUser", Routes: api.Routes{"DELETE /users/{user_id}"}, Summary: "Deletes a user.", Run: c.delete,
			},
		},
	}
}

// byID are the arguments of actions on one user.
type byID struct {
	ID string `arg:"user_id,required"`
}
