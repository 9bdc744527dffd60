package credentials_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
	"github.com/gokuzzle/kuzzle/strategies/local"
)

// known returns a user with a name, two addresses and metadata.
func known(t *testing.T, b *accountstest.Bench) users.User {
	t.Helper()
	nu := accountstest.Person("jdoe", "secret-1")
	verified := &users.Verification{Strategy: users.ByAdmin}
	nu.Contacts = []users.Contact{{Kind: users.Email, Value: "a@example.com", Verification: verified}, {Kind: users.Email, Value: "b@example.com", Verification: verified}}
	nu.Metadata = map[string]any{"public": map[string]any{"plan": "pro"}}
	return b.Create(t, nu)
}

// TestEditIsOneChange checks that everything changes with one version, or nothing if a part is
// refused.
func TestEditIsOneChange(t *testing.T) {
	b := accountstest.New(t, nil)
	b.Create(t, accountstest.Person("taken", "secret-1"))
	u := known(t, b)
	in := credentials.Edit{
		Details:     func(d *users.Details) { d.FirstName, d.Username = "Jane", "jane" },
		Primary:     map[string]string{users.Email: u.Contacts[1].ID},
		Metadata:    map[string]any{"public": map[string]any{"seats": 2.0}},
		Credentials: map[string]any{"local": map[string]any{"password": "secret-2"}},
		CreatedAt:   1000,
	}
	for name, spoil := range map[string]func(*credentials.Edit){
		"a taken name": func(e *credentials.Edit) {
			e.Details = func(d *users.Details) { d.FirstName, d.Username = "Jane", "taken" }
		},
		"an unknown contact":    func(e *credentials.Edit) { e.Primary = map[string]string{users.Email: "idn_none"} },
		"another kind":          func(e *credentials.Edit) { e.Primary = map[string]string{users.Phone: u.Contacts[1].ID} },
		"unknown metadata":      func(e *credentials.Edit) { e.Metadata = map[string]any{"other": map[string]any{}} },
		"an unknown strategy":   func(e *credentials.Edit) { e.Credentials = map[string]any{"none": map[string]any{}} },
		"credentials of a sort": func(e *credentials.Edit) { e.Credentials = map[string]any{"local": map[string]any{"password": 7.0}} },
	} {
		wrong := in
		spoil(&wrong)
		if _, err := b.Edits.Edit(t.Context(), accountstest.Admin, u.Kuid, wrong); err == nil {
			t.Errorf("%s was taken", name)
		}
		now, err := b.Users.Read(t.Context(), u.Kuid)
		if err != nil || now.Version != u.Version || now.Detailed().FirstName != "" || !now.Contacts[0].Primary {
			t.Errorf("%s left something behind: %+v, %v", name, now, err)
		}
	}
	now, err := b.Edits.Edit(t.Context(), accountstest.Admin, u.Kuid, in)
	if err != nil {
		t.Fatal(err)
	}
	if now.Version != u.Version+1 || now.Username() != "jane" || now.Detailed().FirstName != "Jane" || !now.Contacts[1].Primary || now.Contacts[0].Primary ||
		string(now.Metadata.Of(users.PublicMetadata)) != `{"seats":2}` {
		t.Errorf("changed to %+v", now)
	}
	if _, err := b.Login(t, "jane", "secret-2"); err != nil {
		t.Errorf("a login with what was changed: %v", err)
	}
	if again, err := b.Edits.Edit(t.Context(), accountstest.Admin, u.Kuid, credentials.Edit{Details: in.Details, Primary: in.Primary, Metadata: in.Metadata}); err != nil || again.Version != now.Version {
		t.Errorf("the same again made version %d, %v, want %d", again.Version, err, now.Version)
	}
}

// TestEditEndsSessions checks that a changed secret ends sessions if so configured, and always on
// request.
func TestEditEndsSessions(t *testing.T) {
	for _, row := range []struct {
		name       string
		keep, asks bool
		ends       bool
	}{{"by default", false, false, true}, {"kept", true, false, false}, {"kept, but asked for", true, true, true}} {
		b := accountstest.New(t, func(o *accounts.Options) { o.KeepTokensOnPasswordChange = row.keep })
		u := known(t, b)
		session, err := b.Login(t, "jdoe", "secret-1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Edits.Edit(t.Context(), accountstest.Admin, u.Kuid, credentials.Edit{Metadata: map[string]any{"unsafe": map[string]any{"a": 1.0}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Sessions.Verify(t.Context(), session); err != nil {
			t.Errorf("%s: a change of metadata ended a session: %v", row.name, err)
		}
		in := credentials.Edit{Credentials: map[string]any{"local": map[string]any{"password": "secret-2"}}, EndSessions: row.asks}
		if _, err := b.Edits.Edit(t.Context(), accountstest.Admin, u.Kuid, in); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Sessions.Verify(t.Context(), session); errors.Is(err, token.ErrInvalid) != row.ends {
			t.Errorf("%s: the session's error is %v, ended should be %v", row.name, err, row.ends)
		}
	}
}

