package logins

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What is refused here. Kuzzle's ids keep Kuzzle's codes.
var (
	// ErrChallenge says one thing of all challenges that count for nothing.
	ErrChallenge   = fault.Declare(0x400a0050, "security.login.challenge_unknown", 401, "This challenge is unknown, has expired, was used up or is another client's. Log in again from the start.")
	ErrUnknownKuid = fault.Declare(67305489, "plugin.strategy.unknown_kuid", 401, "%s")
)
