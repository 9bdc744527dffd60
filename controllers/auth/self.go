package auth

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/wire"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/profiles"
)

// self are the actions on the caller's own user.
func (c *controller) self() []api.Declared {
	return []api.Declared{
		api.Action[api.None, wire.CurrentUser]{
			Name: "getCurrentUser", Routes: api.Routes{"GET /_me"}, Deprecated: api.Routes{"GET /users/_me"},
			Summary: "Reads the caller's own user.", Run: c.getCurrentUser,
		},
		api.Action[updateSelfArgs, wire.Document]{
			Name: "updateSelf", Routes: api.Routes{"PUT /_me"}, Deprecated: api.Routes{"PUT /_updateSelf"},
			Summary: "Merges content into the caller's own user.", Authenticated: true, Run: c.updateSelf,
		},
		api.Action[api.None, wire.Counted[profiles.Right]]{
			Name: "getMyRights", Routes: api.Routes{"GET /_me/_rights"}, Deprecated: api.Routes{"GET /users/_me/_rights"},
			Summary: "Lists what the caller may and may not do: everything on a server that is open, else what its profiles say.", Run: c.getMyRights,
		},
		api.Action[checkRightsArgs, wire.Allowed]{
			Name: "checkRights", Routes: api.Routes{"POST /_checkRights"},
			Summary: "Tells whether the caller may run an action.", Run: c.checkRights,
		},
	}
}

func (c *controller) getCurrentUser(ctx context.Context, req *api.Request, _ api.None) (wire.CurrentUser, error) {
	u, err := c.caller(ctx, req)
	return wire.CurrentUser{User: u}, err
}

// caller is the user who calls, as the authentication left it or read again.
func (c *controller) caller(ctx context.Context, req *api.Request) (*users.User, error) {
	if u, ok := wire.Calling(req); ok {
		return u, nil
	}
	u, err := c.Accounts.Users.User(ctx, wire.Actor(req).Kuid)
	return &u, err
}

type updateSelfArgs struct {
	Content map[string]any `body:".,required"`
	Refresh api.Refresh    `arg:"refresh,default=wait_for"`
	Retries int            `arg:"retryOnConflict,default=10"`
}

func (c *controller) updateSelf(ctx context.Context, req *api.Request, args updateSelfArgs) (wire.Document, error) {
	for _, name := range [...]string{"_id", "profileIds"} {
		if truthy(args.Content[name]) {
			return wire.Document{}, assert.Forbidden.New("body." + name)
		}
	}
	own, err := c.caller(ctx, req)
	if err != nil {
		return wire.Document{}, err
	}
	if err := refuseAccount(own, args.Content); err != nil {
		return wire.Document{}, err
	}
	by, edit := wire.Actor(req), wire.Editing(args.Refresh, args.Retries)
	if edit.Metadata, err = wire.TakeUnsafe("body.", args.Content); err != nil {
		return wire.Document{}, err
	}
	u, err := c.Accounts.Users.Update(ctx, by, by.Kuid, args.Content, edit)
	return wire.Updated(u), err
}

// refuseAccount refuses to write names of the account into the content of a user who does
// not have them there already, from another system or by somebody who manages users.
func refuseAccount(own *users.User, content map[string]any) error {
	return wire.RefuseAccount("body.", content, func(name string) bool {
		had, err := plainjson.Get(own.Content, name)
		return err == nil && had != nil
	})
}

// truthy is what JavaScript takes for true.
func truthy(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0
	}
	return true
}

func (c *controller) getMyRights(ctx context.Context, req *api.Request, _ api.None) (wire.Counted[profiles.Right], error) {
	if req.Caller.Unbounded() {
		return wire.Count(profiles.Everything()), nil
	}
	u, err := c.caller(ctx, req)
	if err != nil {
		return wire.Counted[profiles.Right]{}, err
	}
	list, err := c.Rights.RightsOf(ctx, u.Profiles...)
	return wire.Count(list), err
}

type checkRightsArgs struct {
	Call       map[string]any `body:".,required"`
	Controller wire.Name      `body:"controller,required"`
	Action     wire.Name      `body:"action,required"`
}

func (c *controller) checkRights(ctx context.Context, req *api.Request, args checkRightsArgs) (wire.Allowed, error) {
	u, err := c.caller(ctx, req)
	if err != nil {
		return wire.Allowed{}, err
	}
	target, err := wire.TargetOf(args.Call)
	if err != nil || req.Caller.Unbounded() {
		return wire.Allowed{Allowed: err == nil}, err
	}
	controller, action := c.Canonical(string(args.Controller), string(args.Action))
	allowed, err := c.Rights.Allowed(ctx, u.Profiles, controller, action, target)
	return wire.Allowed{Allowed: allowed}, err
}