// TestEditRemoves checks that credentials are removed, that the name they had stays, and that a
// user's last name stays too.
func TestEditRemoves(t *testing.T) {
	b := accountstest.New(t, nil)
	u := known(t, b)
	now, err := b.Edits.Edit(t.Context(), accountstest.Admin, u.Kuid, credentials.Edit{Remove: []string{"local"}})
	if err != nil || now.Username() != "jdoe" || len(now.Records) != 0 {
		t.Errorf("without a password: %q with %d records, %v", now.Username(), len(now.Records), err)
	}
	_, err = b.Login(t, "jdoe", "secret-1")
	accountstest.WantFault(t, err, strategies.ErrRefused)
	nameless := func(d *users.Details) { d.Username = "" }
	if _, err := b.Edits.Edit(t.Context(), accountstest.Admin, u.Kuid, credentials.Edit{Details: nameless}); err != nil {
		t.Errorf("without a name, but addresses: %v", err)
	}
	other := b.Create(t, accountstest.Person("only", "secret-1"))
	_, err = b.Edits.Edit(t.Context(), accountstest.Admin, other.Kuid, credentials.Edit{Details: nameless})
	accountstest.WantFault(t, err, users.ErrLastIdentifier)
}

// meanwhile is a store that runs a change before the next write.
type meanwhile struct {
	storage.Store
	change func()
}

func (m *meanwhile) Commit(ctx context.Context, c storage.Change) (storage.Rev, error) {
	if change := m.change; change != nil {
		m.change = nil
		change()
	}
	return m.Store.Commit(ctx, c)
}

// TestEditSeesThePasswordItWrites checks that a change of the password holds for the one that the user
// has when it is written: a login may move it to another strategy, and another request may remove it.
func TestEditSeesThePasswordItWrites(t *testing.T) {
	store := &meanwhile{}
	b := accountstest.New(t, func(o *accounts.Options) {
		store.Store = o.Store
		accountstest.Through(o, store)
	})
	b.Use(t, digestimport.Name, digestimport.New)
	imported := func(name string) string {
		return b.Create(t, credentials.NewUser{Content: map[string]any{"profileIds": []any{"default"}}, Credentials: map[string]any{digestimport.Name: map[string]any{
			"username": name, "passwordHasher": "md5", "passwordDigest": "5f4dcc3b5aa765d61d8327deb882cf99",
		}}}).Kuid
	}
	edit := func(kuid string, in credentials.Edit) (users.User, error) {
		return b.Edits.Edit(t.Context(), accountstest.Admin, kuid, in)
	}
	renewed := imported("renewed")
	store.change = func() {
		if _, err := b.Login(t, "renewed", "password"); err != nil {
			t.Errorf("the login meanwhile: %v", err)
		}
		if u, err := b.Users.Read(t.Context(), renewed); err != nil || u.Records[0].Strategy != local.Name {
			t.Errorf("after the login: %+v, %v, want a record of %s", u, err, local.Name)
		}
	}
	if now, err := edit(renewed, credentials.Edit{RemovePassword: true}); err != nil || len(now.Records) != 0 {
		t.Errorf("removed: %d records are left, %v", len(now.Records), err)
	}
	removed, said := imported("removed"), users.Compromised
	store.change = func() {
		if _, err := edit(removed, credentials.Edit{RemovePassword: true}); err != nil {
			t.Errorf("the removal meanwhile: %v", err)
		}
	}
	_, err := edit(removed, credentials.Edit{PasswordChange: &said, NeedsPassword: true})
	accountstest.WantFault(t, err, strategies.ErrMissing)
	_, err = edit(removed, credentials.Edit{RemovePassword: true})
	accountstest.WantFault(t, err, strategies.ErrMissing)
	if u, err := b.Users.Read(t.Context(), removed); err != nil || u.PasswordChange != "" {
		t.Errorf("after the refusals: %q, %v, want no note", u.PasswordChange, err)
	}
}
