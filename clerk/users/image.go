package users

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/wire"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

const (
	fileParam = "file"
	// maxParts is how many parts of a form are looked through for the file.
	maxParts = 16
)

// images are the actions on users' pictures.
func (c *controller) images() []api.Declared {
	return []api.Declared{
		api.Action[byID, resource.User]{
			Name: "setProfileImage", Routes: api.Routes{"POST /users/{user_id}/profile_image"},
			// A body that is somewhat too large is read, so that the answer speaks of the image.
			Body:    api.Body{Limit: 2 * pictures.MaxBytes, Types: []string{"multipart/form-data"}, Stream: true, Holds: pictures.Memory},
			Summary: "Gives a user the picture that is the part file of a form: PNG, JPEG, GIF or WebP, at most 10 MB.", Run: c.setImage,
		},
		api.Action[byID, resource.User]{
			Name: "deleteProfileImage", Routes: api.Routes{"DELETE /users/{user_id}/profile_image"},
			Summary: "Takes a user's picture away.", Run: c.deleteImage,
		},
	}
}

func (c *controller) setImage(ctx context.Context, req *api.Request, args byID) (resource.User, error) {
	file, err := fileOf(req)
	if err == nil {
		_, err = c.Accounts.Pictures.Set(ctx, wire.Actor(req), args.ID, file)
	}
	failure, known := fault.From(err)
	switch {
	case err == nil:
		return c.get(ctx, req, args)
	case errors.Is(err, pictures.ErrType):
		return resource.User{}, edge.BodyInvalid.New()
	case errors.Is(err, assert.BodyRequired):
		return resource.User{}, edge.ImageMissing.New(fileParam)
	case known && failure.Status() == http.StatusRequestEntityTooLarge:
		return resource.User{}, edge.ImageTooLarge.New()
	}
	return resource.User{}, err
}

// fileOf finds the part of a form that is the picture.
func fileOf(req *api.Request) (io.Reader, error) {
	_, params, err := mime.ParseMediaType(req.Headers.Get("Content-Type"))
	if err != nil || params["boundary"] == "" || req.Stream == nil {
		return nil, edge.ImageMissing.New(fileParam)
	}
	form := multipart.NewReader(req.Stream, params["boundary"])
	for range maxParts {
		part, err := form.NextPart()
		if _, known := fault.From(err); known {
			return nil, err
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, edge.BodyInvalid.New().Because(err)
		}
		if part.FormName() == fileParam {
			return whole{part}, nil
		}
	}
	return nil, edge.ImageMissing.New(fileParam)
}

// whole reads a part of which nothing is missing: whoever reads a short text must not
// take the end of a form that was cut for the end of the part.
type whole struct{ part io.Reader }

// Read implements io.Reader.
func (w whole) Read(p []byte) (int, error) {
	n, err := w.part.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = edge.BodyInvalid.New()
	}
	return n, err
}

func (c *controller) deleteImage(ctx context.Context, req *api.Request, args byID) (resource.User, error) {
	err := c.Accounts.Pictures.Delete(ctx, wire.Actor(req), args.ID)
	if errors.Is(err, pictures.ErrNone) {
		err = edge.ImageNotFound.New()
	}
	if err != nil {
		return resource.User{}, err
	}
	return c.get(ctx, req, args)
}
