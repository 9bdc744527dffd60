package codes_test

import (
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signups"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// TestLinkOfAnother: of two requests of one browser at once, the one for its own address reads the sign-up first and
// stores last where the link goes. The link proves no other address.
func TestLinkOfAnother(t *testing.T) {
	b, out := start(t)
	by := users.Actor{Kuid: users.AnonymousKuid}
	own, victim := "mallory@evil.example", "kim@victim.example"
	first, err := b.SignUps.Update(t.Context(), by, *b.SignUps.Begin(), signups.Change{Email: &own}, true)
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.SignUps.Update(t.Context(), by, *first, signups.Change{Email: &victim}, true)
	if err != nil {
		t.Fatal(err)
	}
	if second, err = b.SignUps.PrepareLink(t.Context(), by, *second, codes.Link{}, "https://x/"); err != nil {
		t.Fatal(err)
	}
	if _, err = b.SignUps.PrepareLink(t.Context(), by, *first, codes.Link{}, "https://x/"); err != nil { // late
		t.Fatal(err)
	}
	text, _, ok, err := b.Codes.Draw(t.Context(), out.all[1])
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, err = b.Codes.Open(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if done, err := b.SignUps.Follow(t.Context(), *second); !errors.Is(err, codes.ErrExpired) {
		t.Errorf("a link to %s proved %+v, %v, want %v", own, done, err, codes.ErrExpired)
	}
}
