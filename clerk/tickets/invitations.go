package tickets

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
)

func (c *controller) invitations() []api.Declared {
	return []api.Declared{
		declare("createInvitation", "POST /invitations", "Invites an e-mail address.", c.invite),
		declare("createBulkInvitations", "POST /invitations/bulk", "Invites all of several e-mail addresses, or none.", c.inviteMany),
		declare("getInvitationList", "GET /invitations", "Lists invitations.", c.list),
		declare("revokeInvitation", "POST /invitations/{invitation_id}/revoke", "Ends an open invitation.", c.revokeInvitation),
		declare("deleteInvitation", "DELETE /invitations/{invitation_id}", "Removes an invitation in any status.", c.deleteInvitation),
	}
}

// Invitation is an invitation to become a user.
type Invitation struct {
	Object         string         `json:"object"`
	ID             string         `json:"id"`
	EmailAddress   string         `json:"email_address"`
	PublicMetadata map[string]any `json:"public_metadata"`
	Revoked        bool           `json:"revoked,omitempty"`
	Status         string         `json:"status"`
	URL            string         `json:"url,omitempty"`
	ExpiresAt      int64          `json:"expires_at"`
	CreatedAt      int64          `json:"created_at"`
	UpdatedAt      int64          `json:"updated_at"`
}

const invitationObject = "invitation"

// invitation returns the resource of an invitation. The link is in the answer to its
// creation only, and not for a limited key.
func invitation(t *domain.Ticket, link string) Invitation {
	out := Invitation{
		Object: invitationObject, ID: t.ID, EmailAddress: t.Email, PublicMetadata: t.Metadata, Revoked: t.Status == domain.Revoked, Status: t.Status,
		URL: link, ExpiresAt: t.ExpiresAt, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
	}
	if out.PublicMetadata == nil {
		out.PublicMetadata = map[string]any{}
	}
	return out
}

// newInvitation has the arguments of an invitation.
type newInvitation struct {
	Email       edge.Text   `body:"email_address"`
	Public      edge.Object `body:"public_metadata"`
	RedirectURL edge.Text   `body:"redirect_url"`
	Notify      edge.Flag   `body:"notify"`
	Ignore      edge.Flag   `body:"ignore_existing"`
	Days        edge.Number `body:"expires_in_days"`
	Template    edge.Text   `body:"template_slug"`
}

const (
	emailParam    = "email_address"
	daysParam     = "expires_in_days"
	redirectParam = "redirect_url"
	templateParam = "template_slug"
)

// templates maps the clients' names of mails to kinds of messages.
var templates = map[string]string{"": notify.Invitation, "invitation": notify.Invitation, "waitlist_invitation": notify.WaitlistInvitation}

// requested checks the arguments and returns the requested invitation.
func (c *controller) requested(j *edge.Judging, req *api.Request, args *newInvitation) domain.NewInvitation {
	ni := domain.NewInvitation{
		Email: j.Needed(emailParam, args.Email), RedirectURL: args.RedirectURL.Value, Anyway: args.Ignore.Or(false),
		Days: int(j.Within(daysParam, args.Days, 1, domain.MaxDays)), Mail: c.mail(j, req, args),
	}
	if args.Public.Is() {
		ni.Metadata = args.Public.Value
		j.Metadata([]edge.Metadata{{Kind: users.PublicMetadata, Given: args.Public}})
	}
	return ni
}

// mail returns the kind of mail to send, or "". With a test key without limits,
// invitations are also made if no messages can be sent.
func (c *controller) mail(j *edge.Judging, req *api.Request, args *newInvitation) string {
	kind, known := templates[args.Template.Value]
	if !known {
		j.Refuse(edge.ValueInvalid, templateParam)
	}
	if !args.Notify.Or(true) || edge.TestKey(req) && !c.Accounts.Tickets.Mails() {
		return ""
	}
	return kind
}

func (c *controller) invite(ctx context.Context, req *api.Request, args newInvitation) (Invitation, error) {
	made, err := c.make(ctx, req, []newInvitation{args})
	if err != nil {
		return Invitation{}, err
	}
	return made[0], nil
}

