package logins

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Prove proves a factor of the caller again, or a further one, and records it in the caller's
// session. A wrong proof counts like a failed login.
func (ls *Logins) Prove(ctx context.Context, by users.Actor, strategy string, in map[string]any) error {
	if err := ls.Registry.CheckStrategy(strategy); err != nil {
		return err
	}
	if _, only := ls.Registry.Strategy(strategy).(strategies.LoginOnly); only {
		return strategies.Refused()
	}
	// Check before the proof, which may be used up by its check.
	if err := ls.sessions.MayProve(by); err != nil {
		return err
	}
	attempted, at := attempts.WithAttempt(ctx, by)
	defer at.End()
	confirm := func() (e entrant, out strategies.Outcome, err error) {
		out, err = ls.judge(attempted, by, strategy, in)
		if err == nil && (out.Next != nil || out.Kuid != by.Kuid) {
			err = strategies.Refused()
		}
		if err == nil {
			e, err = ls.entering(attempted, out)
		}
		return e, out, err
	}
	e, out, err := confirm()
	if err == nil {
		attempts.Proof(attempted, by.Kuid)
	}
	// Like the login of a user who is asked for a second factor, a proof of the first factor alone is
	// no success: otherwise it would reset the failures of guesses at the second.
	half := len(e.asked) > 0 && ls.Registry.SecondFactor(strategy) == nil
	if err = at.Settle(ctx, err, !half && at.Is(by.Kuid)); err == nil {
		_, err = ls.spend(attempted, by, strategy, e, out, confirm)
	}
	if err != nil {
		ls.refused(ctx, by, strategy, at, err)
		return err
	}
	return ls.sessions.Prove(ctx, by, ls.factorOf(strategy, out))
}

// factorOf returns the factor that a caller proved.
func (ls *Logins) factorOf(strategy string, out strategies.Outcome) string {
	if ls.Registry.SecondFactor(strategy) != nil {
		return strategy
	}
	for name := range ls.proved(strategy, out) {
		strategy = name
	}
	return strategy
}

func (ls *Logins) judge(ctx context.Context, by users.Actor, strategy string, in map[string]any) (strategies.Outcome, error) {
	factor := ls.Registry.SecondFactor(strategy)
	if factor == nil {
		return ls.Registry.Strategy(strategy).Authenticate(ctx, in)
	}
	found, ok, err := ls.Host(strategy).Find(ctx, by.Kuid)
	if err == nil && !ok {
		err = strategies.Refused()
	}
	if err != nil {
		return strategies.Outcome{}, err
	}
	return factor.Confirm(ctx, found, in)
}
