package strategies

import (
	"maps"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// maxNameBytes is what a name may measure in bytes.
const maxNameBytes = 512

// NameFields are the fields by which strategies of the password family know
// users, and the kinds of identifiers that they become.
func NameFields() []string { return []string{"username", "email", "phone"} }

// Names reads NameFields, those that are given in their order. Errors:
// api.assert.invalid_type, api.assert.invalid_argument for what is no e-mail
// address, no phone number or no name.
func (c Credentials) Names() ([]Identifier, error) {
	given, err := c.loginNames()
	for _, id := range given {
		if reason := WrongName(id); reason != "" {
			return nil, assert.InvalidArgument.New(id.Kind, reason)
		}
	}
	return given, err
}

// loginNames is Names for a login, which judges nothing: what nobody can be
// called finds nobody.
func (c Credentials) loginNames() ([]Identifier, error) {
	var given []Identifier
	for _, kind := range NameFields() {
		value, ok, err := c.Text(kind, maxNameBytes)
		if err != nil {
			return nil, err
		}
		if ok {
			given = append(given, Identifier{Kind: kind, Value: value})
		}
	}
	return given, nil
}

// WrongName says what an identifier of one of NameFields should have been
// instead, "" when it is right.
func WrongName(id Identifier) string {
	switch id.Kind {
	case "email":
		address, err := mail.ParseAddress(id.Value)
		if err != nil || address.Address != id.Value {
			return "an e-mail address"
		}
	case "phone":
		digits, ok := strings.CutPrefix(id.Value, "+")
		if !ok || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || strings.TrimLeft(digits, "0123456789") != "" {
			return "a number in E.164 form, such as +12015550123"
		}
	default:
		if strings.TrimSpace(id.Value) == "" {
			return "a name that can be seen"
		}
		if strings.ContainsFunc(id.Value, unprintable) {
			return "a name without control characters"
		}
	}
	return ""
}

// unprintable holds for characters that only steer how a text is shown: control
// characters, and those that turn the direction of what follows, by which one name
// passes for another in a list or a terminal. Marks that turn nothing stay: they come
// along with names that are written from right to left.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// Renamed is a record whose identifiers of the given kinds are replaced or added.
// What Public shows of them follows, so that a record of another strategy of the
// password family stays whole.
func Renamed(rec Record, given []Identifier) Record {
	rec.Identifiers = slices.Clone(rec.Identifiers)
	rec.Public = maps.Clone(rec.Public)
	for _, id := range given {
		at := slices.IndexFunc(rec.Identifiers, func(was Identifier) bool { return was.Kind == id.Kind })
		if at < 0 {
			rec.Identifiers = append(rec.Identifiers, id)
		} else {
			rec.Identifiers[at] = id
		}
		if _, shown := rec.Public[id.Kind]; shown {
			rec.Public[id.Kind] = id.Value
		}
	}
	return rec
}
