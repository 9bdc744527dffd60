package accountstest

import (
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Enter logs in the user with that name and kuid, and creates the user if missing.
func (b *Bench) Enter(t testing.TB, name string) (tok string, by users.Actor) {
	t.Helper()
	if _, err := b.Login(t, name, "correct horse"); err != nil {
		nu := Person(name, "correct horse")
		nu.ID = name
		b.Create(t, nu)
	}
	tok, err := b.Login(t, name, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	return tok, b.CallerOf(t, tok)
}

// CallerOf returns the caller of a token.
func (b *Bench) CallerOf(t testing.TB, tok string) users.Actor {
	t.Helper()
	v, err := b.Sessions.Verify(t.Context(), tok)
	if err != nil {
		t.Fatal(err)
	}
	return users.Actor{Kuid: v.User.Kuid, SessionID: v.SessionID, APIKey: v.APIKey, Act: v.Act, Token: v.Token, SingleUse: v.SingleUse}
}

// MakeToken creates a further token of the caller's session.
func (b *Bench) MakeToken(t testing.TB, by users.Actor, expiresIn any) string {
	t.Helper()
	s, err := b.Exchange.CreateToken(t.Context(), by, expiresIn, false)
	if err != nil {
		t.Fatal(err)
	}
	return s.JWT
}

// MakeKey creates an API key and returns its token.
func (b *Bench) MakeKey(t testing.TB, by users.Actor, nk sessions.NewKey) string {
	t.Helper()
	key, err := b.Keys.CreateKey(t.Context(), by, nk)
	if err != nil {
		t.Fatal(err)
	}
	return key.Token
}

// CheckTokens checks that every token is valid, or that none is.
func (b *Bench) CheckTokens(t testing.TB, work bool, tokens ...string) {
	t.Helper()
	for i, tok := range tokens {
		_, err := b.Sessions.Verify(t.Context(), tok)
		if work && err != nil || !work && !errors.Is(err, token.ErrInvalid) {
			t.Errorf("token %d: got %v, want it valid: %v", i, err, work)
		}
	}
}
