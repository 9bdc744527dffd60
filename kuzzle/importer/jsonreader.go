package importer

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/columns"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/nulls"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
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
		row.Spoil("", tooLong, MaxRowBytes)
		return row, nil
	}
	decodeInto(row, text, j.elements.Key, j.decode)
	return row, nil
}

const tooLong = "the row is longer than %d bytes"

// decodeInto makes the row of a JSON value.
func decodeInto(r *Row, text []byte, key string, decode decoder) {
	if reason := values.Unreadable(string(text)); reason != "" {
		r.Spoil("", "%s", reason)
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
		lacks := append(r.Lacks, rows.Error{Field: name, Reason: reason})
		*r = Row{Number: r.Number, Of: r.Of, Lacks: lacks}
		text = fewer
		err = decode(text, key, r)
	}
	if err != nil {
		*r = Row{Number: r.Number, Of: r.Of}
		r.Spoil(wrongType(err))
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

// nullable adds the null members of a format's objects to the rows of a decoder.
func nullable(format string, decode decoder) decoder {
	return func(raw []byte, key string, r *Row) error {
		if err := decode(raw, key, r); err != nil {
			return err
		}
		fields, err := nulls.Find(format, raw)
		for _, f := range fields {
			r.Null(rows.Field(f))
		}
		return err
	}
}

// flat decodes objects whose keys mean the same as columns of a table. An export writes this
// format.
func flat(mapped map[string]string) decoder {
	usual := maps.Clone(columns.Usual())
	for _, f := range []rows.Field{rows.AccountsField, rows.FactorsField, rows.CredentialsField} {
		usual[string(f)] = string(f)
	}
	return objects(layout{columns: usual}, mapped)
}

// objects decodes rows of a table that are written as objects.
func objects(l layout, mapped map[string]string) decoder {
	fields := mapColumns(l.columns, mapped)
	return func(raw []byte, _ string, r *Row) error {
		var object map[string]any
		if err := values.Decode(raw, &object); err != nil {
			return err
		}
		values.Exact(object)
		r.AssignAll(object, fields)
		if l.finish != nil {
			l.finish(r)
		}
		return nil
	}
}

// mapColumns adds the meanings that the user gives to columns.
func mapColumns(fields, mapped map[string]string) func(name string) rows.Field {
	if len(mapped) > 0 {
		fields = maps.Clone(fields)
	}
	for name, f := range mapped {
		fields[columns.Plain(name)] = f
	}
	return func(name string) rows.Field { return rows.Field(fields[columns.Plain(name)]) }
}
