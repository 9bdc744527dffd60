package tickets_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
)

// TestActingTakesNothingAlong checks that an actor in a user's place can neither change how anybody
// logs in nor keep an access, on an open server or not. The actor may change the user's content.
func TestActingTakesNothingAlong(t *testing.T) {
	d := newDesk(t)
	d.Use(t, backupcode.Name, backupcode.New)
	u, other := d.Create(t, accountstest.Person("jdoe", "my-secure-password")), d.Create(t, accountstest.Person("bert", "my-secure-password"))
	c, err := d.Contacts.Create(t.Context(), accountstest.Admin, u.Kuid, contacts.NewContact{Kind: users.Email, Value: "jane@example.com"}, false)
	if err != nil {
		t.Fatal(err)
	}
	_, text := d.signIn(t, tickets.NewSignIn{Kuid: u.Kuid, Actor: map[string]any{"sub": "boss"}})
	begun, _, err := d.login(t, text)
	if err != nil {
		t.Fatal(err)
	}
	before, err := d.Users.Read(t.Context(), u.Kuid)
	if err != nil {
		t.Fatal(err)
	}
	by := d.CallerOf(t, begun.JWT)
	by.Self = true
	open := by
	open.Open = true
	password := map[string]any{"password": "another-password"}
	for what, try := range map[string]func(by users.Actor) error{
		"a new password": func(by users.Actor) error {
			_, err := d.Credentials.UpdateCredentials(t.Context(), by, u.Kuid, "local", password, false)
			return err
		},
		"credentials": func(by users.Actor) error {
			_, err := d.Credentials.CreateCredentials(t.Context(), by, u.Kuid, backupcode.Name, map[string]any{"enrolment": "x", "code": "x"}, false)
			return err
		},
		"no password": func(by users.Actor) error {
			return d.Credentials.DeleteCredentials(t.Context(), by, u.Kuid, "local", nil, false)
		},
		"another user's password": func(by users.Actor) error {
			_, err := d.Credentials.UpdateCredentials(t.Context(), by, other.Kuid, "local", password, false)
			return err
		},
		"another user's records": func(by users.Actor) error {
			return d.Users.Change(t.Context(), by, other.Kuid, users.Edit{}, func(was *users.User) (*users.User, error) { return was.With(nil), nil })
		},
		"another user's key": func(by users.Actor) error {
			_, err := d.Keys.CreateKey(t.Context(), by, sessions.NewKey{Kuid: other.Kuid})
			return err
		},
		"an edit": func(by users.Actor) error {
			_, err := d.Edits.Edit(t.Context(), by, u.Kuid, credentials.Edit{Details: func(to *users.Details) { to.Username = "someone" }})
			return err
		},
		"a contact": func(by users.Actor) error {
			_, err := d.Contacts.Create(t.Context(), by, u.Kuid, contacts.NewContact{Kind: users.Email, Value: "boss@example.com"}, false)
			return err
		},
		"a code":     func(by users.Actor) error { _, err := d.Contacts.Ask(t.Context(), by, u.Kuid, c.ID); return err },
		"no contact": func(by users.Actor) error { return d.Contacts.Delete(t.Context(), by, u.Kuid, c.ID, false) },
		"a ticket": func(by users.Actor) error {
			_, _, err := d.Tickets.SignIn(t.Context(), by, tickets.NewSignIn{Kuid: u.Kuid})
			return err
		},
		"a session": func(by users.Actor) error {
			_, err := sessions.Manage(d.Sessions).Begin(t.Context(), by, u.Kuid, nil)
			return err
		},
		"a key": func(by users.Actor) error {
			_, err := d.Keys.CreateKey(t.Context(), by, sessions.NewKey{Kuid: u.Kuid})
			return err
		},
		"no key": func(by users.Actor) error { return d.Keys.DeleteKey(t.Context(), by, u.Kuid, "x", false) },
		"backup codes": func(by users.Actor) error {
			at := slices.IndexFunc(d.Registry.StrategyActions(), func(a strategies.Action) bool { return a.Name == "draw" })
			_, err := d.Logins.Act(t.Context(), by, d.Registry.StrategyActions()[at], strategies.Call{Kuid: u.Kuid})
			return err
		},
		"any write of records": func(by users.Actor) error {
			return d.Users.Change(t.Context(), by, u.Kuid, users.Edit{}, func(was *users.User) (*users.User, error) { return was.With(nil), nil })
		},
	} {
		t.Run(what, func(t *testing.T) {
			accountstest.WantFault(t, try(by), users.ErrActing)
			accountstest.WantFault(t, try(open), users.ErrActing)
		})
	}
	after, err := d.Users.Read(t.Context(), u.Kuid)
	if err != nil || after.Version != before.Version || after.Epoch != before.Epoch || len(after.Records) != 1 || len(after.Contacts) != 1 {
		t.Errorf("the user is %+v, %v, and was %+v", after, err, before)
	}
	if _, err := d.Login(t, "jdoe", "my-secure-password"); err != nil {
		t.Errorf("the user logs in no more: %v", err)
	}
	if _, err := d.Users.Update(t.Context(), by, u.Kuid, map[string]any{"name": "Jane"}, users.Edit{}); err != nil {
		t.Errorf("the content: %v", err)
	}
	if _, err := d.Login(t, "bert", "my-secure-password"); err != nil {
		t.Errorf("another user logs in no more: %v", err)
	}
	accountstest.WantFault(t, d.Sessions.Logout(t.Context(), by, true), users.ErrActing)
	if err := d.Sessions.Logout(t.Context(), by, false); err != nil {
		t.Errorf("the end of the acting session: %v", err)
	}
}

// TestActingIsTold checks that events name the actor: those of the ticket, of the session, and of
// actions in it.
func TestActingIsTold(t *testing.T) {
	told := map[string]string{}
	bus := events.NewBus(nil, nil)
	bus.Subscribe(events.All, func(_ context.Context, e events.Event) {
		planned, _ := e.Data[events.Act].(string)
		told[e.Name] = e.Actor.Kuid + " " + e.Actor.Act + " " + planned
	})
	d := desk{accountstest.New(t, func(o *accounts.Options) { o.Events = bus })}.open(t)
	nu := accountstest.Person("jdoe", "my-secure-password")
	nu.ID = "jdoe"
	d.Create(t, nu)
	clear(told)
	_, text := d.signIn(t, tickets.NewSignIn{Kuid: "jdoe", Actor: map[string]any{"sub": "boss"}})
	begun, _, err := d.login(t, text)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{events.FlowCreated: "root  boss", events.SessionCreated: "jdoe boss "}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	by := d.CallerOf(t, begun.JWT)
	if _, err := d.Exchange.CreateToken(t.Context(), by, "1m", false); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Users.Update(t.Context(), by, "jdoe", map[string]any{"name": "Jane"}, users.Edit{}); err != nil {
		t.Fatal(err)
	}
	if err := d.Sessions.Logout(t.Context(), by, false); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{events.UserUpdated, events.SessionCreated, events.SessionRevoked} {
		if told[name] != "jdoe boss " {
			t.Errorf("%s is by %q", name, told[name])
		}
	}
	if _, err := d.Login(t, "jdoe", "my-secure-password"); err != nil || told[events.SessionCreated] != "jdoe  " {
		t.Errorf("the user's own login is by %q, %v", told[events.SessionCreated], err)
	}
}
