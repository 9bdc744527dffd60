package users

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// images returns the actions on users' pictures.
func (c *controller) images() []api.Declared {
	return []api.Declared{
		api.Action[byID, resource.User]{
			Name: "setProfileImage", Routes: api.Routes{"POST /users/{user_id}/profile_image"},
			Body:    edge.ImageBody(),
			Summary: "Sets a user's picture to the part file of a form: PNG, JPEG, GIF or WebP, at most 10 MB.", Run: c.setImage,
		},
		api.Action[byID, resource.User]{
			Name: "deleteProfileImage", Routes: api.Routes{"DELETE /users/{user_id}/profile_image"},
			Summary: "Removes a user's picture.", Run: c.deleteImage,
		},
	}
}

func (c *controller) setImage(ctx context.Context, req *api.Request, args byID) (resource.User, error) {
	if err := edge.SetImage(ctx, req, kuzzleview.Actor(req), c.Accounts.Pictures, args.ID); err != nil {
		return resource.User{}, err
	}
	return c.get(ctx, req, args)
}

func (c *controller) deleteImage(ctx context.Context, req *api.Request, args byID) (resource.User, error) {
	err := c.Accounts.Pictures.Delete(ctx, kuzzleview.Actor(req), args.ID)
	if errors.Is(err, pictures.ErrNone) {
		err = edge.ImageNotFound.New()
	}
	if err != nil {
		return resource.User{}, err
	}
	return c.get(ctx, req, args)
}
