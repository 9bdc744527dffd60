package frontend

import (
	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/admission"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signups"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// refusals are the faults of the domain with a meaning of their own for browsers.
var refusals = edge.Refusals{
	{From: signins.ErrNobody, To: edge.IdentifierNotFound, Param: "identifier"},
	{From: signins.ErrState, To: edge.StateInvalid},
	{From: signins.ErrStrategy, To: edge.StrategyInvalid},
	{From: signins.ErrOver, To: edge.VerificationExpired},
	{From: clients.ErrUnknown, To: edge.SignedOut},
	{From: token.ErrInvalid, To: edge.SignedOut},
	{From: sessions.ErrFactorRequired, To: edge.ReverificationNeeded},
	{From: users.ErrBanned, To: edge.UserBanned},
	{From: users.ErrLocked, To: edge.UserLocked},
	{From: codes.ErrCode, To: edge.CodeIncorrect, Param: "code"},
	{From: codes.ErrExpired, To: edge.VerificationNotSent},
	{From: codes.ErrTried, To: edge.VerificationFailed},
	{From: signups.ErrState, To: edge.StateInvalid},
	{From: signups.ErrOver, To: edge.VerificationExpired},
	{From: signups.ErrProved, To: edge.AlreadyVerified},
	{From: admission.ErrRefused, To: edge.NotAllowedAccess},
	{From: strategies.ErrTicketUsed, To: edge.TicketUsed},
	{From: strategies.ErrTicketRevoked, To: edge.TicketRevoked},
	{From: strategies.ErrTicketExpired, To: edge.TicketExpired},
	{From: strategies.ErrNotifyOff, To: edge.StrategyInvalid},
	{From: credentials.ErrPasswordShort, To: edge.PasswordTooShort, Param: "password"},
	{From: credentials.ErrPasswordLong, To: edge.PasswordTooLong, Param: "password"},
	{From: credentials.ErrPasswordBytes, To: edge.PasswordTooManyBytes, Param: "password"},
	{From: credentials.ErrPasswordLeaked, To: edge.PasswordPwned, Param: "password"},
	{From: credentials.ErrPasswordName, To: edge.PasswordMatchesName, Param: "password"},
	{From: users.ErrCompromised, To: edge.PasswordCompromised, Param: "password"},
}
