package backend

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// Refusals of the gate.
var (
	ErrFailsafe      = fault.Declare(117637123, "security.rights.failsafe_mode_admin_only", 403, "The server is in failsafe mode: only administrators may call it.")
	ErrForeignCookie = fault.Declare(0x400b0001, "security.cookie.untrusted_origin", 401, "The cookie was not accepted: it counts only for pages of the server itself or of an origin listed in http.accessControlAllowOrigin.")
)
