package kuzzleview

import (
	"encoding/json"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Standing is the result of banning, unbanning, locking and unlocking.
type Standing struct {
	ID     string `json:"_id"`
	Banned bool   `json:"banned"`
	Locked bool   `json:"locked"`
	users.Standing
}

// StandingOf returns a user's standing at a time.
func StandingOf(u users.User, now time.Time) Standing {
	s := u.Standing.At(now)
	return Standing{ID: u.Kuid, Banned: s.BannedAt != 0, Locked: s.LockedAt != 0, Standing: s}
}

// ShownUser returns a user for a reader who may see the standing: whether the user is banned or
// locked at that time, and the times of the last login and activity.
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

// SeesStanding reports whether the caller may see bans and locks; callers who may ban users may see
// them.
func SeesStanding(req *api.Request) bool { return MayManage(req, "banUser") }
