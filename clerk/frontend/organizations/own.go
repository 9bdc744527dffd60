package organizations

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// own returns the actions on what the user belongs to or is invited to.
func (c *controller) own() []api.Declared {
	return []api.Declared{
		declare(c, "listMyMemberships", "GET /me/organization_memberships", "Lists the user's memberships.", c.memberships),
		declare(c, "leaveOrganization", "DELETE /me/organization_memberships/{organization_id}", "Ends the user's membership of an organization.", c.leave),
		declare(c, "listMyInvitations", "GET /me/organization_invitations", "Lists the invitations to the user's verified addresses.", c.invitationsOf),
		declare(c, "acceptMyInvitation", "POST /me/organization_invitations/{invitation_id}/accept", "Makes the user a member by an invitation to one of their verified addresses.", c.accept),
		declare(c, "listMySuggestions", "GET /me/organization_suggestions", "Lists no organizations to join: they have no domains.", c.suggestions),
	}
}

func (c *controller) memberships(ctx context.Context, s *self, args page) (any, error) {
	var j edge.Judging
	a := domain.Among{Kuids: []string{s.by.Kuid}, Page: args.of(&j)}
	if err := j.Err(); err != nil {
		return nil, err
	}
	found, err := c.shelf().Members(ctx, a, nil)
	return view.PageOf(found, view.MembershipOf), err
}

func (c *controller) leave(ctx context.Context, s *self, args byID) (any, error) {
	m, err := c.Members.Remove(ctx, s.by, args.ID, s.by.Kuid)
	return resource.Deleted{Object: resource.OrganizationMembershipObject, ID: m.ID, Deleted: true}, err
}

type invitationsOf struct {
	Status edge.Texts `arg:"status"`
	page
}

func (c *controller) invitationsOf(ctx context.Context, s *self, args invitationsOf) (any, error) {
	var j edge.Judging
	what := (&invitationListing{Status: args.Status, page: args.page}).chosen(&j)
	if err := j.Err(); err != nil {
		return nil, err
	}
	found, err := c.shelf().InvitationsTo(ctx, s.live.User, what)
	return view.PageOf(found, view.InvitationOf), err
}

type acceptance struct {
	ID string `arg:"invitation_id,required"`
}

func (c *controller) accept(ctx context.Context, s *self, args acceptance) (any, error) {
	i, err := c.Accounts.Tickets.AcceptOwn(ctx, s.by, s.live.User, args.ID)
	var o domain.Organization
	if err == nil {
		o, err = c.Organization(ctx, i.Organization)
	}
	return view.InvitationOf(c.Shapes.Invitation(&i, nil, &o)), err
}

func (c *controller) suggestions(context.Context, *self, page) (any, error) {
	return resource.Paginated[struct{}]{Data: []struct{}{}}, nil
}
