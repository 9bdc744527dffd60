package exporter

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/external"
	"github.com/gokuzzle/kuzzle/strategies/totp"
)

// clerkHashers are the formats of digests that Clerk accepts, with the same names here
// and there.
var clerkHashers = []string{
	"argon2i", "argon2id", "bcrypt", "bcrypt_peppered", "bcrypt_sha256_django", "ldap_ssha", "md5", "md5_phpass", "md5_salted",
	"pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha256_django", "pbkdf2_sha512", "pbkdf2_sha512_hex", "phpass", "scrypt_firebase", "scrypt_werkzeug",
	"sha256", "sha256_salted", "sha512_symfony", "awscognito",
}

// newClerkUser is the body of POST /v1/users.
type newClerkUser struct {
	ExternalID          string   `json:"external_id"`
	FirstName           string   `json:"first_name,omitempty"`
	LastName            string   `json:"last_name,omitempty"`
	Locale              string   `json:"locale,omitempty"`
	Timezone            string   `json:"timezone,omitempty"`
	Emails              []string `json:"email_address,omitempty"`
	EmailStates         []string `json:"email_address_identification_status,omitempty"`
	Phones              []string `json:"phone_number,omitempty"`
	PhoneStates         []string `json:"phone_number_identification_status,omitempty"`
	Wallets             []string `json:"web3_wallet,omitempty"`
	Username            string   `json:"username,omitempty"`
	Digest              string   `json:"password_digest,omitempty"`
	Hasher              string   `json:"password_hasher,omitempty"`
	SkipPassword        bool     `json:"skip_password_requirement,omitempty"`
	SkipUser            bool     `json:"skip_user_requirement,omitempty"`
	TOTP                string   `json:"totp_secret,omitempty"`
	Codes               []string `json:"backup_codes,omitempty"`
	Public              any      `json:"public_metadata,omitempty"`
	Private             any      `json:"private_metadata,omitempty"`
	Unsafe              any      `json:"unsafe_metadata,omitempty"`
	DeleteSelf          *bool    `json:"delete_self_enabled,omitempty"`
	CreateOrganizations *bool    `json:"create_organization_enabled,omitempty"`
	OrganizationsLimit  *int     `json:"create_organizations_limit,omitempty"`
	LegalAcceptedAt     string   `json:"legal_accepted_at,omitempty"`
	SkipLegal           bool     `json:"skip_legal_checks,omitempty"`
	CreatedAt           string   `json:"created_at,omitempty"`
	TrustClients        bool     `json:"bypass_client_trust,omitempty"`
	Banned              bool     `json:"banned,omitempty"`
	Locked              bool     `json:"locked,omitempty"`
}

// Clerk writes users as NDJSON, each line a body of POST /v1/users of Clerk's API. It
// returns their number, and the kinds of data that Clerk does not support or does not
// accept in their present form, each with the number of users.
func Clerk(ctx context.Context, pages Pages, out io.Writer) (written int64, left map[string]int64, err error) {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	left = map[string]int64{}
	for after := ""; ; {
		page, err := pages(ctx, after)
		if err != nil {
			return written, left, err
		}
		for i := range page.Users {
			e := clerkExport{from: &page.Users[i]}
			if e.user(); e.nameless() {
				left["everything: the user has no address and no name that Clerk accepts"]++
				continue
			}
			for _, name := range e.left {
				left[name]++
			}
			if err := encoder.Encode(e.out); err != nil {
				return written, left, err
			}
			written++
		}
		if after = page.Next; after == "" {
			return written, left, nil
		}
	}
}

// Names of fields in exported credentials and factors.
const (
	usernameField = "username"
	digestField   = "passwordDigest"
	hasherField   = "passwordHasher"
	totpFactor    = "totpSecret"
	backupFactor  = "backupCodes"
	// origin is the provider of accounts of users who were imported from Clerk.
	origin = "clerk"
)

// clerkExport converts one of our users to one of Clerk's.
type clerkExport struct {
	from *imports.Exported
	out  newClerkUser
	left []string
}

func (e *clerkExport) leave(name string) {
	if !slices.Contains(e.left, name) {
		e.left = append(e.left, name)
	}
}

func (e *clerkExport) nameless() bool {
	return len(e.out.Emails)+len(e.out.Phones)+len(e.out.Wallets) == 0 && e.out.Username == ""
}

func (e *clerkExport) user() {
	var d users.Details
	if e.from.Details != nil {
		d = *e.from.Details
	}
	e.out = newClerkUser{
		ExternalID: cmp.Or(d.ExternalID, e.from.Kuid), FirstName: d.FirstName, LastName: d.LastName, Locale: d.Locale, Timezone: d.Timezone,
		DeleteSelf: d.DeleteSelf, CreateOrganizations: d.CreateOrganizations, OrganizationsLimit: d.OrganizationsLimit,
		LegalAcceptedAt: clerkTime(d.LegalAcceptedAt), SkipLegal: d.LegalAcceptedAt == 0, CreatedAt: clerkTime(e.from.CreatedAt), TrustClients: d.TrustClients,
		Public: e.from.Metadata[users.PublicMetadata], Private: e.from.Metadata[users.PrivateMetadata], Unsafe: e.from.Metadata[users.UnsafeMetadata],
		Banned: e.from.BannedAt != 0, Locked: e.from.LockedAt != 0 && e.from.LockedUntil == 0,
	}
	e.out.Emails, e.out.EmailStates = e.contacts(users.Email)
	e.out.Phones, e.out.PhoneStates = e.contacts(users.Phone)
	e.out.Wallets, _ = e.contacts(users.Wallet)
	e.out.SkipUser = len(e.out.Emails) == 0
	for _, name := range append(e.names(usernameField), d.Username) {
		switch {
		case name == "" || name == e.out.Username:
		case e.out.Username != "" || !isClerkName(name):
			e.leave("user name that Clerk does not accept")
		default:
			e.out.Username = name
		}
	}
	e.password()
	e.factors()
	e.others()
}

