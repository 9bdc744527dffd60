package logins

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// CheckPassword judges a user's password for somebody who manages users; it opens no
// session. A right one is never refused, and its digest is renewed as by a login. A
// wrong one is strategies.ErrRefused and counts by the lockout; a user without a
// password is strategies.ErrMissing.
func (ls *Logins) CheckPassword(ctx context.Context, by users.Actor, kuid, password string, l users.Lockout) error {
	u, err := ls.checked(ctx, by, kuid)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(u.Records, func(r strategies.Record) bool { return ls.Registry.Verifier(r.Strategy) != nil })
	if at < 0 {
		return strategies.ErrMissing.New(passwordFactor)
	}
	h := host{ls, u.Records[at].Strategy}
	found := strategies.Found{Kuid: kuid, Profiles: u.Profiles, Records: ls.Registry.RecordsFor(h.name, u.Records)}
	hashing := ls.attempts.HashingFor(ctx, by)
	verdict, err := h.VerifyPassword(hashing, found, true, strategies.Identifier{}, password)
	switch {
	case err != nil:
		return err
	case verdict == strategies.Wrong:
		return ls.wrong(ctx, by, kuid, l)
	}
	ls.users.Proved(ctx, by, u)
	if verdict == strategies.RightButRenew {
		ls.renew(hashing, by, h, found, password)
	}
	return nil
}

// checked reads a user whose proof is to be judged for somebody.
func (ls *Logins) checked(ctx context.Context, by users.Actor, kuid string) (*users.User, error) {
	u, err := ls.users.Read(ctx, kuid)
	if err == nil {
		err = ls.containment.ForeseeUser(ctx, by, u)
	}
	if err != nil {
		return nil, err
	}
	return ls.credentials.AdoptFactors(ctx, u)
}

// wrong counts a wrong proof and returns the refusal.
func (ls *Logins) wrong(ctx context.Context, by users.Actor, kuid string, l users.Lockout) error {
	if err := ls.users.Failed(ctx, by, kuid, l); err != nil {
		ls.Log.WarnContext(ctx, "a wrong proof was not counted", "kuid", kuid, "cause", err)
	}
	return strategies.Refused()
}

// renew has the digest of a right password made anew. The answer stands without it:
// the next login tries again.
func (ls *Logins) renew(ctx context.Context, by users.Actor, h host, found strategies.Found, password string) {
	out, err := h.Accept(ctx, found, strategies.RightButRenew, password)
	if err == nil {
		_, err = ls.used(ctx, by, h.name, out)
	}
	if _, refused := fault.From(err); err != nil && !refused {
		ls.Log.WarnContext(ctx, "a renewed credential was not kept", "kuid", found.Kuid, "strategy", h.name, "cause", err)
	}
}

// used writes the records that a proof renews or uses up, whether or not the user is
// let in. It is a storage.ErrConflict where they changed since they were judged.
func (ls *Logins) used(ctx context.Context, by users.Actor, strategy string, out strategies.Outcome) (*users.User, error) {
	var then *users.User
	err := ls.users.Change(ctx, by, out.Kuid, users.Edit{Retries: users.CredentialTries}, func(was *users.User) (*users.User, error) {
		records := slices.Clone(was.Records)
		for _, drop := range out.Drop {
			if drop.Strategy == "" {
				drop.Strategy = strategy
			}
			if !slices.ContainsFunc(records, registry.AsRead(drop)) {
				return nil, storage.ErrConflict.New(out.Kuid)
			}
		}
		for _, put := range out.Put {
			if put.Strategy == "" {
				put.Strategy = strategy
			}
			if put.UpdatedAt.IsZero() {
				old := ls.Registry.PlaceOf(records, put)
				if old == nil {
					return nil, storage.ErrConflict.New(out.Kuid)
				}
				put.UpdatedAt, put.UpdatedBy = old.UpdatedAt, old.UpdatedBy
			}
			records = ls.Registry.Place(records, put)
		}
		then = was.With(records)
		return then, nil
	})
	return then, err
}

// CheckFactor judges a proof of a second factor for somebody who manages users, and
// returns the one of the strategies that took it; what it uses up is used up. A wrong
// proof is strategies.ErrRefused and counts by the lockout; a user with none of the
// factors is strategies.ErrMissing.
func (ls *Logins) CheckFactor(ctx context.Context, by users.Actor, kuid string, names []string, in strategies.Credentials, l users.Lockout) (string, error) {
	u, err := ls.checked(ctx, by, kuid)
	if err != nil {
		return "", err
	}
	hashing, enrolled := ls.attempts.HashingFor(ctx, by), ls.Registry.FactorsOf(u.Records)
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !slices.Contains(enrolled, name) })
	if len(names) == 0 {
		return "", strategies.ErrMissing.New("second factor")
	}
	for _, name := range names {
		found := strategies.Found{Kuid: kuid, Profiles: u.Profiles, Records: ls.Registry.RecordsFor(name, u.Records)}
		out, err := ls.Registry.SecondFactor(name).Confirm(hashing, found, in)
		if err == nil && out.Kuid == kuid {
			_, err = ls.used(ctx, by, name, out)
		}
		switch {
		case err == nil:
			ls.users.Proved(ctx, by, u)
			return name, nil
		case errors.Is(err, storage.ErrConflict):
			// Another request was quicker with the same proof.
			return "", ls.wrong(ctx, by, kuid, l)
		case !errors.Is(err, strategies.ErrRefused):
			return "", err
		}
	}
	return "", ls.wrong(ctx, by, kuid, l)
}
