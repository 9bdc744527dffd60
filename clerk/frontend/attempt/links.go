package attempt

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signups"
)

// StoreSignIn stores a sign-in with the browser.
func (k Keeper) StoreSignIn(ctx context.Context, v *frontend.Visit, a *signins.Attempt) error {
	stored, err := json.Marshal(a)
	if err != nil {
		return err
	}
	proved := a.Status == signins.NeedsSecond || a.Status == signins.NeedsPassword
	return k.Store(ctx, v, Kept{SignIn: stored, Session: a.Session, Strategy: a.First, Proved: proved, ByLink: a.Sent != nil && a.Sent.Link})
}

// FollowSignIn goes on with a sign-in whose link was opened. It returns it unchanged if another request
// of the browser does that, and then this one is late.
func (k Keeper) FollowSignIn(ctx context.Context, v *frontend.Visit, a *signins.Attempt) (*signins.Attempt, error) {
	if err := k.Alone(ctx, v); err != nil {
		return nil, err
	}
	next, err := k.Accounts.SignIns.Follow(ctx, v.Actor(nil), *a, k.Lifetime())
	switch {
	case errors.Is(err, codes.ErrExpired):
		v.Late = true
		return a, nil
	case err == nil:
		err = k.StoreSignIn(ctx, v, next)
	}
	return next, frontend.Refused(err)
}

// StoreSignUp stores a sign-up with the browser.
func (k Keeper) StoreSignUp(ctx context.Context, v *frontend.Visit, a *signups.Attempt) error {
	stored, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return k.Store(ctx, v, Kept{SignUp: stored, Session: a.Session, Strategy: signups.Name, ByLink: a.ByLink})
}

// FinishSignUp completes a sign-up to which nothing is left.
func (k Keeper) FinishSignUp(ctx context.Context, v *frontend.Visit, a *signups.Attempt) (*signups.Attempt, error) {
	if err := k.Alone(ctx, v); err != nil {
		return nil, err
	}
	if err := k.Open(); err != nil {
		return nil, err
	}
	next, err := k.Accounts.SignUps.Finish(ctx, v.Actor(nil), *a, k.Lifetime())
	if err == nil {
		err = k.StoreSignUp(ctx, v, next)
	}
	return next, frontend.Refused(err)
}

// FollowSignUp goes on with a sign-up whose link was opened, like FollowSignIn. The page that waits for the
// link sees the address verified no sooner than all else that comes of it: it asks no more then.
func (k Keeper) FollowSignUp(ctx context.Context, v *frontend.Visit, a *signups.Attempt) (*signups.Attempt, error) {
	next, err := k.Accounts.SignUps.Follow(ctx, *a)
	if errors.Is(err, codes.ErrExpired) {
		v.Late = true
		return a, nil
	}
	if err != nil {
		return nil, frontend.Refused(err)
	}
	done, err := k.FinishSignUp(ctx, v, next)
	if err != nil {
		// The link is used up, whatever came of the rest.
		return nil, errors.Join(err, k.StoreSignUp(ctx, v, next))
	}
	return done, nil
}

// Open refuses sign-ups without an invitation where they need one.
func (k Keeper) Open() error {
	switch k.Users.Rules.Now().SignUp {
	case rules.Restricted:
		return edge.SignUpRestricted.New()
	case rules.Waitlist:
		return edge.SignUpWaitlist.New()
	}
	return nil
}
