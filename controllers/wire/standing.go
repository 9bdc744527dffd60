package wire

import (
	"encoding/json"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Standing is the result of banning and locking, and of lifting both.
type Standing struct {
	ID     string `json:"_id"`
	Banned bool   `json:"banned"`
	Locked bool   `json:"locked"`
	users.Standing
}

// StandingOf is a user's.
func StandingOf(u users.User) Standing {
	return Standing{ID: u.Kuid, Banned: u.Banned(), Locked: u.Locked(), Standing: u.Standing}
}

// ShownUser is a user that was read by somebody who sees whether the user is
// banned or locked.
func ShownUser(u users.User) (Document, error) {
	d := User(u)
	if u.Standing == (users.Standing{}) {
		return d, nil
	}
	var err error
	d.Standing, err = json.Marshal(u.Standing)
	return d, err
}

// SeesStanding tells whether the caller sees who is banned or locked: whoever may
// ban.
func SeesStanding(req *api.Request) bool {
	compiled, asked := req.Caller.Rights.(*profiles.Compiled)
	return !asked || compiled.Allowed("security", "banUser", profiles.Target{})
}
