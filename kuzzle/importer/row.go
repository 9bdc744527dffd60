package importer

import (
	"fmt"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// Bounds of reading.
const (
	// MaxRowBytes is the longest row: a line, a record or a JSON element.
	MaxRowBytes = texts.MaxBytes
)

// Row is one user of a source before checks; or a role, a profile, an API key, an
// organization, a membership or an invitation of it.
type Row struct {
	// Number counts the rows of the source from 1, without a header.
	Number int64
	// Of identifies the row in a report if its number does not.
	Of string
	// Definition, Key or Organization is set for a row that is not a user, and then nothing
	// else.
	Definition *imports.Definition
	Key        *imports.ImportedKey
	// Organization is an organization, a membership or an invitation.
	Organization *imports.Organization

	// ExternalID is the user's id in the source; Kuid the id to have here.
	ExternalID, Kuid string

	Username       string
	Emails, Phones []Address
	// Wallets are accounts of blockchains, which are no login names.
	Wallets []Address

	// Digest is in the form of the source; Hasher names its format, "" if the digest shows
	// it. Password is in the clear.
	Digest, Hasher, Password string
	// Salt is the digest's salt if the source keeps it in a field of its own.
	Salt string

	// Profiles are ids of profiles here; none means the default ones. Roles are names in the
	// source; only mapped ones count.
	Profiles, Roles []string
	// Content is visible to the application, Private is not.
	Content, Private map[string]any
	// Belongings are exported data of the user's dependents.
	Belongings map[string]any
	// Metadata is the account's, by kind.
	Metadata map[string]any
	// Details are details of the account.
	Details map[string]any
	// Contacts are contacts of the account.
	Contacts  []users.Contact
	CreatedAt time.Time
	// Identities are accounts at providers.
	Identities []Identity
	// TOTP is a secret in base32. BackupCodes are codes, plain or as digests.
	TOTP        string
	BackupCodes []string
	// FactorLeft is set for a second factor that cannot be imported, such as a security key
	// or an app with unusual codes.
	FactorLeft bool
	// Disabled is set if the user could not log in at the source.
	Disabled bool
	// Locked is set if the user's logins were locked at the source, for the remaining time;
	// 0 means until somebody lifts the lock.
	Locked    bool
	LockedFor time.Duration
	// BannedAt and LockedAt are the times of a ban and a lock, LockedUntil the end of the
	// lock; zero for never.
	BannedAt, LockedAt, LockedUntil time.Time
	PasswordChange                  string // state of the password on another instance
	// LastSignInAt is the time of the last login, LastActiveAt that of the last activity;
	// zero for never.
	LastSignInAt, LastActiveAt time.Time
	// Credentials are further credentials by strategy, in the form of createUser.
	Credentials map[string]any

	// left are parts of the user that are not supported here, as a report names them.
	left []string
	// lacks are fields that the user is imported without, with their reasons.
	lacks []RowError
	// guessed is set if only the digest's shape shows its format.
	guessed bool
	// unknown are members without a meaning here.
	unknown map[string]any
	// skip is the reason for skipping the row, nil for none.
	skip *RowError
	// nulls are the fields that are null in the source.
	nulls []field
	// err is the first fault of the row.
	err *RowError
	// place is the position to resume at after the row, and bytes the row's size, if the
	// source is not a file.
	place *place
	bytes int64
}

// Address is an e-mail address or phone number.
type Address struct {
	Value string
	// Verified addresses are login names. Assumed means that the source does not say whether
	// they are verified: such an address becomes an unverified contact.
	Verified, Assumed bool
	// Reserved addresses are unique to the user without being login names.
	Reserved bool
	// SecondFactor phones receive codes as a second factor.
	SecondFactor bool
}

// Identity is an account at a provider.
type Identity struct{ Provider, ID string }

// RowError is a fault of a row: the field and the reason. Neither has a value of a secret
// field.
type RowError struct{ Field, Reason string }

func (e *RowError) Error() string {
	if e.Field == "" {
		return e.Reason
	}
	return e.Field + ": " + e.Reason
}

// spoil sets the row's fault unless it has one.
func (r *Row) spoil(field, reason string, args ...any) {
	if r.err == nil {
		r.err = &RowError{field, fmt.Sprintf(reason, args...)}
	}
}

// lack notes a field that the user is imported without.
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

// assumed returns an address which may be verified or not.
func assumed(value string) Address { return Address{Value: value, Verified: true, Assumed: true} }

// appendAddress adds an address unless the list has it. A stated value replaces an assumed
// one, and an address that is verified once stays verified.
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

// mainFirst puts an address that is not empty first, in any order of the source.
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
