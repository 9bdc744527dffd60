package rows

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// Field is the meaning of a column of a table, or of a key of flat JSON.
type Field string

// The fields. ContentField, PrivateField, MetadataField, DetailsField and AccountField may
// have a name after a dot: content.fullname, private.plan, accountMetadata.public,
// account.google.
const (
	Ignored         Field = "ignore"
	UnknownField    Field = "?"
	IDField         Field = "id"
	KuidField       Field = "kuid"
	UsernameField   Field = "username"
	EmailField      Field = "email"
	EmailsField     Field = "emails"
	ProvenEmails    Field = "verifiedEmails"
	OtherEmails     Field = "unverifiedEmails"
	EmailVerified   Field = "emailVerified"
	PhoneField      Field = "phone"
	PhonesField     Field = "phones"
	ProvenPhones    Field = "verifiedPhones"
	OtherPhones     Field = "unverifiedPhones"
	PhoneVerified   Field = "phoneVerified"
	PasswordField   Field = "password"
	DigestField     Field = "passwordDigest"
	HasherField     Field = "passwordHasher"
	ProfilesField   Field = "profiles"
	RolesField      Field = "roles"
	TOTPField       Field = "totpSecret"
	BackupField     Field = "backupCodes"
	CreatedField    Field = "createdAt"
	DisabledField   Field = "disabled"
	EnabledField    Field = "enabled"
	BannedField     Field = "bannedAt"
	LockedField     Field = "lockedAt"
	LockEndField    Field = "lockedUntil"
	SignInField     Field = "lastSignInAt"
	ActiveField     Field = "lastActiveAt"
	ChangeField     Field = "passwordChange"
	DeletedField    Field = "deletedAt"
	BanEndField     Field = "bannedUntil"
	StatusField     Field = "status"
	MustField       Field = "mustChangePassword"
	SaltField       Field = "passwordSalt"
	LeftField       Field = "factorLeft"
	EmailProvedAt   Field = "emailVerifiedAt"
	PhoneProvedAt   Field = "phoneVerifiedAt"
	ContentField    Field = "content"
	PrivateField    Field = "private"
	BelongingsField Field = "belongings"
	MetadataField   Field = "accountMetadata"
	ContactsField   Field = "accountContacts"
	DetailsField    Field = "accountDetails"
	AccountField    Field = "account"
	FirstNameField  Field = "content.firstName"
	LastNameField   Field = "content.lastName"
	FullNameField   Field = "content.fullname"
)

// Fields that only JSON has, as lists or objects.
const (
	AccountsField    Field = "accounts"
	WalletsField     Field = "wallets"
	FactorsField     Field = "factors"
	CredentialsField Field = "credentials"
)

// wasDeleted is the reason for skipping users that are deleted in the source.
const wasDeleted = "the user is deleted in the source"

// plainFields returns the fields that take no name after a dot.
func plainFields() []Field {
	return []Field{
		Ignored, IDField, KuidField, UsernameField, EmailField, EmailsField, ProvenEmails, OtherEmails, EmailVerified, PhoneField,
		PhonesField, ProvenPhones, OtherPhones, PhoneVerified, PasswordField, DigestField, HasherField, ProfilesField, RolesField,
		TOTPField, BackupField, CreatedField, DisabledField, EnabledField, BannedField, LockedField, LockEndField, SignInField, ChangeField, DeletedField, BanEndField, StatusField, MustField, SaltField, EmailProvedAt, PhoneProvedAt, ContentField, PrivateField, BelongingsField, MetadataField, ContactsField, DetailsField,
	}
}

// IsField reports whether a name is that of a field.
func IsField(name string) bool {
	head, tail, dotted := strings.Cut(name, ".")
	if !dotted {
		return slices.Contains(plainFields(), Field(name))
	}
	return tail != "" && slices.Contains([]Field{ContentField, PrivateField, MetadataField, DetailsField, AccountField}, Field(head))
}

// FieldNames lists all fields for a message.
func FieldNames() string {
	names := make([]string, 0, len(plainFields())+3)
	for _, f := range plainFields() {
		names = append(names, string(f))
	}
	return strings.Join(append(names, "content.NAME", "private.NAME", "accountMetadata.KIND", "accountDetails.NAME", "account.PROVIDER"), ", ")
}

