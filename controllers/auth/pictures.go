package auth

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// pictureActions are the actions on the caller's own picture.
type pictureActions struct{ Deps }

func (c pictureActions) pictures() []api.Declared {
	return []api.Declared{
		api.Action[api.None, any]{
			Name: "getMyPicture", Routes: api.Routes{"GET /_me/_picture"},
			Summary: "Reads the caller's own picture.", Authenticated: true, Run: c.getMyPicture,
			Answers: kuzzleview.PictureAnswers(),
		},
		api.Action[api.None, kuzzleview.Picture]{
			Name: "setMyPicture", Routes: api.Routes{"PUT /_me/_picture"}, Body: kuzzleview.PictureBody(), Answers: []any{kuzzleview.Picture{}, pictures.ErrType},
			Summary: "Gives the caller the picture that is the body: PNG, JPEG, GIF or WebP, at most 10 MB.", Authenticated: true, Run: c.setMyPicture,
		},
		api.Action[api.None, kuzzleview.ID]{
			Name: "deleteMyPicture", Routes: api.Routes{"DELETE /_me/_picture"},
			Summary: "Deletes the caller's own picture.", Authenticated: true, Run: c.deleteMyPicture,
		},
	}
}

func (c pictureActions) getMyPicture(ctx context.Context, req *api.Request, _ api.None) (any, error) {
	return kuzzleview.ShowPicture(ctx, req, c.Accounts.Pictures, kuzzleview.Actor(req).Kuid)
}

func (c pictureActions) setMyPicture(ctx context.Context, req *api.Request, _ api.None) (kuzzleview.Picture, error) {
	return kuzzleview.SetPicture(ctx, req, c.Accounts.Pictures, kuzzleview.Actor(req).Kuid)
}

func (c pictureActions) deleteMyPicture(ctx context.Context, req *api.Request, _ api.None) (kuzzleview.ID, error) {
	by := kuzzleview.Actor(req)
	return kuzzleview.ID{ID: by.Kuid}, c.Accounts.Pictures.Delete(ctx, by, by.Kuid)
}
