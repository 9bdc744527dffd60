package mapping

import "github.com/gokuzzle/kuzzle/kuzzle/storage"

// listed are the members of a user's account by which lists of users are ordered.
// The embedded store has an index of its own for them: a page has the same cost for
// any number of users, and for any distribution of the member. Each member has
// values of one kind; values of another kind have no place in the order. A user
// without these members costs nothing here.
//
// The index records the members that a user lacks by their positions in this list.
// So a further member must come last, with an upgrade that processes the existing
// users.
var listed = []Key{
	{Area: Account, Path: "createdAt", Kind: Double},
	{Area: Account, Path: "updatedAt", Kind: Double},
	{Area: Account, Path: "lastSignInAt", Kind: Double},
	{Area: Account, Path: "lastActiveAt", Kind: Double},
	{Area: Account, Path: "username", Kind: Keyword},
	{Area: Account, Path: "firstName", Kind: Keyword},
	{Area: Account, Path: "lastName", Kind: Keyword},
	{Area: Account, Path: "email", Kind: Keyword},
	{Area: Account, Path: "phone", Kind: Keyword},
	{Area: Account, Path: "wallet", Kind: Keyword},
}

// Listed returns the keys by which lists of a collection are ordered.
func Listed(of storage.Collection) []Key {
	if of != storage.Users {
		return nil
	}
	return listed
}

// ListedPath returns the key of an account path by which lists of a collection are
// ordered.
func ListedPath(of storage.Collection, path string) (key Key, is bool) {
	for _, key := range Listed(of) {
		if key.Path == path {
			return key, true
		}
	}
	return key, false
}
