package users

import (
	"bytes"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// AccountForm is the version of users' searchable data. A new version makes stored users of earlier
// versions be written again.
const AccountForm = 1

// Renewed returns the write that updates a stored user's searchable data, and whether it is needed.
// Nothing else of the user changes, and no event is published.
func Renewed(us *Users, kept storage.Document) (write storage.Change, needed bool, err error) {
	u, err := ReadUser(kept)
	if err != nil {
		return write, false, err
	}
	account, err := us.account(u)
	if err != nil || bytes.Equal(account, kept.Account) {
		return write, false, err
	}
	doc := kept
	doc.Account = account
	return storage.Change{In: storage.Users, ID: kept.ID, Put: &doc, If: kept.Rev, Restore: true}, true, nil
}
