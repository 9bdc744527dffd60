package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/wire"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// pictures are the actions on users' pictures.
func (c *userActions) pictures() []api.Declared {
	return []api.Declared{
		api.Action[byID, any]{
			Name: "getPicture", Routes: api.Routes{"GET /users/{_id}/_picture"},
			Summary: "Reads a user's picture.", Run: c.getPicture,
		},
		api.Action[byID, wire.Picture]{
			Name: "setPicture", Routes: api.Routes{"PUT /users/{_id}/_picture"}, Body: wire.PictureBody(),
			Summary: "Gives a user the picture that is the body: PNG, JPEG, GIF or WebP, at most 10 MB.", Run: c.setPicture,
		},
		api.Action[byID, wire.ID]{
			Name: "deletePicture", Routes: api.Routes{"DELETE /users/{_id}/_picture"},
			Summary: "Takes a user's picture away.", Run: c.deletePicture,
		},
	}
}

func (c *userActions) getPicture(ctx context.Context, req *api.Request, args byID) (any, error) {
	return wire.ShowPicture(ctx, req, c.Accounts.Pictures, args.ID)
}

func (c *userActions) setPicture(ctx context.Context, req *api.Request, args byID) (wire.Picture, error) {
	return wire.SetPicture(ctx, req, c.Accounts.Pictures, args.ID)
}

func (c *userActions) deletePicture(ctx context.Context, req *api.Request, args byID) (wire.ID, error) {
	return wire.ID{ID: args.ID}, c.Accounts.Pictures.Delete(ctx, wire.Actor(req), args.ID)
}
