package accounts_test

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

func TestCreateAndLogIn(t *testing.T) {
	b := accountstest.New(t, nil)
	u := b.Create(t, accountstest.Person("jdoe", "correct horse"))
	if u.Version != 1 || u.Kuid[:5] != "kuid-" {
		t.Errorf("created %+v", u)
	}
	tok, err := b.Login(t, "JDoe", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	v, err := b.Sessions.Verify(t.Context(), tok)
	if err != nil || v.User.Kuid != u.Kuid {
		t.Errorf("the token is for %q (%v), want %q", v.User.Kuid, err, u.Kuid)
	}
	_, err = b.Login(t, "jdoe", "wrong")
	wrong := err.Error()
	_, err = b.Login(t, "nobody", "wrong")
	if got := err.Error(); got != wrong {
		t.Errorf("an unknown user is answered %q, a wrong password %q", got, wrong)
	}
}

func TestDeletedUserIsGoneForGood(t *testing.T) {
	b := accountstest.New(t, nil)
	first := accountstest.Person("jdoe", "secret-1")
	first.ID = "u1"
	b.Create(t, first)
	tok, err := b.Login(t, "jdoe", "secret-1")
	if err != nil {
		t.Fatal(err)
	}
	key, err := b.Keys.CreateKey(t.Context(), accountstest.Operator, sessions.NewKey{Kuid: "u1", Description: "d"})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{tok, key.Token} {
		if _, err := b.Sessions.Verify(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Users.Delete(t.Context(), accountstest.Admin, "u1", false); err != nil {
		t.Fatal(err)
	}
	b.Create(t, first)
	for _, secret := range []string{tok, key.Token} {
		_, err := b.Sessions.Verify(t.Context(), secret)
		accountstest.WantFault(t, err, token.ErrInvalid)
	}
}
