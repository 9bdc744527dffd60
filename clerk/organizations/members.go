package organizations

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/filters"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

func (c *controller) memberActions() []api.Declared {
	return []api.Declared{
		within(c, "createOrganizationMembership", "POST /organizations/{organization_id}/memberships", "Makes a user a member.", c.add),
		within(c, "getOrganizationMembershipList", "GET /organizations/{organization_id}/memberships", "Lists the members of an organization.", c.members),
		within(c, "updateOrganizationMembership", "PATCH /organizations/{organization_id}/memberships/{user_id}", "Changes the role of a member.", c.setRole),
		within(c, "updateOrganizationMembershipMetadata", "PATCH /organizations/{organization_id}/memberships/{user_id}/metadata", "Merges metadata into a membership's metadata.", c.memberMetadata),
		within(c, "deleteOrganizationMembership", "DELETE /organizations/{organization_id}/memberships/{user_id}", "Removes a member.", c.remove),
		declare("getUserOrganizationMembershipList", "GET /users/{user_id}/organization_memberships", "Lists the memberships of a user.", c.membershipsOf),
		declare("getInstanceOrganizationMembershipList", "GET /organization_memberships", "Lists all memberships.", c.allMemberships),
	}
}

type addition struct {
	byID
	UserID edge.Text `body:"user_id"`
	Role   edge.Text `body:"role"`
	metadata
}

func (c *controller) add(ctx context.Context, req *api.Request, o domain.Organization, args addition) (resource.OrganizationMembership, error) {
	j := &judging{}
	nm := domain.NewMember{Kuid: j.Needed("user_id", args.UserID), Role: j.role(args.Role), Metadata: j.Metadata(args.kinds())}
	if err := j.Err(); err != nil {
		return resource.OrganizationMembership{}, err
	}
	if err := c.knows(ctx, req, nm.Kuid); err != nil {
		return resource.OrganizationMembership{}, err
	}
	m, err := c.Members.Add(ctx, kuzzleview.Actor(req), o.ID, nm)
	return c.shelf().Membership(ctx, m, err)
}

// byMember has the arguments of actions on one membership.
type byMember struct {
	byID
	UserID string `arg:"user_id,required"`
}

func (c *controller) remove(ctx context.Context, req *api.Request, o domain.Organization, args byMember) (resource.OrganizationMembership, error) {
	m, err := c.Members.Remove(ctx, kuzzleview.Actor(req), o.ID, args.UserID)
	return c.shelf().Membership(ctx, m, err)
}

type roleChange struct {
	byMember
	Role edge.Text `body:"role"`
}

func (c *controller) setRole(ctx context.Context, req *api.Request, o domain.Organization, args roleChange) (resource.OrganizationMembership, error) {
	j := &judging{}
	role := j.role(args.Role)
	if err := j.Err(); err != nil {
		return resource.OrganizationMembership{}, err
	}
	m, err := c.Members.SetRole(ctx, kuzzleview.Actor(req), o.ID, args.UserID, role)
	return c.shelf().Membership(ctx, m, err)
}

type memberMetadata struct {
	byMember
	metadata
}

func (c *controller) memberMetadata(ctx context.Context, req *api.Request, o domain.Organization, args memberMetadata) (resource.OrganizationMembership, error) {
	j := &judging{}
	change := j.Metadata(args.kinds())
	if err := j.Err(); err != nil {
		return resource.OrganizationMembership{}, err
	}
	m, err := c.Members.Update(ctx, kuzzleview.Actor(req), o.ID, args.UserID, change, false)
	return c.shelf().Membership(ctx, m, err)
}

type userMemberships struct {
	UserID string `arg:"user_id,required"`
	page
	// Number is a page number from 1; some clients increase it until a page is empty.
	Number edge.Number `arg:"page"`
}

