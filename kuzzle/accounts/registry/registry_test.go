package registry_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/strategies"
)

// plain is a strategy without optional interfaces.
type plain string

func (p plain) Name() string { return string(p) }

func (plain) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, strategies.Refused()
}

func (plain) Authenticate(context.Context, strategies.Credentials) (strategies.Outcome, error) {
	return strategies.Outcome{}, strategies.Refused()
}

func (plain) Info(strategies.Record) strategies.Credentials { return nil }

// password is a strategy of the password family.
type password struct{ plain }

func (password) VerifyPassword(context.Context, strategies.Record, string) (strategies.Verdict, error) {
	return strategies.Wrong, nil
}

func (password) Decoy() strategies.Record { return strategies.Record{} }

// made returns a registry of these strategies.
func made(t *testing.T, all ...strategies.Strategy) *registry.Registry {
	t.Helper()
	reg := registry.New()
	for _, strategy := range all {
		if err := reg.Add(strategy.Name(), strategy); err != nil {
			t.Fatal(err)
		}
	}
	return reg
}

// TestAdd checks that a strategy is found by its name, and that a name is used once.
func TestAdd(t *testing.T) {
	reg := made(t, plain("zeta"), password{"beta"}, password{"alpha"})
	for name, strategy := range map[string]strategies.Strategy{"zeta": plain("zeta"), "other": plain("mine")} {
		if err := reg.Add(name, strategy); err == nil {
			t.Errorf("%s was added as %s", strategy.Name(), name)
		}
	}
	if diff := cmp.Diff([]string{"alpha", "beta", "zeta"}, reg.Strategies()); diff != "" {
		t.Errorf("strategies (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"alpha", "beta"}, reg.Family()); diff != "" {
		t.Errorf("the password family (-want +got):\n%s", diff)
	}
	if err := reg.CheckStrategy("zeta"); err != nil {
		t.Error(err)
	}
	for _, unknown := range []string{"other", "mine", ""} {
		if err := reg.CheckStrategy(unknown); !errors.Is(err, registry.ErrUnknownStrategy) {
			t.Errorf("%q: got %v, want %s", unknown, err, registry.ErrUnknownStrategy.ID())
		}
	}
}

// TestRecordsOfTheFamily checks that strategies of the password family see and replace each other's
// records, and that other strategies see and replace only their own.
func TestRecordsOfTheFamily(t *testing.T) {
	reg := made(t, plain("zeta"), password{"beta"}, password{"alpha"})
	then, now := time.UnixMilli(1), time.UnixMilli(2)
	record := func(strategy, secret string, at time.Time) strategies.Record {
		return strategies.Record{Strategy: strategy, Secret: []byte(secret), CreatedAt: at, UpdatedAt: at}
	}
	named := func(records []strategies.Record) []string {
		var names []string
		for _, r := range records {
			names = append(names, r.Strategy+" "+string(r.Secret))
		}
		return names
	}
	records := []strategies.Record{record("zeta", "1", then), record("alpha", "2", then)}
	for strategy, want := range map[string][]string{"zeta": {"zeta 1"}, "alpha": {"alpha 2"}, "beta": {"alpha 2"}, "none": nil} {
		if diff := cmp.Diff(want, named(reg.RecordsFor(strategy, records))); diff != "" {
			t.Errorf("what %s sees (-want +got):\n%s", strategy, diff)
		}
	}
	renewed := reg.Put(slices.Clone(records), record("beta", "3", now))
	if diff := cmp.Diff([]string{"zeta 1", "beta 3"}, named(renewed)); diff != "" {
		t.Errorf("after a renewal (-want +got):\n%s", diff)
	}
	if got := renewed[1]; !got.CreatedAt.Equal(then) || !got.UpdatedAt.Equal(now) {
		t.Errorf("a record that replaces another was created at %v and updated at %v", got.CreatedAt, got.UpdatedAt)
	}
	alone := reg.Put([]strategies.Record{record("zeta", "1", then)}, record("beta", "3", now))
	if diff := cmp.Diff([]string{"zeta 1", "beta 3"}, named(alone)); diff != "" {
		t.Errorf("beside another strategy (-want +got):\n%s", diff)
	}
}

// TestShow checks that a strategy that shows no fields is shown with its user.
func TestShow(t *testing.T) {
	reg := made(t, plain("zeta"))
	if diff := cmp.Diff(map[string]any{"kuid": "jdoe"}, reg.Show(strategies.Record{Strategy: "zeta"}, "jdoe")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if fields, err := reg.CredentialFields("zeta"); err != nil || fields == nil || len(fields) > 0 {
		t.Errorf("fields: got %v, %v, want an empty list", fields, err)
	}
	if diff := cmp.Diff([]string{"email", "phone", "username"}, reg.Searchable("zeta")); diff != "" {
		t.Errorf("searchable (-want +got):\n%s", diff)
	}
}
