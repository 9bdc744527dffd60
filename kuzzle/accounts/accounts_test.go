package accounts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

func TestCreateAndLogIn(t *testing.T) {
	b := newBench(t, nil)
	u := b.create(t, person("jdoe", "correct horse"))
	if u.Version != 1 || u.Kuid[:5] != "kuid-" {
		t.Errorf("created %+v", u)
	}
	tok, err := b.login(t, "JDoe", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	v, err := b.Sessions.Verify(t.Context(), tok)
	if err != nil || v.User.Kuid != u.Kuid {
		t.Errorf("the token is for %q (%v), want %q", v.User.Kuid, err, u.Kuid)
	}
	_, err = b.login(t, "jdoe", "wrong")
	wrong := err.Error()
	_, err = b.login(t, "nobody", "wrong")
	if got := err.Error(); got != wrong {
		t.Errorf("an unknown user is answered %q, a wrong password %q", got, wrong)
	}
}

func TestCreateRefused(t *testing.T) {
	b := newBench(t, nil)
	taken := person("jdoe", "secret-1")
	taken.ID = "u1"
	b.create(t, taken)
	tests := []struct {
		name   string
		change func(*credentials.NewUser)
		want   *fault.Kind
	}{
		{"the name is taken in another spelling", func(nu *credentials.NewUser) {
			nu.Credentials = map[string]any{"local": map[string]any{"username": "JDOE", "password": "x-secret"}}
		}, strategies.ErrTaken},
		{"the id exists", func(nu *credentials.NewUser) { nu.ID = "u1" }, users.ErrUserExists},
		{"an unknown strategy", func(nu *credentials.NewUser) { nu.Credentials["nope"] = map[string]any{} }, registry.ErrUnknownStrategy},
		{"no profile", func(nu *credentials.NewUser) { nu.Content["profileIds"] = []any{} }, users.ErrNoProfile},
		{"an unknown profile", func(nu *credentials.NewUser) { nu.Content["profileIds"] = []any{"nope"} }, profiles.ErrProfileNotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			nu := person("other", "secret-2")
			nu.ID = "u2"
			test.change(&nu)
			_, err := b.Credentials.Create(t.Context(), admin, nu)
			wantFault(t, err, test.want)
			if _, err := b.Users.User(t.Context(), "u2"); !errors.Is(err, users.ErrUserNotFound) {
				t.Errorf("the refused user is there: %v", err)
			}
		})
	}
	if _, err := b.Credentials.Create(t.Context(), admin, person("other", "secret-2")); err != nil {
		t.Errorf("a refused creation kept the name: %v", err)
	}
}

func TestDeletedUserIsGoneForGood(t *testing.T) {
	b := newBench(t, nil)
	first := person("jdoe", "secret-1")
	first.ID = "u1"
	b.create(t, first)
	tok, err := b.login(t, "jdoe", "secret-1")
	if err != nil {
		t.Fatal(err)
	}
	key, err := b.Keys.CreateKey(t.Context(), operator, sessions.NewKey{Kuid: "u1", Description: "d"})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{tok, key.Token} {
		if _, err := b.Sessions.Verify(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Users.Delete(t.Context(), admin, "u1", false); err != nil {
		t.Fatal(err)
	}
	b.create(t, first)
	for _, secret := range []string{tok, key.Token} {
		_, err := b.Sessions.Verify(t.Context(), secret)
		wantFault(t, err, token.ErrInvalid)
	}
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	b := newBench(t, nil)
	u := b.create(t, person("jdoe", "secret-1"))
	own, _ := b.login(t, "jdoe", "secret-1")
	other, _ := b.login(t, "jdoe", "secret-1")
	v, err := b.Sessions.Verify(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	by := users.Actor{Kuid: u.Kuid, SessionID: v.SessionID}
	if _, err := b.Credentials.UpdateCredentials(t.Context(), by, u.Kuid, "local", map[string]any{"password": "secret-2"}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Sessions.Verify(t.Context(), own); err != nil {
		t.Errorf("the session that changed the password ended: %v", err)
	}
	_, err = b.Sessions.Verify(t.Context(), other)
	wantFault(t, err, token.ErrInvalid)
	if _, err := b.login(t, "jdoe", "secret-2"); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestFirstAdminIsOne(t *testing.T) {
	b := newBench(t, nil)
	accountstest.OneOf(t, 8, users.ErrAdminExists, func(i int) error {
		nu := credentials.NewUser{Credentials: map[string]any{"local": map[string]any{"username": fmt.Sprint("a", i), "password": "secret-1"}}}
		_, err := b.Credentials.FirstAdmin(t.Context(), users.Actor{Kuid: "-1"}, nu, false)
		return err
	})
}

func TestConcurrentClaims(t *testing.T) {
	b := newBench(t, nil)
	accountstest.OneOf(t, 16, strategies.ErrTaken, func(int) error {
		_, err := b.Credentials.Create(t.Context(), admin, person("jdoe", "secret-1"))
		return err
	})
}

// TestActionsAreThrottled fixes that passwords cannot be guessed through an
// action of a strategy faster than through a login.
func TestActionsAreThrottled(t *testing.T) {
	b := newBench(t, nil)
	b.create(t, person("jdoe", "secret-1"))
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

// probe is a strategy that only wants its host.
type probe struct{}

func (probe) Name() string { return "probe" }
func (probe) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, strategies.Refused()
}
func (probe) Authenticate(context.Context, strategies.Credentials) (strategies.Outcome, error) {
	return strategies.Outcome{}, strategies.Refused()
}
func (probe) Info(strategies.Record) strategies.Credentials { return nil }

func TestReservedIDs(t *testing.T) {
	b := newBench(t, nil)
	for _, id := range []string{"-1", ".", "..", "anonymous", "a/b"} {
		nu := person("jdoe", "secret-1")
		nu.ID = id
		_, err := b.Credentials.Create(t.Context(), admin, nu)
		wantFault(t, err, assert.InvalidArgument)
	}
}

// Deleting what proves a user ends the user's other sessions, as changing it
// does: the caller's own goes on, and so do all where passwords change quietly.
func TestDeletedProofEndsSessions(t *testing.T) {
	for _, row := range []struct {
		name       string
		keep, self bool
		ended      []bool // the session that deletes, and another
	}{
		{"by an administrator", false, false, []bool{true, true}},
		{"by the user", false, true, []bool{false, true}},
		{"where tokens are kept", true, false, []bool{false, false}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBench(t, func(o *accounts.Options) { o.KeepTokensOnPasswordChange = row.keep })
			u := b.create(t, person("jdoe", "secret-1"))
			var tokens []string
			by := admin
			for range 2 {
				tok, err := b.login(t, "jdoe", "secret-1")
				if err != nil {
					t.Fatal(err)
				}
				tokens = append(tokens, tok)
			}
			if row.self {
				v, err := b.Sessions.Verify(t.Context(), tokens[0])
				if err != nil {
					t.Fatal(err)
				}
				by = users.Actor{Kuid: u.Kuid, SessionID: v.SessionID, Self: true}
			}
			if err := b.Credentials.DeleteCredentials(t.Context(), by, u.Kuid, "local", nil, false); err != nil {
				t.Fatal(err)
			}
			for i, tok := range tokens {
				if _, err := b.Sessions.Verify(t.Context(), tok); (err != nil) != row.ended[i] {
					t.Errorf("session %d: %v, want ended %v", i, err, row.ended[i])
				}
			}
		})
	}
}
