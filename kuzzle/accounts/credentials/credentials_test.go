package credentials_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// silent is a strategy that shows no fields.
type silent struct{}

func (silent) Name() string { return "silent" }

func (silent) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return silentDraft{}, nil
}

func (silent) Authenticate(context.Context, strategies.Credentials) (strategies.Outcome, error) {
	return strategies.Outcome{}, strategies.Refused()
}

func (silent) Info(strategies.Record) strategies.Credentials { return nil }

type silentDraft struct{}

func (silentDraft) Identifiers() []strategies.Identifier { return nil }

func (silentDraft) Seal(context.Context) (strategies.Record, error) {
	return strategies.Record{Secret: []byte("s")}, nil
}

// A strategy may show no fields.
func TestCredentialsThatShowNothing(t *testing.T) {
	b := accountstest.New(t, nil)
	b.Use(t, "silent", func(json.RawMessage, strategies.Host) (strategies.Strategy, error) { return silent{}, nil })
	b.Create(t, credentials.NewUser{ID: "u1", Content: map[string]any{"profileIds": []any{"default"}},
		Credentials: map[string]any{"silent": map[string]any{}}})
	shown, err := b.Credentials.UpdateCredentials(t.Context(), accountstest.Admin, "u1", "silent", map[string]any{}, false)
	if err != nil || shown["kuid"] != "u1" {
		t.Errorf("updated: got %v, %v", shown, err)
	}
	if shown, err = b.Credentials.Credentials(t.Context(), "u1", "silent"); err != nil || shown["kuid"] != "u1" {
		t.Errorf("read: got %v, %v", shown, err)
	}
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	b := accountstest.New(t, nil)
	u := b.Create(t, accountstest.Person("jdoe", "secret-1"))
	own, _ := b.Login(t, "jdoe", "secret-1")
	other, _ := b.Login(t, "jdoe", "secret-1")
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
	accountstest.WantFault(t, err, token.ErrInvalid)
	if _, err := b.Login(t, "jdoe", "secret-2"); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

// Deleting a proof ends the user's other sessions, like changing it does. The caller's session
// stays, and so do all sessions if the instance keeps them on a password change.
func TestDeletedProofEndsSessions(t *testing.T) {
	for _, row := range []struct {
		name       string
		keep, self bool
		ended      []bool // the session that deletes, and another one
	}{
		{"by an administrator", false, false, []bool{true, true}},
		{"by the user", false, true, []bool{false, true}},
		{"where tokens are kept", true, false, []bool{false, false}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := accountstest.New(t, func(o *accounts.Options) { o.KeepTokensOnPasswordChange = row.keep })
			u := b.Create(t, accountstest.Person("jdoe", "secret-1"))
			var tokens []string
			by := accountstest.Admin
			for range 2 {
				tok, err := b.Login(t, "jdoe", "secret-1")
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
