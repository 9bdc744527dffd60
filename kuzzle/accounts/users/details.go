package users

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/strategies"
)

// ExternalIDKind is the kind of identifier for the application's own id of a user. It is unique as
// it is spelled, and logs nobody in.
const ExternalIDKind = "externalId"

// Details are data about a person besides contacts and credentials. Administrators write them; none
// is part of the content.
type Details struct {
	// ExternalID is the application's own id of the user.
	ExternalID string `json:"externalId,omitempty"`
	// Username is the name for logins of a user whose records have none; see [User.Username].
	Username  string `json:"username,omitempty"`
	FirstName string `json:"firstName,omitempty"`
	LastName  string `json:"lastName,omitempty"`
	// Locale is a BCP 47 language tag, Timezone a name of the IANA database.
	Locale   string `json:"locale,omitempty"`
	Timezone string `json:"timezone,omitempty"`
	// LegalAcceptedAt is when the user accepted the terms, in epoch milliseconds, 0 for never.
	LegalAcceptedAt int64 `json:"legalAcceptedAt,omitempty"`
	// DeleteSelf and CreateOrganizations say whether the user may do so; nil is the instance's
	// default. OrganizationsLimit is how many organizations the user may create, 0 for any number,
	// nil for the instance's default.
	DeleteSelf          *bool `json:"deleteSelf,omitempty"`
	CreateOrganizations *bool `json:"createOrganizations,omitempty"`
	OrganizationsLimit  *int  `json:"organizationsLimit,omitempty"`
	// TrustClients lets the user log in from a new client without a further proof.
	TrustClients bool `json:"trustClients,omitempty"`
	// FactorsAt is when the user got a first second factor, and NoFactorsAt when the last one was
	// removed, in epoch milliseconds, 0 for never.
	FactorsAt   int64 `json:"factorsAt,omitempty"`
	NoFactorsAt int64 `json:"noFactorsAt,omitempty"`
}

// Detailed returns a user's details, or empty ones.
func (u *User) Detailed() Details {
	if u.Details == nil {
		return Details{}
	}
	return *u.Details
}

// Username returns the user's name of kind "username" for logins, "" for none. It comes from a
// record, or else from the details.
func (u *User) Username() string {
	if at, id := u.recordUsername(); at >= 0 {
		return u.Records[at].Identifiers[id].Value
	}
	return u.Detailed().Username
}

// LoginNames lists the names that the user can log in with, each once: those of the
// credentials, the user name, and the verified contacts.
func (u *User) LoginNames() []string {
	known := *u
	known.Contacts = slices.DeleteFunc(slices.Clone(u.Contacts), func(c Contact) bool { return !c.Verified() })
	names := []string{}
	for _, id := range known.identifiers() {
		if slices.Contains(loginKinds, id.Kind) && !slices.Contains(names, id.Value) {
			names = append(names, id.Value)
		}
	}
	return names
}

// recordUsername finds the record and the identifier that are the user's name, -1 for
// none.
func (u *User) recordUsername() (record, identifier int) {
	for i, r := range u.Records {
		for n, id := range r.Identifiers {
			if id.Kind == usernameKind {
				return i, n
			}
		}
	}
	return -1, -1
}

const usernameKind = "username"

// loginKinds are the kinds of names that a login takes.
var loginKinds = []string{usernameKind, Email, Phone}

// append writes what encoding/json does, but for the escapes of HTML.
func (d *Details) append(b []byte) []byte {
	b = append(b, '{')
	for _, member := range [...]struct{ name, value string }{
		{"externalId", d.ExternalID}, {"username", d.Username}, {"firstName", d.FirstName}, {"lastName", d.LastName},
		{"locale", d.Locale}, {"timezone", d.Timezone},
	} {
		if member.value != "" {
			b = plainjson.AppendString(appendName(b, member.name), member.value)
		}
	}
	b = appendTime(b, "legalAcceptedAt", d.LegalAcceptedAt)
	if d.DeleteSelf != nil {
		b = strconv.AppendBool(appendName(b, "deleteSelf"), *d.DeleteSelf)
	}
	if d.CreateOrganizations != nil {
		b = strconv.AppendBool(appendName(b, "createOrganizations"), *d.CreateOrganizations)
	}
	if d.OrganizationsLimit != nil {
		b = strconv.AppendInt(appendName(b, "organizationsLimit"), int64(*d.OrganizationsLimit), 10)
	}
	if d.TrustClients {
		b = append(appendName(b, "trustClients"), "true"...)
	}
	b = appendTime(b, "factorsAt", d.FactorsAt)
	b = appendTime(b, "noFactorsAt", d.NoFactorsAt)
	return append(b, '}')
}

