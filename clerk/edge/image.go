package edge

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

const (
	fileParam = "file"
	// maxParts is the number of parts of a form that are searched for the file.
	maxParts = 16
)

// ImageBody returns the body of actions that set an image: a form. A slightly too large
// form is read, so that the error concerns the image.
func ImageBody() api.Body {
	return api.Body{Limit: 2 * pictures.MaxBytes, Types: []string{"multipart/form-data"}, Stream: true, Holds: pictures.Memory}
}

// SetImage sets an owner's image to the part file of a form.
func SetImage(ctx context.Context, req *api.Request, by users.Actor, all *pictures.Pictures, owner string) error {
	file, err := fileOf(req)
	if err != nil {
		return imageRefusal(err)
	}
	return SetImageOf(ctx, file, by, all, owner)
}

// SetImageOf sets an owner's image to a file.
func SetImageOf(ctx context.Context, file io.Reader, by users.Actor, all *pictures.Pictures, owner string) error {
	_, err := all.Set(ctx, by, owner, file)
	return imageRefusal(err)
}

func imageRefusal(err error) error {
	failure, known := fault.From(err)
	switch {
	case errors.Is(err, pictures.ErrType):
		return BodyNoImage.New()
	case errors.Is(err, assert.BodyRequired):
		return ImageMissing.New(fileParam)
	case known && failure.Status() == http.StatusRequestEntityTooLarge:
		return ImageTooLarge.New()
	}
	return err
}

// fileOf returns the part of a form with the picture.
func fileOf(req *api.Request) (io.Reader, error) {
	_, params, err := mime.ParseMediaType(req.Headers.Get("Content-Type"))
	if err != nil || params["boundary"] == "" || req.Stream == nil {
		return nil, ImageMissing.New(fileParam)
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
			return nil, BodyNoForm.New().Because(err)
		}
		if part.FormName() == fileParam {
			return whole{part}, nil
		}
	}
	return nil, ImageMissing.New(fileParam)
}

// whole reads a part and fails if the form ends early: a reader must not mistake the end
// of a truncated form for the end of the part.
type whole struct{ part io.Reader }

// Read implements io.Reader.
func (w whole) Read(p []byte) (int, error) {
	n, err := w.part.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = BodyNoForm.New()
	}
	return n, err
}
