package logins_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// paused is a strategy whose logins are always right, and during which the test changes something
// between the look-up of the user and the result.
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

// Changes of a user during a login take effect: the login's session cannot outlive them, and its
// record cannot undo them.
func TestChangesDuringALogin(t *testing.T) {
	b := accountstest.New(t, func(o *accounts.Options) { o.Logins = nil })
	p := &paused{}
	build := func(_ json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
		p.host = host
		return p, nil
	}
	b.Use(t, "paused", build)
	jdoe := accountstest.Person("jdoe", "secret-1")
	jdoe.ID = "u1"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	change := func() {
		_, err := b.Credentials.UpdateCredentials(t.Context(), accountstest.Admin, "u1", "local", map[string]any{"password": "secret-2"}, false)
		must(err)
	}
	tests := []struct {
		name   string
		while  func()
		opens  bool
		renews bool
		// password is the password that works afterwards.
		password string
	}{
		{"nothing", func() {}, true, false, "secret-1"},
		{"all sessions are ended", func() { must(b.Sessions.RevokeTokens(t.Context(), accountstest.Admin, "u1")) }, false, false, "secret-1"},
		{"the password changes", change, false, false, "secret-2"},
		{"the password changes and the old one is renewed", change, false, true, "secret-2"},
		{"the password changes back to a kept session", func() {
			b.Credentials.KeepTokensOnPasswordChange = true
			change()
			b.Credentials.KeepTokensOnPasswordChange = false
		}, true, true, "secret-2"},
		{"the credentials are deleted", func() {
			must(b.Credentials.DeleteCredentials(t.Context(), accountstest.Admin, "u1", "local", nil, false))
		}, false, true, ""},
		{"the user is deleted and created again", func() {
			must(b.Users.Delete(t.Context(), accountstest.Admin, "u1", false))
			again := jdoe
			again.Credentials = map[string]any{"local": map[string]any{"username": "jdoe", "password": "secret-3"}}
			b.Create(t, again)
		}, false, true, "secret-3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.Create(t, jdoe)
			defer func() { must(b.Users.Delete(t.Context(), accountstest.Admin, "u1", false)) }()
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
				if _, err := b.Login(t, "jdoe", password); (err == nil) != (password == test.password) {
					t.Errorf("afterwards %s: %v, want %q to be the password", password, err, test.password)
				}
			}
		})
	}
}

// stored reads the stored record of local.
func stored(t *testing.T, b *accountstest.Bench, kuid string) *strategies.Record {
	t.Helper()
	doc, err := b.Store.Get(t.Context(), storage.Users, kuid)
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

// TestBanDuringALogin checks that a user who is banned during the check of the password gets no
// session that outlives the ban.
func TestBanDuringALogin(t *testing.T) {
	b := accountstest.New(t, nil)
	nu := accountstest.Person("jdoe", "correct horse")
	nu.ID = "jdoe"
	b.Create(t, nu)
	p := &paused{while: func() { b.Ban(t, "jdoe") }}
	b.Use(t, "paused", func(_ json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
		p.host = host
		return p, nil
	})
	accountstest.WantFault(t, b.LoginAs(t, "paused", "kuid", "jdoe", ""), users.ErrBanned)
}
