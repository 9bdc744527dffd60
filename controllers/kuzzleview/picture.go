package kuzzleview

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// PictureBody is the request body of actions that set a picture: the bytes of the picture. Its
// first bytes determine its format, not its Content-Type.
func PictureBody() api.Body {
	return api.Body{
		Limit: pictures.MaxBytes, Types: append(pictures.Types(), "application/octet-stream"),
		Stream: true, Holds: pictures.Memory,
	}
}

// Picture describes a user's picture.
type Picture struct {
	ID   string `json:"_id"`
	Type string `json:"type"`
	// Hash is the picture's SHA-256 in hexadecimal digits, Size its number of bytes.
	Hash string `json:"hash"`
	Size int64  `json:"size"`
}

// SetPicture sets a user's picture from a request.
func SetPicture(ctx context.Context, req *api.Request, all *pictures.Pictures, kuid string) (Picture, error) {
	p, err := all.Set(ctx, Actor(req), kuid, req.Stream)
	if err != nil {
		return Picture{}, err
	}
	return pictureOf(kuid, p), nil
}

func pictureOf(kuid string, p users.Picture) Picture {
	return Picture{ID: kuid, Type: p.Type, Hash: p.Blob.Hash, Size: p.Blob.Size}
}

// PictureAnswers are what ShowPicture answers.
func PictureAnswers() []any {
	answers := []any{Picture{}, api.WithStatus{Status: http.StatusNotModified, Result: api.Raw{}}}
	for _, kind := range pictures.Types() {
		answers = append(answers, api.Raw{ContentType: kind})
	}
	return answers
}

// ShowPicture answers with a user's picture over HTTP: 304 where the client has it
// already. Other transports are told of it, without its bytes.
//
// The bytes come from users. So the answer tells browsers to keep to the given type, to run nothing
// in it, and to ask again each time, since the right to see it may have changed.
func ShowPicture(ctx context.Context, req *api.Request, all *pictures.Pictures, kuid string) (any, error) {
	return showPicture(ctx, req, all, kuid, "", "private, no-cache")
}

// ShowPictureOf is ShowPicture for the picture with a given hash. The error is pictures.ErrNone if
// the owner has another picture or does not exist. cache is the Cache-Control of the answer.
func ShowPictureOf(ctx context.Context, req *api.Request, all *pictures.Pictures, kuid, hash, cache string) (any, error) {
	result, err := showPicture(ctx, req, all, kuid, hash, cache)
	if errors.Is(err, users.ErrUserNotFound) || errors.Is(err, organizations.ErrNotFound) {
		err = pictures.ErrNone.New(kuid)
	}
	return result, err
}

func showPicture(ctx context.Context, req *api.Request, all *pictures.Pictures, kuid, hash, cache string) (any, error) {
	other := false
	p, content, err := all.Open(ctx, kuid, func(p users.Picture) bool {
		other = hash != "" && p.Blob.Hash != hash
		return other || !req.OverHTTP() || hasPicture(req, p)
	})
	if err == nil && other {
		err = pictures.ErrNone.New(kuid)
	}
	if err != nil {
		return nil, err
	}
	if !req.OverHTTP() {
		return pictureOf(kuid, p), nil
	}
	req.SetHeader("ETag", etag(p))
	if content == nil {
		req.SetHeader("Cache-Control", cache)
		return api.WithStatus{Status: http.StatusNotModified, Result: api.Raw{ContentType: p.Type}}, nil
	}
	PictureHeaders(req, cache)
	return api.Raw{ContentType: p.Type, Stream: &api.Stream{Length: p.Blob.Size, Holds: pictures.Memory, Write: content.Copy}}, nil
}

// PictureHeaders sets the headers of a picture that clients may cache, and that can do nothing where a
// browser opens it as a page.
func PictureHeaders(req *api.Request, cache string) {
	req.SetHeader("Cache-Control", cache)
	req.SetHeader("Content-Security-Policy", "default-src 'none'; sandbox")
	req.SetHeader("Content-Disposition", "inline")
}

func etag(p users.Picture) string { return `"` + p.Blob.Hash + `"` }

// hasPicture reports whether the client already has the picture.
func hasPicture(req *api.Request, p users.Picture) bool {
	for _, line := range req.Headers.Values("If-None-Match") {
		for known := range strings.SplitSeq(line, ",") {
			if strings.TrimPrefix(strings.TrimSpace(known), "W/") == etag(p) {
				return true
			}
		}
	}
	return false
}
