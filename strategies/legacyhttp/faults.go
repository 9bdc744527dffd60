package legacyhttp

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

var (
	// ErrUnavailable, with RetryAfter, means that the old system did not say whether a password is
	// right.
	ErrUnavailable = fault.Declare(0x40110001, "plugin.legacy-http.unavailable", http.StatusServiceUnavailable,
		"The system that knows this password cannot be asked right now. Try again in a moment.")
	// ErrAdministratorsOnly refuses users who set their own name in the old system: nothing proves
	// that the name is theirs, and they could guess passwords under it past that name's throttle.
	ErrAdministratorsOnly = fault.Declare(0x40110002, "plugin.legacy-http.administrators_only", http.StatusForbidden,
		"Only an administrator may set the name by which another system knows a user.")
)
