package importer

import (
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// clerkUser is a user as Clerk's Backend API returns it. The API returns neither the digest
// nor the second factors; a file may have them under the column names of the Dashboard's
// table.
type clerkUser struct {
	ID           string
	Username     string
	FirstName    string         `json:"first_name"`
	LastName     string         `json:"last_name"`
	PrimaryEmail string         `json:"primary_email_address_id"`
	PrimaryPhone string         `json:"primary_phone_number_id"`
	Emails       []clerkAddress `json:"email_addresses"`
	Phones       []clerkAddress `json:"phone_numbers"`
	Wallets      []clerkAddress `json:"web3_wallets"`
	MainWallet   string         `json:"primary_web3_wallet_id"`
	HasPassword  *bool          `json:"password_enabled"`
	Digest       string         `json:"password_digest"`
	Hasher       string         `json:"password_hasher"`
	TOTP         string         `json:"totp_secret"`
	HasTOTP      *bool          `json:"totp_enabled"`
	Codes        []string       `json:"backup_codes"`
	HasCodes     bool           `json:"backup_code_enabled"`
	Public       map[string]any `json:"public_metadata"`
	Private      map[string]any `json:"private_metadata"`
	Unsafe       map[string]any `json:"unsafe_metadata"`
	HasImage     bool           `json:"has_image"`
	Image        string         `json:"image_url"`
	Passkeys     []any          `json:"passkeys"`
	SAML         []any          `json:"saml_accounts"`
	Enterprise   []any          `json:"enterprise_accounts"`
	CreatedAt    text           `json:"created_at"`
	LastSignInAt text           `json:"last_sign_in_at"`
	LastActiveAt text           `json:"last_active_at"`
	Banned       bool
	Gone         bool `json:"deprovisioned"`
	Reset        bool `json:"requires_password_reset"`
	Locked       bool
	LockedFor    *float64 `json:"lockout_expires_in_seconds"`
	External     []struct {
		Provider string
		UserID   text `json:"provider_user_id"`
	} `json:"external_accounts"`
}

type clerkAddress struct {
	ID           string
	Email        string                  `json:"email_address"`
	Phone        string                  `json:"phone_number"`
	Wallet       string                  `json:"web3_wallet"`
	Verification struct{ Status string } `json:"verification"`
	Reserved     bool
	SecondFactor bool `json:"reserved_for_second_factor"`
}

// decodeClerk reads an object of any kind that Clerk's Backend API lists.
func decodeClerk(raw []byte, _ string, r *Row) error {
	switch kind := clerkKind(raw); kind {
	case clerkUserKind:
		return decodeClerkUser(raw, nil, r)
	case clerkOrganizationKind, clerkMembershipKind, clerkInvitationKind:
		return decodeClerkOrganization(kind, raw, r)
	default:
		r.Skip = &rows.Error{Field: "object", Reason: "objects of the kind " + kind + " are not imported"}
		return nil
	}
}

// decodeClerkUser reads a user. table is the user's row in the Dashboard's table, nil for
// none. The API's value counts where both have one.
func decodeClerkUser(raw []byte, table *Row, r *Row) error {
	var u clerkUser
	if err := values.Decode(raw, &u); err != nil {
		return err
	}
	if table != nil {
		clerkSecrets(r, &u, table)
	}
	r.ExternalID, r.Username, r.Digest, r.Hasher = u.ID, u.Username, u.Digest, u.Hasher
	r.Emails = clerkAddresses(u.Emails, u.PrimaryEmail)
	r.Phones = clerkAddresses(u.Phones, u.PrimaryPhone)
	r.Wallets = clerkAddresses(u.Wallets, u.MainWallet)
	for _, e := range u.External {
		r.AddIdentity(strings.TrimPrefix(e.Provider, "oauth_"), string(e.UserID))
	}
	r.AddContent("firstName", u.FirstName)
	r.AddContent("lastName", u.LastName)
	if u.HasImage {
		r.AddContent("picture", u.Image)
	}
	r.SetMetadata(u.Public, u.Private, u.Unsafe)
	if u.LastSignInAt != "" {
		r.LastSignInAt = r.Time("last_sign_in_at", string(u.LastSignInAt))
	}
	if u.LastActiveAt != "" {
		r.LastActiveAt = r.Time("last_active_at", string(u.LastActiveAt))
	}
	r.TOTP, r.BackupCodes, r.Disabled = u.TOTP, u.Codes, u.Banned || u.Gone
	if u.Reset {
		r.PasswordChange = users.Compromised
	}
	clerkLeft(r, &u)
	clerkLock(r, &u)
	created(r, u.CreatedAt)
	if table != nil {
		clerkBeside(r, table)
	}
	return clerkMembers(r, raw)
}

// clerkLeft notes the parts of a user that are not supported here or in no file.
func clerkLeft(r *Row, u *clerkUser) {
	secondPhone := slices.ContainsFunc(u.Phones, func(p clerkAddress) bool { return p.SecondFactor })
	app, codes := is(u.HasTOTP) && u.TOTP == "", u.HasCodes && len(u.Codes) == 0
	r.FactorLeft = app || secondPhone || codes && u.TOTP == "" // with an app Clerk asks for its codes
	for _, thing := range []struct {
		left bool
		name string
	}{
		{is(u.HasPassword) && u.Digest == "", "password (the files have no digest of it)"},
		{app, "authenticator app (the files have no secret of it)"},
		{codes, "backup codes (Clerk does not export them)"},
		{secondPhone, "second factor by codes to a phone"},
		{len(u.Passkeys) > 0, "passkeys"},
		{len(u.SAML)+len(u.Enterprise) > 0, "enterprise accounts"},
		{u.HasImage, "picture (content.picture has its address at Clerk)"},
	} {
		if thing.left {
			r.Left = append(r.Left, thing.name)
		}
	}
}

func is(flag *bool) bool    { return flag != nil && *flag }
func isNot(flag *bool) bool { return flag != nil && !*flag }

// clerkAddresses returns the addresses of one kind, the primary one first.
func clerkAddresses(list []clerkAddress, primary string) (all []Address) {
	for _, first := range []bool{true, false} {
		for _, a := range list {
			if (a.ID == primary) == first {
				all = rows.AppendAddress(all, Address{
					Value: a.Email + a.Phone + a.Wallet, Verified: a.Verification.Status == "verified", Reserved: a.Reserved, SecondFactor: a.SecondFactor,
				})
			}
		}
	}
	return all
}

// clerkDetails maps Clerk's names to details of an account.
var clerkDetails = map[string]string{
	"external_id": "externalId", "first_name": "firstName", "last_name": "lastName", "locale": "locale", "timezone": "timezone", "legal_accepted_at": "legalAcceptedAt",
	"delete_self_enabled": "deleteSelf", "create_organization_enabled": "createOrganizations", "create_organizations_limit": "organizationsLimit",
	"bypass_client_trust": "trustClients",
}

func clerkMembers(r *Row, raw []byte) error {
	var all map[string]any
	err := values.Decode(raw, &all)
	for theirs, name := range clerkDetails {
		if value, told := all[theirs]; told && value != "" {
			r.AddDetail(name, value) // null removes it
		}
	}
	return err
}

// clerkNames copies the names of a table into the details, where Clerk's clients read them.
func clerkNames(r *Row) {
	for _, name := range []string{"firstName", "lastName"} {
		if value := r.Content[name]; value != nil {
			r.AddDetail(name, value)
		}
	}
}

// clerkLock keeps a lock that has not ended. Clerk counts down the seconds of a lock that
// ends by itself.
func clerkLock(r *Row, u *clerkUser) {
	switch {
	case !u.Locked:
	case u.LockedFor == nil:
		r.Locked = true
	case *u.LockedFor > 0 && *u.LockedFor < longestLock.Seconds():
		r.Locked, r.LockedFor = true, time.Duration(*u.LockedFor*float64(time.Second))
	case *u.LockedFor > 0:
		r.Spoil("lockout_expires_in_seconds", "the value is too large for a lock")
	}
}

// longestLock is an upper bound for the time of a lock, against overflow.
const longestLock = 100 * 365 * 24 * time.Hour

// clerkSecrets takes the digest and the second factors from the table, which alone has them.
// A digest or secret stays behind if the API says that the user has none any more.
func clerkSecrets(r *Row, u *clerkUser, table *Row) {
	if u.Digest == "" && table.Digest != "" {
		if isNot(u.HasPassword) {
			r.Left = append(r.Left, "digest in the table (Clerk's API says that the user has no password)")
		} else {
			u.Digest, u.Hasher = table.Digest, table.Hasher
		}
	}
	if u.TOTP == "" && table.TOTP != "" {
		if isNot(u.HasTOTP) {
			r.Left = append(r.Left, "secret in the table (Clerk's API says that the user has no authenticator app)")
		} else {
			u.TOTP = table.TOTP
		}
	}
	if len(u.Codes) == 0 {
		u.Codes = table.BackupCodes
	}
}

// clerkBeside takes mapped columns of the table for which the API has no member.
func clerkBeside(r, table *Row) {
	r.Password, r.Profiles, r.Roles, r.Private = table.Password, table.Profiles, table.Roles, table.Private
	for name, value := range table.Content {
		if rows.Field("content."+name) != rows.FirstNameField && rows.Field("content."+name) != rows.LastNameField && r.Content[name] == nil {
			r.AddContent(name, value)
		}
	}
	for kind, object := range table.Metadata {
		if r.Metadata[kind] == nil {
			r.AddMetadata(kind, object)
		}
	}
	r.Lacks = append(r.Lacks, table.Lacks...)
	for name, value := range table.Unknown {
		r.AddUnknown(name, value)
	}
	has := slices.Concat(r.Emails, r.Phones)
	for _, a := range slices.Concat(table.Emails, table.Phones) {
		if !slices.ContainsFunc(has, func(other Address) bool { return strings.EqualFold(other.Value, a.Value) }) {
			r.Left = append(r.Left, "address in the table (Clerk's API does not list it)")
			return
		}
	}
}
