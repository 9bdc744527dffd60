package logins

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Prove has the caller prove a factor again, or a further one, and notes it in the
// caller's session. What is wrong counts as a failed login does.
func (ls *Logins) Prove(ctx context.Context, by users.Actor, strategy string, in map[string]any) error {
	if err := ls.Registry.CheckStrategy(strategy); err != nil {
		return err
	}
	attempted, at := attempts.WithAttempt(ctx, by)
	defer at.End()
	factor, err := ls.proof(attempted, by, strategy, in)
	if err = at.Settle(ctx, err, true); err != nil {
		if !users.ShutOut(err) { // of whom listeners were told
			ls.refused(ctx, by, strategy, at, err)
		}
		return err
	}
	return ls.sessions.Prove(ctx, by, factor)
}

// proof judges what the caller proves, and returns the factor that it is.
func (ls *Logins) proof(ctx context.Context, by users.Actor, strategy string, in map[string]any) (string, error) {
	out, err := ls.judge(ctx, by, strategy, in)
	if err != nil {
		return "", err
	}
	if out.Next != nil || out.Kuid != by.Kuid {
		return "", strategies.Refused()
	}
	_, err = ls.keep(ctx, by, strategy, out)
	if errors.Is(err, storage.ErrConflict) {
		return "", strategies.Refused()
	}
	if ls.Registry.SecondFactor(strategy) != nil {
		return strategy, err
	}
	for name := range ls.proved(strategy, out) {
		strategy = name
	}
	return strategy, err
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
