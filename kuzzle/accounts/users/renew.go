package users

import (
	"bytes"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// AccountForm numbers what is kept of a user for searches: it grows with what is kept
// besides, and users who were written under an earlier one are written again.
const AccountForm = 1

// Renewed is the write that keeps of a stored user what searches ask for now, and whether
// anything is missing. Nothing else of the user changes, and nobody is told.
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
