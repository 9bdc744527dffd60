package organizations

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/filters"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

func (c *controller) memberActions() []api.Declared {
	all := " /organizations/{organization_id}/memberships"
	one := all + "/{user_id}"
	return []api.Declared{
		within(c, "listOrganizationMembers", "GET"+all, domain.ReadMembers, "Lists the members of an organization.", c.members),
		within(c, "addOrganizationMember", "POST"+all, domain.ManageMembers, "Makes a user of one of the caller's organizations a member.", c.add),
		within(c, "updateOrganizationMember", "PATCH"+one, domain.ManageMembers, "Changes the role of a member.", c.setRole),
		within(c, "removeOrganizationMember", "DELETE"+one, domain.ManageMembers, "Removes a member.", c.remove),
	}
}

// page has the arguments of a page, newest first.
type page struct {
	Limit  edge.Number `arg:"limit"`
	Offset edge.Number `arg:"offset"`
}

func (p page) of(j *edge.Judging) (out domain.Page) {
	out.Size, out.From = j.Page(p.Limit, p.Offset)
	out.Desc = true
	return out
}

// roleParam is the parameter of roles.
const roleParam = "role"

// role returns a role that must be given.
func role(j *edge.Judging, given edge.Text) string {
	key := j.Needed(roleParam, given)
	if _, known := domain.RoleOf(key); !known && key != "" {
		j.Refuse(edge.ValueInvalid, roleParam)
	}
	return key
}

type memberListing struct {
	byID
	Roles edge.Texts `arg:"role"`
	Query edge.Text  `arg:"query"`
	page
}

func (c *controller) members(ctx context.Context, _ *self, o *domain.Organization, args memberListing) (any, error) {
	var j edge.Judging
	a := domain.Among{Organization: o.ID, Roles: j.Values(roleParam, args.Roles), Page: args.of(&j)}
	text := filters.Text(&j, "query", args.Query)
	if err := j.Err(); err != nil {
		return nil, err
	}
	found, err := c.shelf().Showing(ctx, a, text)
	return view.PageOf(found, view.MembershipOf), err
}

// membership returns a membership after a change.
func (c *controller) membership(ctx context.Context, m domain.Membership, err error) (any, error) {
	shown, err := c.shelf().Membership(ctx, m, err)
	return view.MembershipOf(shown), err
}

type addition struct {
	byID
	UserID edge.Text `body:"user_id"`
	Role   edge.Text `body:"role"`
}

func (c *controller) add(ctx context.Context, s *self, o *domain.Organization, args addition) (any, error) {
	var j edge.Judging
	nm := domain.NewMember{Kuid: j.Needed("user_id", args.UserID), Role: role(&j, args.Role)}
	if err := j.Err(); err != nil {
		return nil, err
	}
	m, err := c.join(ctx, s, o, nm)
	if errors.Is(err, users.ErrUserNotFound) {
		err = edge.Unacquainted.New()
	}
	return c.membership(ctx, m, err)
}

// join makes a user a member whom the caller sees in an organization already. An answer about anybody
// else would show that they exist, and their address. They are invited instead, and decide themselves.
func (c *controller) join(ctx context.Context, s *self, o *domain.Organization, nm domain.NewMember) (domain.Membership, error) {
	if err := s.limit(ctx, "organizationMembers", additions); err != nil {
		return domain.Membership{}, err
	}
	acquainted, err := c.Acquainted(ctx, s.live.User, nm.Kuid)
	if err == nil && !acquainted {
		err = users.ErrUserNotFound.New(nm.Kuid)
	}
	if err != nil {
		return domain.Membership{}, err
	}
	return c.Members.Add(ctx, s.by, o.ID, nm)
}

// byMember has the arguments of actions on one membership.
type byMember struct {
	byID
	UserID string `arg:"user_id,required"`
}

type roleChange struct {
	byMember
	Role edge.Text `body:"role"`
}

func (c *controller) setRole(ctx context.Context, s *self, o *domain.Organization, args roleChange) (any, error) {
	var j edge.Judging
	next := role(&j, args.Role)
	if err := j.Err(); err != nil {
		return nil, err
	}
	m, err := c.Members.SetRole(ctx, s.by, o.ID, args.UserID, next)
	return c.membership(ctx, m, err)
}

func (c *controller) remove(ctx context.Context, s *self, o *domain.Organization, args byMember) (any, error) {
	m, err := c.Members.Remove(ctx, s.by, o.ID, args.UserID)
	return c.membership(ctx, m, err)
}