// Typed reports whether a field never holds free text, so that a text like NULL is no value.
func (f Field) Typed() bool {
	switch f {
	case UsernameField, PasswordField, FirstNameField, LastNameField, FullNameField, Ignored, UnknownField, "":
		return false
	}
	head, name, _ := strings.Cut(string(f), ".")
	return Field(head) != ContentField && Field(head) != PrivateField || strings.HasSuffix(name, "At") || strings.HasSuffix(name, "Until")
}

// Late reports whether a field refers to other fields, which have to be read first.
func (f Field) Late() bool {
	return f == EmailVerified || f == PhoneVerified || f == EmailProvedAt || f == PhoneProvedAt
}

// Identifies reports whether a user can be recognised by the field.
func (f Field) Identifies() bool {
	return slices.Contains([]Field{IDField, KuidField, UsernameField, EmailField, EmailsField, ProvenEmails, PhoneField, PhonesField, ProvenPhones}, f)
}

// Assign sets a field of the row to a column's value.
func (r *Row) Assign(f Field, value string) {
	if f.Typed() && values.IsNull(value) {
		value = ""
	}
	if f == EmailProvedAt || f == PhoneProvedAt {
		value = strconv.FormatBool(value != "")
	}
	if value == "" || f == Ignored || f == UnknownField {
		return
	}
	if reason := values.Unreadable(value); reason != "" {
		r.Spoil(string(f), "%s", reason)
		return
	}
	switch f {
	case IDField, KuidField, UsernameField, PasswordField, DigestField, HasherField, SaltField, TOTPField:
		r.assignOne(f, value)
	case EmailField:
		r.Emails = MainFirst(r.Emails, Assumed(value))
	case PhoneField:
		r.Phones = MainFirst(r.Phones, Assumed(value))
	case EmailsField, ProvenEmails, OtherEmails:
		for _, one := range values.List(value) {
			r.Emails = AppendAddress(r.Emails, Address{Value: one, Verified: f != OtherEmails, Assumed: f == EmailsField})
		}
	case PhonesField, ProvenPhones, OtherPhones:
		for _, one := range values.List(value) {
			r.Phones = AppendAddress(r.Phones, Address{Value: one, Verified: f != OtherPhones, Assumed: f == PhonesField})
		}
	case ProfilesField:
		r.Profiles = values.List(value)
	case RolesField:
		r.Roles = values.List(value)
	case BackupField:
		r.BackupCodes = values.List(value)
	case CreatedField:
		r.CreatedAt = r.Time(string(f), value)
	case BannedField:
		r.BannedAt = r.Time(string(f), value)
	case LockedField:
		r.LockedAt = r.Time(string(f), value)
	case LockEndField:
		r.LockedUntil = r.Time(string(f), value)
	case SignInField:
		r.LastSignInAt = r.Time(string(f), value)
	case ActiveField:
		r.LastActiveAt = r.Time(string(f), value)
	case ChangeField:
		r.PasswordChange = value
	case DeletedField:
		if yes, told := values.Truth(value); yes || !told {
			r.Skip = &Error{string(f), wasDeleted}
		}
	case BanEndField:
		r.Disabled = r.Disabled || lasts(value)
	case StatusField:
		r.Disabled = r.Disabled || values.IsShutOut(value)
	default:
		r.assignMore(f, value)
	}
}

// one returns the place of a field that identifies a user or is a part of the password or of the
// second factor, nil for any other field.
func (r *Row) one(f Field) *string {
	switch f {
	case IDField:
		return &r.ExternalID
	case KuidField:
		return &r.Kuid
	case UsernameField:
		return &r.Username
	case PasswordField:
		return &r.Password
	case DigestField:
		return &r.Digest
	case HasherField:
		return &r.Hasher
	case SaltField:
		return &r.Salt
	case TOTPField:
		return &r.TOTP
	}
	return nil
}

