package legacyhttp

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

var (
	// ErrUnavailable is answered, with RetryAfter, when the old system did not
	// say whether a password is right.
	ErrUnavailable = fault.Declare(0x40110001, "plugin.legacy-http.unavailable", http.StatusServiceUnavailable,
		"The system that knows this password cannot be asked right now. Try again in a moment.")
	// ErrAdministratorsOnly: nothing shows that another name there is the user's
	// own, and passwords could be guessed under it beside its own throttle.
	ErrAdministratorsOnly = fault.Declare(0x40110002, "plugin.legacy-http.administrators_only", http.StatusForbidden,
		"Only an administrator may say by what name another system knows a user.")
)
