package local

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

const plugin = "plugin.kuzzle-plugin-auth-passport-local."

// The errors that Kuzzle's plugin also has, with its ids and codes.
var (
	ErrExpiredPassword = fault.Declare(67108865, plugin+"expired_password", http.StatusUnauthorized,
		"The password has expired: replace it before the next login.")
	ErrExpiredToken = fault.Declare(67108866, plugin+"expired_token", http.StatusUnauthorized,
		"The reset token has expired: ask for a new one.")
	ErrInvalidToken = fault.Declare(67108867, plugin+"invalid_token", http.StatusBadRequest,
		"The reset token is unknown or was used already: ask for a new one.")
	ErrLoginInPassword = fault.Declare(67108868, plugin+"login_in_password", http.StatusBadRequest,
		"The password contains the username: choose one that does not.")
	ErrMustChange = fault.Declare(67108869, plugin+"must_change_password", http.StatusUnauthorized,
		"The password was set by somebody else: replace it before the first login.")
	ErrReused = fault.Declare(67108870, plugin+"reused_password", http.StatusBadRequest,
		"The password was used before: choose a new one.")
	ErrWeak = fault.Declare(67108871, plugin+"weak_password", http.StatusBadRequest,
		"The password does not match the required pattern: choose a stronger one.")
)

// The errors that have no id in Kuzzle's plugin; the statuses are the plugin's. Props: the field's
// name, then the expected value.
var (
	ErrMissing = fault.Declare(0x40050020, plugin+"missing_field", http.StatusBadRequest,
		`"%s" is missing: give a value that is not empty.`)
	ErrType = fault.Declare(0x40050021, plugin+"wrong_type", http.StatusBadRequest,
		`"%s" has the wrong type: give a string.`)
	ErrTooLong = fault.Declare(0x40050022, plugin+"too_long", http.StatusBadRequest,
		`"%s" is too long: give at most %d bytes.`)
	ErrForbidden = fault.Declare(0x40050023, plugin+"forbidden_field", http.StatusBadRequest,
		`"%s" cannot be changed: leave it out.`)
	ErrUnknownField = fault.Declare(0x40050024, plugin+"unknown_field", http.StatusBadRequest,
		`"%s" is not known: use one of %v.`)
	ErrWrongCurrent = fault.Declare(0x40050025, plugin+"wrong_current_password", http.StatusForbidden,
		`"currentPassword" is wrong: give the password that you log in with.`)
	ErrUnknownUser = fault.Declare(0x40050026, plugin+"unknown_user", http.StatusBadRequest,
		`"_id" is not a user with a password: give the id of one.`)
	ErrCommon = fault.Declare(0x40050027, plugin+"common_password", http.StatusBadRequest,
		"The password is one of the most common ones: choose another.")
	ErrGuessable = fault.Declare(0x40050028, plugin+"guessable_password", http.StatusBadRequest,
		"The password is easy to guess: choose a longer or less usual one.")
	ErrNothingGiven = fault.Declare(0x40050029, plugin+"nothing_given", http.StatusBadRequest,
		`"%s" and "%s" are both missing: give at least one of them.`)
	ErrOneName = fault.Declare(0x4005002b, plugin+"one_name", http.StatusBadRequest,
		`"%s" and "%s" are both given: send one of them.`)
	ErrTooShort = fault.Declare(0x4005002a, plugin+"too_short", http.StatusBadRequest,
		`"%s" is too short: give at least %d characters.`)
	ErrIsDigest = fault.Declare(0x4005002e, plugin+"password_is_digest", http.StatusBadRequest,
		`"%s" is a digest, not a password, and whoever has seen it could log in with it: give it to the strategy digest-import as "passwordDigest".`)
	ErrBreached = fault.Declare(0x4005002d, plugin+"breached_password", http.StatusBadRequest,
		"The password is in a list of leaked passwords: choose another.")
	ErrForbiddenWord = fault.Declare(0x4005002c, plugin+"forbidden_word", http.StatusBadRequest,
		"The password contains a word that belongs to this application: choose one without it.")
)
