package organizations

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
)

// newInvitation has the arguments of an invitation.
type newInvitation struct {
	Email       edge.Text   `body:"email_address"`
	Inviter     edge.Text   `body:"inviter_user_id"`
	Role        edge.Text   `body:"role"`
	RedirectURL edge.Text   `body:"redirect_url"`
	Days        edge.Number `body:"expires_in_days"`
	Notify      edge.Flag   `body:"notify"`
	metadata
}

// asked returns the requested invitation. With a test key without limits, invitations are
// also made if no messages can be sent.
func (c *controller) asked(j *judging, req *api.Request, args *newInvitation) tickets.NewMember {
	nm := tickets.NewMember{NewInvitation: domain.NewInvitation{
		Email: j.Needed(emailParam, args.Email), Role: j.role(args.Role), Inviter: args.Inviter.Value,
		RedirectURL: args.RedirectURL.Value, Metadata: j.Metadata(args.kinds()), Days: int(j.Within(daysParam, args.Days, 1, domain.MaxDays)),
	}, Discreet: allowed(req, "") != nil}
	if args.Notify.Or(true) && (!edge.TestKey(req) || c.Accounts.Tickets.Mails()) {
		nm.Mail = notify.OrganizationInvitation
	}
	return nm
}

type inviting struct {
	byID
	newInvitation
}

func (c *controller) invite(ctx context.Context, req *api.Request, args inviting) (resource.OrganizationInvitation, error) {
	made, err := c.make(ctx, req, args.ID, []newInvitation{args.newInvitation})
	if err != nil {
		return resource.OrganizationInvitation{}, err
	}
	return made[0], nil
}

type invitingMany struct {
	byID
	All edge.Items[newInvitation] `body:".,required"`
}

func (c *controller) inviteMany(ctx context.Context, req *api.Request, args invitingMany) (out resource.Paginated[resource.OrganizationInvitation], err error) {
	switch count := len(args.All.Values); {
	case count == 0:
		return out, edge.Refusal(edge.Missing, emailParam)
	case count > tickets.MaxInvitations:
		return out, edge.BulkSizeExceeded.New("invitations")
	}
	out.Data, err = c.make(ctx, req, args.ID, args.All.Values)
	out.TotalCount = int64(len(out.Data))
	return out, err
}

// make creates all invitations to an organization, or none.
func (c *controller) make(ctx context.Context, req *api.Request, idOrSlug string, all []newInvitation) ([]resource.OrganizationInvitation, error) {
	o, err := c.find(ctx, req, idOrSlug)
	if err != nil {
		return nil, err
	}
	j := &judging{}
	asked := make([]tickets.NewMember, len(all))
	for i := range all {
		asked[i] = c.asked(j, req, &all[i])
	}
	if err := j.Err(); err != nil {
		return nil, err
	}
	made, err := c.Accounts.Tickets.InviteMembers(ctx, kuzzleview.Actor(req), o.ID, asked...)
	if err != nil {
		return nil, err
	}
	out := make([]resource.OrganizationInvitation, len(made))
	for i := range made {
		if out[i], err = c.shelf().Invitation(ctx, &made[i].Invitation); err != nil {
			return nil, err
		}
		if made[i].Link != "" {
			out[i].URL = &made[i].Link
		}
	}
	return out, nil
}
