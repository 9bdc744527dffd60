package imports

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// The parts of a user for [Row.Removes].
const (
	ContentPart     = "content"
	PrivatePart     = "private"
	FactorsPart     = "factors"
	CredentialsPart = "credentials"
	ContactsPart    = "accountContacts"
	DetailsPart     = "accountDetails"
)

// checkRemoves refuses unknown parts.
func (r *Row) checkRemoves() error {
	for _, name := range r.Removes {
		part, member, dotted := strings.Cut(name, ".")
		switch part {
		case ContentPart, PrivatePart, FactorsPart, CredentialsPart, ContactsPart, DetailsPart:
			if !dotted || member != "" {
				continue
			}
		}
		return assert.InvalidArgument.New("removes", `names such as "content.name", "private.name", "factors.name", "credentials.strategy.field", "accountContacts.kind" and "accountDetails.name"`)
	}
	return nil
}

// removed is a member of a part, without the part's name.
type removed string

// strategy returns the strategy of a removed member of the credentials; credentials returns nil for
// all credentials, or credentials with one field nil.
func (m removed) strategy() string {
	name, _, _ := strings.Cut(string(m), ".")
	return name
}

func (m removed) credentials() any {
	if _, field, dotted := strings.Cut(string(m), "."); dotted {
		return map[string]any{field: nil}
	}
	return nil
}

// removes returns the members of a part that the row removes, and whether it removes the whole
// part.
func (r *Row) removes(part string) (members []removed, all bool) {
	for _, name := range r.Removes {
		of, member, dotted := strings.Cut(name, ".")
		switch {
		case of != part:
		case dotted:
			members = append(members, removed(member))
		default:
			all = true
		}
	}
	return members, all
}

// patch returns a row's changes to a part of an existing user, and whether the row removes the
// former part.
func (r *Row) patch(part string, given map[string]any) (patch map[string]any, all bool) {
	members, all := r.removes(part)
	patch = make(map[string]any, len(given)+len(members))
	for _, member := range members {
		patch[string(member)] = nil
	}
	maps.Copy(patch, given)
	return patch, all
}

// contentPatch returns a row's changes to a stored content, and the content to which they apply.
// Profiles stay.
func (r *Row) contentPatch(stored json.RawMessage) (left json.RawMessage, patch map[string]any, err error) {
	patch, all := r.patch(ContentPart, r.Content)
	delete(patch, users.ProfilesKey)
	if !all {
		return stored, patch, nil
	}
	profileIDs, err := plainjson.Get(stored, users.ProfilesKey)
	if err != nil || profileIDs == nil {
		return json.RawMessage("{}"), patch, err
	}
	left, err = users.AppendMember([]byte{'{'}, users.ProfilesKey, profileIDs)
	return append(left, '}'), patch, err
}

func (r *Row) changesCredentials() bool {
	members, all := r.removes(CredentialsPart)
	return len(r.Credentials)+len(members) > 0 || all || r.changesContacts()
}

func (r *Row) changesContacts() bool {
	members, all := r.removes(ContactsPart)
	return len(r.Contacts)+len(r.Addresses)+len(members) > 0 || all
}
