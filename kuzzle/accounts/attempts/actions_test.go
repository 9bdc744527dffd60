package attempts_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
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

// TestARefusedRightPasswordResetsNothing: a right password that is refused nevertheless, for example
// because it expired, does not reset the failures of its user.
func TestARefusedRightPasswordResetsNothing(t *testing.T) {
	b := accountstest.New(t, nil)
	kuid := b.Create(t, accountstest.Person("jdoe", "secret-1")).Kuid
	var host strategies.Host
	b.Use(t, "probe", func(_ json.RawMessage, h strategies.Host) (strategies.Strategy, error) {
		host = h
		return probe{}, nil
	})
	try := func(result func(ctx context.Context) error) error {
		action := strategies.Action{Run: func(ctx context.Context, _ strategies.Call) (any, error) {
			_, _, err := host.FindByIdentifier(ctx, strategies.Identifier{Kind: "username", Value: "jdoe"})
			if err == nil {
				err = result(ctx)
			}
			return nil, err
		}}
		_, err := b.Logins.Act(t.Context(), users.Actor{Kuid: "-1", Addr: netip.MustParseAddr("192.0.2.1")}, action, strategies.Call{})
		return err
	}
	wrong := func(context.Context) error { return strategies.Refused() }
	expired := func(ctx context.Context) error {
		attempts.Proof(ctx, kuid)
		return local.ErrExpiredPassword.New()
	}
	for range throttle.Defaults().Pair.Free - 1 {
		if err := try(wrong); !errors.Is(err, strategies.ErrRefused) {
			t.Fatalf("a wrong password: %v", err)
		}
	}
	if err := try(expired); !errors.Is(err, local.ErrExpiredPassword) {
		t.Fatalf("the expired one: %v", err)
	}
	for range 2 {
		if err := try(wrong); errors.Is(err, throttle.ErrTooManyLogins) {
			return
		}
	}
	t.Error("the failures before the expired password no longer count")
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
