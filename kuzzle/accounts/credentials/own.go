package credentials

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// EditOwn is Edit for users who change themselves. A change of the name, of a primary contact or of
// credentials needs a fresh proof of the session, and the name must be one that users may give
// themselves. username is the new name, nil if it stays; in.Details need not set it.
//
// Further faults: those of [Credentials.CheckOwnFactors], ErrNamesHeld, admission.ErrRefused, a 429
// of the throttle.
func (es *Edits) EditOwn(ctx context.Context, by users.Actor, in Edit, username *string) (now users.User, err error) {
	cs := es.cs
	u, err := cs.users.Read(ctx, by.Kuid)
	if err != nil {
		return now, err
	}
	renamed := username != nil && *username != u.Username()
	if renamed {
		details := in.Details
		in.Details = func(d *users.Details) {
			if details != nil {
				details(d)
			}
			d.Username = *username
		}
	}
	if in.proved = renamed || in.RemovePassword || len(in.Primary)+len(in.Credentials)+len(in.Remove) > 0; !in.proved {
		return es.Edit(ctx, by, by.Kuid, in)
	}
	if err := cs.CheckOwnFactors(ctx, by, u); err != nil {
		return now, err
	}
	if renamed {
		err = es.mayName(ctx, by, u, *username)
	}
	if err != nil {
		return now, err
	}
	err = cs.attempts.AskingOwn(ctx, by, func() error {
		now, err = es.Edit(ctx, by, by.Kuid, in)
		return err
	})
	return now, err
}

// mayName refuses a name that a user may not take.
func (es *Edits) mayName(ctx context.Context, by users.Actor, u *users.User, name string) error {
	for _, r := range u.Records {
		if es.cs.Registry.AskedElsewhere(r) {
			return ErrNamesHeld.New()
		}
	}
	if name == "" {
		return nil
	}
	return es.cs.MayTake.Check(ctx, by, u.Records, strategies.Identifier{Kind: users.UsernameField, Value: name})
}
