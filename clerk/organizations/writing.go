package organizations

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// creation has the arguments of createOrganization.
type creation struct {
	Name      edge.Text   `body:"name"`
	CreatedBy edge.Text   `body:"created_by"`
	Slug      edge.Text   `body:"slug"`
	Limit     edge.Number `body:"max_allowed_memberships"`
	CreatedAt edge.Time   `body:"created_at"`
	RoleSet   edge.Text   `body:"role_set_key"`
	metadata
}

func (c *controller) create(ctx context.Context, req *api.Request, args creation) (resource.Organization, error) {
	if err := allowed(req, ""); err != nil {
		return resource.Organization{}, err
	}
	j, r := &judging{}, c.Rules.Now()
	if args.Slug.Value != "" && r.NoSlugs {
		return resource.Organization{}, edge.Refusal(edge.SlugsOff, slugParam)
	}
	no := domain.NewOrganization{
		Name: j.Needed("name", args.Name), CreatedBy: args.CreatedBy.Value, AdminDelete: r.AdminDelete, MaxMemberships: r.MaxMemberships, Metadata: j.Metadata(args.kinds()),
	}
	if slug := j.changed(slugParam, args.Slug); slug != nil {
		no.Slug = *slug
	}
	if most := j.limit(args.Limit); most != nil {
		no.MaxMemberships = *most
	}
	if at := j.past("created_at", args.CreatedAt, c.Now()); at != nil {
		no.CreatedAt = *at
	}
	j.roleSet(args.RoleSet)
	if err := j.Err(); err != nil {
		return resource.Organization{}, err
	}
	o, err := c.Create(ctx, kuzzleview.Actor(req), no)
	return c.Make.Organization(&o, true, false), err
}

// updating has the arguments of updateOrganization.
type updating struct {
	byID
	Name        edge.Text   `body:"name"`
	Slug        edge.Text   `body:"slug"`
	Limit       edge.Number `body:"max_allowed_memberships"`
	AdminDelete edge.Flag   `body:"admin_delete_enabled"`
	CreatedAt   edge.Time   `body:"created_at"`
	RoleSet     edge.Text   `body:"role_set_key"`
	metadata
}

func (c *controller) update(ctx context.Context, req *api.Request, o domain.Organization, args updating) (resource.Organization, error) {
	j := &judging{}
	if edge.AtLeast(req, edge.MetadataApart) {
		j.MetadataApart(args.kinds())
	}
	if args.Slug.Value != "" && c.Rules.Now().NoSlugs {
		return resource.Organization{}, edge.Refusal(edge.SlugsOff, slugParam)
	}
	change := domain.Change{
		Name: j.changed("name", args.Name), Slug: j.changed(slugParam, args.Slug), MaxMemberships: j.limit(args.Limit),
		CreatedAt: j.past("created_at", args.CreatedAt, c.Now()), Metadata: j.Metadata(args.kinds()), Replace: true,
		AdminDelete: args.AdminDelete.Pointer(),
	}
	j.roleSet(args.RoleSet)
	if err := j.Err(); err != nil {
		return resource.Organization{}, err
	}
	o, err := c.Update(ctx, kuzzleview.Actor(req), o.ID, change)
	return c.Make.Organization(&o, true, false), err
}

// metadataChange has the arguments of actions on an organization's metadata.
type metadataChange struct {
	byID
	metadata
}

func (c *controller) mergeMetadata(ctx context.Context, req *api.Request, o domain.Organization, args metadataChange) (resource.Organization, error) {
	return c.changeMetadata(ctx, req, o, args, false)
}

func (c *controller) replaceMetadata(ctx context.Context, req *api.Request, o domain.Organization, args metadataChange) (resource.Organization, error) {
	return c.changeMetadata(ctx, req, o, args, true)
}

func (c *controller) changeMetadata(ctx context.Context, req *api.Request, o domain.Organization, args metadataChange, replace bool) (resource.Organization, error) {
	j := &judging{}
	change := domain.Change{Metadata: j.Metadata(args.kinds()), Replace: replace}
	if err := j.Err(); err != nil {
		return resource.Organization{}, err
	}
	o, err := c.Update(ctx, kuzzleview.Actor(req), o.ID, change)
	return c.Make.Organization(&o, true, false), err
}

func (c *controller) delete(ctx context.Context, req *api.Request, o domain.Organization, args byID) (resource.Deleted, error) {
	_, err := c.Delete(ctx, kuzzleview.Actor(req), o.ID)
	return resource.Deleted{Object: resource.OrganizationObject, ID: o.ID, Deleted: true}, err
}
