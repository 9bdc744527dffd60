package imports

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// The parts of a user that [Row.Removes] names.
const (
	ContentPart     = "content"
	PrivatePart     = "private"
	FactorsPart     = "factors"
	CredentialsPart = "credentials"
	ContactsPart    = "accountContacts"
	DetailsPart     = "accountDetails"
)

// checkRemoves refuses names of no part.
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

// strategy and credentials are those that a member of the credentials stands for:
// all of them are nil, one of their fields is.
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

// removes are the members of a part that the row removes, and whether it removes
// all of them.
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

// patch is what a row changes of a part of a user who is here, and whether it
// removes what was there before.
func (r *Row) patch(part string, given map[string]any) (patch map[string]any, all bool) {
	members, all := r.removes(part)
	patch = make(map[string]any, len(given)+len(members))
	for _, member := range members {
		patch[string(member)] = nil
	}
	maps.Copy(patch, given)
	return patch, all
}

// contentPatch is what a row changes of a stored content, and what is left of that
// to change. Profiles stay.
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
