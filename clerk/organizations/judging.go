package organizations

import (
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// refusals maps faults of the domain to Clerk's errors, about param if it is set.
var refusals = edge.Refusals{
	{domain.ErrNotFound, edge.NotFound, ""},
	{domain.ErrName, edge.SizeExceeded, "name"},
	{domain.ErrSlug, edge.FormatInvalid, slugParam},
	{domain.ErrSlugTaken, edge.IdentifierExists, slugParam},
	{domain.ErrLimit, edge.ValueInvalid, limitParam},
	{domain.ErrCreator, edge.CreatorNotFound, "created_by"},
	{domain.ErrCreationOff, edge.CreationLimit, ""},
	{domain.ErrCreationLimit, edge.CreationLimit, ""},
	{domain.ErrMembershipLimit, edge.MembershipQuota, ""},
	{domain.ErrMember, edge.AlreadyMember, ""},
	{domain.ErrNoMember, edge.OrganizationNotFound, ""},
	{domain.ErrLastAdmin, edge.MinimumPermissions, ""},
	{domain.ErrRole, edge.ValueInvalid, roleParam},
	{domain.ErrEmail, edge.FormatInvalid, emailParam},
	{domain.ErrInvited, edge.InvitationNotUnique, ""},
	{domain.ErrNoInvitation, edge.NotFound, ""},
	{domain.ErrNotPending, edge.InvitationNotPending, ""},
	{domain.ErrInviter, edge.OrganizationNotFound, "inviter_user_id"},
	{domain.ErrDays, edge.ValueInvalid, daysParam},
	{tickets.ErrRedirect, edge.FormatInvalid, "redirect_url"},
	{tickets.ErrNoLink, edge.NoPublicURL, ""},
	{tickets.ErrByMail, edge.ByMail, ""},
	{tickets.ErrNoMail, edge.NoMail, ""},
}

// Parameters that occur in several places.
const (
	slugParam  = "slug"
	limitParam = "max_allowed_memberships"
	roleParam  = "role"
	emailParam = "email_address"
	daysParam  = "expires_in_days"
)

// Refused returns Clerk's error for a fault of the domain.
func Refused(err error) error {
	if large, is := fault.From(err); is && errors.Is(err, users.ErrMetadataTooLarge) {
		kind, _ := large.Props[0].(string)
		return edge.Refusal(edge.SizeExceeded, kind+"_metadata")
	}
	return refusals.Of(err)
}

// judging collects the violations of one request.
type judging struct{ edge.Judging }

// changed returns an optional text, which must not be empty; null counts as absent.
func (j *judging) changed(param string, given edge.Text) *string {
	if !given.Is() {
		return nil
	}
	value := j.Needed(param, given)
	return &value
}

func (j *judging) limit(given edge.Number) *int {
	if !given.Is() {
		return nil
	}
	if given.Value < 0 || given.Value > domain.MaxMemberships {
		j.Refuse(edge.ValueInvalid, limitParam)
	}
	most := int(given.Value)
	return &most
}

// past returns a time in epoch milliseconds, which must not lie in the future.
func (j *judging) past(param string, given edge.Time, now time.Time) *int64 {
	if !given.Is() {
		return nil
	}
	if given.Value.After(now) {
		j.Refuse(edge.FutureDate, param)
	}
	at := given.Value.UnixMilli()
	return &at
}

// roleSet refuses every role set: there is only one, which has no key.
func (j *judging) roleSet(given edge.Text) {
	if given.Is() {
		j.Refuse(edge.ValueInvalid, "role_set_key")
	}
}

func (j *judging) role(given edge.Text) string {
	role := j.Needed(roleParam, given)
	if _, known := domain.RoleOf(role); !known && role != "" {
		j.Refuse(edge.ValueInvalid, roleParam)
	}
	return role
}

// metadata has the parameters of metadata.
type metadata struct {
	Public  edge.Object `body:"public_metadata"`
	Private edge.Object `body:"private_metadata"`
}

// kinds returns the arguments, in the order of errors.
func (args metadata) kinds() []edge.Metadata {
	return []edge.Metadata{{Kind: users.PublicMetadata, Given: args.Public}, {Kind: users.PrivateMetadata, Given: args.Private}}
}

// page has the arguments of a page.
type page struct {
	Limit  edge.Number `arg:"limit"`
	Offset edge.Number `arg:"offset"`
}

// page checks the arguments of a page. orders maps the clients' names of orders to
// fields. The default order is by creation, newest first.
func (j *judging) page(given page, order edge.Texts, orders map[string]string) domain.Page {
	p := domain.Page{Desc: true}
	p.Size, p.From = j.Page(given.Limit, given.Offset)
	if len(order.Values) == 0 {
		return p
	}
	p.Order, _, p.Desc = edge.Order(&j.Judging, order, orders)
	return p
}

// status checks the statuses in a filter of invitations.
func (j *judging) status(given edge.Texts) []string {
	return j.Known("status", given, domain.Statuses())
}
