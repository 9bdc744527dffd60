package importer

import (
	"fmt"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// Bounds of what is read.
const (
	// MaxRowBytes is the longest row: a line, a record or a JSON element.
	MaxRowBytes = texts.MaxBytes
)

// Row is one user of a source, before it is judged; or a role, a profile, an API key,
// an organization, a membership or an invitation where the source has those.
type Row struct {
	// Number counts the rows of the source from 1; a header is none.
	Number int64
	// Of names the row in a report, where its number does not tell which it is.
	Of string
	// Definition, Key or Organization are set for what is no user, and nothing else then is.
	Definition *imports.Definition
	Key        *imports.ImportedKey
	// Organization is an organization, a membership or an invitation.
	Organization *imports.Organization

	// ExternalID is the user's id in the source; Kuid an id to have here.
	ExternalID, Kuid string

	Username       string
	Emails, Phones []Address
	// Wallets are accounts of blockchains, by which nobody logs in.
	Wallets []Address

	// Digest is as the source keeps it; Hasher names its format, "" when the
	// digest itself tells. Password is one in the clear.
	Digest, Hasher, Password string
	// Salt is that of the digest, where the source keeps it apart.
	Salt string

	// Profiles are the ids of profiles here; none means the default ones. Roles
	// are names in the source, which count only where they are mapped.
	Profiles, Roles []string
	// Content is what the application sees, Private what it does not.
	Content, Private map[string]any
	// Belongings are what dependents of the user wrote out.
	Belongings map[string]any
	// Metadata is the account's, by kind.
	Metadata map[string]any
	// Details are the account's.
	Details map[string]any
	// Contacts are the account's.
	Contacts  []users.Contact
	CreatedAt time.Time
	// Identities are accounts at providers.
	Identities []Identity
	// TOTP is the secret in base32, BackupCodes plain or as digests.
	TOTP        string
	BackupCodes []string
	// FactorLeft tells of a second factor that cannot be brought, such as a security
	// key or an app with other codes.
	FactorLeft bool
	// Disabled tells that the user could not log in where it was.
	Disabled bool
	// Locked tells that the user was kept from logging in there, for so much longer;
	// 0 means until somebody lifts the lock.
	Locked    bool
	LockedFor time.Duration
	// BannedAt and LockedAt are when the user was banned or locked, LockedUntil when
	// the lock ends; zero for never.
	BannedAt, LockedAt, LockedUntil time.Time
	PasswordChange                  string // what another instance says of the password
	// LastSignInAt is when the user logged in last, LastActiveAt when they were active
	// last; zero for never.
	LastSignInAt, LastActiveAt time.Time
	// Credentials are further ones, by strategy, as createUser takes them.
	Credentials map[string]any

	// left are what the user has that finds no place here, in the words of a report.
	left []string
	// lacks are fields that the user comes without, and why.
	lacks []RowError
	// guessed says that no mark tells the format of the digest, only its shape.
	guessed bool
	// unknown are members that mean nothing here.
	unknown map[string]any
	// skip is why the row is passed over, nil where it is not.
	skip *RowError
	// nulls are the fields of which the source says that the user has none.
	nulls []field
	// err is what is wrong with the row, if anything.
	err *RowError
	// place and bytes are set for rows of a source that is no file: where it goes
	// on after the row, and what the row takes.
	place *place
	bytes int64
}

// Address is an e-mail address or phone number.
type Address struct {
	Value string
	// Verified addresses are names that people log in by. Assumed means that the
	// source does not tell whether they are: such an address is no verified contact.
	Verified, Assumed bool
	// Reserved addresses are the user's alone, though nobody logs in by them.
	Reserved bool
	// SecondFactor phones are where codes go to after a first factor.
	SecondFactor bool
}

// Identity is an account at a provider.
type Identity struct{ Provider, ID string }

// RowError says what is wrong with a row: where, and why. Neither holds a value
// of a secret field.
type RowError struct{ Field, Reason string }

func (e *RowError) Error() string {
	if e.Field == "" {
		return e.Reason
	}
	return e.Field + ": " + e.Reason
}

// spoil keeps the first thing that is wrong with the row.
func (r *Row) spoil(field, reason string, args ...any) {
	if r.err == nil {
		r.err = &RowError{field, fmt.Sprintf(reason, args...)}
	}
}

// lack notes a field that the user comes without.
func (r *Row) lack(field, reason string, args ...any) {
	r.lacks = append(r.lacks, RowError{field, fmt.Sprintf(reason, args...)})
}

func (r *Row) content(name string, value any) {
	if value == nil || value == "" {
		return
	}
	if r.Content == nil {
		r.Content = map[string]any{}
	}
	r.Content[name] = value
}

func (r *Row) private(name string, value any) {
	if value == nil || value == "" {
		return
	}
	if r.Private == nil {
		r.Private = map[string]any{}
	}
	r.Private[name] = value
}

func (r *Row) email(value string, verified bool) {
	r.Emails = appendAddress(r.Emails, Address{Value: value, Verified: verified})
}

func (r *Row) phone(value string, verified bool) {
	r.Phones = appendAddress(r.Phones, Address{Value: value, Verified: verified})
}

// assumed is an address of which the source does not say whether it is verified.
func assumed(value string) Address { return Address{Value: value, Verified: true, Assumed: true} }

// appendAddress adds an address unless it is there. What is told of it anywhere counts more
// than what is assumed, and one that is verified anywhere is.
func appendAddress(list []Address, a Address) []Address {
	if a.Value == "" {
		return list
	}
	for i := range list {
		was := &list[i]
		if was.Value != a.Value {
			continue
		}
		was.Reserved, was.SecondFactor = was.Reserved || a.Reserved, was.SecondFactor || a.SecondFactor
		switch {
		case was.Assumed == a.Assumed:
			was.Verified = was.Verified || a.Verified
		case was.Assumed:
			was.Verified, was.Assumed = a.Verified, false
		}
		return list
	}
	return append(list, a)
}

// mainFirst adds an address, which is not empty, as the first one, whatever the order in
// which a source tells.
func mainFirst(list []Address, a Address) []Address {
	list = appendAddress(list, a)
	at := slices.IndexFunc(list, func(other Address) bool { return other.Value == a.Value })
	a = list[at]
	return slices.Insert(slices.Delete(list, at, at+1), 0, a)
}

func (r *Row) identity(provider, id string) {
	if provider != "" && id != "" {
		r.Identities = append(r.Identities, Identity{provider, id})
	}
}
