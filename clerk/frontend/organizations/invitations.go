package organizations

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
)

func (c *controller) invitationActions() []api.Declared {
	all := " /organizations/{organization_id}/invitations"
	return []api.Declared{
		within(c, "listOrganizationInvitations", "GET"+all, domain.ManageMembers, "Lists the invitations to an organization.", c.invited),
		within(c, "inviteIntoOrganization", "POST"+all, domain.ManageMembers, "Invites an e-mail address into an organization.", c.invite),
		within(c, "inviteManyIntoOrganization", "POST"+all+"/bulk", domain.ManageMembers, "Invites several e-mail addresses into an organization, or none of them.", c.inviteMany),
		within(c, "revokeMyOrganizationInvitation", "POST"+all+"/{invitation_id}/revoke", domain.ManageMembers, "Ends an open invitation to an organization.", c.revoke),
	}
}

type invitationListing struct {
	byID
	Status edge.Texts `arg:"status"`
	page
}

// chosen returns the invitations that a list is about.
func (args *invitationListing) chosen(j *edge.Judging) domain.Invited {
	return domain.Invited{Organization: args.ID, Statuses: j.Known("status", args.Status, domain.Statuses()), Page: args.of(j)}
}

func (c *controller) invited(ctx context.Context, _ *self, _ *domain.Organization, args invitationListing) (any, error) {
	var j edge.Judging
	what := args.chosen(&j)
	if err := j.Err(); err != nil {
		return nil, err
	}
	found, err := c.shelf().Invitations(ctx, what, false)
	return view.PageOf(found, view.InvitationOf), err
}

// emailParam is the parameter of addresses.
const emailParam = "email_address"

// texts are the values of a field of a form, one or many.
type texts struct{ edge.Texts }

// Decode implements api.Decoder.
func (t *texts) Decode(name string, value any) error {
	if one, is := value.(string); is {
		value = []any{one}
	}
	return t.Texts.Decode(name, value)
}

type inviting struct {
	byID
	Emails      texts     `body:"email_address"`
	Role        edge.Text `body:"role"`
	RedirectURL edge.Text `body:"redirect_url"`
}

// asked returns the invitations of a request. Each counts for the limit of its user, since it may
// send a mail.
func (c *controller) asked(ctx context.Context, s *self, args *inviting) ([]tickets.NewMember, error) {
	var j edge.Judging
	key, to := role(&j, args.Role), args.RedirectURL.Value
	if len(args.Emails.Values) == 0 {
		j.Refuse(edge.Missing, emailParam)
	}
	if _, ok := s.v.Allows(to); to != "" && !ok {
		j.Refuse(edge.RedirectForeign, "redirect_url")
	}
	if err := j.Err(); err != nil {
		return nil, err
	}
	if len(args.Emails.Values) > tickets.MaxInvitations {
		return nil, edge.BulkSizeExceeded.New("invitations")
	}
	var all []tickets.NewMember
	for _, email := range args.Emails.Values {
		if err := s.limit(ctx, "organizationInvitations", invitations); err != nil {
			return nil, err
		}
		nm := tickets.NewMember{NewInvitation: domain.NewInvitation{Email: email, Role: key, Inviter: s.by.Kuid, RedirectURL: to}, Discreet: true}
		// Without mail, an invited user finds the invitation in the application.
		if c.Accounts.Tickets.Mails() {
			nm.Mail = notify.OrganizationInvitation
		}
		all = append(all, nm)
	}
	return all, nil
}

func (c *controller) make(ctx context.Context, s *self, o *domain.Organization, args *inviting) ([]view.Invitation, error) {
	asked, err := c.asked(ctx, s, args)
	if err != nil {
		return nil, err
	}
	made, err := c.Accounts.Tickets.InviteMembers(ctx, s.by, o.ID, asked...)
	if err != nil {
		return nil, err
	}
	out := make([]view.Invitation, len(made))
	for i := range made {
		shown, err := c.shelf().Invitation(ctx, &made[i].Invitation)
		if err != nil {
			return nil, err
		}
		out[i] = view.InvitationOf(shown)
	}
	return out, nil
}

func (c *controller) invite(ctx context.Context, s *self, o *domain.Organization, args inviting) (any, error) {
	if len(args.Emails.Values) > 1 {
		return nil, edge.Refusal(edge.TypeInvalid, emailParam)
	}
	made, err := c.make(ctx, s, o, &args)
	if err != nil {
		return nil, err
	}
	return made[0], nil
}

func (c *controller) inviteMany(ctx context.Context, s *self, o *domain.Organization, args inviting) (any, error) {
	return c.make(ctx, s, o, &args)
}

type byInvitation struct {
	byID
	Invitation string `arg:"invitation_id,required"`
}

func (c *controller) revoke(ctx context.Context, s *self, o *domain.Organization, args byInvitation) (any, error) {
	i, err := c.Invitations.Revoke(ctx, s.by, o.ID, args.Invitation)
	return c.invitation(ctx, &i, err)
}

// invitation returns an invitation after a change.
func (c *controller) invitation(ctx context.Context, i *domain.Invitation, err error) (any, error) {
	var shown resource.OrganizationInvitation
	if err == nil {
		shown, err = c.shelf().Invitation(ctx, i)
	}
	return view.InvitationOf(shown), err
}
