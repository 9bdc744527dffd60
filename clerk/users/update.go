package users

import (
	"cmp"
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// update has the arguments of updateUser. An absent argument changes nothing, and
// neither does null, except that null clears texts.
type update struct {
	ID             string    `arg:"user_id,required"`
	ExternalID     edge.Text `body:"external_id"`
	FirstName      edge.Text `body:"first_name"`
	LastName       edge.Text `body:"last_name"`
	Locale         edge.Text `body:"locale"`
	Timezone       edge.Text `body:"timezone"`
	PrimaryEmail   edge.Text `body:"primary_email_address_id"`
	PrimaryPhone   edge.Text `body:"primary_phone_number_id"`
	PrimaryWallet  edge.Text `body:"primary_web3_wallet_id"`
	NotifyPrimary  edge.Flag `body:"notify_primary_email_address_changed"`
	Username       edge.Text `body:"username"`
	ProfileImageID edge.Text `body:"profile_image_id"`
	EndSessions    edge.Flag `body:"sign_out_of_other_sessions"`
	secrets
	metadata
	flags
}

// Parameters of updates.
const (
	skipChecksParam  = "skip_password_checks"
	endSessionsParam = "sign_out_of_other_sessions"
	imageParam       = "profile_image_id"
)

// primaries returns the arguments that name a primary contact, by kind.
func (args *update) primaries() []primary {
	return []primary{
		{users.Email, "primary_email_address_id", args.PrimaryEmail},
		{users.Phone, "primary_phone_number_id", args.PrimaryPhone},
		{users.Wallet, "primary_web3_wallet_id", args.PrimaryWallet},
	}
}

type primary struct {
	kind, param string
	given       edge.Text
}

func (c *controller) update(ctx context.Context, req *api.Request, args update) (resource.User, error) {
	u, err := c.Accounts.Users.Read(ctx, args.ID)
	if err != nil {
		return resource.User{}, err
	}
	j := &judging{now: c.Now(), rules: c.Rules.Now()}
	password := args.Password.Is()
	j.unknown(args.attributes(j.rules))
	j.cleared(&args)
	in := credentials.Edit{
		Visible: true, Primary: map[string]string{}, Details: j.detailsEdit(&args),
		Credentials: j.credentials(&args.secrets, "", namesOf(u, args.Username)), Imported: args.SkipChecks.Or(false),
		CreatedAt: j.past("created_at", args.CreatedAt), EndSessions: args.EndSessions.Or(false),
		Metadata: j.Metadata(args.kinds()),
	}
	if j.weak {
		in.PasswordChange = &c.SkippedChecks
	}
	for _, p := range args.primaries() {
		if p.given.Is() {
			in.Primary[p.kind] = p.given.Value
		}
	}
	j.conditions(req, &args, password)
	if err := j.Err(); err != nil {
		return resource.User{}, err
	}
	by := kuzzleview.Actor(req)
	by.LetLeaked = !j.rules.RefuseLeaked
	now, err := c.Accounts.Edits.Edit(ctx, by, args.ID, in)
	if err != nil {
		return resource.User{}, args.primaryRefusal(err)
	}
	return c.Make.User(&now)
}

// namesOf returns the names and identifiers of a user after a change; a password must
// not equal one of them.
func namesOf(u *users.User, renamed edge.Text) []string {
	name := u.Username()
	if renamed.Given {
		name = renamed.Value
	}
	var names []string
	if name != "" {
		names = append(names, name)
	}
	for i := range u.Contacts {
		names = append(names, u.Contacts[i].Value)
	}
	return names
}

// conditions refuses arguments that other arguments or the API version exclude. password
// tells whether a password was sent.
func (j *judging) conditions(req *api.Request, args *update, password bool) {
	for _, flag := range []struct {
		param string
		given edge.Flag
	}{{skipChecksParam, args.SkipChecks}, {endSessionsParam, args.EndSessions}} {
		if flag.given.Is() && !password {
			j.Refuse(edge.ConditionalDisallowed, flag.param)
		}
	}
	if args.ProfileImageID.Value != "" {
		j.Refuse(edge.ReferenceNotFound, imageParam)
	}
	if edge.AtLeast(req, edge.MetadataApart) {
		j.MetadataApart(args.kinds())
	}
}

// detailsEdit returns the function by which an update changes the details. Null and ""
// clear names and other texts of the user.
func (j *judging) detailsEdit(args *update) func(*users.Details) {
	externalID, first := j.Text("external_id", args.ExternalID, users.MaxExternalID), j.Text(firstNameParam, args.FirstName, users.MaxDetail)
	last, locale, timezone := j.Text(lastNameParam, args.LastName, users.MaxDetail), j.locale(args.Locale), j.timezone(args.Timezone)
	legal, limit := j.past(legalParam, args.LegalAcceptedAt), j.limit("create_organizations_limit", args.OrganizationsLimit)
	if args.Username.Value != "" {
		j.Username(usernameParam, args.Username.Value)
	}
	return func(d *users.Details) {
		for _, text := range []struct {
			of    *string
			given bool
			value string
		}{
			{&d.ExternalID, args.ExternalID.Given, externalID}, {&d.FirstName, args.FirstName.Given, first},
			{&d.LastName, args.LastName.Given, last}, {&d.Locale, args.Locale.Given, locale}, {&d.Timezone, args.Timezone.Given, timezone},
			{&d.Username, args.Username.Given, args.Username.Value},
		} {
			if text.given {
				*text.of = text.value
			}
		}
		d.LegalAcceptedAt = cmp.Or(legal, d.LegalAcceptedAt)
		d.DeleteSelf = cmp.Or(args.DeleteSelf.Pointer(), d.DeleteSelf)
		d.CreateOrganizations = cmp.Or(args.CreateOrganizations.Pointer(), d.CreateOrganizations)
		d.OrganizationsLimit = cmp.Or(limit, d.OrganizationsLimit)
		d.TrustClients = args.TrustClients.Or(d.TrustClients)
	}
}

// primaryRefusal adds the parameter to the fault about a contact that cannot be primary;
// the fault's last prop is the contact's kind.
func (args *update) primaryRefusal(err error) error {
	kind := edge.ReferenceNotFound
	switch {
	case errors.Is(err, users.ErrContactNotFound):
	case errors.Is(err, users.ErrContactNotVerified):
		kind = edge.VerificationNeeded
	default:
		return err
	}
	failure, _ := fault.From(err)
	for _, p := range args.primaries() {
		if p.kind == failure.Props[len(failure.Props)-1] {
			return edge.Refusal(kind, p.param)
		}
	}
	return err
}
