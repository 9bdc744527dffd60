package credentials

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The faults of this package. Those with Kuzzle's ids have Kuzzle's codes.
var (
	ErrOneFamily      = fault.Declare(0x400a0001, "security.credentials.one_password", 400, "%q and %q both set the user's password. Send one of them.")
	ErrAskedElsewhere = fault.Declare(0x400a0008, "security.credentials.asked_elsewhere", 403, "Only an administrator may choose another system that verifies a user's password.")
	ErrNamesHeld      = fault.Declare(0x400a0007, "security.credentials.names_held", 403, "Another system still verifies this password. Log in with it once, then change the names.")

	// The limits.
	ErrPasswordShort  = fault.Declare(0x400a00d0, "security.credentials.password_too_short", 400, "password: give at least %d characters.")
	ErrPasswordLong   = fault.Declare(0x400a00d1, "security.credentials.password_too_long", 400, "password: give at most %d characters.")
	ErrPasswordBytes  = fault.Declare(0x400a00d2, "security.credentials.password_too_large", 400, "password: give at most %d bytes.")
	ErrPasswordLeaked = fault.Declare(0x400a00d3, "security.credentials.password_leaked", 400, "password: this one is in a list of passwords that leaked. Choose another.")
	ErrPasswordName   = fault.Declare(0x400a00d4, "security.credentials.password_is_name", 400, "password: this is one of the user's names. Choose another.")
)