func (c *controller) membershipsOf(ctx context.Context, req *api.Request, args userMemberships) (resource.Paginated[resource.OrganizationMembership], error) {
	out := resource.Paginated[resource.OrganizationMembership]{}
	if err := allowed(req, ""); err != nil {
		return out, err
	}
	if _, err := c.Accounts.Users.Current(ctx, args.UserID); err != nil {
		return out, err
	}
	j := &judging{}
	p := j.page(args.page, edge.Texts{}, nil)
	if args.Number.Is() && !args.Offset.Is() {
		if args.Number.Value < 1 {
			j.Refuse(edge.ValueInvalid, "page")
		} else if p.From = int(min(args.Number.Value-1, edge.Window)) * p.Size; p.From+p.Size > edge.Window {
			p.From, p.Size = 0, 0 // after the last page
		}
	}
	if err := j.Err(); err != nil {
		return out, err
	}
	return c.shelf().Members(ctx, domain.Among{Kuids: []string{args.UserID}, Page: p}, nil)
}

type instanceMemberships struct {
	OrderBy edge.Texts `arg:"order_by"`
	page
}

var createdOrder = map[string]string{"created_at": domain.ByCreation}

func (c *controller) allMemberships(ctx context.Context, req *api.Request, args instanceMemberships) (out resource.Paginated[resource.OrganizationMembership], err error) {
	if err := allowed(req, ""); err != nil {
		return out, err
	}
	j := &judging{}
	p := j.page(args.page, args.OrderBy, createdOrder)
	if err := j.Err(); err != nil {
		return out, err
	}
	return c.shelf().Members(ctx, domain.Among{Page: p}, nil)
}

// memberListing has the arguments of getOrganizationMembershipList.
type memberListing struct {
	byID
	OrderBy edge.Texts `arg:"order_by"`
	UserIDs edge.Texts `arg:"user_id"`
	Roles   edge.Texts `arg:"role"`

	filters.Names

	ActiveBefore  edge.Number `arg:"last_active_at_before"`
	ActiveAfter   edge.Number `arg:"last_active_at_after"`
	CreatedBefore edge.Number `arg:"created_at_before"`
	CreatedAfter  edge.Number `arg:"created_at_after"`
	page
}

// memberOrders are the orders of members: by creation, and by fields of users.
var memberOrders = map[string]string{
	"created_at": domain.ByCreation, "email_address": users.Email, "phone_number": users.Phone, "username": users.UsernameField,
	"first_name": users.FirstNameField, "last_name": users.LastNameField,
}

func (c *controller) members(ctx context.Context, req *api.Request, o domain.Organization, args memberListing) (out resource.Paginated[resource.OrganizationMembership], err error) {
	j := &judging{}
	a := domain.Among{
		Organization: o.ID, Roles: j.Values(roleParam, args.Roles), Page: j.page(args.page, args.OrderBy, memberOrders),
		CreatedAfter: filters.Millis(&j.Judging, "created_at_after", args.CreatedAfter), CreatedBefore: filters.Millis(&j.Judging, "created_at_before", args.CreatedBefore),
	}
	a.Kuids, a.Not = j.Chosen("user_id", args.UserIDs)
	// A key that is limited to organizations sees of a user what other members see, and could find out the rest by
	// searching for parts of it.
	limited, text := allowed(req, "") != nil, ""
	if limited {
		text, args.Query = filters.Text(&j.Judging, "query", args.Query), edge.Text{}
	}
	people := args.Names.Where(&j.Judging)
	if active := filters.Between(&j.Judging, "last_active_at", filters.Account(users.LastActiveField), args.ActiveAfter, args.ActiveBefore); active != nil {
		people = append(people, active)
	}
	if err := j.Err(); err != nil {
		return out, err
	}
	switch {
	case !limited:
		return c.shelf().Members(ctx, a, people)
	case len(people) > 0 || a.Order != "" && a.Order != domain.ByCreation:
		return out, edge.AuthorizationInvalid.New()
	}
	return c.shelf().Showing(ctx, a, text)
}
