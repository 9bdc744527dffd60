package mapping

import "github.com/gokuzzle/kuzzle/kuzzle/storage"

// listed are the members of a user's account by which lists of users are ordered, in
// an index of their own on the embedded store: a page costs the same however many
// users there are, and whichever of them have the member. Each has values of one
// kind; values of another have no place in the order. A user who has none of these
// members costs nothing for it.
//
// An index remembers which members a user has not by their places here. So a further
// member comes last, with an upgrade that goes over the users that are there.
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

// Listed lists the keys by which lists of a collection are ordered.
func Listed(of storage.Collection) []Key {
	if of != storage.Users {
		return nil
	}
	return listed
}

// ListedPath is the key of an account path by which lists of a collection are
// ordered.
func ListedPath(of storage.Collection, path string) (key Key, is bool) {
	for _, key := range Listed(of) {
		if key.Path == path {
			return key, true
		}
	}
	return key, false
}
