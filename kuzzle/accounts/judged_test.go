package accounts_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// paused is a strategy whose logins are always right, and during which
// something else happens between the look at the user and the answer.
type paused struct {
	host  strategies.Host
	while func()
	renew *strategies.Record
}

func (*paused) Name() string { return "paused" }

func (*paused) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, errors.New("no credentials of its own")
}

func (*paused) Info(strategies.Record) strategies.Credentials { return strategies.Credentials{} }

func (p *paused) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	found, ok, err := p.host.Find(ctx, in["kuid"].(string))
	if err != nil || !ok {
		return strategies.Outcome{}, strategies.Refused()
	}
	p.while()
	out := strategies.Outcome{Kuid: found.Kuid, Factor: "test"}
	if p.renew != nil {
		out.Put = []strategies.Record{*p.renew}
	}
	return out, nil
}

// What happens to a user while a login is being judged counts: it can neither
// be outlived nor undone by the session or the record that the login writes.
func TestChangesDuringALogin(t *testing.T) {
	b := newBench(t, func(o *accounts.Options) { o.Logins = nil })
	p := &paused{}
	build := func(_ json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
		p.host = host
		return p, nil
	}
	if err := b.Use("paused", build, nil); err != nil {
		t.Fatal(err)
	}
	jdoe := person("jdoe", "secret-1")
	jdoe.ID = "u1"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	change := func() {
		_, err := b.Credentials.UpdateCredentials(t.Context(), admin, "u1", "local", map[string]any{"password": "secret-2"}, false)
		must(err)
	}
	tests := []struct {
		name   string
		while  func()
		opens  bool
		renews bool
		// password is the one that works afterwards.
		password string
	}{
		{"nothing", func() {}, true, false, "secret-1"},
		{"all sessions are ended", func() { must(b.Sessions.RevokeTokens(t.Context(), admin, "u1")) }, false, false, "secret-1"},
		{"the password changes", change, false, false, "secret-2"},
		{"the password changes and the old one is renewed", change, false, true, "secret-2"},
		{"the password changes back to a kept session", func() {
			b.Credentials.KeepTokensOnPasswordChange = true
			change()
			b.Credentials.KeepTokensOnPasswordChange = false
		}, true, true, "secret-2"},
		{"the credentials are deleted", func() {
			must(b.Credentials.DeleteCredentials(t.Context(), admin, "u1", "local", nil, false))
		}, false, true, ""},
		{"the user is deleted and created again", func() {
			must(b.Users.Delete(t.Context(), admin, "u1", false))
			again := jdoe
			again.Credentials = map[string]any{"local": map[string]any{"username": "jdoe", "password": "secret-3"}}
			b.create(t, again)
		}, false, true, "secret-3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.create(t, jdoe)
			defer func() { must(b.Users.Delete(t.Context(), admin, "u1", false)) }()
			p.while, p.renew = test.while, nil
			if test.renews {
				p.renew = stored(t, b, "u1")
			}
			s, _, err := b.Logins.Login(t.Context(), users.Actor{Kuid: "-1"}, logins.Login{
				Strategy: "paused", Credentials: map[string]any{"kuid": "u1"},
			})
			if err == nil {
				_, err = b.Sessions.Verify(t.Context(), s.JWT)
			}
			if opened := err == nil; opened != test.opens {
				t.Errorf("the login opened a session that works: %t (%v), want %t", opened, err, test.opens)
			}
			for _, password := range []string{"secret-1", "secret-2", "secret-3"} {
				if _, err := b.login(t, "jdoe", password); (err == nil) != (password == test.password) {
					t.Errorf("afterwards %s: %v, want %q to be the password", password, err, test.password)
				}
			}
		})
	}
}

// stored reads the record of local as it lies in the store.
func stored(t *testing.T, b *bench, kuid string) *strategies.Record {
	t.Helper()
	doc, err := b.store.Get(t.Context(), storage.Users, kuid)
	if err != nil {
		t.Fatal(err)
	}
	var auth struct {
		Records []struct {
			Identifiers []strategies.Identifier
			Secret      []byte
			Public      map[string]any
		}
	}
	if err := json.Unmarshal(doc.Auth, &auth); err != nil {
		t.Fatal(err)
	}
	r := auth.Records[0]
	return &strategies.Record{Strategy: "local", Identifiers: r.Identifiers, Secret: r.Secret, Public: r.Public}
}

// A token that is exchanged for another while all sessions are ended ends too.
func TestNoTokenOutlivesRevocation(t *testing.T) {
	b := newBench(t, nil)
	u := b.create(t, person("jdoe", "secret-1"))
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
			tok, err := b.login(t, "jdoe", "secret-1")
			if err != nil {
				t.Fatal(err)
			}
			v, err := b.Sessions.Verify(t.Context(), tok)
			if err != nil {
				t.Fatal(err)
			}
			// The request was let in before; now everything is revoked.
			if err := b.Sessions.RevokeTokens(t.Context(), admin, u.Kuid); err != nil {
				t.Fatal(err)
			}
			_, err = exchange(users.Actor{Kuid: u.Kuid, SessionID: v.SessionID, Token: v.Token})
			wantFault(t, err, token.ErrInvalid)
		})
	}
}

// A key that was retired with an overlap ends the tokens it signed when the
// overlap does, also those that were seen meanwhile.
func TestTokensEndWithTheirKey(t *testing.T) {
	var ring *token.Keyring
	var b *bench
	b = newBench(t, func(o *accounts.Options) {
		ring = token.NewKeyring(&tokentest.Keys{}, o.Sealer, o.Now)
		o.Sessions = token.NewSessions(ring)
		o.TokenLifetime = 24 * time.Hour
	})
	b.create(t, person("jdoe", "secret-1"))
	tok, err := b.login(t, "jdoe", "secret-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Rotate(t.Context(), token.UseSession, time.Hour); err != nil {
		t.Fatal(err)
	}
	b.advance(time.Hour - time.Second)
	if _, err := b.Sessions.Verify(t.Context(), tok); err != nil {
		t.Errorf("within the overlap: %v", err)
	}
	b.advance(2 * time.Minute)
	_, err = b.Sessions.Verify(t.Context(), tok)
	wantFault(t, err, token.ErrInvalid)
}
