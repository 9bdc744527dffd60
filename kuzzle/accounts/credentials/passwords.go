package credentials

import (
	"slices"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies/local/strength"
)

// The limits for passwords of users whom service keys create or invite: the shortest in characters,
// and the longest in characters and in bytes.
const (
	MinPassword = 8
	MaxPassword = 72
)

// CheckPassword checks the password of a user whom a service key creates or invites; names are the
// user's names. The strategy that stores the password has its own rules besides. letLeaked allows
// leaked passwords.
//
// Faults: ErrPasswordShort, ErrPasswordLong, ErrPasswordBytes, ErrPasswordLeaked and
// ErrPasswordName.
func CheckPassword(password string, names []string, letLeaked bool) error {
	count := utf8.RuneCountInString(password)
	switch {
	case count < MinPassword:
		return ErrPasswordShort.New(MinPassword)
	case count > MaxPassword:
		return ErrPasswordLong.New(MaxPassword)
	case len(password) > MaxPassword:
		return ErrPasswordBytes.New(MaxPassword)
	case !letLeaked && strength.Common(password):
		return ErrPasswordLeaked.New()
	case slices.ContainsFunc(names, func(name string) bool { return users.Fold(name) == users.Fold(password) }):
		return ErrPasswordName.New()
	}
	return nil
}
