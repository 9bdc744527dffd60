package organizations

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Name is the name of the controller.
const Name = edge.Organizations

// Deps are the dependencies of the actions.
type Deps struct {
	Accounts *accounts.Accounts
	Dialect  *api.Dialect
	Make     resource.Organizations
	Rules    *rules.InForce
	Now      func() time.Time
}

type controller struct {
	Deps
	*domain.Organizations
}

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps, deps.Accounts.Organizations}
	return api.Controller{
		Name: Name, About: "Organizations, their members and invitations, in the shapes of Clerk's Backend API.", Dialect: deps.Dialect,
		Actions: slices.Concat(c.actions(), c.memberActions(), c.invitationActions(), c.logoActions()),
	}
}

func (c *controller) actions() []api.Declared {
	return []api.Declared{
		declare("createOrganization", "POST /organizations", "Creates an organization; its creator becomes its administrator.", c.create),
		declare("getOrganizationList", "GET /organizations", "Lists organizations.", c.list),
		declare("getOrganization", "GET /organizations/{organization_id}", "Reads an organization by its id or slug.", c.get),
		within(c, "updateOrganization", "PATCH /organizations/{organization_id}", "Changes an organization.", c.update),
		within(c, "deleteOrganization", "DELETE /organizations/{organization_id}", "Deletes an organization with its memberships and invitations.", c.delete),
		within(c, "updateOrganizationMetadata", "PATCH /organizations/{organization_id}/metadata", "Merges metadata into an organization's metadata.", c.mergeMetadata),
		within(c, "replaceOrganizationMetadata", "PUT /organizations/{organization_id}/metadata", "Replaces an organization's metadata.", c.replaceMetadata),
	}
}

// declare returns an action whose faults become Clerk's errors.
func declare[A, R any](name, route, summary string, run func(context.Context, *api.Request, A) (R, error)) api.Declared {
	return api.Action[A, R]{Name: name, Routes: api.Routes{route}, Summary: summary, Run: func(ctx context.Context, req *api.Request, args A) (R, error) {
		result, err := run(ctx, req, args)
		return result, Refused(err)
	}}
}

// within is declare for actions on one organization, which it finds first.
func within[A interface{ organization() string }, R any](c *controller, name, route, summary string, run func(context.Context, *api.Request, domain.Organization, A) (R, error)) api.Declared {
	return declare(name, route, summary, func(ctx context.Context, req *api.Request, args A) (result R, err error) {
		o, err := c.find(ctx, req, args.organization())
		if err != nil {
			return result, err
		}
		return run(ctx, req, o, args)
	})
}

// limited is a principal that may be limited to organizations.
type limited interface {
	Concerns(organization string) bool
	// Reaches returns the organizations.
	Reaches() []string
}

// allowed refuses a key that is limited to other organizations; for "" it refuses every
// limited key.
func allowed(req *api.Request, organization string) error {
	by, is := req.Caller.Principal.(limited)
	switch {
	case !is || by.Concerns(organization):
		return nil
	case organization == "":
		return edge.AuthorizationInvalid.New()
	}
	return edge.OrganizationNotFound.New()
}

// find reads the organization of a request. A key that is limited to others does not
// learn whether it exists.
func (c *controller) find(ctx context.Context, req *api.Request, idOrSlug string) (domain.Organization, error) {
	o, err := c.Find(ctx, idOrSlug)
	if err == nil {
		err = allowed(req, o.ID)
	} else if errors.Is(err, domain.ErrNotFound) && allowed(req, "") != nil {
		err = edge.OrganizationNotFound.New()
	}
	return o, err
}

// knows refuses a limited key that names a user outside its organizations, with the
// error for an unknown user. Such a key adds users by invitations to their addresses,
// which they accept.
func (c *controller) knows(ctx context.Context, req *api.Request, kuid string) error {
	by, is := req.Caller.Principal.(limited)
	if !is || by.Concerns("") {
		return nil
	}
	member, err := c.Members.OfAny(ctx, by.Reaches(), kuid)
	if err == nil && !member {
		err = users.ErrUserNotFound.New(kuid)
	}
	return err
}

// byID has the arguments of actions on one organization.
type byID struct {
	ID string `arg:"organization_id,required"`
}

func (b byID) organization() string { return b.ID }

// shown tells which counts are in the answer.
type shown struct {
	Members      edge.Flag `arg:"include_members_count"`
	MissingAdmin edge.Flag `arg:"include_missing_member_with_elevated_permissions"`
}

func (s *shown) of(by resource.Organizations, o *domain.Organization) resource.Organization {
	return by.Organization(o, s.Members.Or(false), s.MissingAdmin.Or(false))
}

type getting struct {
	byID
	shown
}

func (c *controller) get(ctx context.Context, req *api.Request, args getting) (resource.Organization, error) {
	o, err := c.find(ctx, req, args.ID)
	return args.of(c.Make, &o), err
}
