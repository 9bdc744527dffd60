package logins

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The faults of this package. Those with Kuzzle's ids have Kuzzle's codes.
var (
	// ErrChallenge is the one error for every unusable challenge.
	ErrChallenge   = fault.Declare(0x400a0050, "security.login.challenge_unknown", 401, "This challenge is unknown, has expired, was used already or belongs to another client. Log in again from the start.")
	ErrUnknownKuid = fault.Declare(67305489, "plugin.strategy.unknown_kuid", 401, "%s")
)