// States of addresses in Clerk's API.
const (
	clerkVerified = "verified"
	clerkReserved = "reserved"
)

// contacts returns the contacts of a kind that Clerk accepts, primary one first, and
// their states, none if all are verified. A login name that is not verified stays
// reserved for the user, and nobody logs in with it.
func (e *clerkExport) contacts(kind string) (values, states []string) {
	add := func(value, state string) {
		if !slices.Contains(values, value) {
			values, states = append(values, value), append(states, state)
		}
	}
	names := e.names(kind)
	for _, primary := range []bool{true, false} {
		for i := range e.from.Contacts {
			switch c := &e.from.Contacts[i]; {
			case c.Kind != kind || c.Primary != primary:
			case c.Verified():
				add(c.Value, clerkVerified)
				if c.SecondFactor {
					e.leave("codes to a phone as the second factor")
				}
			case kind == users.Wallet:
				e.leave("wallet that is not verified")
			case c.Reserved:
				add(c.Value, clerkReserved)
			case !slices.ContainsFunc(names, func(name string) bool { return users.Fold(name) == users.Fold(c.Value) }):
				e.leave("address that is not verified")
			}
		}
	}
	for _, name := range names {
		value, reason := users.CanonicalContact(kind, name)
		if reason != "" || slices.ContainsFunc(values, func(other string) bool { return users.Fold(other) == users.Fold(value) }) {
			continue
		}
		add(value, clerkReserved)
		e.leave("unverified address used as a login name, which becomes a reserved one")
	}
	if !slices.Contains(states, clerkReserved) {
		states = nil
	}
	return values, states
}

// names returns the names of a kind in the user's credentials.
func (e *clerkExport) names(kind string) (names []string) {
	for _, strategy := range slices.Sorted(maps.Keys(e.from.Credentials)) {
		fields := fieldsOf(e.from.Credentials[strategy])
		switch value := fields[kind].(type) {
		case string:
			names = append(names, value)
		case []any:
			for _, one := range value {
				if name, ok := one.(string); ok {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

// fieldsOf returns the fields of credentials, in the forms of JSON.
func fieldsOf(credentials any) map[string]any {
	fields, _ := credentials.(map[string]any)
	return fields
}

// isClerkName reports whether Clerk accepts a user name.
func isClerkName(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
	return len(name) >= 4 && len(name) <= 64 && strings.Trim(name, letters+"0123456789") == "" && strings.ContainsAny(name, letters)
}

func (e *clerkExport) password() {
	for _, strategy := range slices.Sorted(maps.Keys(e.from.Credentials)) {
		fields := fieldsOf(e.from.Credentials[strategy])
		digest, _ := fields[digestField].(string)
		hasher, _ := fields[hasherField].(string)
		switch {
		case digest == "":
		case slices.Contains(clerkHashers, hasher):
			e.out.Digest, e.out.Hasher = digest, hasher
		case strings.HasPrefix(hasher, "wrapped"):
			e.leave("password, whose weak digest was wrapped meanwhile")
		default:
			e.leave("password, whose digest has a format that Clerk does not accept: " + hasher)
		}
	}
	e.out.SkipPassword = e.out.Digest == ""
}

// factors adds the second factors that the user has, or has imported and not used yet.
func (e *clerkExport) factors() {
	app := fieldsOf(e.from.Credentials[totp.Name])
	e.out.TOTP, _ = app[totp.Secret].(string)
	if brought, _ := e.from.Factors[totpFactor].(string); e.out.TOTP == "" {
		e.out.TOTP = brought
	}
	kept := fieldsOf(e.from.Credentials[backupcode.Name])
	codes, _ := kept[backupcode.Codes].([]any)
	if len(codes) == 0 {
		codes, _ = e.from.Factors[backupFactor].([]any)
	}
	for _, one := range codes {
		code, _ := one.(string)
		if strings.HasPrefix(code, "$") && !strings.HasPrefix(code, "$2") {
			e.leave("backup codes, which are stored in a form that Clerk does not accept")
			continue
		}
		e.out.Codes = append(e.out.Codes, code)
	}
}

// others counts the user's other data.
func (e *clerkExport) others() {
	for name := range e.from.Content {
		switch name {
		case "firstName", "lastName", "email", "emailVerified", "phone", "phoneVerified", users.ProfilesKey:
		default:
			e.leave("content")
		}
	}
	if len(e.from.Private) > 0 {
		e.leave("private data of an import")
	}
	if e.from.LockedAt != 0 && e.from.LockedUntil != 0 {
		e.leave("lock, which expires")
	}
	accounts, _ := fieldsOf(e.from.Credentials[external.Name])[external.Accounts].([]any)
	if slices.ContainsFunc(accounts, func(one any) bool { return !strings.HasPrefix(fmt.Sprint(one), origin+":") }) {
		e.leave("accounts at providers")
	}
	for name := range e.from.Belongings {
		e.leave(name)
	}
	for _, name := range e.from.Lost {
		e.leave(name)
	}
	slices.Sort(e.left)
}

// clerkTime returns a time in Clerk's format, "" for 0.
func clerkTime(millis int64) string {
	if millis == 0 {
		return ""
	}
	return time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z")
}
