package tickets_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

const invited = "jane@example.com"

// signsUp creates a user who chooses a name.
func (d desk) signsUp(t *testing.T, name string) users.User {
	t.Helper()
	u, err := d.Credentials.CreateRestricted(t.Context(), users.Actor{Kuid: users.AnonymousKuid}, credentials.NewUser{
		Content: map[string]any{}, Credentials: map[string]any{"local": map[string]any{"username": name, "password": "the-squatters-own"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// accepted accepts an invitation, and checks that its user is another one than the user who chose
// the address as a name, and that the latter has lost the name.
func (d desk) accepted(t *testing.T, text string, squatter users.User) {
	t.Helper()
	if err := d.redeem(t, text, "password", password); err != nil {
		t.Fatal(err)
	}
	u := d.owner(t, invited)
	if u == nil || u.Kuid == squatter.Kuid || !u.Contacts[0].Verified() {
		t.Fatalf("the address is that of %+v", u)
	}
	if _, err := d.Login(t, invited, password); err != nil {
		t.Errorf("who was invited: %v", err)
	}
	if _, err := d.Login(t, invited, "the-squatters-own"); err == nil {
		t.Error("the one before logs in by the address")
	}
	was, err := d.Users.Read(t.Context(), squatter.Kuid)
	if err != nil || was.Incarnation != squatter.Incarnation || was.Epoch != squatter.Epoch || len(was.SelfNamed) != 0 || len(was.Contacts) != 0 {
		t.Errorf("the one before is %+v, %v", was, err)
	}
}

// TestSquatted: an address that a user chose as a name, at a sign-up or later, blocks neither an
// invitation nor its acceptance.
func TestSquatted(t *testing.T) {
	for name, squat := range map[string]func(d desk, t *testing.T) users.User{
		"a sign-up":        func(d desk, t *testing.T) users.User { return d.signsUp(t, invited) },
		"another spelling": func(d desk, t *testing.T) users.User { return d.signsUp(t, "JANE@Example.com") },
		"an own name later": func(d desk, t *testing.T) users.User {
			u := d.signsUp(t, "somebody")
			_, err := d.Credentials.UpdateCredentials(t.Context(), users.Actor{Kuid: u.Kuid, Self: true}, u.Kuid, "local", map[string]any{"username": invited}, false)
			if err != nil {
				t.Fatal(err)
			}
			return u
		},
	} {
		for when, before := range map[string]bool{"before": true, "after": false} {
			t.Run(name+" "+when, func(t *testing.T) {
				onEach(t, func(t *testing.T, here, there desk) {
					var squatter users.User
					if before {
						squatter = squat(here, t)
					}
					id, text := there.invite(t, tickets.NewInvitation{Email: invited})
					if !before {
						squatter = squat(here, t)
					}
					there.accepted(t, text, squatter)
					if got := here.status(t, id); got != tickets.Accepted {
						t.Errorf("the invitation is %s", got)
					}
				})
			})
		}
	}
}

// TestSquattedOfOrganizations: the same holds for an invitation to an organization.
func TestSquattedOfOrganizations(t *testing.T) {
	d := newDesk(t)
	squatter := d.signsUp(t, invited)
	o, err := d.Organizations.Create(t.Context(), accountstest.Admin, organizations.NewOrganization{Name: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := d.Tickets.InviteMembers(t.Context(), accountstest.Admin, o.ID, tickets.NewMember{NewInvitation: organizations.NewInvitation{Email: invited, Role: organizations.Member}})
	if err != nil {
		t.Fatal(err)
	}
	d.accepted(t, made[0].Link[len(base):], squatter)
	if _, err := d.Organizations.Members.Membership(t.Context(), o.ID, d.owner(t, invited).Kuid); err != nil {
		t.Error(err)
	}
}

// TestVouchedNamesStay: a name that somebody else gave a user stays, both after the user chose a
// password and after they added the address as a contact.
func TestVouchedNamesStay(t *testing.T) {
	d := newDesk(t)
	u := d.Create(t, accountstest.Person(invited, "my-secure-password"))
	self := users.Actor{Kuid: u.Kuid, Self: true}
	if _, err := d.Credentials.UpdateCredentials(t.Context(), self, u.Kuid, "local", map[string]any{"password": "another-password", "currentPassword": "my-secure-password"}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Tickets.Invite(t.Context(), accountstest.Admin, tickets.NewInvitation{Email: invited}); err == nil {
		t.Error("the address of a user is invited")
	}
	_, text := d.invite(t, tickets.NewInvitation{Email: invited, Anyway: true})
	accountstest.WantFault(t, d.redeem(t, text, "password", password), strategies.ErrTaken)
	if _, err := d.Login(t, invited, "another-password"); err != nil {
		t.Errorf("the user: %v", err)
	}
	now, err := d.Users.Read(t.Context(), u.Kuid)
	if err != nil || slices.Contains(now.SelfNamed, invited) {
		t.Errorf("the user is %+v, %v", now, err)
	}
}

// TestSquattedAmid: of a sign-up with an address and a concurrent acceptance of its invitation, the
// latter has the address in the end.
func TestSquattedAmid(t *testing.T) {
	onEach(t, func(t *testing.T, here, there desk) {
		for round := range 8 {
			email := fmt.Sprintf("jane%d@example.com", round)
			_, text := here.invite(t, tickets.NewInvitation{Email: email})
			nu := accountstest.Person(email, "the-squatters-own")
			delete(nu.Content, "profileIds")
			var both sync.WaitGroup
			for range 3 {
				both.Go(func() {
					_, err := here.Credentials.CreateRestricted(t.Context(), users.Actor{Kuid: users.AnonymousKuid}, nu)
					if err != nil && !errors.Is(err, strategies.ErrTaken) {
						t.Error(err)
					}
				})
			}
			both.Go(func() {
				if err := there.redeem(t, text, "password", password); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			if u := here.owner(t, email); u == nil || len(u.Contacts) != 1 || !u.Contacts[0].Verified() {
				t.Fatalf("the address is that of %+v", u)
			}
			if _, err := here.Login(t, email, password); err != nil {
				t.Error(err)
			}
		}
	})
}
