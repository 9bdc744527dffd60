package systems

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// Reader reads one user of a system. An error is about the JSON; other faults are in the user.
type Reader func(raw []byte) (*User, error)

// Readers returns the readers by the names of their formats.
func Readers() map[string]Reader {
	return map[string]Reader{
		Appwrite: readAppwrite, AuthJS: readAuthTables, BetterAuth: readAuthTables, FusionAuth: readFusionAuth, Meteor: readMeteor,
		MongoDB: readMongoDB, Okta: readOkta, Parse: readParse, SuperTokens: readSuperTokens, Zitadel: readZitadel,
	}
}

// Names of formats.
const (
	Appwrite    = "appwrite"
	AuthJS      = "authjs"
	BetterAuth  = "better-auth"
	Devise      = "devise"
	FusionAuth  = "fusionauth"
	Google      = "google-workspace"
	Laravel     = "laravel"
	Meteor      = "meteor"
	MongoDB     = "mongodb"
	Okta        = "okta"
	Parse       = "parse"
	PocketBase  = "pocketbase"
	SuperTokens = "supertokens"
	Zitadel     = "zitadel"
)

// User is one user of a system.
type User struct {
	// Fields are values by the importer's names of fields, such as "username" and
	// "content.firstName". A nil value is null in the source.
	Fields         map[string]any
	Emails, Phones []rows.Address
	Identities     []rows.Identity
	// Rest are the members that the system does not define, such as those of an application.
	// They mean the same as columns of a table.
	Rest map[string]any
	// Lacks are members that the user comes without.
	Lacks []rows.Error
	// Apps are the secrets of authenticator apps in base32; "" is an app with unusual codes.
	Apps []string
	// FactorLeft is set for a second factor that the file does not have.
	FactorLeft bool
	// Locked is set if the user's logins were locked.
	Locked bool
	// Skip is the reason not to import the user, "" for none.
	Skip string
	// Guessed is set if the digest's format is the usual one, and the file does not name it.
	Guessed bool
}

// open returns a user with the members of an object, none of them read yet.
func open(raw []byte) (*User, members, error) {
	var m map[string]any
	if err := values.Decode(raw, &m); err != nil {
		return nil, nil, err
	}
	values.Exact(m)
	return &User{Fields: map[string]any{}, Rest: m}, m, nil
}

func (u *User) lack(name, reason string) {
	u.Lacks = append(u.Lacks, rows.Error{Field: name, Reason: reason})
}

// set sets a field unless the value is empty.
func (u *User) set(field string, value any) {
	if value != nil && value != "" {
		u.Fields[field] = value
	}
}

// move sets the fields that members stand for, null members too. Of several members for one
// field the first name counts, but false before true, as for an address that is verified; another
// value stays a member without a meaning.
func (u *User) move(m members, fields map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value, has := m[name]
		if !has {
			continue
		}
		field := fields[name]
		was := u.Fields[field]
		if empty(was) || value == false {
			u.Fields[field] = value
		} else if !empty(value) && value != true && !reflect.DeepEqual(was, value) {
			continue
		}
		delete(m, name)
	}
}

func empty(value any) bool { return value == nil || value == "" }

// digest sets a digest and the name of its format, "" if the digest shows it.
func (u *User) digest(hasher, text string) {
	u.set("passwordDigest", text)
	u.set("passwordHasher", hasher)
}

func (u *User) email(value string, verified any) { addAddress(&u.Emails, value, verified) }
func (u *User) phone(value string, verified any) { addAddress(&u.Phones, value, verified) }

// addAddress adds an address; verified is nil if the source does not say whether it is.
func addAddress(to *[]rows.Address, value string, verified any) {
	if value != "" {
		is, told := verified.(bool)
		*to = append(*to, rows.Address{Value: value, Verified: is || !told, Assumed: !told})
	}
}

// login stores a login name, which may be an address.
func (u *User) login(name string, verified any) {
	if strings.Contains(name, "@") {
		u.email(name, verified)
		return
	}
	u.set("username", name)
}

func (u *User) account(provider, id string) {
	if provider != "" && id != "" {
		u.Identities = append(u.Identities, rows.Identity{Provider: provider, ID: id})
	}
}

// members are the members of an object that were not read yet. Reading removes them.
type members map[string]any

// take returns a member, nil for none and for null.
func (m members) take(name string) any {
	value := m[name]
	delete(m, name)
	return value
}

// text returns a text, number or boolean as text, "" for anything else.
func (m members) text(name string) string { return text(m.take(name)) }

// object returns an object, empty for anything else.
func (m members) object(name string) members {
	object, _ := m.take(name).(map[string]any)
	return object
}

// list returns the objects in a list.
func (m members) list(name string) []members {
	values, _ := m.take(name).([]any)
	var list []members
	for _, value := range values {
		if object, is := value.(map[string]any); is {
			list = append(list, object)
		}
	}
	return list
}

// drop removes members that mean nothing outside the system, separated by spaces.
func (m members) drop(names string) {
	for name := range strings.FieldsSeq(names) {
		delete(m, name)
	}
}

// dropAll removes all members that begin with a text.
func (m members) dropAll(prefix string) {
	maps.DeleteFunc(m, func(name string, _ any) bool { return strings.HasPrefix(name, prefix) })
}

func text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case float64, bool:
		raw, _ := json.Marshal(value) // a number or a boolean has JSON
		return string(raw)
	}
	return ""
}
