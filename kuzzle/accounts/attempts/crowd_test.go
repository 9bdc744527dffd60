package attempts_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// TestCrowdIsRefusedBeforeReading checks that a login for which the hash pool has no slot reads
// nothing from the store, and does not count as a failure.
func TestCrowdIsRefusedBeforeReading(t *testing.T) {
	pool := digest.NewPool(digest.Limits{Workers: 1, Waiting: 1})
	b, store := accountstest.NewAsked(t, func(o *accounts.Options) { o.Pool = pool })
	b.Create(t, accountstest.Person("jdoe", "correct horse"))
	place, err := pool.Keep(digest.Source{})
	if err != nil {
		t.Fatal(err)
	}
	store.Taken()
	for range 100 {
		if _, err := b.Login(t, "jdoe", "correct horse"); !errors.Is(err, digest.ErrPoolFull) {
			t.Fatalf("got %v, want %v", err, digest.ErrPoolFull)
		}
	}
	if got := store.Taken(); len(got) > 0 {
		t.Errorf("the store was asked for %q", got)
	}
	place.Leave()
	if _, err := b.Login(t, "jdoe", "correct horse"); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
}

// breaking is a strategy of the password family that panics during a login.
type breaking struct{ host strategies.Host }

func (breaking) Name() string { return "breaking" }

func (breaking) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, errors.New("no credentials of its own")
}

func (breaking) Info(strategies.Record) strategies.Credentials { return strategies.Credentials{} }

func (breaking) VerifyPassword(context.Context, strategies.Record, string) (strategies.Verdict, error) {
	return strategies.Wrong, nil
}

func (breaking) Decoy() strategies.Record { return strategies.Record{Strategy: "breaking"} }

func (s breaking) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	_, _, err := s.host.FindByIdentifier(ctx, strategies.Identifier{Kind: "username", Value: in["username"].(string)})
	if err != nil {
		return strategies.Outcome{}, err
	}
	panic("it breaks down")
}

// TestBrokenStrategyHoldsNothing checks that everything a login holds is released after its
// strategy panicked.
func TestBrokenStrategyHoldsNothing(t *testing.T) {
	b := accountstest.New(t, func(o *accounts.Options) { o.Pool = digest.NewPool(digest.Limits{Workers: 1, Waiting: 1}) })
	b.Use(t, "breaking", func(_ json.RawMessage, host strategies.Host) (strategies.Strategy, error) { return breaking{host}, nil })
	b.Create(t, accountstest.Person("jdoe", "correct horse"))
	for range 100 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the strategy did not break down")
				}
			}()
			_, _, err := b.Logins.Login(t.Context(), users.Actor{}, logins.Login{Strategy: "breaking", Credentials: map[string]any{"username": "jdoe"}})
			t.Errorf("got %v, want a panic", err)
		}()
	}
	if _, err := b.Login(t, "jdoe", "correct horse"); err != nil {
		t.Errorf("the next login: %v", err)
	}
}
