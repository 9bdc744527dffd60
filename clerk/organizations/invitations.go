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

func (c *controller) invitationActions() []api.Declared {
	return []api.Declared{
		within(c, "getOrganizationInvitationList", "GET /organizations/{organization_id}/invitations", "Lists the invitations to an organization.", c.invitations),
		declare("createOrganizationInvitation", "POST /organizations/{organization_id}/invitations", "Invites an e-mail address into an organization.", c.invite),
		declare("createBulkOrganizationInvitations", "POST /organizations/{organization_id}/invitations/bulk", "Invites several e-mail addresses into an organization, or none of them.", c.inviteMany),
		within(c, "getOrganizationInvitation", "GET /organizations/{organization_id}/invitations/{invitation_id}", "Reads an invitation to an organization.", c.invitation),
		within(c, "revokeOrganizationInvitation", "POST /organizations/{organization_id}/invitations/{invitation_id}/revoke", "Ends an open invitation to an organization.", c.revoke),
		declare("getUserOrganizationInvitationList", "GET /users/{user_id}/organization_invitations", "Lists the invitations to a user's addresses.", c.invitationsOf),
		declare("getInstanceOrganizationInvitationList", "GET /organization_invitations", "Lists the invitations to all organizations.", c.allInvitations),
	}
}

type invitationListing struct {
	byID
	Status  edge.Texts `arg:"status"`
	Email   edge.Text  `arg:"email_address"`
	OrderBy edge.Texts `arg:"order_by"`
	page
}

var invitationOrders = map[string]string{"created_at": domain.ByCreation, "email_address": domain.ByEmail, "expires_at": domain.ByExpiry}

func (c *controller) invitations(ctx context.Context, req *api.Request, o domain.Organization, args invitationListing) (out resource.Paginated[resource.OrganizationInvitation], err error) {
	j := &judging{}
	what := domain.Invited{Organization: o.ID, Statuses: j.status(args.Status), Page: j.page(args.page, args.OrderBy, invitationOrders)}
	if args.Email.Value != "" {
		what.Emails = []string{args.Email.Value}
	}
	if err := j.Err(); err != nil {
		return out, err
	}
	return c.shelf().Invitations(ctx, what, false)
}

type byInvitation struct {
	byID
	Invitation string `arg:"invitation_id,required"`
}

func (c *controller) invitation(ctx context.Context, req *api.Request, o domain.Organization, args byInvitation) (out resource.OrganizationInvitation, err error) {
	i, err := c.Invitations.Invitation(ctx, o.ID, args.Invitation)
	if err != nil {
		return out, err
	}
	return c.shelf().Invitation(ctx, &i)
}

type revocation struct {
	byInvitation
	// By is the requesting user, an administrator of the organization.
	By edge.Text `body:"requesting_user_id"`
}

func (c *controller) revoke(ctx context.Context, req *api.Request, o domain.Organization, args revocation) (out resource.OrganizationInvitation, err error) {
	if args.By.Is() {
		m, err := c.Members.Membership(ctx, o.ID, args.By.Value)
		if errors.Is(err, domain.ErrNoMember) || err == nil && m.Role != domain.Admin {
			return out, edge.AuthorizationInvalid.New()
		}
		if err != nil {
			return out, err
		}
	}
	i, err := c.Invitations.Revoke(ctx, kuzzleview.Actor(req), o.ID, args.Invitation)
	if err != nil {
		return out, err
	}
	return c.shelf().Invitation(ctx, &i)
}

type userInvitations struct {
	UserID string     `arg:"user_id,required"`
	Status edge.Texts `arg:"status"`
	page
}

func (c *controller) invitationsOf(ctx context.Context, req *api.Request, args userInvitations) (out resource.Paginated[resource.OrganizationInvitation], err error) {
	if err := allowed(req, ""); err != nil {
		return out, err
	}
	u, err := c.Accounts.Users.Current(ctx, args.UserID)
	if err != nil {
		return out, err
	}
	j := &judging{}
	what := domain.Invited{Statuses: j.status(args.Status), Page: j.page(args.page, edge.Texts{}, nil)}
	if err := j.Err(); err != nil {
		return out, err
	}
	return c.shelf().InvitationsTo(ctx, u, what)
}

type instanceInvitations struct {
	OrderBy edge.Texts `arg:"order_by"`
	Status  edge.Texts `arg:"status"`
	Query   edge.Text  `arg:"query"`
	page
}

func (c *controller) allInvitations(ctx context.Context, req *api.Request, args instanceInvitations) (out resource.Paginated[resource.OrganizationInvitation], err error) {
	if err := allowed(req, ""); err != nil {
		return out, err
	}
	j := &judging{}
	what := domain.Invited{Statuses: j.status(args.Status), Query: j.part(args.Query), Page: j.page(args.page, args.OrderBy, invitationOrders)}
	if err := j.Err(); err != nil {
		return out, err
	}
	return c.shelf().Invitations(ctx, what, true)
}
