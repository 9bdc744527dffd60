package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// pictures are the actions on users' pictures.
func (c *userActions) pictures() []api.Declared {
	return []api.Declared{
		api.Action[byID, any]{
			Name: "getPicture", Routes: api.Routes{"GET /users/{_id}/_picture"},
			Summary: "Reads a user's picture.", Run: c.getPicture,
			Answers: kuzzleview.PictureAnswers(),
		},
		api.Action[byID, kuzzleview.Picture]{
			Name: "setPicture", Routes: api.Routes{"PUT /users/{_id}/_picture"}, Body: kuzzleview.PictureBody(), Answers: []any{kuzzleview.Picture{}, pictures.ErrType},
			Summary: "Gives a user the picture that is the body: PNG, JPEG, GIF or WebP, at most 10 MB.", Run: c.setPicture,
		},
		api.Action[byID, kuzzleview.ID]{
			Name: "deletePicture", Routes: api.Routes{"DELETE /users/{_id}/_picture"},
			Summary: "Deletes a user's picture.", Run: c.deletePicture,
		},
	}
}

func (c *userActions) getPicture(ctx context.Context, req *api.Request, args byID) (any, error) {
	return kuzzleview.ShowPicture(ctx, req, c.Accounts.Pictures, args.ID)
}

func (c *userActions) setPicture(ctx context.Context, req *api.Request, args byID) (kuzzleview.Picture, error) {
	return kuzzleview.SetPicture(ctx, req, c.Accounts.Pictures, args.ID)
}

func (c *userActions) deletePicture(ctx context.Context, req *api.Request, args byID) (kuzzleview.ID, error) {
	return kuzzleview.ID{ID: args.ID}, c.Accounts.Pictures.Delete(ctx, kuzzleview.Actor(req), args.ID)
}
