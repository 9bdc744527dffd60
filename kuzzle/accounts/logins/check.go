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

// Checks checks users' proofs for administrators; it opens no session. A lockout counts wrong
// proofs and locks the user. A right proof is never refused. It is safe for concurrent use.
type Checks struct{ ls *Logins }

// NewChecks returns Checks over the logins.
func NewChecks(ls *Logins) *Checks { return &Checks{ls} }

// Password checks a user's password, and renews the digest of a right one like a login. A wrong
// password is strategies.ErrRefused; a user without a password is strategies.ErrMissing.
func (c *Checks) Password(ctx context.Context, by users.Actor, kuid, password string, l *users.Lockouts) error {
	u, err := c.checked(ctx, by, kuid)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(u.Records, func(r strategies.Record) bool { return c.ls.Registry.Verifier(r.Strategy) != nil })
	if at < 0 {
		return strategies.ErrMissing.New(passwordFactor)
	}
	h := host{c.ls, u.Records[at].Strategy}
	found := strategies.Found{Kuid: kuid, Profiles: u.Profiles, Records: c.ls.Registry.RecordsFor(h.name, u.Records)}
	hashing := c.ls.attempts.HashingFor(ctx, by)
	verdict, err := h.VerifyPassword(hashing, found, true, strategies.Identifier{}, password)
	switch {
	case err != nil:
		return err
	case verdict == strategies.Wrong:
		return c.wrong(ctx, by, kuid, l)
	}
	l.Proved(ctx, by, u)
	if verdict == strategies.RightButRenew {
		c.renew(hashing, by, h, found, password)
	}
	return nil
}

// checked reads the user whose proof will be checked for a caller.
func (c *Checks) checked(ctx context.Context, by users.Actor, kuid string) (*users.User, error) {
	u, err := c.ls.users.Read(ctx, kuid)
	if err == nil {
		err = c.ls.containment.ForeseeUser(ctx, by, u)
	}
	if err != nil {
		return nil, err
	}
	return c.ls.credentials.AdoptFactors(ctx, u)
}

// wrong counts a wrong proof and returns the refusal.
func (c *Checks) wrong(ctx context.Context, by users.Actor, kuid string, l *users.Lockouts) error {
	if err := l.Failed(ctx, by, kuid); err != nil {
		c.ls.Log.WarnContext(ctx, "a wrong proof was not counted", "kuid", kuid, "cause", err)
	}
	return strategies.Refused()
}

// renew renews the digest of a right password. The result stands even if it fails: the next login
// tries again.
func (c *Checks) renew(ctx context.Context, by users.Actor, h host, found strategies.Found, password string) {
	out, err := h.Accept(ctx, found, strategies.RightButRenew, password)
	if err == nil {
		_, err = c.used(ctx, by, h.name, out)
	}
	if _, refused := fault.From(err); err != nil && !refused {
		c.ls.Log.WarnContext(ctx, "a renewed credential was not stored", "kuid", found.Kuid, "strategy", h.name, "cause", err)
	}
}

// used writes the records that a proof renews or uses up, whether or not the user may log in. The
// error is storage.ErrConflict if they changed since they were checked.
func (c *Checks) used(ctx context.Context, by users.Actor, strategy string, out strategies.Outcome) (*users.User, error) {
	var then *users.User
	err := c.ls.users.Change(ctx, by, out.Kuid, users.Edit{Retries: users.CredentialTries}, func(was *users.User) (*users.User, error) {
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
				old := c.ls.Registry.Replaced(records, put)
				if old == nil {
					return nil, storage.ErrConflict.New(out.Kuid)
				}
				put.UpdatedAt, put.UpdatedBy = old.UpdatedAt, old.UpdatedBy
			}
			records = c.ls.Registry.Put(records, put)
		}
		then = was.With(records)
		return then, nil
	})
	return then, err
}

// Factor checks a proof of a second factor, uses it up, and returns the strategy that accepted it.
// A wrong proof is strategies.ErrRefused; a user with none of the factors is strategies.ErrMissing.
func (c *Checks) Factor(ctx context.Context, by users.Actor, kuid string, names []string, in strategies.Credentials, l *users.Lockouts) (string, error) {
	hashing := c.ls.attempts.HashingFor(ctx, by)
	for try := 1; ; try++ {
		u, err := c.checked(ctx, by, kuid)
		if err != nil {
			return "", err
		}
		name, err := c.factor(hashing, by, u, names, in)
		switch {
		case err == nil:
			l.Proved(ctx, by, u)
			return name, nil
		case errors.Is(err, storage.ErrConflict) && try < spendTries:
			// As in spend.
		case errors.Is(err, storage.ErrConflict), errors.Is(err, strategies.ErrRefused):
			return "", c.wrong(ctx, by, kuid, l)
		default:
			return "", err
		}
	}
}

// factor returns the one of the factors that accepts a proof, which is used up.
func (c *Checks) factor(ctx context.Context, by users.Actor, u *users.User, names []string, in strategies.Credentials) (string, error) {
	enrolled := c.ls.Registry.FactorsOf(u.Records)
	var refused error = strategies.ErrMissing.New("second factor")
	for _, name := range names {
		if !slices.Contains(enrolled, name) {
			continue
		}
		found := strategies.Found{Kuid: u.Kuid, Profiles: u.Profiles, Records: c.ls.Registry.RecordsFor(name, u.Records)}
		out, err := c.ls.Registry.SecondFactor(name).Confirm(ctx, found, in)
		if err == nil && out.Kuid != u.Kuid {
			err = strategies.Refused()
		}
		if err == nil {
			_, err = c.used(ctx, by, name, out)
		}
		if !errors.Is(err, strategies.ErrRefused) {
			return name, err
		}
		refused = err
	}
	return "", refused
}
