package auth

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/profiles"
)

// self are the actions on the caller's own user.
func (c *controller) self() []api.Declared {
	return []api.Declared{
		api.Action[api.None, kuzzleview.CurrentUser]{
			Name: "getCurrentUser", Routes: api.Routes{"GET /_me"}, Deprecated: api.Routes{"GET /users/_me"},
			Summary: "Reads the caller's own user.", Run: c.getCurrentUser,
		},
		api.Action[updateSelfArgs, kuzzleview.Document]{
			Name: "updateSelf", Routes: api.Routes{"PUT /_me"}, Deprecated: api.Routes{"PUT /_updateSelf"},
			Summary: "Merges content into the caller's own user.", Authenticated: true, Run: c.updateSelf,
		},
		api.Action[api.None, kuzzleview.Counted[profiles.Right]]{
			Name: "getMyRights", Routes: api.Routes{"GET /_me/_rights"}, Deprecated: api.Routes{"GET /users/_me/_rights"},
			Summary: "Lists the rights of the caller: those of its profiles, or all rights on an open server.", Run: c.getMyRights,
		},
		api.Action[checkRightsArgs, kuzzleview.Allowed]{
			Name: "checkRights", Routes: api.Routes{"POST /_checkRights"},
			Summary: "Reports whether the caller may run an action.", Run: c.checkRights,
		},
	}
}

func (c *controller) getCurrentUser(ctx context.Context, req *api.Request, _ api.None) (kuzzleview.CurrentUser, error) {
	u, err := c.caller(ctx, req)
	return kuzzleview.CurrentUser{User: u}, err
}

// caller returns the calling user, as authentication loaded it, or read again.
func (c *controller) caller(ctx context.Context, req *api.Request) (*users.User, error) {
	if u, ok := kuzzleview.Calling(req); ok {
		return u, nil
	}
	u, err := c.Accounts.Users.User(ctx, kuzzleview.Actor(req).Kuid)
	return &u, err
}

type updateSelfArgs struct {
	Content map[string]any `body:".,required"`
	Refresh api.Refresh    `arg:"refresh,default=wait_for"`
	Retries int            `arg:"retryOnConflict,default=10"`
}

func (c *controller) updateSelf(ctx context.Context, req *api.Request, args updateSelfArgs) (kuzzleview.Document, error) {
	for _, name := range [...]string{"_id", "profileIds"} {
		if truthy(args.Content[name]) {
			return kuzzleview.Document{}, assert.Forbidden.New("body." + name)
		}
	}
	own, err := c.caller(ctx, req)
	if err != nil {
		return kuzzleview.Document{}, err
	}
	if err := refuseAccount(own, args.Content); err != nil {
		return kuzzleview.Document{}, err
	}
	by, edit := kuzzleview.Actor(req), kuzzleview.Editing(args.Refresh, args.Retries)
	if edit.Metadata, err = kuzzleview.TakeUnsafe("body.", args.Content); err != nil {
		return kuzzleview.Document{}, err
	}
	u, err := c.Accounts.Users.Update(ctx, by, by.Kuid, args.Content, edit)
	return kuzzleview.Updated(u), err
}

// refuseAccount refuses account names in the content that a user writes, unless the content already
// has them, from an import or an administrator.
func refuseAccount(own *users.User, content map[string]any) error {
	return kuzzleview.RefuseAccount("body.", content, func(name string) bool {
		had, err := plainjson.Get(own.Content, name)
		return err == nil && had != nil
	})
}

// truthy is JavaScript's truth of a value.
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

func (c *controller) getMyRights(ctx context.Context, req *api.Request, _ api.None) (kuzzleview.Counted[profiles.Right], error) {
	if req.Caller.Unbounded() {
		return kuzzleview.Count(profiles.Everything()), nil
	}
	u, err := c.caller(ctx, req)
	if err != nil {
		return kuzzleview.Counted[profiles.Right]{}, err
	}
	list, err := c.Rights.RightsOf(ctx, u.Profiles...)
	return kuzzleview.Count(list), err
}

type checkRightsArgs struct {
	Call       map[string]any  `body:".,required"`
	Controller kuzzleview.Name `body:"controller,required"`
	Action     kuzzleview.Name `body:"action,required"`
}

func (c *controller) checkRights(ctx context.Context, req *api.Request, args checkRightsArgs) (kuzzleview.Allowed, error) {
	u, err := c.caller(ctx, req)
	if err != nil {
		return kuzzleview.Allowed{}, err
	}
	target, err := kuzzleview.TargetOf(args.Call)
	if err != nil || req.Caller.Unbounded() {
		return kuzzleview.Allowed{Allowed: err == nil}, err
	}
	controller, action := c.Canonical(string(args.Controller), string(args.Action))
	allowed, err := c.Rights.Allowed(ctx, u.Profiles, controller, action, target)
	return kuzzleview.Allowed{Allowed: allowed}, err
}
