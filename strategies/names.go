package strategies

import (
	"maps"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// maxNameBytes is the longest name in bytes.
const maxNameBytes = 512

// NameFields returns the fields by which strategies of the password family find users. They are
// also the kinds of the identifiers.
func NameFields() []string { return []string{"username", "email", "phone"} }

// Names reads those of NameFields that are given, in the order of NameFields. Errors:
// api.assert.invalid_type; api.assert.invalid_argument for a value that is no e-mail address, no
// phone number or no name.
func (c Credentials) Names() ([]Identifier, error) {
	given, err := c.loginNames()
	for _, id := range given {
		if reason := WrongName(id); reason != "" {
			return nil, assert.InvalidArgument.New(id.Kind, reason)
		}
	}
	return given, err
}

// loginNames reads names for a login. It does not check them: an impossible name finds nobody.
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

// WrongName returns the expected form of an identifier of one of NameFields, or "" if the
// identifier is right.
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
			return "a name with visible characters"
		}
		if strings.ContainsFunc(id.Value, unprintable) {
			return "a name without control characters"
		}
	}
	return ""
}

// unprintable reports characters that only control how a text is shown: control characters, and
// characters that turn the direction of the text after them. They let one name pass for another in
// a list or a terminal. Marks that turn nothing are allowed, because names that are written from
// right to left contain them.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// Renamed returns the record with its identifiers of the given kinds replaced or added. Public
// follows, so that a record of another strategy of the password family stays consistent.
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