func (c *controller) make(ctx context.Context, req *api.Request, all []newInvitation) ([]Invitation, error) {
	if c.Rules.Now().Email == rules.Off {
		return nil, edge.InvitationsOff.New()
	}
	var j edge.Judging
	asked := make([]domain.NewInvitation, len(all))
	for i := range all {
		asked[i] = c.requested(&j, req, &all[i])
	}
	if err := j.Err(); err != nil {
		return nil, err
	}
	made, err := c.Accounts.Tickets.Invite(ctx, kuzzleview.Actor(req), asked...)
	if err != nil {
		return nil, err
	}
	out := make([]Invitation, len(made))
	for i := range made {
		out[i] = invitation(&made[i].Ticket, made[i].Link)
	}
	return out, nil
}

type bulk struct {
	All edge.Items[newInvitation] `body:".,required"`
}

func (c *controller) inviteMany(ctx context.Context, req *api.Request, args bulk) ([]Invitation, error) {
	if len(args.All.Values) > domain.MaxInvitations {
		return nil, edge.BulkSizeExceeded.New(invitationObject + "s")
	}
	if len(args.All.Values) == 0 {
		return nil, edge.Refusal(edge.Missing, emailParam)
	}
	return c.make(ctx, req, args.All.Values)
}

type listing struct {
	Status    edge.Texts  `arg:"status"`
	Query     edge.Text   `arg:"query"`
	OrderBy   edge.Texts  `arg:"order_by"`
	Paginated edge.Flag   `arg:"paginated"`
	Limit     edge.Number `arg:"limit"`
	Offset    edge.Number `arg:"offset"`
}

var orders = map[string]string{"created_at": domain.ByCreation, "email_address": domain.ByEmail, "expires_at": domain.ByExpiry}

// maxQuery bounds a search text, in bytes.
const maxQuery = 256

// requested checks the arguments and returns the requested list. The default is all except
// revoked ones, newest first.
func (l *listing) requested(j *edge.Judging) domain.Listing {
	out := domain.Listing{Query: l.Query.Value, Order: domain.ByCreation, Desc: true}
	if out.Statuses = j.Known("status", l.Status, domain.Statuses()); len(out.Statuses) == 0 {
		out.Statuses = []string{domain.Pending, domain.Accepted, domain.Expired}
	}
	if len(out.Query) > maxQuery {
		j.Refuse(edge.SizeExceeded, "query")
	}
	out.Size, out.From = j.Page(l.Limit, l.Offset)
	if len(l.OrderBy.Values) > 0 {
		out.Order, _, out.Desc = edge.Order(j, l.OrderBy, orders)
	}
	return out
}

func (c *controller) list(ctx context.Context, _ *api.Request, args listing) (any, error) {
	var j edge.Judging
	what := args.requested(&j)
	if err := j.Err(); err != nil {
		return nil, err
	}
	found, total, err := c.Accounts.Tickets.Invitations(ctx, what)
	if err != nil {
		return nil, err
	}
	shown := make([]Invitation, len(found))
	for i := range found {
		shown[i] = invitation(&found[i], "")
	}
	if args.Paginated.Or(false) {
		return resource.Paginated[Invitation]{Data: shown, TotalCount: total}, nil
	}
	return shown, nil
}

type byInvitation struct {
	ID string `arg:"invitation_id,required"`
}

func (c *controller) revokeInvitation(ctx context.Context, req *api.Request, args byInvitation) (Invitation, error) {
	t, err := c.Accounts.Tickets.Revoke(ctx, kuzzleview.Actor(req), domain.Invitation, args.ID)
	if errors.Is(err, domain.ErrNotPending) {
		err = edge.InvitationAccepted.New()
		if t.Status == domain.Revoked {
			err = edge.InvitationRevoked.New()
		}
	}
	return invitation(&t, ""), err
}

func (c *controller) deleteInvitation(ctx context.Context, req *api.Request, args byInvitation) (resource.Deleted, error) {
	err := c.Accounts.Tickets.Delete(ctx, kuzzleview.Actor(req), args.ID)
	return resource.Deleted{Object: invitationObject, ID: args.ID, Deleted: true}, err
}
