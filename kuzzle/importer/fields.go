package importer

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

// field is the meaning of a column of a table, or of a key of flat JSON.
type field string

// The fields. contentField, privateField, metadataField, detailsField and accountField may
// have a name after a dot: content.fullname, private.plan, accountMetadata.public,
// account.google.
const (
	ignored         field = "ignore"
	unknownField    field = "?"
	idField         field = "id"
	kuidField       field = "kuid"
	usernameField   field = "username"
	emailField      field = "email"
	emailsField     field = "emails"
	provenEmails    field = "verifiedEmails"
	otherEmails     field = "unverifiedEmails"
	emailVerified   field = "emailVerified"
	phoneField      field = "phone"
	phonesField     field = "phones"
	provenPhones    field = "verifiedPhones"
	otherPhones     field = "unverifiedPhones"
	phoneVerified   field = "phoneVerified"
	passwordField   field = "password"
	digestField     field = "passwordDigest"
	hasherField     field = "passwordHasher"
	profilesField   field = "profiles"
	rolesField      field = "roles"
	totpField       field = "totpSecret"
	backupField     field = "backupCodes"
	createdField    field = "createdAt"
	disabledField   field = "disabled"
	enabledField    field = "enabled"
	bannedField     field = "bannedAt"
	lockedField     field = "lockedAt"
	lockEndField    field = "lockedUntil"
	signInField     field = "lastSignInAt"
	activeField     field = "lastActiveAt"
	changeField     field = "passwordChange"
	deletedField    field = "deletedAt"
	banEndField     field = "bannedUntil"
	statusField     field = "status"
	mustField       field = "mustChangePassword"
	saltField       field = "passwordSalt"
	leftField       field = "factorLeft"
	emailProvedAt   field = "emailVerifiedAt"
	phoneProvedAt   field = "phoneVerifiedAt"
	contentField    field = "content"
	privateField    field = "private"
	belongingsField field = "belongings"
	metadataField   field = "accountMetadata"
	contactsField   field = "accountContacts"
	detailsField    field = "accountDetails"
	publicKind      field = metadataField + "." + users.PublicMetadata
	privateKind     field = metadataField + "." + users.PrivateMetadata
	unsafeKind      field = metadataField + "." + users.UnsafeMetadata
	accountField    field = "account"
	firstNameField  field = "content.firstName"
	lastNameField   field = "content.lastName"
	fullNameField   field = "content.fullname"
)

// plainFields returns the fields that take no name after a dot.
func plainFields() []field {
	return []field{
		ignored, idField, kuidField, usernameField, emailField, emailsField, provenEmails, otherEmails, emailVerified, phoneField,
		phonesField, provenPhones, otherPhones, phoneVerified, passwordField, digestField, hasherField, profilesField, rolesField,
		totpField, backupField, createdField, disabledField, enabledField, bannedField, lockedField, lockEndField, signInField, changeField, deletedField, banEndField, statusField, mustField, saltField, emailProvedAt, phoneProvedAt, contentField, privateField, belongingsField, metadataField, contactsField, detailsField,
	}
}

func isField(name string) bool {
	head, tail, dotted := strings.Cut(name, ".")
	if !dotted {
		return slices.Contains(plainFields(), field(name))
	}
	return tail != "" && slices.Contains([]field{contentField, privateField, metadataField, detailsField, accountField}, field(head))
}

func fieldNames() string {
	names := make([]string, 0, len(plainFields())+3)
	for _, f := range plainFields() {
		names = append(names, string(f))
	}
	return strings.Join(append(names, "content.NAME", "private.NAME", "accountMetadata.KIND", "accountDetails.NAME", "account.PROVIDER"), ", ")
}

// typed reports whether a field never holds free text, so that a text like NULL is no value.
func (f field) typed() bool {
	switch f {
	case usernameField, passwordField, firstNameField, lastNameField, fullNameField, ignored, unknownField, "":
		return false
	}
	head, name, _ := strings.Cut(string(f), ".")
	return field(head) != contentField && field(head) != privateField || strings.HasSuffix(name, "At") || strings.HasSuffix(name, "Until")
}

// late reports whether a field refers to other fields, which have to be read first.
func (f field) late() bool {
	return f == emailVerified || f == phoneVerified || f == emailProvedAt || f == phoneProvedAt
}

