package organizations

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	backend "github.com/gokuzzle/kuzzle/clerk/organizations"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Deps are the dependencies of the actions.
type Deps struct {
	*view.Maker
	Dialect *api.Dialect
}

type controller struct {
	Deps
	*domain.Organizations
}

// Name is the name of the controller.
const Name = "clerk-organization"

// Limits of one user.
var (
	creations   = throttle.Window{Limit: 20, Every: time.Hour}
	invitations = throttle.Window{Limit: 50, Every: time.Hour}
	additions   = invitations // they reach as many users who have not asked
)

// organizationsLimit is what creations and further slugs count for.
const organizationsLimit = "organizations"

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps, deps.Accounts.Organizations}
	return api.Controller{
		Name: Name, About: "Organizations of the signed-in user, in Clerk's Frontend API.", Dialect: deps.Dialect,
		Actions: slices.Concat(c.own(), c.actions(), c.memberActions(), c.invitationActions()),
	}
}

func (c *controller) actions() []api.Declared {
	one := " /organizations/{organization_id}"
	return []api.Declared{
		declare(c, "createMyOrganization", "POST /organizations", "Creates an organization, whose administrator is the signed-in user.", c.create),
		within(c, "getMyOrganization", "GET"+one, "", "Returns an organization of the user.", c.get),
		within(c, "updateMyOrganization", "PATCH"+one, domain.ManageProfile, "Changes the name or the slug of an organization.", c.update),
		within(c, "deleteMyOrganization", "DELETE"+one, domain.Remove, "Deletes an organization with its memberships and invitations.", c.delete),
		c.logo("setMyOrganizationLogo", "PUT"+one+"/logo"),
		within(c, "deleteMyOrganizationLogo", "DELETE"+one+"/logo", domain.ManageProfile, "Removes an organization's logo.", c.deleteLogo),
		within(c, "listOrganizationRoles", "GET"+one+"/roles", "", "Lists the roles of members.", c.roles),
		within(c, "listOrganizationDomains", "GET"+one+"/domains", "", "Lists no domains: organizations have none.", none),
		within(c, "listMembershipRequests", "GET"+one+"/membership_requests", domain.ManageMembers, "Lists no requests: without domains there are none.", none),
	}
}

// self is the signed-in user of a request.
type self struct {
	req  *api.Request
	v    *frontend.Visit
	live *clients.Live
	by   users.Actor
}

// limit counts something that a user does, which others pay for.
func (s *self) limit(ctx context.Context, what string, window throttle.Window) error {
	return s.v.Limit(ctx, what+":"+s.by.Kuid, window)
}

// declare returns an action of the signed-in user.
func declare[A any](c *controller, name, route, summary string, run func(context.Context, *self, A) (any, error)) api.Declared {
	return api.Action[A, frontend.Answer]{Name: name, Routes: api.Routes{route}, Summary: summary, Secret: true, Run: func(ctx context.Context, req *api.Request, args A) (frontend.Answer, error) {
		return c.answer(ctx, req, func(s *self) (any, error) { return run(ctx, s, args) })
	}}
}

// answer answers with what do returns, and after a change with the browser's state, too.
func (c *controller) answer(ctx context.Context, req *api.Request, do func(*self) (any, error)) (frontend.Answer, error) {
	v := frontend.Of(req)
	live, err := v.Current(ctx)
	if err != nil {
		return frontend.Answer{}, err
	}
	if c.Users.Rules.Now().NoOrganizations {
		return frontend.Answer{}, edge.OrganizationsOff.New()
	}
	response, err := do(&self{req: req, v: v, live: live, by: v.Actor(live)})
	switch {
	case err != nil:
		return frontend.Answer{}, refused(err)
	case req.ReadOnly():
		return frontend.Answer{Response: response}, nil
	}
	return c.Answer(ctx, v, response)
}

// within is declare for actions on one organization, in which the user's role has a permission.
func within[A interface{ organization() string }](c *controller, name, route, permission, summary string, run func(context.Context, *self, *domain.Organization, A) (any, error)) api.Declared {
	return declare(c, name, route, summary, func(ctx context.Context, s *self, args A) (any, error) {
		o, _, err := c.Permitted(ctx, args.organization(), s.by.Kuid, permission)
		if err != nil {
			return nil, err
		}
		return run(ctx, s, &o, args)
	})
}

// refusals are the faults of the domain with another meaning for users than for applications: nobody
// learns which organizations exist.
var refusals = edge.Refusals{
	{From: domain.ErrNotFound, To: edge.OrganizationNotFound},
	{From: domain.ErrForbidden, To: edge.RoleForbids},
	{From: domain.ErrCreationOff, To: edge.OrganizationCreateOff},
}

