package users

import (
	"errors"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// judging collects the violations of one request.
type judging struct {
	edge.Judging
	now time.Time
	// rules are the rules of the instance, nil if the request ignores them.
	rules *rules.Rules
	// weak is set if a password was accepted only because checks were skipped.
	weak bool
}

// Parameters of contacts, and the states that they may have.
const (
	emailParam  = "email_address"
	phoneParam  = "phone_number"
	walletParam = "web3_wallet"
	stateSuffix = "_identification_status"

	verifiedState = "verified"
	reservedState = "reserved"
)

// contacts returns a new user's contacts: the first of a kind is primary.
func (j *judging) contacts(args *creation) []users.Contact {
	all := j.contactsOf(nil, users.Email, emailParam, args.Emails.Values, args.EmailStates.Values)
	all = j.contactsOf(all, users.Phone, phoneParam, args.Phones.Values, args.PhoneStates.Values)
	return j.contactsOf(all, users.Wallet, walletParam, args.Wallets.Values, nil)
}

func (j *judging) contactsOf(all []users.Contact, kind, param string, values, states []string) []users.Contact {
	stateParam := param + stateSuffix
	if len(states) > 0 && len(states) != len(values) {
		j.Refuse(edge.ArrayLengthMismatch, stateParam)
		return all
	}
	var seen []string
	for i, given := range values {
		value, reason := users.CanonicalContact(kind, given)
		switch {
		case reason != "":
			j.Refuse(edge.FormatInvalid, param)
			return all
		case slices.Contains(seen, users.Fold(value)):
			j.Refuse(edge.Duplicate, param)
			return all
		}
		seen = append(seen, users.Fold(value))
		c := users.Contact{Kind: kind, Value: value}
		switch {
		case len(states) == 0, states[i] == verifiedState:
			c.Verification = &users.Verification{Strategy: users.ByAdmin, At: j.now.UnixMilli()}
		case states[i] == reservedState:
			c.Reserved = true
		default:
			j.Refuse(edge.ValueInvalid, stateParam)
			return all
		}
		all = append(all, c)
	}
	if len(values) > users.MaxContacts {
		j.Refuse(edge.ArraySizeExceeded, param)
	}
	return all
}

// details returns the other data of a new user.
func (j *judging) details(args *creation) users.Details {
	d := users.Details{
		ExternalID: j.Text("external_id", args.ExternalID, users.MaxExternalID), FirstName: j.Text(firstNameParam, args.FirstName, users.MaxDetail),
		LastName: j.Text(lastNameParam, args.LastName, users.MaxDetail), Locale: j.locale(args.Locale), Timezone: j.timezone(args.Timezone),
		LegalAcceptedAt: j.past(legalParam, args.LegalAcceptedAt), TrustClients: args.TrustClients.Or(false),
		DeleteSelf: args.DeleteSelf.Pointer(), CreateOrganizations: args.CreateOrganizations.Pointer(),
		OrganizationsLimit: j.limit("create_organizations_limit", args.OrganizationsLimit),
	}
	if args.Username.Is() {
		j.Username(usernameParam, args.Username.Value)
		if !args.Password.Is() && !args.Digest.Is() {
			d.Username = args.Username.Value
		}
	}
	return d
}

func (j *judging) locale(given edge.Text) string {
	if given.Value == "" {
		return ""
	}
	if !users.IsLocale(given.Value) || len(given.Value) > users.MaxDetail {
		j.Refuse(edge.FormatInvalid, "locale")
	}
	return given.Value
}

func (j *judging) timezone(given edge.Text) string {
	if given.Value == "" {
		return ""
	}
	if !users.IsTimezone(given.Value) || len(given.Value) > users.MaxDetail {
		j.Refuse(edge.FormatInvalid, "timezone")
	}
	return given.Value
}

// past returns a time in epoch milliseconds, which must not lie in the future.
func (j *judging) past(param string, given edge.Time) int64 {
	if !given.Is() {
		return 0
	}
	if given.Value.After(j.now) {
		j.Refuse(edge.FutureDate, param)
	}
	return given.Value.UnixMilli()
}

func (j *judging) limit(param string, given edge.Number) *int {
	if !given.Is() {
		return nil
	}
	const most = 1_000_000
	if given.Value < 0 || given.Value > most {
		j.Refuse(edge.ValueInvalid, param)
	}
	n := int(given.Value)
	return &n
}

// password checks a password of a user with these names. It accepts any password if
// checks are skipped.
func (j *judging) password(args *secrets, names []string) {
	password := args.Password.Value
	if password == "" {
		j.Refuse(edge.Nil, passwordParam)
		return
	}
	err := credentials.CheckPassword(password, names, !j.rules.RefuseLeaked)
	if err != nil && args.SkipChecks.Or(false) {
		j.weak = true
		return
	}
	for _, row := range passwordRules {
		if errors.Is(err, row.from) {
			j.Refuse(row.to, passwordParam)
		}
	}
}

// passwordRules maps the domain's refusals of passwords to Clerk's errors.
var passwordRules = []struct{ from, to *fault.Kind }{
	{credentials.ErrPasswordShort, edge.PasswordTooShort},
	{credentials.ErrPasswordLong, edge.PasswordTooLong},
	{credentials.ErrPasswordBytes, edge.PasswordTooManyBytes},
	{credentials.ErrPasswordLeaked, edge.PasswordPwned},
	{credentials.ErrPasswordName, edge.PasswordMatchesName},
}

// digest checks the format of a password's digest.
func (j *judging) digest(args *secrets) {
	hasher := args.Hasher.Value
	if _, known := digest.Lookup(hasher); !known {
		j.Refuse(edge.ValueInvalid, hasherParam)
		return
	}
	if _, err := digest.Parse(hasher, args.Digest.Value, digest.Ceilings{}); err != nil {
		j.Refuse(edge.DigestInvalid, digestParam)
	}
}

// kinds returns the arguments, in the order of errors.
func (args metadata) kinds() []edge.Metadata {
	return []edge.Metadata{{Kind: users.PublicMetadata, Given: args.Public}, {Kind: users.PrivateMetadata, Given: args.Private}, {Kind: users.UnsafeMetadata, Given: args.Unsafe}}
}