// One reports whether a user has one value of a field, so that columns with different ones
// contradict each other.
func (f Field) One() bool { return new(Row).one(f) != nil }

// assignOne assigns a field that has one value. To take either of two would make two people one
// user, or shut the user out.
func (r *Row) assignOne(f Field, value string) {
	into := r.one(f)
	if *into != "" && *into != value {
		r.Spoil(string(f), "two columns or keys of the row have this meaning and different values: give one of them another meaning with --map, such as --map COLUMN=%s", Ignored)
	}
	*into = value
}

func (r *Row) assignMore(f Field, value string) {
	switch f {
	case EmailVerified, EmailProvedAt:
		r.verify(r.Emails, f, value)
		return
	case PhoneVerified, PhoneProvedAt:
		r.verify(r.Phones, f, value)
		return
	case DisabledField:
		r.Disabled = r.truth(f, value) || r.Disabled
		return
	case EnabledField:
		r.Disabled = !r.truth(f, value) || r.Disabled
		return
	case MustField:
		if r.truth(f, value) {
			r.PasswordChange = users.ChangeRequired
		}
		return
	case LeftField: // the secret itself, or whether there is one
		yes, told := values.Truth(value)
		r.FactorLeft = r.FactorLeft || yes || !told
		return
	}
	head, name, _ := strings.Cut(string(f), ".")
	switch Field(head) {
	case ContentField:
		r.object(f, value, name, &r.Content)
	case PrivateField:
		r.object(f, value, name, &r.Private)
	case BelongingsField:
		r.object(f, value, name, &r.Belongings)
	case MetadataField:
		r.object(f, value, name, &r.Metadata)
	case DetailsField:
		r.object(f, value, name, &r.Details)
	case ContactsField:
		if err := json.Unmarshal([]byte(value), &r.Contacts); err != nil {
			r.Spoil(string(f), "the value is not a list of contacts such as %s", `[{"kind":"email","value":"jane@example.com"}]`)
		}
	case AccountField:
		r.AddIdentity(name, value)
	}
}

// object stores a value under a name; JSON objects and lists stay as they are. Without a
// name the value has to be an object itself.
func (r *Row) object(f Field, value, name string, into *map[string]any) {
	var kept any = value
	if value[0] == '{' || value[0] == '[' {
		if err := values.Decode([]byte(value), &kept); err != nil {
			kept = value
		}
		kept = values.Exact(kept)
	}
	if *into == nil {
		*into = map[string]any{}
	}
	if name != "" {
		(*into)[name] = kept
		return
	}
	object, ok := kept.(map[string]any)
	if !ok {
		r.Lack(string(f), "the value is not a JSON object")
	}
	for key, value := range object {
		(*into)[key] = value
	}
}

func (r *Row) verify(list []Address, f Field, value string) {
	verified, ok := values.Truth(value)
	if !ok {
		r.Lack(string(f), "the value is neither true nor false")
	}
	for i := range list {
		if list[i].Assumed {
			list[i].Verified, list[i].Assumed = verified, false
		}
	}
}

func (r *Row) truth(f Field, value string) bool {
	yes, ok := values.Truth(value)
	if !ok {
		r.Spoil(string(f), "the value is neither true nor false")
	}
	return yes
}

// KeepUnknown stores members without a meaning here as account metadata of a kind.
func (r *Row) KeepUnknown(kind string) {
	object, _ := r.Metadata[kind].(map[string]any)
	all := maps.Clone(r.Unknown)
	maps.Copy(all, object) // metadata of the source wins
	r.AddMetadata(kind, all)
	r.Unknown = nil
}

// lasts reports whether a time is in the future.
func lasts(value string) bool {
	at, ok := values.Time(value)
	return !ok || at.After(time.Now())
}

// Time parses a time. A user whose ban or lock has an unreadable time is not imported.
func (r *Row) Time(name, value string) time.Time {
	at, ok := values.Time(value)
	if !ok {
		say := r.Lack
		if f := Field(name); f == BannedField || f == LockedField || f == LockEndField {
			say = r.Spoil
		}
		say(name, "the value is not a time; write it as %s", values.TimeExample)
		return time.Time{}
	}
	return at
}
