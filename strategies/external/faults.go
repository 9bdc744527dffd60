package external

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

var (
	// ErrAccount: the place in the list.
	ErrAccount = fault.Declare(0x40100001, "plugin.external.invalid_account", 400,
		`Account number %d is not "provider:id": a provider of a-z, 0-9, ".", "_" and "-", and an id of 1 to 255 bytes without control characters.`)
	// ErrTooMany: the field, how many there may be.
	ErrTooMany = fault.Declare(0x40100002, "plugin.external.too_many", 400, "There are too many values in %q: at most %d are kept.")
	// ErrEmpty tells that there is nothing to keep.
	ErrEmpty = fault.Declare(0x40100003, "plugin.external.empty", 400, `Give at least one of "accounts", "username", "email" and "phone".`)
	// ErrSelf tells that only administrators may do it.
	ErrSelf = fault.Declare(0x40100004, "plugin.external.not_proven", 403, "External accounts are linked by an administrator, since nothing here proves whose they are.")
)
