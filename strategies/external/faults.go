package external

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

var (
	// ErrAccount has the account's position in the list.
	ErrAccount = fault.Declare(0x40100001, "plugin.external.invalid_account", 400,
		`Account number %d is not "provider:id": a provider of a-z, 0-9, ".", "_" and "-", and an id of 1 to 255 bytes without control characters.`)
	// ErrTooMany has the field and its limit.
	ErrTooMany = fault.Declare(0x40100002, "plugin.external.too_many", 400, "There are too many values in %q: the limit is %d.")
	// ErrEmpty means that the credentials have no value.
	ErrEmpty = fault.Declare(0x40100003, "plugin.external.empty", 400, `Give at least one of "accounts", "username", "email" and "phone".`)
	// ErrSelf means that only administrators may set external accounts.
	ErrSelf = fault.Declare(0x40100004, "plugin.external.not_proven", 403, "Only an administrator may link external accounts, since nothing here proves their owner.")
)
