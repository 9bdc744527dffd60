package profile

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// account returns the actions on the picture and the account as a whole.
func (c *controller) account() []api.Declared {
	return []api.Declared{
		api.Action[api.None, frontend.Answer]{
			Name: "setMyProfileImage", Routes: api.Routes{"POST /me/profile_image"}, Body: frontend.ImageBody(),
			Summary: "Sets the signed-in user's picture: PNG, JPEG, GIF or WebP, at most 10 MB.", Secret: true, Run: c.setImage,
		},
		api.Action[api.None, frontend.Answer]{
			Name: "deleteMyProfileImage", Routes: api.Routes{"DELETE /me/profile_image"}, Summary: "Removes the signed-in user's picture.", Secret: true, Run: c.deleteImage,
		},
		api.Action[api.None, frontend.Answer]{
			Name: "deleteMe", Routes: api.Routes{"DELETE /me"}, Summary: "Deletes the signed-in user.", Run: c.delete,
		},
	}
}

// Image is a picture.
type Image struct {
	Object    string  `json:"object"`
	ID        string  `json:"id"`
	Name      *string `json:"name"`
	PublicURL string  `json:"public_url"`
}

// imageObject is the name of the shape.
const imageObject = "image"

func (c *controller) setImage(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	if err := frontend.SetImage(ctx, req, s.by, c.Accounts.Pictures, s.by.Kuid); err != nil {
		return c.answer(ctx, s, nil, err)
	}
	now, err := c.Accounts.Users.Read(ctx, s.by.Kuid)
	if err != nil {
		return c.answer(ctx, s, nil, err)
	}
	return c.answer(ctx, s, Image{Object: imageObject, ID: imageObject + "_" + s.by.Kuid, PublicURL: c.Users.Image(now)}, nil)
}

func (c *controller) deleteImage(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	err = c.Accounts.Pictures.Delete(ctx, s.by, s.by.Kuid)
	if errors.Is(err, pictures.ErrNone) {
		err = edge.ImageNotFound.New()
	}
	return c.answer(ctx, s, resource.Deleted{Object: imageObject, ID: imageObject + "_" + s.by.Kuid, Deleted: true}, err)
}

// delete deletes the user, whose session must have proved them lately.
func (c *controller) delete(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	shown, err := c.Users.User(s.live.User)
	if err != nil {
		return frontend.Answer{}, err
	}
	if !shown.DeleteSelfEnabled {
		return frontend.Answer{}, edge.DeleteSelfOff.New()
	}
	err = c.Accounts.Credentials.CheckOwnFactors(ctx, s.by, s.live.User)
	if err == nil {
		err = c.Accounts.Users.Delete(ctx, s.by, s.by.Kuid, true)
	}
	if err != nil {
		return c.answer(ctx, s, nil, err)
	}
	then, err := c.Accounts.Clients.Change(ctx, s.v.Client, func(in *clients.Part) error {
		in.Drop(func(id string) bool { return id == s.live.ID })
		return nil
	})
	if err == nil {
		var left []clients.Live
		if left, err = c.Accounts.Clients.Live(ctx, then); err == nil {
			s.v.Remember(then, len(left), "")
		}
	}
	return c.answer(ctx, s, resource.Deleted{Object: resource.UserObject, ID: s.by.Kuid, Deleted: true}, err)
}