func appendTime(b []byte, name string, at int64) []byte {
	if at == 0 {
		return b
	}
	return strconv.AppendInt(appendName(b, name), at, 10)
}

// WithDetails returns a user's next state with other details. A name for logins in them replaces
// the name in a record; "" removes both.
func (u *User) WithDetails(d Details) *User {
	next := *u
	next.Version++
	if at, id := u.recordUsername(); at >= 0 && d.Username != u.Records[at].Identifiers[id].Value {
		next.Records = renamedAt(u.Records, at, id, d.Username)
	}
	if at, _ := next.recordUsername(); at >= 0 {
		d.Username = ""
	}
	next.Details = nil
	if d != (Details{}) {
		next.Details = &d
	}
	return &next
}

// renamedAt returns records of which one has another user name, or none.
func renamedAt(records []strategies.Record, at, id int, name string) []strategies.Record {
	all := slices.Clone(records)
	if name != "" {
		all[at] = strategies.Renamed(all[at], []strategies.Identifier{{Kind: usernameKind, Value: name}})
		return all
	}
	all[at].Identifiers = slices.Delete(slices.Clone(all[at].Identifiers), id, id+1)
	all[at].Public = maps.Clone(all[at].Public)
	delete(all[at].Public, usernameKind)
	return all
}

// search adds the fields by which searches of accounts find a user, folded if their case does not
// matter.
func (u *User) search(into map[string]any) {
	d := u.Detailed()
	put := func(name, value string) {
		if value != "" {
			into[name] = value
		}
	}
	put(ExternalIDField, d.ExternalID)
	put(FirstNameField, Fold(d.FirstName))
	put(LastNameField, Fold(d.LastName))
	if d.FirstName != "" && d.LastName != "" {
		into[NameField] = Fold(d.FirstName + " " + d.LastName)
	}
	put(UsernameField, Fold(u.Username()))
	for i := range u.Contacts {
		c := &u.Contacts[i]
		into[c.Kind] = appendValue(into[c.Kind], Fold(c.Value))
		into[ContactField] = appendValue(into[ContactField], c.ID)
	}
	for _, at := range [...]struct {
		name string
		at   int64
	}{{UpdatedAtField, u.UpdatedAt}, {LastSignInField, u.LastSignInAt}, {LastActiveField, u.LastActiveAt}} {
		if at.at != 0 {
			into[at.name] = at.at
		}
	}
	if u.Banned() {
		into[BannedField] = true
	}
	if s := u.Standing; s.LockedAt != 0 {
		into[LockedUntilField] = cmp.Or(s.LockedUntil, ForGood)
	}
}

// The fields by which searches of accounts find users, besides those of credentials and kinds of
// contacts. Texts are folded, external ids are not; times are in epoch milliseconds.
const (
	ExternalIDField = "externalId"
	UsernameField   = "username"
	FirstNameField  = "firstName"
	LastNameField   = "lastName"
	// NameField is the first name, a space and the last name.
	NameField = "name"
	// ContactField lists the ids of contacts.
	ContactField    = "contact"
	UpdatedAtField  = "updatedAt"
	LastSignInField = "lastSignInAt"
	LastActiveField = "lastActiveAt"
	// BannedField exists for banned users.
	BannedField = "banned"
	// LockedUntilField exists for users who are or were locked. It is the end of the lock,
	// [ForGood] for one without end.
	LockedUntilField = "lockedUntil"
	// StrategiesField lists the strategies of credentials, except those of passwords, with which
	// the password's class begins. FactorsField lists the strategies with which the user can prove
	// a second factor.
	StrategiesField = "strategies"
	FactorsField    = "factors"
)

// ForGood stands for the end of a lock without one, in epoch milliseconds.
const ForGood int64 = 1<<53 - 1
