package sessions_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Clients discard a token that is reported as invalid, so a short failure of the store must not be
// reported like that.
func TestRefreshWhileTheStoreIsAway(t *testing.T) {
	b, store := accountstest.NewBetween(t, nil)
	b.Create(t, accountstest.Person("jdoe", "correct horse"))
	tok, err := b.Login(t, "jdoe", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	caller := b.CallerOf(t, tok)
	store.Reading = func(of storage.Collection, _ string) error {
		if of == storage.Sessions {
			return storage.ErrUnavailable.New()
		}
		return nil
	}
	_, err = b.Exchange.RefreshToken(t.Context(), caller, nil, "", nil)
	if got, ok := fault.From(err); !ok || got.ID() != storage.ErrUnavailable.ID() {
		t.Errorf("got %v, want %s", err, storage.ErrUnavailable.ID())
	}
	store.Reading = nil
	if _, err := b.Exchange.RefreshToken(t.Context(), caller, nil, "", nil); err != nil {
		t.Errorf("once the store is back: %v", err)
	}
}

// A log-out ends the session even if it is written between the read and the removal, for example by
// a change of the password.
func TestLogoutDuringAChange(t *testing.T) {
	b, store := accountstest.NewBetween(t, nil)
	u := b.Create(t, accountstest.Person("jdoe", "correct horse"))
	tok, err := b.Login(t, "jdoe", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	caller := b.CallerOf(t, tok)
	changes := 0
	store.Writing = func(c storage.Change) {
		if c.In != storage.Sessions || c.Put != nil || changes > 0 {
			return
		}
		changes++
		_, err := b.Credentials.UpdateCredentials(t.Context(), caller, u.Kuid, "local", map[string]any{"password": "battery staple"}, false)
		if err != nil {
			t.Error(err)
		}
	}
	if err := b.Sessions.Logout(t.Context(), caller, false); err != nil {
		t.Fatal(err)
	}
	if changes != 1 {
		t.Fatalf("the password was changed %d times meanwhile, want once", changes)
	}
	_, err = b.Sessions.Verify(t.Context(), tok)
	accountstest.WantFault(t, err, token.ErrInvalid)
}

// Ended sessions do not displace a valid one.
func TestExpiredSessionsCountForNothing(t *testing.T) {
	b := accountstest.New(t, func(o *accounts.Options) { o.MaxSessions = 3 })
	b.Create(t, accountstest.Person("jdoe", "correct horse"))
	tokens := make([]string, 4)
	var err error
	login := func(i int) {
		t.Helper()
		b.Advance(time.Second)
		if tokens[i], err = b.Login(t, "jdoe", "correct horse"); err != nil {
			t.Fatal(err)
		}
	}
	login(0)
	for range 10 {
		if _, err := b.Exchange.CreateToken(t.Context(), b.CallerOf(t, tokens[0]), "1s", false); err != nil {
			t.Fatal(err)
		}
		b.Advance(time.Minute / 10)
	}
	for i := range 3 {
		login(i + 1)
		if _, err := b.Sessions.Verify(t.Context(), tokens[0]); (err == nil) != (i < 2) {
			t.Errorf("with %d live sessions of at most 3, the first: %v", i+2, err)
		}
	}
	for _, tok := range tokens[1:] {
		if _, err := b.Sessions.Verify(t.Context(), tok); err != nil {
			t.Error(err)
		}
	}
}

// An id is free as soon as its user is deleted: the removal of the old user's sessions and keys
// keeps those of the next user.
func TestSweepSparesTheNextUser(t *testing.T) {
	bus := events.NewBus(nil, nil)
	b := accountstest.New(t, func(o *accounts.Options) { o.Events = bus })
	jdoe := accountstest.Person("jdoe", "correct horse")
	jdoe.ID = "u1"
	b.Create(t, jdoe)
	old, err := b.Keys.CreateKey(t.Context(), accountstest.Operator, sessions.NewKey{ID: "old", Kuid: "u1", Visible: true})
	if err != nil {
		t.Fatal(err)
	}
	var next []string
	bus.Subscribe(events.UserDeleted, func(ctx context.Context, _ events.Event) {
		b.Create(t, jdoe)
		key, err := b.Keys.CreateKey(ctx, accountstest.Operator, sessions.NewKey{ID: "new", Kuid: "u1", Visible: true})
		if err != nil {
			t.Fatal(err)
		}
		tok, err := b.Login(t, "jdoe", "correct horse")
		if err != nil {
			t.Fatal(err)
		}
		next = []string{key.Token, tok}
	})
	if err := b.Users.Delete(t.Context(), accountstest.Admin, "u1", true); err != nil {
		t.Fatal(err)
	}
	if len(next) == 0 {
		t.Fatal("nobody was created meanwhile")
	}
	for _, tok := range next {
		if _, err := b.Sessions.Verify(t.Context(), tok); err != nil {
			t.Errorf("%.8s… of the next user: %v", tok, err)
		}
	}
	if _, err := b.Sessions.Verify(t.Context(), old.Token); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("a key of the user who was deleted: got %v, want %s", err, token.ErrInvalid.ID())
	}
	if err := b.Keys.DeleteKey(t.Context(), accountstest.Admin, "u1", "old", false); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the old key was not removed: %v", err)
	}
}

