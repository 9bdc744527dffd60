package attempts_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// TestActionsAreThrottled checks that a strategy's action allows no more guesses at a password than
// a login.
func TestActionsAreThrottled(t *testing.T) {
	b := accountstest.New(t, nil)
	b.Create(t, accountstest.Person("jdoe", "secret-1"))
	var host strategies.Host
	b.Use(t, "probe", func(_ json.RawMessage, h strategies.Host) (strategies.Strategy, error) {
		host = h
		return probe{}, nil
	})
	guess := strategies.Action{Run: func(ctx context.Context, _ strategies.Call) (any, error) {
		id := strategies.Identifier{Kind: "username", Value: "jdoe"}
		_, _, err := host.FindByIdentifier(ctx, id)
		if err == nil {
			err = strategies.Refused()
		}
		return nil, err
	}}
	refused := 0
	for range 20 {
		_, err := b.Logins.Act(t.Context(), users.Actor{Kuid: "-1", Addr: netip.MustParseAddr("192.0.2.1")}, guess, strategies.Call{})
		if errors.Is(err, throttle.ErrTooManyLogins) {
			refused++
		}
	}
	if free := throttle.Defaults().Pair.Free; refused < 20-free-1 {
		t.Errorf("%d of 20 guesses were refused, want all but %d", refused, free)
	}
}

// probe is a strategy that only exposes its host.
type probe struct{}

func (probe) Name() string { return "probe" }

func (probe) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, strategies.Refused()
}

func (probe) Authenticate(context.Context, strategies.Credentials) (strategies.Outcome, error) {
	return strategies.Outcome{}, strategies.Refused()
}

func (probe) Info(strategies.Record) strategies.Credentials { return nil }
