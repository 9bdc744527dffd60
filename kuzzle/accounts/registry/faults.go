package registry

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What is refused here. Kuzzle's ids keep Kuzzle's codes.
var (
	ErrUnknownStrategy = fault.Declare(117571585, "security.credentials.unknown_strategy", 400, "There is no authentication strategy %q.")
)
