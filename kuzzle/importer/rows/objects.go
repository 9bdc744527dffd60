package rows

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// AssignAll assigns the members of an object, those last that refer to others.
func (r *Row) AssignAll(object map[string]any, of func(name string) Field) {
	var late []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value := object[name]
		switch f := of(name); {
		case f == "" && value != nil:
			r.AddUnknown(name, value)
		case f.Late():
			late = append(late, name)
		case value == nil:
			r.Null(f)
		case f == EmailsField, f == PhonesField:
			r.addresses(f, value)
		default:
			r.assignValue(f, value)
		}
	}
	for _, name := range late {
		r.assignValue(of(name), object[name])
	}
}

// AddUnknown keeps a member without a meaning here, unless it is empty.
func (r *Row) AddUnknown(name string, value any) {
	if !empty(value) {
		put(&r.Unknown, name, value)
	}
}

func empty(value any) bool {
	switch v := value.(type) {
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return value == nil
}

// assignValue is Assign for a JSON value.
func (r *Row) assignValue(f Field, value any) {
	switch v := value.(type) {
	case nil:
		if f == EmailProvedAt || f == PhoneProvedAt {
			r.Assign(f, "")
		}
	case string:
		r.Assign(f, v)
	case bool:
		r.Assign(f, strconv.FormatBool(v))
	case float64:
		r.Assign(f, strconv.FormatFloat(v, 'f', -1, 64))
	default:
		switch head, _, _ := strings.Cut(string(f), "."); Field(head) {
		case AccountsField:
			list, _ := v.([]any)
			r.accounts(list)
		case FactorsField, CredentialsField:
			r.structured(f, v)
		case ContentField, PrivateField, BelongingsField, MetadataField, ContactsField, DetailsField, ProfilesField, RolesField, BackupField:
			r.Assign(f, values.JSON(v))
		case "", Ignored:
		default:
			r.Spoil(string(f), "the value is a list or an object where a text is expected")
		}
	}
}

func (r *Row) structured(f Field, value any) {
	object, ok := value.(map[string]any)
	switch {
	case !ok:
		r.Spoil(string(f), "the value is not an object")
	case f == CredentialsField:
		r.Credentials = object
	default:
		for _, f := range []Field{TOTPField, BackupField} {
			if value, stated := object[string(f)]; stated && value == nil {
				r.Null(f)
			}
		}
		r.TOTP, _ = object[string(TOTPField)].(string)
		codes, _ := object[string(BackupField)].([]any)
		for _, code := range codes {
			if code, ok := code.(string); ok {
				r.BackupCodes = append(r.BackupCodes, code)
			}
		}
	}
}

// addresses reads a list of texts, or of objects with a member for verified.
func (r *Row) addresses(f Field, value any) {
	list, ok := value.([]any)
	if !ok {
		r.assignValue(f, value)
		return
	}
	for _, element := range list {
		var a Address
		switch v := element.(type) {
		case string:
			a = Assumed(v)
		case map[string]any:
			a.Value, _ = v["value"].(string)
			a.Verified, _ = v["verified"].(bool)
		}
		switch {
		case a.Value == "":
			r.Spoil(string(f), "the value is not a list of addresses")
		case f == EmailsField:
			r.Emails = AppendAddress(r.Emails, a)
		default:
			r.Phones = AppendAddress(r.Phones, a)
		}
	}
}

func (r *Row) accounts(list []any) {
	for _, element := range list {
		account, _ := element.(string)
		provider, id, ok := strings.Cut(account, ":")
		if !ok {
			r.Spoil("accounts", `an account is not written as "provider:id"`)
		}
		r.AddIdentity(provider, id)
	}
}
