package organizations

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// refusals are Clerk's errors for faults of the domain, about param where it is set.
var refusals = []struct {
	from, to *fault.Kind
	param    string
}{
	{domain.ErrNotFound, edge.NotFound, ""},
	{domain.ErrName, edge.SizeExceeded, "name"},
	{domain.ErrSlug, edge.FormatInvalid, "slug"},
	{domain.ErrSlugTaken, edge.IdentifierExists, "slug"},
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
}

// The parameters that several places speak of.
const (
	limitParam = "max_allowed_memberships"
	roleParam  = "role"
	emailParam = "email_address"
	daysParam  = "expires_in_days"
)

// refusal is a fault of the domain as Clerk's.
func refusal(err error) error {
	if err == nil {
		return nil
	}
	for _, row := range refusals {
		if !errors.Is(err, row.from) {
			continue
		}
		if row.param == "" {
			return row.to.New()
		}
		return edge.Refusal(row.to, row.param)
	}
	if large, is := fault.From(err); is && errors.Is(err, users.ErrMetadataTooLarge) {
		kind, _ := large.Props[0].(string)
		return edge.Refusal(edge.SizeExceeded, kind+"_metadata")
	}
	return err
}

// judging gathers what is wrong with a request, since clients are told all of it.
type judging struct {
	wrong []*fault.Error
}

func (j *judging) refuse(kind *fault.Kind, param string) {
	j.wrong = append(j.wrong, edge.Refusal(kind, param))
}

// needed is a text that has to be given.
func (j *judging) needed(param string, given edge.Text) string {
	switch {
	case !given.Given:
		j.refuse(edge.Missing, param)
	case strings.TrimSpace(given.Value) == "":
		j.refuse(edge.Nil, param)
	}
	return strings.TrimSpace(given.Value)
}

// changed is a text that may be given, and then is not empty; null is as not given.
func (j *judging) changed(param string, given edge.Text) *string {
	if !given.Is() {
		return nil
	}
	value := j.needed(param, given)
	return &value
}

func (j *judging) limit(given edge.Number) *int {
	if !given.Is() {
		return nil
	}
	if given.Value < 0 || given.Value > domain.MaxMemberships {
		j.refuse(edge.ValueInvalid, limitParam)
	}
	most := int(given.Value)
	return &most
}

// past is a time that must not lie in the future, in epoch milliseconds.
func (j *judging) past(param string, given edge.Time, now time.Time) *int64 {
	if !given.Is() {
		return nil
	}
	if given.Value.After(now) {
		j.refuse(edge.FutureDate, param)
	}
	at := given.Value.UnixMilli()
	return &at
}

// roleSet refuses every set of roles: there is one, which has no key.
func (j *judging) roleSet(given edge.Text) {
	if given.Is() {
		j.refuse(edge.ValueInvalid, "role_set_key")
	}
}

func (j *judging) role(given edge.Text) string {
	role := j.needed(roleParam, given)
	if _, known := domain.RoleOf(role); !known && role != "" {
		j.refuse(edge.ValueInvalid, roleParam)
	}
	return role
}

// metadata are the parameters of metadata.
type metadata struct {
	Public  edge.Object `body:"public_metadata"`
	Private edge.Object `body:"private_metadata"`
}

// metadata is a change of metadata by kind. Null is as not given.
func (j *judging) metadata(given metadata) map[string]any {
	all := map[string]any{}
	for _, one := range [...]struct {
		kind  string
		given edge.Object
	}{{users.PublicMetadata, given.Public}, {users.PrivateMetadata, given.Private}} {
		if !one.given.Is() {
			continue
		}
		all[one.kind] = one.given.Value
		if text, err := users.Encode(one.given.Value); err != nil || len(text) > users.MaxMetadata {
			j.refuse(edge.SizeExceeded, one.kind+"_metadata")
		}
	}
	return all
}

// page is a part of a list.
type page struct {
	Limit  edge.Number `arg:"limit"`
	Offset edge.Number `arg:"offset"`
}

const (
	defaultLimit = 10
	maxLimit     = 500
	// window is how far into a list a page reaches.
	window = 10_000
)

// page judges a page. orders are those that the list knows by the names of clients; it
// is in that of creation, the newest first, where none is asked for.
func (j *judging) page(given page, order edge.Texts, orders map[string]string) domain.Page {
	p := domain.Page{Desc: true, Size: defaultLimit, From: int(min(given.Offset.Value, window))}
	if given.Limit.Is() {
		p.Size = int(min(given.Limit.Value, window))
	}
	switch {
	case given.Limit.Is() && given.Limit.Value < 1:
		j.refuse(edge.ValueInvalid, "limit")
	case given.Limit.Value > maxLimit:
		j.refuse(edge.ValueTooLarge, "limit")
	case given.Offset.Value < 0:
		j.refuse(edge.ValueInvalid, "offset")
	case given.Offset.Value+int64(p.Size) > window:
		j.refuse(edge.ValueTooLarge, "offset")
	}
	if len(order.Values) == 0 {
		return p
	}
	text := unplussed(order.Values[0])
	name := strings.TrimLeft(text, "+-")
	field, known := orders[name]
	if !known || len(text)-len(name) > 1 {
		j.refuse(edge.ValueInvalid, "order_by")
	}
	p.Order, p.Desc = field, strings.HasPrefix(text, "-")
	return p
}

// unplussed is a value whose leading plus a client sent as it is, which arrives as a
// space.
func unplussed(value string) string {
	if rest, ok := strings.CutPrefix(value, " "); ok {
		return "+" + rest
	}
	return value
}

// maxValues is how many values a filter has at most.
const maxValues = 100

func (j *judging) values(param string, given edge.Texts) []string {
	if len(given.Values) > maxValues {
		j.refuse(edge.ArraySizeExceeded, param)
	}
	return given.Values
}

// chosen are values to choose among, and with a minus before them to leave out.
func (j *judging) chosen(param string, given edge.Texts) (in, out []string) {
	for _, value := range j.values(param, given) {
		value = unplussed(value)
		if rest, is := strings.CutPrefix(value, "-"); is {
			out = append(out, rest)
		} else {
			in = append(in, strings.TrimPrefix(value, "+"))
		}
	}
	return in, out
}

// status judges the statuses that invitations are asked for by.
func (j *judging) status(given edge.Texts) []string {
	for _, status := range given.Values {
		if !slices.Contains(domain.Statuses(), status) {
			j.refuse(edge.ValueInvalid, "status")
			break
		}
	}
	return given.Values
}
