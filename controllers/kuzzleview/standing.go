package kuzzleview

import (
	"encoding/json"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Standing is the result of banning and locking, and of lifting both.
type Standing struct {
	ID     string `json:"_id"`
	Banned bool   `json:"banned"`
	Locked bool   `json:"locked"`
	users.Standing
}

// StandingOf is a user's at that time.
func StandingOf(u users.User, now time.Time) Standing {
	s := u.Standing.At(now)
	return Standing{ID: u.Kuid, Banned: s.BannedAt != 0, Locked: s.LockedAt != 0, Standing: s}
}

// ShownUser is a user that was read by somebody who sees whether the user is
// banned or locked at that time, and when the user logged in and was active last.
func ShownUser(u users.User, now time.Time) (Document, error) {
	d, s := User(u), u.Standing.At(now)
	d.LastSignInAt, d.LastActiveAt = u.LastSignInAt, u.LastActiveAt
	if s == (users.Standing{}) {
		return d, nil
	}
	var err error
	d.Standing, err = json.Marshal(s)
	return d, err
}

// SeesStanding tells whether the caller sees who is banned or locked: whoever may
// ban.
func SeesStanding(req *api.Request) bool { return MayManage(req, "banUser") }