// assign sets a field of the row to a column's value.
func (r *Row) assign(f field, value string) {
	if f.typed() && values.IsNull(value) {
		value = ""
	}
	if f == emailProvedAt || f == phoneProvedAt {
		value = strconv.FormatBool(value != "")
	}
	if value == "" || f == ignored || f == unknownField {
		return
	}
	if reason := values.Unreadable(value); reason != "" {
		r.spoil(string(f), "%s", reason)
		return
	}
	switch f {
	case idField:
		r.ExternalID = value
	case kuidField:
		r.Kuid = value
	case usernameField:
		r.Username = value
	case emailField:
		r.Emails = mainFirst(r.Emails, assumed(value))
	case phoneField:
		r.Phones = mainFirst(r.Phones, assumed(value))
	case emailsField, provenEmails, otherEmails:
		for _, one := range values.List(value) {
			r.Emails = appendAddress(r.Emails, Address{Value: one, Verified: f != otherEmails, Assumed: f == emailsField})
		}
	case phonesField, provenPhones, otherPhones:
		for _, one := range values.List(value) {
			r.Phones = appendAddress(r.Phones, Address{Value: one, Verified: f != otherPhones, Assumed: f == phonesField})
		}
	case passwordField:
		r.Password = value
	case digestField:
		r.Digest = value
	case hasherField:
		r.Hasher = value
	case saltField:
		r.Salt = value
	case profilesField:
		r.Profiles = values.List(value)
	case rolesField:
		r.Roles = values.List(value)
	case totpField:
		r.TOTP = value
	case backupField:
		r.BackupCodes = values.List(value)
	case createdField:
		r.CreatedAt = r.time(string(f), value)
	case bannedField:
		r.BannedAt = r.time(string(f), value)
	case lockedField:
		r.LockedAt = r.time(string(f), value)
	case lockEndField:
		r.LockedUntil = r.time(string(f), value)
	case signInField:
		r.LastSignInAt = r.time(string(f), value)
	case activeField:
		r.LastActiveAt = r.time(string(f), value)
	case changeField:
		r.PasswordChange = value
	case deletedField:
		if yes, told := values.Truth(value); yes || !told {
			r.skip = &RowError{string(f), wasDeleted}
		}
	case banEndField:
		r.Disabled = r.Disabled || lasts(value)
	case statusField:
		r.Disabled = r.Disabled || values.IsShutOut(value)
	default:
		r.assignMore(f, value)
	}
}

func (r *Row) assignMore(f field, value string) {
	switch f {
	case emailVerified, emailProvedAt:
		r.verify(r.Emails, f, value)
		return
	case phoneVerified, phoneProvedAt:
		r.verify(r.Phones, f, value)
		return
	case disabledField:
		r.Disabled = r.truth(f, value) || r.Disabled
		return
	case enabledField:
		r.Disabled = !r.truth(f, value) || r.Disabled
		return
	case mustField:
		if r.truth(f, value) {
			r.PasswordChange = users.ChangeRequired
		}
		return
	case leftField: // the secret itself, or whether there is one
		yes, told := values.Truth(value)
		r.FactorLeft = r.FactorLeft || yes || !told
		return
	}
	head, name, _ := strings.Cut(string(f), ".")
	switch field(head) {
	case contentField:
		r.object(f, value, name, &r.Content)
	case privateField:
		r.object(f, value, name, &r.Private)
	case belongingsField:
		r.object(f, value, name, &r.Belongings)
	case metadataField:
		r.object(f, value, name, &r.Metadata)
	case detailsField:
		r.object(f, value, name, &r.Details)
	case contactsField:
		if err := json.Unmarshal([]byte(value), &r.Contacts); err != nil {
			r.spoil(string(f), "the value is not a list of contacts such as %s", `[{"kind":"email","value":"jane@example.com"}]`)
		}
	case accountField:
		r.identity(name, value)
	}
}

// object stores a value under a name; JSON objects and lists stay as they are. Without a
// name the value has to be an object itself.
func (r *Row) object(f field, value, name string, into *map[string]any) {
	var kept any = value
	if value[0] == '{' || value[0] == '[' {
		if err := json.Unmarshal([]byte(value), &kept); err != nil {
			kept = value
		}
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
		r.lack(string(f), "the value is not a JSON object")
	}
	for key, value := range object {
		(*into)[key] = value
	}
}

func (r *Row) verify(list []Address, f field, value string) {
	verified, ok := values.Truth(value)
	if !ok {
		r.lack(string(f), "the value is neither true nor false")
	}
	for i := range list {
		if list[i].Assumed {
			list[i].Verified, list[i].Assumed = verified, false
		}
	}
}

func (r *Row) truth(f field, value string) bool {
	yes, ok := values.Truth(value)
	if !ok {
		r.spoil(string(f), "the value is neither true nor false")
	}
	return yes
}

// keepUnknown stores members without a meaning here as account metadata of a kind.
func keepUnknown(r *Row, kind string) {
	object, _ := r.Metadata[kind].(map[string]any)
	all := maps.Clone(r.unknown)
	maps.Copy(all, object) // metadata of the source wins
	r.kept(kind, all)
	r.unknown = nil
}

// lasts reports whether a time is in the future.
func lasts(value string) bool {
	at, ok := values.Time(value)
	return !ok || at.After(time.Now())
}

// time parses a time. A user whose ban or lock has an unreadable time is not imported.
func (r *Row) time(name, value string) time.Time {
	at, ok := values.Time(value)
	if !ok {
		say := r.lack
		if f := field(name); f == bannedField || f == lockedField || f == lockEndField {
			say = r.spoil
		}
		say(name, "the value is not a time; write it as %s", values.TimeExample)
		return time.Time{}
	}
	return at
}
