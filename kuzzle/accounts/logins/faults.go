package logins

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What is refused here. Kuzzle's ids keep Kuzzle's codes.
var (
	ErrUnknownKuid = fault.Declare(67305489, "plugin.strategy.unknown_kuid", 401, "%s")
)
