package accounts

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// subject describes a user to a strategy.
func (a *Accounts) subject(ctx context.Context, u *User, strategy string, by Actor, reason strategies.Reason) (strategies.Subject, error) {
	roles, err := a.Rights.RolesOf(ctx, u.Profiles)
	return strategies.Subject{
		Kuid: u.Kuid, Profiles: slices.Clone(u.Profiles), Roles: roles,
		Identifiers: u.identifiers(), Records: a.recordsFor(strategy, u.records),
		By: strategies.Actor{Kuid: by.Kuid, Self: by.Self && by.Kuid == u.Kuid}, Reason: reason,
	}, err
}

// recordsFor are the records a strategy may see: its own, and within the
// password family everybody's.
func (a *Accounts) recordsFor(strategy string, records []strategies.Record) []strategies.Record {
	var own []strategies.Record
	for _, r := range records {
		if r.Strategy == strategy || a.family[strategy] != nil && a.family[r.Strategy] != nil {
			own = append(own, r)
		}
	}
	return own
}

// holder finds the user who holds an identifier: two reads by id, and as many
// when nobody does. A claim counts only while its owner, in the same incarnation, lists it.
func (a *Accounts) holder(ctx context.Context, key string) (*User, error) {
	claim, err := a.Store.Owner(ctx, key)
	if errors.Is(err, storage.ErrNotFound) || err == nil && claim.Of != storage.Users {
		// Nobody, which must not be answered any sooner than that somebody is there.
		claim, err = storage.Claim{Owner: key}, nil
	}
	if err != nil {
		return nil, err
	}
	return a.confirmed(ctx, key, claim)
}

// confirmed answers the user who has a claim, nil when it is nobody's: not every
// store removes a claim together with what it was made for.
func (a *Accounts) confirmed(ctx context.Context, key string, claim storage.Claim) (*User, error) {
	u, err := a.fresh(ctx, claim.Owner)
	if errors.Is(err, ErrUserNotFound) {
		return nil, nil
	}
	if err != nil || u.incarnation != claim.Incarnation {
		return nil, err
	}
	held, err := u.claims(a.naming())
	if err != nil || !slices.Contains(held, key) {
		return nil, err
	}
	return u, nil
}

func (a *Accounts) found(ctx context.Context, u *User, strategy string) strategies.Found {
	noteJudged(ctx, u)
	return strategies.Found{Kuid: u.Kuid, Profiles: slices.Clone(u.Profiles), Records: a.recordsFor(strategy, u.records)}
}
