package imports_test

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
)

func loading(users map[string]any) imports.Securities {
	return imports.Securities{Users: users, OnExisting: imports.OverwriteExisting}
}

func loadable(name, password string, profileIDs ...any) map[string]any {
	return map[string]any{
		"content":     map[string]any{"profileIds": profileIDs},
		"credentials": map[string]any{"local": map[string]any{"username": name, "password": password}},
	}
}

// A refused load changes no user, not even those that it would have overwritten.
func TestRefusedLoadOverwritesNobody(t *testing.T) {
	tests := []struct {
		name  string
		users map[string]any
		want  *fault.Kind
	}{
		{"credentials that are not complete", map[string]any{
			"u1": map[string]any{"content": map[string]any{"profileIds": []any{"default"}}, "credentials": map[string]any{"local": map[string]any{"username": "jdoe"}}},
		}, local.ErrMissing},
		{"an unknown profile", map[string]any{"u1": loadable("jdoe", "secret-2", "nope")}, profiles.ErrProfileNotFound},
		{"a name that somebody else has", map[string]any{"u1": loadable("taken", "secret-2", "default")}, strategies.ErrTaken},
		{"one name for two", map[string]any{"u1": loadable("Twin", "secret-2", "default"), "u3": loadable("twin", "secret-2", "default")}, strategies.ErrTaken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := accountstest.New(t, nil)
			for id, name := range map[string]string{"u1": "jdoe", "u2": "taken"} {
				nu := accountstest.Person(name, "secret-1")
				nu.ID = id
				b.Create(t, nu)
			}
			accountstest.WantFault(t, b.Imports.Load(t.Context(), accountstest.Admin, loading(test.users)), test.want)
			if _, err := b.Login(t, "jdoe", "secret-1"); err != nil {
				t.Errorf("who was there before: %v", err)
			}
		})
	}
}

// The sessions and keys of an overwritten user are void.
func TestOverwriteEndsWhatWas(t *testing.T) {
	b := accountstest.New(t, nil)
	before := accountstest.Person("jdoe", "secret-1")
	before.ID = "u1"
	b.Create(t, before)
	session, err := b.Login(t, "jdoe", "secret-1")
	if err != nil {
		t.Fatal(err)
	}
	key, err := b.Keys.CreateKey(t.Context(), accountstest.Operator, sessions.NewKey{Kuid: "u1", Description: "d"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Imports.Load(t.Context(), accountstest.Admin, loading(map[string]any{"u1": loadable("jane", "secret-2", "default")})); err != nil {
		t.Fatal(err)
	}
	for _, tok := range []string{session, key.Token} {
		_, err := b.Sessions.Verify(t.Context(), tok)
		accountstest.WantFault(t, err, token.ErrInvalid)
	}
	if _, err := b.Login(t, "jdoe", "secret-1"); err == nil {
		t.Error("the old name and password log in")
	}
	if _, err := b.Login(t, "jane", "secret-2"); err != nil {
		t.Errorf("the new ones: %v", err)
	}
	if _, err := b.Credentials.Create(t.Context(), accountstest.Admin, accountstest.Person("jdoe", "secret-3")); err != nil {
		t.Errorf("the old name is not free: %v", err)
	}
}
