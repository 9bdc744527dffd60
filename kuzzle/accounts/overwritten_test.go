package accounts_test

import (
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// overwriting loads a user anew, with another password.
func overwriting(kuid string) imports.Securities {
	return imports.Securities{OnExisting: imports.OverwriteExisting, Users: map[string]any{kuid: map[string]any{
		"content":     map[string]any{"profileIds": []any{"default"}},
		"credentials": map[string]any{"local": map[string]any{"username": "jdoe", "password": "another correct horse"}},
	}}}
}

// TestOverwrittenUsersEndAtOnce: the commit that overwrites a user ends all that was made for the former
// one, even if the process is killed right after it, and whatever the settings keep. What is made for
// the new user is valid, and stays.
func TestOverwrittenUsersEndAtOnce(t *testing.T) {
	store := &accountstest.Dying{Left: 1 << 30}
	b := accountstest.New(t, func(o *accounts.Options) {
		store.Store = o.Store
		accountstest.Through(o, store)
		o.KeepKeysOnRevocation = true
	})
	jdoe := b.Create(t, accountstest.Person("jdoe", "correct horse"))
	account, err := b.Names.Naming().ClaimKey("local", strategies.Identifier{Kind: "username", Value: "jdoe"})
	if err != nil {
		t.Fatal(err)
	}
	everything := func(password string) map[string]func() error {
		t.Helper()
		tok, err := b.Login(t, "jdoe", password)
		if err != nil {
			t.Fatal(err)
		}
		key := sessions.NewKey{Kuid: jdoe.Kuid}
		by := b.CallerOf(t, tok)
		operators, own := b.MakeKey(t, accountstest.Operator, key), b.MakeKey(t, by, key)
		flow := flowFor(t, b, jdoe.Kuid, false)
		_, ticket, err := b.Tickets.SignIn(t.Context(), accountstest.Admin, tickets.NewSignIn{Kuid: jdoe.Kuid})
		if err != nil {
			t.Fatal(err)
		}
		verify := func(tok string) func() error {
			return func() error { _, err := b.Sessions.Verify(t.Context(), tok); return err }
		}
		return map[string]func() error{
			"the session": verify(tok), "the operator's key": verify(operators), "the user's key": verify(own),
			"the flow": func() error { return peek(t, b, flow) },
			"the device": func() error {
				if !b.Logins.KnowsDevice(t.Context(), throttle.Keys{Account: account, Device: by.SessionID}) {
					return token.ErrInvalid.New()
				}
				return nil
			},
			"the ticket": func() error {
				_, _, err := b.Tickets.Redeem(t.Context(), users.Actor{}, ticket, strategies.Newcomer{})
				return err
			},
		}
	}
	check := func(all map[string]func() error, when string, valid bool) {
		t.Helper()
		for name, ask := range all {
			if err := ask(); (err == nil) != valid {
				t.Errorf("%s %s: %v, want it valid: %v", name, when, err, valid)
			}
		}
	}
	first := everything("correct horse")
	check(first, "before", true)
	store.Left = 1
	if err := b.Imports.Load(t.Context(), accountstest.Admin, overwriting(jdoe.Kuid)); err != nil {
		t.Fatal(err)
	}
	if !store.Dead {
		t.Fatal("the load had only one commit")
	}
	check(first, "after the commit", false)
	store.Dead, store.Left = false, 1<<20
	second := everything("another correct horse")
	check(second, "of the new user", true)
	if _, err := b.Users.Update(t.Context(), accountstest.Admin, jdoe.Kuid, map[string]any{"town": "Oslo"}, users.Edit{}); err != nil {
		t.Errorf("a change after it: %v", err)
	}
	check(second, "of the changed user", true)
	if err := b.Users.Delete(t.Context(), accountstest.Admin, jdoe.Kuid, false); err != nil {
		t.Errorf("the deletion after it: %v", err)
	}
	check(second, "after the deletion", false)
	if again := b.Create(t, accountstest.Person("jdoe", "correct horse")); again.Kuid == jdoe.Kuid {
		t.Error("the name is not free again")
	}
}

// TestActorsLoadNothing: somebody who acts in a user's place neither loads nor imports users.
func TestActorsLoadNothing(t *testing.T) {
	b := accountstest.New(t, nil)
	jdoe := b.Create(t, accountstest.Person("jdoe", "correct horse"))
	acting := accountstest.Admin
	acting.Act = "somebody"
	for _, s := range []imports.Securities{overwriting(jdoe.Kuid), overwriting("another"), {Roles: map[string]any{}}} {
		accountstest.WantFault(t, b.Imports.Load(t.Context(), acting, s), users.ErrActing)
	}
	_, err := b.Imports.Import(t.Context(), acting, imports.Import{}, []imports.Row{{ID: "one", Content: map[string]any{"profileIds": []any{"default"}}}})
	accountstest.WantFault(t, err, users.ErrActing)
	if _, err := b.Users.Current(t.Context(), "one"); !errors.Is(err, users.ErrUserNotFound) {
		t.Errorf("the user of the refused import: %v", err)
	}
}
