package users

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

func (c *controller) get(ctx context.Context, _ *api.Request, args byID) (resource.User, error) {
	u, err := c.Accounts.Users.Current(ctx, args.ID)
	if err != nil {
		return resource.User{}, err
	}
	return c.Make.User(u)
}

func (c *controller) delete(ctx context.Context, req *api.Request, args byID) (resource.Deleted, error) {
	u, err := c.Accounts.Users.Read(ctx, args.ID)
	if err != nil {
		return resource.Deleted{}, err
	}
	err = c.Accounts.Users.Delete(ctx, kuzzleview.Actor(req), args.ID, true)
	return resource.Deleted{Object: resource.UserObject, ID: args.ID, Deleted: true, ExternalID: u.Detailed().ExternalID}, err
}
