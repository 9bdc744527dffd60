package organizations

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

func (c *controller) logoActions() []api.Declared {
	return []api.Declared{
		api.Action[byID, resource.Organization]{
			Name: "updateOrganizationLogo", Routes: api.Routes{"PUT /organizations/{organization_id}/logo"}, Body: edge.ImageBody(),
			Summary: "Sets an organization's logo to the part file of a form: PNG, JPEG, GIF or WebP, at most 10 MB.", Run: c.setLogo,
		},
		declare("deleteOrganizationLogo", "DELETE /organizations/{organization_id}/logo", "Removes an organization's logo.", c.deleteLogo),
	}
}

func (c *controller) setLogo(ctx context.Context, req *api.Request, args byID) (resource.Organization, error) {
	o, err := c.find(ctx, req, args.ID)
	if err == nil {
		err = edge.SetImage(ctx, req, kuzzleview.Actor(req), c.Accounts.Logos, o.ID)
	}
	if err == nil {
		o, err = c.Organization(ctx, o.ID)
	}
	return c.Make.Organization(&o, true, false), Refused(err)
}

func (c *controller) deleteLogo(ctx context.Context, req *api.Request, args byID) (resource.Organization, error) {
	o, err := c.find(ctx, req, args.ID)
	if err == nil {
		err = c.Accounts.Logos.Delete(ctx, kuzzleview.Actor(req), o.ID)
	}
	if errors.Is(err, domain.ErrNoLogo) {
		return resource.Organization{}, edge.ImageNotFound.New()
	}
	if err == nil {
		o, err = c.Organization(ctx, o.ID)
	}
	return c.Make.Organization(&o, true, false), err
}
