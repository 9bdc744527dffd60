package registry

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The faults of this package. Those with Kuzzle's ids have Kuzzle's codes.
var (
	ErrUnknownStrategy = fault.Declare(117571585, "security.credentials.unknown_strategy", 400, "The authentication strategy %q does not exist.")
)
