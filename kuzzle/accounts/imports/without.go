package imports

import (
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Without is the row of a user without an address of a kind (email, phone) that is somebody
// else's, or without all of the kind for "": they stay as contacts that are not verified, and
// nobody logs in by them. Those that are none at all, as unfit says, are no contacts either. ok is
// false where the row has no other name, and where its user is known by such an address.
func (r Row) Without(kind, address string, unfit bool) (less Row, ok bool) {
	is := func(value any) bool { return address == "" || value == address }
	if r.Key.Kind == kind && is(r.Key.Value) {
		return r, false
	}
	less, had, named := r, false, false
	less.Credentials = maps.Clone(r.Credentials)
	for strategy, given := range less.Credentials {
		given, isObject := given.(map[string]any)
		if !isObject {
			continue
		}
		if left, removed := leaving(given[kind], is); removed {
			had, given = true, maps.Clone(given)
			if given[kind] = left; left == nil {
				delete(given, kind)
			}
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
		if a := &less.Addresses[i]; a.Kind == kind && is(a.Value) {
			had = had || a.Verified() || a.Reserved
			a.Verification, a.Primary, a.Reserved = nil, false, false
		}
	}
	if unfit {
		left := len(less.Addresses)
		less.Addresses = slices.DeleteFunc(less.Addresses, func(a users.Contact) bool { return a.Kind == kind && is(a.Value) })
		had = had || len(less.Addresses) < left
	}
	if verified := kind + "Verified"; r.Content[verified] != nil && is(r.Content[kind]) {
		less.Content = maps.Clone(r.Content)
		less.Content[verified] = false
	}
	return less, had && named
}

// leaving returns a field of credentials, a text or a list of texts, without some of its values.
// left is nil if none remains.
func leaving(field any, is func(value any) bool) (left any, removed bool) {
	list, several := field.([]any)
	if !several {
		return nil, field != nil && is(field)
	}
	kept := slices.DeleteFunc(slices.Clone(list), is)
	if len(kept) > 0 {
		left = kept
	}
	return left, len(kept) < len(list)
}

// LoginAddresses returns the addresses of a kind by which the row's user logs in.
func (r Row) LoginAddresses(kind string) (all []string) {
	for _, strategy := range slices.Sorted(maps.Keys(r.Credentials)) {
		given, _ := r.Credentials[strategy].(map[string]any)
		list, several := given[kind].([]any)
		if !several {
			list = []any{given[kind]}
		}
		for _, value := range list {
			if address, is := value.(string); is {
				all = append(all, address)
			}
		}
	}
	return all
}
