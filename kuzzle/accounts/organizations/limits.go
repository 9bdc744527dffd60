package organizations

import "github.com/gokuzzle/kuzzle/kuzzle/accounts/users"

// creationLimit says whether a user may create organizations, and how many at most, 0
// for any number.
func creationLimit(*users.User) (may bool, most int) { return true, 0 }
