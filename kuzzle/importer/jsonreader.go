package importer

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/columns"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// decoder makes a row of one JSON value; key is the value's name where values have one. An
// error is about the JSON; faults of the row are in the row.
type decoder func(text []byte, key string, r *Row) error

// jsonReader reads users that are JSON values.
type jsonReader struct {
	elements *texts.Elements
	decode   decoder
	number   int64
}

// Next implements reader.
func (j *jsonReader) Next() (*Row, error) {
	text, err := j.elements.Next()
	if err != nil && !errors.Is(err, texts.ErrLong) {
		return nil, texts.CutShort(err)
	}
	j.number++
	row := &Row{Number: j.number}
	if err != nil {
		row.spoil("", tooLong, MaxRowBytes)
		return row, nil
	}
	row.read(text, j.elements.Key, j.decode)
	return row, nil
}

const tooLong = "the row is longer than %d bytes"

// read makes the row of a JSON value.
func (r *Row) read(text []byte, key string, decode decoder) {
	if reason := values.Unreadable(string(text)); reason != "" {
		r.spoil("", "%s", reason)
		return
	}
	err := decode(text, key, r)
	for range maxLacking {
		name, reason := "", ""
		if err != nil {
			name, reason = wrongType(err)
		}
		name, _, _ = strings.Cut(name, ".")
		var fewer []byte
		if slices.Contains(sideMembers, name) {
			fewer = texts.Without(text, name)
		}
		if fewer == nil {
			break
		}
		lacks := append(r.lacks, RowError{name, reason})
		*r = Row{Number: r.Number, Of: r.Of, lacks: lacks}
		text = fewer
		err = decode(text, key, r)
	}
	if err != nil {
		*r = Row{Number: r.Number, Of: r.Of}
		r.spoil(wrongType(err))
	}
}

// sideMembers are members of objects that a user can come without, maxLacking of them.
var sideMembers = []string{
	"app_metadata", "user_metadata", "metadata_public", "metadata_admin", "userMetadata", "public_metadata", "private_metadata", "unsafe_metadata",
	"attributes", "firstName", "lastName", "first_name", "last_name", "given_name", "family_name", "name", "nickname", "picture", "displayName", "photoUrl", "image_url",
	"createdAt", "created_at", "createdTimestamp", "last_sign_in_at", "last_active_at",
}

const maxLacking = 4

// wrongType describes a JSON value of the wrong type without quoting it.
func wrongType(err error) (name, reason string) {
	if errors.Is(err, errCompound) {
		return "", "the value is an array or an object where a text is expected"
	}
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) {
		return typed.Field, "the value is a " + typed.Value + " where another type is expected"
	}
	return "", "the value is not a JSON object"
}

// errCompound is needed because only some versions of encoding/json name the member.
var errCompound = errors.New("an array or an object in place of a text")

// text is a JSON string, number, boolean or null, read as text: sources write ids and times
// as either.
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	switch raw[0] {
	case 'n':
		return nil
	case '"':
		return json.Unmarshal(raw, (*string)(t))
	case '{', '[':
		return errCompound
	}
	*t = text(raw)
	return nil
}

// flat decodes objects whose keys mean the same as columns of a table. An export writes this
// format.
func flat(mapped map[string]string) decoder {
	usual := columns.Usual()
	for _, f := range []field{accountsField, factorsField, credentialsField} {
		usual[string(f)] = string(f)
	}
	return objects(layout{columns: usual}, mapped)
}

// objects decodes rows of a table that are written as objects.
func objects(l layout, mapped map[string]string) decoder {
	fields := mapColumns(l.columns, mapped)
	return func(raw []byte, _ string, r *Row) error {
		var object map[string]any
		if err := json.Unmarshal(raw, &object); err != nil {
			return err
		}
		assignAll(r, object, fields)
		if l.finish != nil {
			l.finish(r)
		}
		return nil
	}
}

// mapColumns adds the meanings that the user gives to columns.
func mapColumns(fields, mapped map[string]string) func(name string) field {
	for name, f := range mapped {
		fields[plainName(name)] = f
	}
	return func(name string) field { return field(fields[plainName(name)]) }
}

// assignAll assigns the members of an object, those last that refer to others.
func assignAll(r *Row, object map[string]any, of func(name string) field) {
	var late []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value := object[name]
		switch f := of(name); {
		case f == "" && value != nil:
			unknownMember(r, name, value)
		case f.late():
			late = append(late, name)
		case value == nil:
			r.null(f)
		case f == emailsField, f == phonesField:
			r.addresses(f, value)
		default:
			r.assignValue(f, value)
		}
	}
	for _, name := range late {
		r.assignValue(of(name), object[name])
	}
}

// unknownMember keeps a member without a meaning here, unless it is empty.
func unknownMember(r *Row, name string, value any) {
	if empty(value) {
		return
	}
	if r.unknown == nil {
		r.unknown = map[string]any{}
	}
	r.unknown[name] = value
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

// assignValue is assign for a JSON value.
func (r *Row) assignValue(f field, value any) {
	switch v := value.(type) {
	case nil:
		if f == emailProvedAt || f == phoneProvedAt {
			r.assign(f, "")
		}
	case string:
		r.assign(f, v)
	case bool:
		r.assign(f, strconv.FormatBool(v))
	case float64:
		r.assign(f, strconv.FormatFloat(v, 'f', -1, 64))
	default:
		switch head, _, _ := strings.Cut(string(f), "."); field(head) {
		case accountsField:
			list, _ := v.([]any)
			r.accounts(list)
		case factorsField, credentialsField:
			r.structured(f, v)
		case contentField, privateField, belongingsField, metadataField, contactsField, detailsField, profilesField, rolesField, backupField:
			r.assign(f, jsonText(v))
		case "", ignored:
		default:
			r.spoil(string(f), "the value is a list or an object where a text is expected")
		}
	}
}

func (r *Row) structured(f field, value any) {
	object, ok := value.(map[string]any)
	switch {
	case !ok:
		r.spoil(string(f), "the value is not an object")
	case f == credentialsField:
		r.Credentials = object
	default:
		for name, f := range map[string]field{totpFactor: totpField, backupFactor: backupField} {
			if value, stated := object[name]; stated && value == nil {
				r.null(f)
			}
		}
		r.TOTP, _ = object[totpFactor].(string)
		codes, _ := object[backupFactor].([]any)
		for _, code := range codes {
			if code, ok := code.(string); ok {
				r.BackupCodes = append(r.BackupCodes, code)
			}
		}
	}
}

// addresses reads a list of texts, or of objects with a member for verified.
func (r *Row) addresses(f field, value any) {
	list, ok := value.([]any)
	if !ok {
		r.assignValue(f, value)
		return
	}
	for _, element := range list {
		var a Address
		switch v := element.(type) {
		case string:
			a = assumed(v)
		case map[string]any:
			a.Value, _ = v["value"].(string)
			a.Verified, _ = v["verified"].(bool)
		}
		switch {
		case a.Value == "":
			r.spoil(string(f), "the value is not a list of addresses")
		case f == emailsField:
			r.Emails = appendAddress(r.Emails, a)
		default:
			r.Phones = appendAddress(r.Phones, a)
		}
	}
}

func (r *Row) accounts(list []any) {
	for _, element := range list {
		account, _ := element.(string)
		provider, id, ok := strings.Cut(account, ":")
		if !ok {
			r.spoil("accounts", `an account is not written as "provider:id"`)
		}
		r.identity(provider, id)
	}
}
