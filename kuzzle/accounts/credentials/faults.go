package credentials

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What is refused here. Kuzzle's ids keep Kuzzle's codes.
var (
	ErrOneFamily      = fault.Declare(0x400a0001, "security.credentials.one_password", 400, "%q and %q both set the user's password. Send one of them.")
	ErrAskedElsewhere = fault.Declare(0x400a0008, "security.credentials.asked_elsewhere", 403, "Only an administrator may have another system asked for a user's password.")
	ErrNamesHeld      = fault.Declare(0x400a0007, "security.credentials.names_held", 403, "Another system still knows this password. Log in with it once, then change names.")
)
