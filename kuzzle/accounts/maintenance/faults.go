package maintenance

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The faults of this package. Those with Kuzzle's ids have Kuzzle's codes.
var (
	ErrLocked = fault.Declare(33685505, "api.process.action_locked", 412, "%s is running already. Wait for it to end.")
)
