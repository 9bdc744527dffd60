package signins

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// BeginOr is Begin for somebody who may have no account: whoever proves the address can sign up with it.
// A sign-up takes addresses of some kinds. An identifier that is no such address is as in Begin.
func (ss *SignIns) BeginOr(ctx context.Context, by users.Actor, identifier string, hidden bool, kinds ...string) (*Attempt, error) {
	a, err := ss.Begin(ctx, by, identifier, hidden)
	if err != nil && !errors.Is(err, ErrNobody) || identifier == "" {
		return a, err
	}
	ways, wrong := ss.hiddenWays(identifier)
	switch {
	case wrong != nil:
		return nil, wrong
	case len(ways) == 0 || !slices.Contains(kinds, ways[0].Kind):
		return a, err
	}
	a.OrSignUp = true
	return a, nil
}

// owns reports whether a user has the address of a way as a verified one by which the user may sign in. A user
// may have chosen it as a name only.
func (ss *SignIns) owns(ctx context.Context, kuid string, way *Way) (bool, error) {
	if kuid == "" {
		return false, nil
	}
	u, err := ss.users.Current(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return u.Entrance(way.Kind, way.To) != nil, nil
}

// Transfer begins a sign-in by the proof of a sign-up of somebody who has an account. It completes, or
// waits for a second factor. Faults: ErrOver for a proof that is too old, ErrNobody.
func (ss *SignIns) Transfer(ctx context.Context, by users.Actor, proof *codes.Proof, expiresIn any) (*Attempt, error) {
	if !proof.Holds(ss.Now()) {
		return nil, ErrOver.New()
	}
	a, err := ss.Begin(ctx, by, proof.To, true)
	if err != nil {
		return nil, err
	}
	a.First = proof.Way
	nobody := false
	next, err := ss.enter(ctx, by, *a, logins.Login{Strategy: proof.Way, ExpiresIn: expiresIn}, func(ctx context.Context) (strategies.Outcome, error) {
		found, ok, err := ss.logins.Host(proof.Way).FindByIdentifier(ctx, strategies.Identifier{Kind: users.UsernameField, Value: proof.To})
		if err == nil && ok {
			ok, err = ss.owns(ctx, found.Kuid, &Way{Kind: proof.Kind, To: proof.To})
		}
		if nobody = err == nil && !ok; nobody {
			err = strategies.Refused()
		}
		return strategies.Outcome{Kuid: found.Kuid, Factor: proof.Way}, err
	})
	if nobody && errors.Is(err, strategies.ErrRefused) {
		err = ErrNobody.New()
	}
	return next, err
}
