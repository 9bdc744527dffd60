package imports

import (
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Without is the row of a user whose addresses of a kind (email, phone) are somebody
// else's: they stay as contacts that are not verified, and nobody logs in by them. Those
// that are none at all, as unfit says, are no contacts either. ok is false where the row
// has no other name, and where its user is known by such an address.
func (r Row) Without(kind string, unfit bool) (less Row, ok bool) {
	if r.Key.Kind == kind {
		return r, false
	}
	less, had, named := r, false, false
	less.Credentials = maps.Clone(r.Credentials)
	for strategy, given := range less.Credentials {
		given, is := given.(map[string]any)
		if !is {
			continue
		}
		if given[kind] != nil {
			had, given = true, maps.Clone(given)
			delete(given, kind)
			less.Credentials[strategy] = given
		}
		has := slices.ContainsFunc([]string{"username", users.Email, users.Phone}, func(name string) bool { return given[name] != nil })
		switch named = named || has; {
		case strategy == externalStrategy && !has && given[externalAccounts] == nil:
			delete(less.Credentials, strategy)
		case strategy != externalStrategy && !has:
			return r, false
		}
	}
	less.Addresses = slices.Clone(r.Addresses)
	for i := range less.Addresses {
		if a := &less.Addresses[i]; a.Kind == kind {
			had = had || a.Verified() || a.Reserved
			a.Verification, a.Primary, a.Reserved = nil, false, false
		}
	}
	if unfit {
		left := len(less.Addresses)
		less.Addresses = slices.DeleteFunc(less.Addresses, func(a users.Contact) bool { return a.Kind == kind })
		had = had || len(less.Addresses) < left
	}
	if verified := kind + "Verified"; r.Content[verified] != nil {
		less.Content = maps.Clone(r.Content)
		less.Content[verified] = false
	}
	return less, had && named
}
