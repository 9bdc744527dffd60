package frontend

import (
	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// refusals are the faults of the domain with a meaning of their own for browsers.
var refusals = edge.Refusals{
	{From: signins.ErrNobody, To: edge.IdentifierNotFound, Param: "identifier"},
	{From: signins.ErrState, To: edge.StateInvalid},
	{From: signins.ErrStrategy, To: edge.StrategyInvalid},
	{From: signins.ErrOver, To: edge.VerificationExpired},
	{From: clients.ErrUnknown, To: edge.SignedOut},
	{From: token.ErrInvalid, To: edge.SignedOut},
	{From: users.ErrBanned, To: edge.UserBanned},
	{From: users.ErrLocked, To: edge.UserLocked},
	{From: users.ErrCompromised, To: edge.PasswordCompromised, Param: "password"},
}

// TooMany reports whether an error says that there were too many tries.
func TooMany(err error) bool { return Is(err, throttle.ErrTooManyLogins) }
