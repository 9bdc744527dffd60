package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/wire"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/profiles"
)

// explanations are this server's own actions: why somebody may or may not do
// something, and who may.
func (c *controller) explanations() []api.Declared {
	return []api.Declared{
		api.Action[explainArgs, profiles.Explanation]{
			Name: "explain", Routes: api.Routes{"POST /users/{userId}/_explain"},
			Summary: "Tells which profile, policy and role entry allow or deny a user an action.", Run: c.explain,
		},
		api.Action[whoMayArgs, wire.Counted[accounts.Allowing]]{
			Name: "whoMay", Routes: api.Routes{"POST /_whoMay"},
			Summary: "Lists the profiles that allow an action, with the number of users who hold them.", Run: c.whoMay,
		},
	}
}

type explainArgs struct {
	UserID     string         `arg:"userId,required,id"`
	Call       map[string]any `body:".,required"`
	Controller wire.Name      `body:"controller,required"`
	Action     wire.Name      `body:"action,required"`
}

func (c *controller) explain(ctx context.Context, req *api.Request, args explainArgs) (profiles.Explanation, error) {
	target, err := wire.TargetOf(args.Call)
	if err != nil {
		return profiles.Explanation{}, err
	}
	controller, action := c.Canonical(string(args.Controller), string(args.Action))
	why, err := c.Accounts.Explain(ctx, args.UserID, controller, action, target)
	if err == nil && req.Caller.Open {
		why = why.Opened()
	}
	return why, err
}

type whoMayArgs struct {
	Call       map[string]any `body:".,required"`
	Controller wire.Name      `body:"controller,required"`
	Action     wire.Name      `body:"action,required"`
}

func (c *controller) whoMay(ctx context.Context, _ *api.Request, args whoMayArgs) (wire.Counted[accounts.Allowing], error) {
	target, err := wire.TargetOf(args.Call)
	if err != nil {
		return wire.Counted[accounts.Allowing]{}, err
	}
	controller, action := c.Canonical(string(args.Controller), string(args.Action))
	list, err := c.Accounts.WhoMay(ctx, controller, action, target)
	return wire.Count(list), err
}