// A token that is refreshed while all sessions are ended is void, too.
func TestNoTokenOutlivesRevocation(t *testing.T) {
	b := accountstest.New(t, nil)
	u := b.Create(t, accountstest.Person("jdoe", "secret-1"))
	exchanges := map[string]func(users.Actor) (strategies.Session, error){
		"refreshToken": func(by users.Actor) (strategies.Session, error) {
			return b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
		},
		"createToken": func(by users.Actor) (strategies.Session, error) {
			return b.Exchange.CreateToken(t.Context(), by, nil, false)
		},
	}
	for name, exchange := range exchanges {
		t.Run(name, func(t *testing.T) {
			tok, err := b.Login(t, "jdoe", "secret-1")
			if err != nil {
				t.Fatal(err)
			}
			v, err := b.Sessions.Verify(t.Context(), tok)
			if err != nil {
				t.Fatal(err)
			}
			// The request was admitted before; now everything is revoked.
			if err := b.Sessions.RevokeTokens(t.Context(), accountstest.Admin, u.Kuid); err != nil {
				t.Fatal(err)
			}
			_, err = exchange(users.Actor{Kuid: u.Kuid, SessionID: v.SessionID, Token: v.Token})
			accountstest.WantFault(t, err, token.ErrInvalid)
		})
	}
}

// When the overlap of a retired key ends, so do the tokens that it signed, even cached ones.
func TestTokensEndWithTheirKey(t *testing.T) {
	var ring *token.Keyring
	var b *accountstest.Bench
	b = accountstest.New(t, func(o *accounts.Options) {
		ring = token.NewKeyring(&tokentest.Keys{}, o.Sealer, o.Now)
		o.Sessions = token.NewSessions(ring)
		o.TokenLifetime = 24 * time.Hour
	})
	b.Create(t, accountstest.Person("jdoe", "secret-1"))
	tok, err := b.Login(t, "jdoe", "secret-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Rotate(t.Context(), token.UseSession, time.Hour); err != nil {
		t.Fatal(err)
	}
	b.Advance(time.Hour - time.Second)
	if _, err := b.Sessions.Verify(t.Context(), tok); err != nil {
		t.Errorf("within the overlap: %v", err)
	}
	b.Advance(2 * time.Minute)
	_, err = b.Sessions.Verify(t.Context(), tok)
	accountstest.WantFault(t, err, token.ErrInvalid)
}

func TestTokens(t *testing.T) {
	b := accountstest.New(t, nil)
	u := b.Create(t, accountstest.Person("jdoe", "secret-1"))
	by := users.Actor{Kuid: u.Kuid}

	once, err := b.Exchange.CreateToken(t.Context(), by, "1h", true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Sessions.Verify(t.Context(), once.JWT); err != nil {
		t.Errorf("first use: %v", err)
	}
	_, err = b.Sessions.Verify(t.Context(), once.JWT)
	accountstest.WantFault(t, err, token.ErrInvalid)

	_, err = b.Exchange.CreateToken(t.Context(), by, "-1", false)
	accountstest.WantFault(t, err, token.ErrInvalidExpiration)

	old, _ := b.Login(t, "jdoe", "secret-1")
	v, _ := b.Sessions.Verify(t.Context(), old)
	by.SessionID, by.Token = v.SessionID, v.Token
	fresh, err := b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Sessions.Verify(t.Context(), old); err != nil {
		t.Errorf("within the grace time: %v", err)
	}
	_, err = b.Exchange.RefreshToken(t.Context(), by, nil, "", nil)
	accountstest.WantFault(t, err, token.ErrInvalid)
	b.Advance(2 * time.Second)
	_, err = b.Sessions.Verify(t.Context(), old)
	accountstest.WantFault(t, err, token.ErrInvalid)
	if err := b.Sessions.RevokeTokens(t.Context(), accountstest.Admin, u.Kuid); err != nil {
		t.Fatal(err)
	}
	_, err = b.Sessions.Verify(t.Context(), fresh.JWT)
	accountstest.WantFault(t, err, token.ErrInvalid)
}

// TestTimeToLive checks that a session has exactly the requested lifetime, although the clock moves
// during its creation.
func TestTimeToLive(t *testing.T) {
	var b *accountstest.Bench
	b = accountstest.New(t, func(o *accounts.Options) {
		still := o.Now
		o.Now = func() time.Time {
			if b != nil {
				b.Advance(time.Millisecond)
			}
			return still()
		}
	})
	b.Create(t, accountstest.Person("jdoe", "correct horse"))
	tok, err := b.Login(t, "jdoe", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	made, err := b.Exchange.CreateToken(t.Context(), b.CallerOf(t, tok), 60_000.0, false)
	if err != nil || made.TTL != 60_000 {
		t.Errorf("a token for a minute lives for %d ms, %v", made.TTL, err)
	}
	session, _, err := b.Logins.Login(t.Context(), users.Actor{Kuid: users.AnonymousKuid}, logins.Login{
		Strategy: "local", Credentials: map[string]any{"username": "jdoe", "password": "correct horse"}, ExpiresIn: 60_000.0,
	})
	if err != nil || session.TTL != 60_000 {
		t.Errorf("a login for a minute lives for %d ms, %v", session.TTL, err)
	}
}
