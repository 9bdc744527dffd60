package images

import (
	"context"
	"net/http"
	"strings"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

const (
	// Name is the name of the controller.
	Name = "images"
	// prefix is the path prefix of all pictures.
	prefix = "/_images"
	// fresh is how long clients may cache a picture without revalidation; a removed
	// picture stays visible as long.
	fresh = "public, max-age=3600"
)

// Addresses makes the URLs of pictures.
type Addresses struct {
	// Base is the server's base URL.
	Base string
	// Placeholders returns the base URL for those who have no picture. They have no URL if it is nil, or
	// returns "".
	Placeholders func() string
}

// Of returns the URL of a user's picture, else that of a placeholder.
func (a Addresses) Of(u *users.User) string {
	if u.Picture == nil {
		d := u.Detailed()
		return a.placeholder(d.FirstName, d.LastName)
	}
	return strings.TrimSuffix(a.Base, "/") + prefix + "/" + u.Kuid + "/" + u.Picture.Blob.Hash
}

// OfOrganization returns the URL of an organization's logo, else that of a placeholder.
func (a Addresses) OfOrganization(o *organizations.Organization) string {
	if o.Logo == nil {
		return a.placeholder(o.Name)
	}
	return strings.TrimSuffix(a.Base, "/") + prefix + "/organizations/" + o.ID + "/" + o.Logo.Blob.Hash
}

// anybody lets everybody read pictures.
type anybody struct{ caller api.Caller }

// Authenticate implements api.Authenticator. It ignores the request.
func (a anybody) Authenticate(context.Context, *api.Request) (api.Caller, error) {
	return a.caller, nil
}

// New declares the action.
func New(all, logos *pictures.Pictures) api.Controller {
	return api.Controller{
		Name: Name, About: "Users' pictures and organizations' logos, for everybody who has the URL of one.",
		Dialect: &api.Dialect{
			Name: "images", Prefix: prefix, Authenticator: anybody{api.NewService("anybody", 0).Caller()},
			Bodiless: []string{http.MethodGet, http.MethodHead}, Append: api.Kuzzle.Append,
		},
		Actions: []api.Declared{
			api.Action[address, any]{
				Name: "get", Routes: api.Routes{"GET /{user_id}/{hash}"}, Summary: "Reads a user's picture by its URL.",
				Run: func(ctx context.Context, req *api.Request, args address) (any, error) {
					return kuzzleview.ShowPictureOf(ctx, req, all, args.UserID, args.Hash, fresh)
				},
			},
			api.Action[logoAddress, any]{
				Name: "getLogo", Routes: api.Routes{"GET /organizations/{organization_id}/{hash}"}, Summary: "Reads an organization's logo by its URL.",
				Run: func(ctx context.Context, req *api.Request, args logoAddress) (any, error) {
					return kuzzleview.ShowPictureOf(ctx, req, logos, args.OrganizationID, args.Hash, fresh)
				},
			},
			api.Action[initials, any]{
				Name: "drawPlaceholder", Routes: api.Routes{"GET " + placeholders, "GET " + placeholders + "/{initials}"},
				Summary: "Draws the picture of somebody who has none: at most two letters.", Run: drawPlaceholder,
			},
		},
	}
}

// address has the arguments of a picture's URL.
type address struct {
	UserID string `arg:"user_id,required"`
	Hash   string `arg:"hash,required"`
}

// logoAddress has the arguments of a logo's URL.
type logoAddress struct {
	OrganizationID string `arg:"organization_id,required"`
	Hash           string `arg:"hash,required"`
}
