package rows

import (
	"fmt"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
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

	// Err is the first fault of the row, nil for none.
	Err *Error

	// Lacks are fields that the user is imported without, with their reasons.
	Lacks []Error
	// Unknown are members without a meaning here.
	Unknown map[string]any

	// The rest is not written with a row to a temporary file.

	// Left are parts of the user that are not supported here, as a report names them.
	Left []string `json:"-"`
	// Guessed is set if only the digest's shape shows its format.
	Guessed bool `json:"-"`
	// Skip is the reason for skipping the row, nil for none.
	Skip *Error `json:"-"`
	// Nulls are the fields that are null in the source.
	Nulls []Field `json:"-"`
	// Place is the position to resume at after the row, as a value that becomes JSON, and
	// Bytes the row's size, if the source is not a file.
	Place any   `json:"-"`
	Bytes int64 `json:"-"`
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

// Error is a fault of a row: the field and the reason. Neither has a value of a secret
// field.
type Error struct{ Field, Reason string }

func (e *Error) Error() string {
	if e.Field == "" {
		return e.Reason
	}
	return e.Field + ": " + e.Reason
}

// Spoil sets the row's fault unless it has one.
func (r *Row) Spoil(field, reason string, args ...any) {
	if r.Err == nil {
		r.Err = &Error{field, fmt.Sprintf(reason, args...)}
	}
}

// Lack notes a field that the user is imported without.
func (r *Row) Lack(field, reason string, args ...any) {
	r.Lacks = append(r.Lacks, Error{field, fmt.Sprintf(reason, args...)})
}

// AddContent stores a value that the application sees, unless it is empty.
func (r *Row) AddContent(name string, value any) { add(&r.Content, name, value) }

// AddPrivate stores a value that the application does not see, unless it is empty.
func (r *Row) AddPrivate(name string, value any) { add(&r.Private, name, value) }

func add(to *map[string]any, name string, value any) {
	if value != nil && value != "" {
		put(to, name, value)
	}
}

// put stores a value in a map, which may be nil.
func put(to *map[string]any, name string, value any) {
	if *to == nil {
		*to = map[string]any{}
	}
	(*to)[name] = values.Exact(value)
}

// AddEmail adds an e-mail address, unless it is empty.
func (r *Row) AddEmail(value string, verified bool) {
	r.Emails = AppendAddress(r.Emails, Address{Value: value, Verified: verified})
}

// AddPhone adds a phone number, unless it is empty.
func (r *Row) AddPhone(value string, verified bool) {
	r.Phones = AppendAddress(r.Phones, Address{Value: value, Verified: verified})
}

// Assumed returns an address which may be verified or not.
func Assumed(value string) Address { return Address{Value: value, Verified: true, Assumed: true} }

// MaxAddresses is the largest number of addresses of a kind that a user may have. A row with more
// is refused; no repeated ones are looked for beyond it.
const MaxAddresses = 1000

// AppendAddress adds an address unless the list has it. A stated value replaces an assumed
// one, and an address that is verified once stays verified.
func AppendAddress(list []Address, a Address) []Address {
	switch {
	case a.Value == "":
		return list
	case len(list) >= MaxAddresses:
		return append(list, a)
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

// MainFirst puts an address that is not empty first, in any order of the source.
func MainFirst(list []Address, a Address) []Address {
	list = AppendAddress(list, a)
	at := slices.IndexFunc(list, func(other Address) bool { return other.Value == a.Value })
	a = list[at]
	return slices.Insert(slices.Delete(list, at, at+1), 0, a)
}

// AddIdentity adds an account at a provider, unless a part of it is empty.
func (r *Row) AddIdentity(provider, id string) {
	if provider != "" && id != "" {
		r.Identities = append(r.Identities, Identity{provider, id})
	}
}

// AddMetadata stores account metadata of a kind.
func (r *Row) AddMetadata(kind string, value any) { put(&r.Metadata, kind, value) }

// SetMetadata stores metadata that users may read, that is hidden from them, and that they may
// write, apart from the content.
func (r *Row) SetMetadata(public, private, unsafe map[string]any) {
	for kind, object := range map[string]map[string]any{users.PublicMetadata: public, users.PrivateMetadata: private, users.UnsafeMetadata: unsafe} {
		if len(object) > 0 {
			r.AddMetadata(kind, object)
		}
	}
}

// AddDetail stores a detail of the account; nil removes it.
func (r *Row) AddDetail(name string, value any) { put(&r.Details, name, value) }

// AddApp stores the secret of an authenticator app; "" is an app with unusual codes. A
// second app is left out.
func (r *Row) AddApp(base32 string) {
	if base32 == "" || r.TOTP != "" {
		r.FactorLeft = true
		return
	}
	r.TOTP = base32
}

// Null notes that the source has null for a field. A field that the source does not mention
// is not null.
func (r *Row) Null(f Field) {
	if f != "" && f != Ignored {
		r.Nulls = append(r.Nulls, f)
	}
}

// Problem returns the reason why the row cannot be imported as it is, "" for none.
func (r *Row) Problem() string {
	if r.Err == nil {
		return ""
	}
	return r.Err.Error()
}
