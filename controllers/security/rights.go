package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/profiles"
)

// userRights are the actions that read a user's rights and strategies.
func (c *rightsActions) userRights() []api.Declared {
	return []api.Declared{
		api.Action[byID, kuzzleview.Counted[profiles.Right]]{
			Name: "getUserRights", Routes: api.Routes{"GET /users/{_id}/_rights"},
			Summary: "Lists the rights of a user: those of its profiles, or all rights on an open server.", Run: c.getUserRights,
		},
		api.Action[byID, strategiesOfUser]{
			Name: "getUserStrategies", Routes: api.Routes{"GET /users/{_id}/_strategies"},
			Summary: "Lists the strategies that a user has credentials for.", Run: c.getUserStrategies,
		},
		api.Action[checkRightsArgs, kuzzleview.Allowed]{
			Name: "checkRights", Routes: api.Routes{"POST /_checkRights/{userId}"},
			Summary:  "Reports whether a user may run an action.",
			Precheck: userByEitherName, Run: c.checkRights,
		},
	}
}

// On an open server these actions answer for a user at the caller's address, who may do everything.

func (c *rightsActions) getUserRights(ctx context.Context, req *api.Request, args byID) (kuzzleview.Counted[profiles.Right], error) {
	u, err := c.Accounts.Users.User(ctx, args.ID)
	if err != nil {
		return kuzzleview.Counted[profiles.Right]{}, err
	}
	if req.Caller.Open {
		return kuzzleview.Count(profiles.Everything()), nil
	}
	list, err := c.Rights.RightsOf(ctx, u.Profiles...)
	return kuzzleview.Count(list), err
}

type strategiesOfUser struct {
	Strategies []string `json:"strategies"`
	Total      int      `json:"total"`
}

func (c *rightsActions) getUserStrategies(ctx context.Context, _ *api.Request, args byID) (strategiesOfUser, error) {
	u, err := c.Accounts.Users.User(ctx, args.ID)
	names := u.Strategies
	if names == nil {
		names = []string{}
	}
	return strategiesOfUser{names, len(names)}, err
}

type checkRightsArgs struct {
	UserID     string          `arg:"userId,required,id"`
	Call       map[string]any  `body:".,required"`
	Controller kuzzleview.Name `body:"controller,required"`
	Action     kuzzleview.Name `body:"action,required"`
}

// userByEitherName lets user:checkRights call its user _id, like the other actions of user.
func userByEitherName(_ context.Context, req *api.Request) error {
	if req.Arg("userId") == nil && req.Arg("_id") != nil {
		req.SetArg("userId", req.Arg("_id"))
	}
	return nil
}

func (c *rightsActions) checkRights(ctx context.Context, req *api.Request, args checkRightsArgs) (kuzzleview.Allowed, error) {
	u, err := c.Accounts.Users.User(ctx, args.UserID)
	if err != nil {
		return kuzzleview.Allowed{}, err
	}
	target, err := kuzzleview.TargetOf(args.Call)
	if err != nil || req.Caller.Open {
		return kuzzleview.Allowed{Allowed: err == nil}, err
	}
	controller, action := c.Canonical(string(args.Controller), string(args.Action))
	allowed, err := c.Rights.Allowed(ctx, u.Profiles, controller, action, target)
	return kuzzleview.Allowed{Allowed: allowed}, err
}
