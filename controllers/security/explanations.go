package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/profiles"
)

// explanations are actions that Kuzzle does not have: why a user may or may not run an action, and
// which profiles allow it.
func (c *rightsActions) explanations() []api.Declared {
	return []api.Declared{
		api.Action[explainArgs, explanation]{
			Name: "explain", Routes: api.Routes{"POST /users/{userId}/_explain"},
			Summary: "Explains which profile, policy and role entry allow or deny a user an action, and whether the user could give profiles to another user.", Run: c.explain,
		},
		api.Action[whoMayArgs, kuzzleview.Counted[users.Allowing]]{
			Name: "whoMay", Routes: api.Routes{"POST /_whoMay"},
			Summary: "Lists the profiles that allow an action, with the number of users who hold them.", Run: c.whoMay,
		},
	}
}

type explainArgs struct {
	UserID     string          `arg:"userId,required,id"`
	Call       map[string]any  `body:".,required"`
	Controller kuzzleview.Name `body:"controller,required"`
	Action     kuzzleview.Name `body:"action,required"`
	// Giving is what the action would give, and to which user.
	Giving map[string]any `body:"giving"`
}

// explanation has giving only on request. It has a ban or lock, which also stops a user, only for
// callers who may ban.
type explanation struct {
	profiles.Explanation
	Standing    *users.Standing `json:"standing,omitempty"`
	Containment *users.Giving   `json:"containment,omitempty"`
}

func (c *rightsActions) explain(ctx context.Context, req *api.Request, args explainArgs) (explanation, error) {
	target, err := kuzzleview.TargetOf(args.Call)
	if err != nil {
		return explanation{}, err
	}
	controller, action := c.Canonical(string(args.Controller), string(args.Action))
	why, err := c.Accounts.Containment.Explain(ctx, args.UserID, controller, action, target)
	if err != nil {
		return explanation{}, err
	}
	told := explanation{Explanation: why}
	if req.Caller.Open {
		told.Explanation = why.Opened()
	}
	if kuzzleview.SeesStanding(req) {
		u, err := c.Accounts.Users.User(ctx, args.UserID)
		if err != nil {
			return explanation{}, err
		}
		if s := u.Standing.At(c.Accounts.Users.Now()); s != (users.Standing{}) {
			told.Standing = &s
		}
	}
	if args.Giving != nil {
		told.Containment, err = c.explainGiving(ctx, req, args)
	}
	return told, err
}

// explainGiving reads {profileIds, userId}: profiles to give, and the user who gets them or on whom
// the action acts.
func (c *rightsActions) explainGiving(ctx context.Context, req *api.Request, args explainArgs) (*users.Giving, error) {
	to, isText := args.Giving["userId"].(string)
	if !isText && args.Giving["userId"] != nil {
		return nil, assert.InvalidType.New("body.giving.userId", "string")
	}
	list, isList := args.Giving["profileIds"].([]any)
	ids, areTexts := api.Strings(list)
	if !areTexts || !isList && args.Giving["profileIds"] != nil {
		return nil, assert.InvalidType.New("body.giving.profileIds", "string[]")
	}
	told, err := c.Accounts.Containment.ExplainGiving(ctx, args.UserID, to, ids)
	if req.Caller.Open {
		told.Allowed, told.Exceeds = true, ""
	}
	return &told, err
}

type whoMayArgs struct {
	Call       map[string]any  `body:".,required"`
	Controller kuzzleview.Name `body:"controller,required"`
	Action     kuzzleview.Name `body:"action,required"`
}

func (c *rightsActions) whoMay(ctx context.Context, _ *api.Request, args whoMayArgs) (kuzzleview.Counted[users.Allowing], error) {
	target, err := kuzzleview.TargetOf(args.Call)
	if err != nil {
		return kuzzleview.Counted[users.Allowing]{}, err
	}
	controller, action := c.Canonical(string(args.Controller), string(args.Action))
	list, err := c.Accounts.Containment.WhoMay(ctx, controller, action, target)
	return kuzzleview.Count(list), err
}
