package frontend

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Clerk's limits, for each address.
var (
	creations = throttle.Window{Limit: 5, Every: 10 * time.Second}
	proofs    = throttle.Window{Limit: 3, Every: 10 * time.Second}
	// navigations are of this server: each handshake stores what it hands over, and a ticket may be
	// guessed.
	navigations = throttle.Window{Limit: 100, Every: 10 * time.Second}
)

// RateEvery is the time over which the rateLimit of a user's profiles, a number for each second, holds for
// requests of browsers: a page sends many at once when it is loaded.
const RateEvery = 10 * time.Second

// limited are the actions with a limit.
var limited = map[string]throttle.Window{
	CreateClient: creations, CreateSignIn: creations, CreateSignUp: creations, AttemptFirstFactor: proofs, AttemptSecondFactor: proofs,
	AttemptVerification: proofs, ResetPassword: proofs, PrepareFirstFactor: creations, OpenLink: proofs, ProveFirstAgain: proofs, ProveSecondAgain: proofs,
	Handshake: navigations, AcceptTicket: navigations,
}

// Names of actions with a limit, of those that a browser with an unknown or a former token may call, and
// of the one that does not ask which browser it is.
const (
	GetClient           = "getClient"
	GetSignIn           = "getSignIn"
	GetSignUp           = "getSignUp"
	GetEnvironment      = "getEnvironment"
	CreateBrowser       = "createBrowser"
	CreateClient        = "createClient"
	Handshake           = "handshake"
	CreateSignIn        = "createSignIn"
	AttemptFirstFactor  = "attemptFirstFactor"
	AttemptSecondFactor = "attemptSecondFactor"
	PrepareFirstFactor  = "prepareFirstFactor"
	ResetPassword       = "resetPassword"
	CreateSignUp        = "createSignUp"
	AttemptVerification = "attemptVerification"
	OpenLink            = "openLink"
	AcceptTicket        = "acceptTicket"
	ProveFirstAgain     = "proveFirstFactorAgain"
	ProveSecondAgain    = "proveSecondFactorAgain"
)

// isVerify reports whether a request opens a link.
func isVerify(req *api.Request) bool {
	_, action := req.Route()
	return action == OpenLink
}

// limit counts a request.
func (d *door) limit(ctx context.Context, v *Visit) error {
	_, action := v.req.Route()
	window, ok := limited[action]
	if !ok {
		return nil
	}
	return v.Limit(ctx, action+":"+v.Actor(nil).Network(), window)
}

// Limit counts something that others pay for, by the one who does it.
func (v *Visit) Limit(ctx context.Context, by string, window throttle.Window) error {
	wait, err := v.door.Windows.Take(ctx, "clerk:"+by, window)
	if err == nil && wait > 0 {
		err = edge.TooManyRequests.New().RetryIn(wait)
	}
	return err
}