func refused(err error) error { return backend.Refused(refusals.Of(frontend.Refused(err))) }

func (c *controller) shelf() *backend.Shelf { return backend.NewShelf(c.Accounts, c.Shapes) }

// byID has the arguments of actions on one organization.
type byID struct {
	ID string `arg:"organization_id,required"`
}

func (b byID) organization() string { return b.ID }

// shown returns an organization after a change.
func (c *controller) shown(o *domain.Organization, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return view.Organization{Organization: c.Shapes.Organization(o, true, false)}, nil
}

// slugParam is the parameter of slugs.
const slugParam = "slug"

type naming struct {
	Name edge.Text `body:"name"`
	Slug edge.Text `body:"slug"`
}

// slug returns the slug, "" for none.
func (n *naming) slug(c *controller) (string, error) {
	if n.Slug.Value != "" && c.Users.Rules.Now().NoSlugs {
		return "", edge.Refusal(edge.SlugsOff, slugParam)
	}
	return n.Slug.Value, nil
}

func (c *controller) create(ctx context.Context, s *self, args naming) (any, error) {
	var j edge.Judging
	r := c.Users.Rules.Now()
	no := domain.NewOrganization{Name: j.Needed("name", args.Name), CreatedBy: s.by.Kuid, AdminDelete: r.AdminDelete, MaxMemberships: r.MaxMemberships}
	err := j.Err()
	if err == nil {
		no.Slug, err = args.slug(c)
	}
	if err == nil {
		err = s.limit(ctx, organizationsLimit, creations)
	}
	if err != nil {
		return nil, err
	}
	o, err := c.Create(ctx, s.by, no)
	return c.shown(&o, err)
}

func (c *controller) get(_ context.Context, _ *self, o *domain.Organization, _ byID) (any, error) {
	return c.shown(o, nil)
}

type renaming struct {
	byID
	naming
}

func (c *controller) update(ctx context.Context, s *self, o *domain.Organization, args renaming) (any, error) {
	var change domain.Change
	var j edge.Judging
	if args.Name.Given {
		name := j.Needed("name", args.Name)
		change.Name = &name
	}
	slug, err := args.slug(c)
	if slug != "" {
		change.Slug = &slug
	}
	if err == nil {
		err = j.Err()
	}
	if err == nil && slug != "" && slug != o.Slug {
		err = s.limit(ctx, organizationsLimit, creations) // a refusal shows that another organization has it
	}
	if err != nil {
		return nil, err
	}
	now, err := c.Update(ctx, s.by, o.ID, change)
	return c.shown(&now, err)
}

func (c *controller) delete(ctx context.Context, s *self, o *domain.Organization, _ byID) (any, error) {
	_, err := c.Delete(ctx, s.by, o.ID)
	return resource.Deleted{Object: resource.OrganizationObject, ID: o.ID, Deleted: true}, err
}

func (c *controller) logo(name, route string) api.Declared {
	return api.Action[byID, frontend.Answer]{
		Name: name, Routes: api.Routes{route}, Body: frontend.ImageBody(), Secret: true,
		Summary: "Sets an organization's logo: PNG, JPEG, GIF or WebP, at most 10 MB.",
		Run: func(ctx context.Context, req *api.Request, args byID) (frontend.Answer, error) {
			return c.answer(ctx, req, func(s *self) (any, error) {
				o, _, err := c.Permitted(ctx, args.ID, s.by.Kuid, domain.ManageProfile)
				if err == nil {
					err = frontend.SetImage(ctx, req, s.by, c.Accounts.Logos, o.ID)
				}
				if err == nil {
					o, err = c.Organization(ctx, o.ID)
				}
				return c.shown(&o, err)
			})
		},
	}
}

func (c *controller) deleteLogo(ctx context.Context, s *self, o *domain.Organization, _ byID) (any, error) {
	err := c.Accounts.Logos.Delete(ctx, s.by, o.ID)
	if errors.Is(err, domain.ErrNoLogo) {
		return nil, edge.ImageNotFound.New()
	}
	now := *o
	if err == nil {
		now, err = c.Organization(ctx, o.ID)
	}
	return c.shown(&now, err)
}

func (c *controller) roles(context.Context, *self, *domain.Organization, byID) (any, error) {
	return view.Roles(), nil
}

// none is an empty list.
func none(context.Context, *self, *domain.Organization, byID) (any, error) {
	return resource.Paginated[struct{}]{Data: []struct{}{}}, nil
}
