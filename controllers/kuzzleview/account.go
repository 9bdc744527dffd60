package kuzzleview

import (
	"encoding/json"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// account has a user's names beside the content, in the form for clients.
type account struct {
	Username   string `json:"username,omitempty"`
	FirstName  string `json:"firstName,omitempty"`
	LastName   string `json:"lastName,omitempty"`
	ExternalID string `json:"externalId,omitempty"`
	// LoginNames are the names that the user can log in with.
	LoginNames []string `json:"loginNames"`
}

func accountOf(u users.User) account {
	d := u.Detailed()
	return account{Username: u.Username(), FirstName: d.FirstName, LastName: d.LastName, ExternalID: d.ExternalID, LoginNames: u.LoginNames()}
}

// Account has a user's names after a change. Version is the version of the user with all parts.
type Account struct {
	ID string `json:"_id"`
	account
	Version int64 `json:"_version"`
}

// AccountOf returns a user's names.
func AccountOf(u users.User) Account { return Account{u.Kuid, accountOf(u), u.Version} }

// WithAccount adds the version of the user, and the names if the caller may change them.
func (d *Document) WithAccount(req *api.Request, u users.User) (err error) {
	d.Version = u.Version
	if MayManage(req, "updateUserAccount") {
		d.Account, err = json.Marshal(accountOf(u))
	}
	return err
}
