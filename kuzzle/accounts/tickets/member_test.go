package tickets_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// acme creates an organization.
func (d desk) acme(t *testing.T, most int) string {
	t.Helper()
	o, err := d.Organizations.Create(t.Context(), accountstest.Admin, organizations.NewOrganization{Name: "Acme", MaxMemberships: most})
	if err != nil {
		t.Fatal(err)
	}
	return o.ID
}

// inviteInto creates an invitation to an organization.
func (d desk) inviteInto(t *testing.T, organization, email string) (id, text string) {
	t.Helper()
	made, err := d.Tickets.InviteMembers(t.Context(), accountstest.Admin, organization, tickets.NewMember{NewInvitation: organizations.NewInvitation{
		Email: email, Role: organizations.Member, Metadata: map[string]any{"public": map[string]any{"team": "red"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return made[0].ID, strings.TrimPrefix(made[0].Link, base)
}

// wantMember checks whether the user with an address is a member, and the invitation's status.
func (d desk) wantMember(t *testing.T, organization, id, email string, is bool) {
	t.Helper()
	u := d.owner(t, email)
	member := false
	if u != nil {
		m, err := d.Organizations.Members.Membership(t.Context(), organization, u.Kuid)
		if member = err == nil; member && (m.Role != organizations.Member || string(m.Metadata.Of(users.PublicMetadata)) != `{"team":"red"}`) {
			t.Errorf("the membership is %+v", m)
		}
	}
	i, err := d.Organizations.Invitations.Invitation(t.Context(), organization, id)
	if want := map[bool]string{true: organizations.Accepted, false: organizations.Pending}[is]; err != nil || i.Status != want || member != is {
		t.Errorf("there is a member: %t, and the invitation is %q, %v; want %q", member, i.Status, err, want)
	}
}

// TestMemberMail checks that the mails of one request are written in the commit of its last
// invitation, and none if one is refused.
func TestMemberMail(t *testing.T) {
	p := &post{}
	d := desk{accountstest.New(t, func(o *accounts.Options) {
		linked(o)
		o.Tickets.Mailer = p
	})}.open(t)
	acme := d.acme(t, 0)
	invite := func(email, role string) tickets.NewMember {
		return tickets.NewMember{Mail: "member", NewInvitation: organizations.NewInvitation{Email: email, Role: role}}
	}
	if _, err := d.Tickets.InviteMembers(t.Context(), accountstest.Admin, acme, invite("a@example.com", organizations.Member), invite("b@example.com", "")); err == nil || len(d.mails(t)) > 0 {
		t.Errorf("one is refused: %v, and there are the mails %q", err, d.mails(t))
	}
	made, err := d.Tickets.InviteMembers(t.Context(), accountstest.Admin, acme, invite("a@example.com", organizations.Member), invite("b@example.com", organizations.Member))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range made {
		want = append(want, strings.Join([]string{"member", acme, m.ID, m.Email, m.Link}, " "))
	}
	if got := d.mails(t); !cmp.Equal(got, want) || p.woken != 1 {
		t.Errorf("mails: %q, want %q; woken %d times", got, want, p.woken)
	}
}

// TestInviteMembers checks that an accepted invitation to an organization adds a member, an
// existing or a new user, once.
func TestInviteMembers(t *testing.T) {
	onEach(t, func(t *testing.T, here, there desk) {
		acme := here.acme(t, 0)
		id, text := here.inviteInto(t, acme, "new@example.com")
		desks := [2]desk{here, there}
		accountstest.OneOf(t, racing, strategies.ErrTicketUsed, func(i int) error { return desks[i%2].redeem(t, text, "password", password) })
		here.wantMember(t, acme, id, "new@example.com", true)

		u := here.Create(t, accountstest.Person("jdoe", password))
		if _, err := here.Contacts.Create(t.Context(), accountstest.Admin, u.Kuid, contacts.NewContact{Kind: users.Email, Value: "old@example.com", Verified: true}, false); err != nil {
			t.Fatal(err)
		}
		id, text = here.inviteInto(t, acme, "old@example.com")
		accountstest.OneOf(t, racing, strategies.ErrTicketUsed, func(i int) error { return desks[i%2].redeem(t, text) })
		here.wantMember(t, acme, id, "old@example.com", true)
		_, err := there.Tickets.InviteMembers(t.Context(), accountstest.Admin, acme, tickets.NewMember{NewInvitation: organizations.NewInvitation{Email: "Old@example.com", Role: organizations.Member}})
		accountstest.WantFault(t, err, organizations.ErrMember)

		for range 4 {
			id, text := here.inviteInto(t, acme, "amid@example.com")
			var redeemed, revoked error
			var both sync.WaitGroup
			both.Go(func() { redeemed = here.redeem(t, text, "password", password) })
			both.Go(func() {
				_, revoked = there.Organizations.Invitations.Revoke(t.Context(), accountstest.Admin, acme, id)
			})
			both.Wait()
			if (redeemed == nil) == (revoked == nil) {
				t.Errorf("the acceptance is answered %v, the revocation %v", redeemed, revoked)
			}
			if revoked == nil {
				accountstest.WantFault(t, there.redeem(t, text, "password", password), strategies.ErrTicketRevoked)
				continue
			}
			here.wantMember(t, acme, id, "amid@example.com", true)
			break
		}
	})
}

// TestInviteMembersRefused checks that nothing is created without a seat or a valid invitation, and
// that all invitations of a request are created or none.
func TestInviteMembersRefused(t *testing.T) {
	d := newDesk(t)
	acme := d.acme(t, 1)
	id, text := d.inviteInto(t, acme, "new@example.com")
	if until, err := d.Tickets.OpenUntil(t.Context(), acme, id); err != nil || until != d.Now.Add(30*24*time.Hour).UnixMilli() {
		t.Errorf("open until %d, %v", until, err)
	}
	_, err := d.Tickets.OpenUntil(t.Context(), "org_none", id)
	accountstest.WantFault(t, err, tickets.ErrNotFound)
	u := d.Create(t, accountstest.Person("jdoe", password))
	if _, err := d.Organizations.Members.Add(t.Context(), accountstest.Admin, acme, organizations.NewMember{Kuid: u.Kuid, Role: organizations.Admin}); err != nil {
		t.Fatal(err)
	}
	accountstest.WantFault(t, d.redeem(t, text, "password", password), organizations.ErrMembershipLimit)
	if d.owner(t, "new@example.com") != nil {
		t.Error("a user is made of an invitation to a full organization")
	}
	for _, wrong := range []string{text + "x", "x." + text, strings.Replace(text, acme, "org_x", 1), strings.TrimPrefix(text, acme+"."), strings.Replace(text, id, "orginv_x", 1)} {
		accountstest.WantFault(t, d.redeem(t, wrong, "password", password), strategies.ErrRefused)
	}
	roomy := d.acme(t, 0)
	one := func(ni organizations.NewInvitation) tickets.NewMember { return tickets.NewMember{NewInvitation: ni} }
	first := one(organizations.NewInvitation{Email: "first@example.com", Role: organizations.Member})
	for name, second := range map[string]tickets.NewMember{
		"no role": one(organizations.NewInvitation{Email: "x@example.com", Role: "x"}), "twice": first,
		"a script": one(organizations.NewInvitation{Email: "x@example.com", Role: organizations.Member, RedirectURL: "javascript:x"}),
		"mail":     {NewInvitation: organizations.NewInvitation{Email: "x@example.com", Role: organizations.Member}, Mail: "organization-invitation"},
	} {
		if _, err := d.Tickets.InviteMembers(t.Context(), accountstest.Admin, roomy, first, second); err == nil {
			t.Errorf("%s: made", name)
		}
	}
	if open, err := d.Organizations.Invitations.Pending(t.Context(), roomy); err != nil || open != 0 {
		t.Errorf("%d invitations are open, %v", open, err)
	}
	_, gone := d.inviteInto(t, roomy, "gone@example.com")
	if _, err := d.Organizations.Delete(t.Context(), accountstest.Admin, roomy); err != nil {
		t.Fatal(err)
	}
	accountstest.WantFault(t, d.redeem(t, gone, "password", password), strategies.ErrRefused)
}

// TestMemberDeaths: at whatever commit of an acceptance the process is killed, the invitation is
// open, or the upkeep adds the member.
func TestMemberDeaths(t *testing.T) {
	t.Parallel()
	for n := 0; ; n++ {
		d := newDesk(t)
		acme := d.acme(t, 0)
		id, text := d.inviteInto(t, acme, "jane@example.com")
		store := &accountstest.Dying{Store: d.Store, Left: n / 2, After: n%2 == 1}
		err := d.through(t, store).redeem(t, text, "password", password)
		if !store.Dead {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		for _, of := range storage.Collections {
			if err := d.Store.Refresh(t.Context(), of); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			d.Advance(2 * time.Minute)
			if _, err := d.Organizations.Upkeep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		made := d.owner(t, "jane@example.com") != nil
		d.wantMember(t, acme, id, "jane@example.com", made)
		again := d.redeem(t, text, "password", password)
		if used := errors.Is(again, strategies.ErrTicketUsed); used != made || again != nil && !used {
			t.Errorf("killed at commit %d: redeemed again it is answered %v, and there is a user: %t", n, again, made)
		}
	}
}

// TestAcceptOwn checks that only the user with the verified address accepts an invitation without its
// ticket, once, and not if it is revoked at the same time.
func TestAcceptOwn(t *testing.T) {
	onEach(t, func(t *testing.T, here, there desk) {
		acme := here.acme(t, 0)
		desks := [2]desk{here, there}
		person := func(name string, verified bool) *users.User {
			u := here.Create(t, accountstest.Person(name, password))
			if _, err := here.Contacts.Create(t.Context(), accountstest.Admin, u.Kuid, contacts.NewContact{Kind: users.Email, Value: name + "@example.com", Verified: verified}, false); err != nil {
				t.Fatal(err)
			}
			now, err := there.Users.Current(t.Context(), u.Kuid)
			if err != nil {
				t.Fatal(err)
			}
			return now
		}
		jane, unproved := person("jane", true), person("unproved", false)
		id, _ := here.inviteInto(t, acme, "unproved@example.com")
		_, err := here.Tickets.AcceptOwn(t.Context(), accountstest.Admin, unproved, id)
		accountstest.WantFault(t, err, organizations.ErrNoInvitation)
		here.wantMember(t, acme, id, "unproved@example.com", false)
		_, err = here.Tickets.AcceptOwn(t.Context(), accountstest.Admin, jane, id)
		accountstest.WantFault(t, err, organizations.ErrNoInvitation)

		id, text := here.inviteInto(t, acme, "JANE@example.com")
		accountstest.OneOf(t, racing, organizations.ErrNotPending, func(i int) error {
			_, err := desks[i%2].Tickets.AcceptOwn(t.Context(), accountstest.Admin, jane, id)
			return err
		})
		here.wantMember(t, acme, id, "jane@example.com", true)
		accountstest.WantFault(t, here.redeem(t, text), strategies.ErrTicketUsed)

		for i := range 4 {
			u := person(fmt.Sprintf("amid%d", i), true)
			id, _ := here.inviteInto(t, acme, u.Contacts[0].Value)
			var accepted, revoked error
			var both sync.WaitGroup
			both.Go(func() { _, accepted = here.Tickets.AcceptOwn(t.Context(), accountstest.Admin, u, id) })
			both.Go(func() {
				_, revoked = there.Organizations.Invitations.Revoke(t.Context(), accountstest.Admin, acme, id)
			})
			both.Wait()
			_, err := here.Organizations.Members.Membership(t.Context(), acme, u.Kuid)
			if (accepted == nil) == (revoked == nil) || (accepted == nil) != (err == nil) {
				t.Errorf("the acceptance is answered %v, the revocation %v, the membership %v", accepted, revoked, err)
			}
		}
	})
}

// TestLastSeatTaken: an invitation whose acceptance met a full organization stays open. It can be revoked, and
// then gives nobody a seat that becomes free; or it is accepted later.
func TestLastSeatTaken(t *testing.T) {
	onEach(t, func(t *testing.T, here, _ desk) {
		acme, invitations := here.acme(t, 0), here.Organizations.Invitations
		most := func(n int) {
			t.Helper()
			if _, err := here.Organizations.Update(t.Context(), accountstest.Admin, acme, organizations.Change{MaxMemberships: &n}); err != nil {
				t.Fatal(err)
			}
		}
		// met uses an invitation up, like the commit of its user, before the organization is full.
		met := func(name string) (*users.User, string) {
			t.Helper()
			most(0)
			u := here.Create(t, accountstest.Person(name, password))
			if _, err := here.Contacts.Create(t.Context(), accountstest.Admin, u.Kuid, contacts.NewContact{Kind: users.Email, Value: name + "@example.com", Verified: true}, false); err != nil {
				t.Fatal(err)
			}
			now, err := here.Users.Current(t.Context(), u.Kuid)
			if err != nil {
				t.Fatal(err)
			}
			id, _ := here.inviteInto(t, acme, name+"@example.com")
			if err := invitations.Begin(t.Context(), acme, id); err != nil {
				t.Fatal(err)
			}
			err = here.Users.Change(t.Context(), accountstest.Admin, u.Kuid, users.Edit{Once: organizations.Once(id)}, func(was *users.User) (*users.User, error) {
				return was.WithContacts(was.Contacts), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			most(1)
			return now, id
		}
		boss := here.Create(t, accountstest.Person("boss", password))
		if _, err := here.Organizations.Members.Add(t.Context(), accountstest.Admin, acme, organizations.NewMember{Kuid: boss.Kuid, Role: organizations.Admin}); err != nil {
			t.Fatal(err)
		}
		gone, revoked := met("gone")
		_, err := invitations.Accept(t.Context(), accountstest.Admin, acme, revoked, gone.Kuid)
		accountstest.WantFault(t, err, organizations.ErrMembershipLimit)
		if _, err := invitations.Revoke(t.Context(), accountstest.Admin, acme, revoked); err != nil {
			t.Errorf("the invitation is not revoked: %v", err)
		}
		late, open := met("late")
		here.Advance(2 * time.Minute)
		if _, err := here.Organizations.Upkeep(t.Context()); err != nil {
			t.Fatal(err)
		}
		most(0)
		here.Advance(2 * time.Minute)
		if _, err := here.Organizations.Upkeep(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err = here.Organizations.Members.Membership(t.Context(), acme, gone.Kuid)
		accountstest.WantFault(t, err, organizations.ErrNoMember)
		here.wantMember(t, acme, open, "late@example.com", false)
		if _, err := here.Tickets.AcceptOwn(t.Context(), accountstest.Admin, late, open); err != nil {
			t.Errorf("accepting it later: %v", err)
		}
		here.wantMember(t, acme, open, "late@example.com", true)
	})
}
