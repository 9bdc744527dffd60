package users

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// The notes about a user's password. The user is told of all except the last. A login reports that
// one: it refuses the password until it is changed by a link, or for the user.
const (
	ChangeRecommended = "recommended"
	ChangeRequired    = "required"
	Compromised       = "compromised"
)

// ErrCompromised refuses a login with a right password that others may know.
var ErrCompromised = fault.Declare(0x400a0043, "security.user.password_compromised", 401,
	"Others may know this password. Ask for a link to choose another one.")

// CheckPasswordChange refuses a text that is neither a note nor "".
func CheckPasswordChange(said string) error {
	if all := []string{"", ChangeRecommended, ChangeRequired, Compromised}; !slices.Contains(all, said) {
		return assert.InvalidArgument.New("passwordChange", "one of "+strings.Join(all[1:], ", "))
	}
	return nil
}

// WithPasswordChange returns a user's next state with another note about the password. A new
// password removes the note.
func (u *User) WithPasswordChange(said string) *User {
	next := *u
	next.Version++
	next.PasswordChange, next.marked = said, true
	return &next
}

// choseAnother reports whether a user has another password than before. A renewed digest keeps the
// password's time, and a new name keeps the secret.
func choseAnother(reg *registry.Registry, was, next *User) bool {
	password := func(u *User) *strategies.Record {
		at := slices.IndexFunc(u.Records, func(r strategies.Record) bool { return reg.Verifier(r.Strategy) != nil })
		if at < 0 {
			return nil
		}
		return &u.Records[at]
	}
	before, after := password(was), password(next)
	if before == nil || after == nil {
		return true
	}
	return !before.UpdatedAt.Equal(after.UpdatedAt) && !bytes.Equal(before.Secret, after.Secret)
}
