package frontend

import (
	"context"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
)

// Names of the actions by which a user gets a second factor.
const (
	CreateTOTP  = "createMyTOTP"
	VerifyTOTP  = "verifyMyTOTP"
	CreateCodes = "createMyBackupCodes"
)

// Names of the actions that a pending session may call beside those.
const (
	GetMe         = "getMe"
	GetSession    = "getClientSession"
	TouchSession  = "touchSession"
	EndSession    = "endSession"
	RemoveSession = "removeSession"
	CreateToken   = "createSessionToken"
	VerifySession = "verifySession"
)

// whilePending are the actions of a session that has not proved the second factor which the user's profiles
// require: they show the user, get or prove a factor, or end the session. Its tokens say that it is pending.
var whilePending = []string{
	GetMe, CreateTOTP, VerifyTOTP, CreateCodes, GetSession, TouchSession, EndSession, RemoveSession, CreateToken,
	VerifySession, ProveFirstAgain, ProveSecondAgain,
}

// admitPending refuses other actions of such a session.
func (v *Visit) admitPending(ctx context.Context, live *clients.Live) error {
	if _, action := v.req.Route(); slices.Contains(whilePending, action) {
		return nil
	}
	lacks, err := v.door.Accounts.Sessions.LacksSecond(ctx, live.User, live.Factors)
	if err == nil && lacks {
		err = edge.SecondFactorMissing.New()
	}
	return err
}
