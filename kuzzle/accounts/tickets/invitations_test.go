package tickets_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/admission"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

const password = "my-secure-password"

// racing is the number of concurrent acceptances: not more than a login may have wrong passwords.
const racing = 4

// base is the prefix of links in these tests.
const base = "https://auth.example.com/?ticket="

func linked(o *accounts.Options) {
	o.Tickets.Link = func(text string) string { return base + text }
}

// invite creates an invitation.
func (d desk) invite(t *testing.T, ni tickets.NewInvitation) (id, text string) {
	t.Helper()
	made, err := d.Tickets.Invite(t.Context(), accountstest.Admin, ni)
	if err != nil {
		t.Fatal(err)
	}
	return made[0].ID, strings.TrimPrefix(made[0].Link, base)
}

// status returns the listed status of an invitation, "" if it is not listed.
func (d desk) status(t *testing.T, id string) string {
	t.Helper()
	if err := d.Store.Refresh(t.Context(), storage.Tickets); err != nil {
		t.Fatal(err)
	}
	found, _, err := d.Tickets.Invitations(t.Context(), tickets.Listing{Query: id, Order: tickets.ByCreation, Size: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		return ""
	}
	return found[0].Status
}

// owner returns the user who has an address, nil for none.
func (d desk) owner(t *testing.T, email string) *users.User {
	t.Helper()
	u, err := d.Names.Named(t.Context(), email)
	if errors.Is(err, users.ErrUserNotFound) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return &u
}

// TestInvitation checks that an accepted invitation creates a user with a verified address,
// metadata and a password, once: of many concurrent acceptances, over two processes, one succeeds.
func TestInvitation(t *testing.T) {
	onEach(t, func(t *testing.T, here, there desk) {
		id, text := here.invite(t, tickets.NewInvitation{Email: "Jane@Example.com", Metadata: map[string]any{"team": "red"}})
		accountstest.WantFault(t, here.redeem(t, text), assert.Missing)
		if here.owner(t, "jane@example.com") != nil || here.status(t, id) != tickets.Pending {
			t.Error("a refused newcomer leaves something")
		}
		desks := [2]desk{here, there}
		accountstest.OneOf(t, racing, strategies.ErrTicketUsed, func(i int) error {
			return desks[i%2].redeem(t, text, "password", fmt.Sprint(password, i), "username", "jane", "firstName", "Jane")
		})
		u := here.owner(t, "jane@example.com")
		if u == nil {
			t.Fatal("nobody has the address")
		}
		c := u.Primary(users.Email)
		if c == nil || c.Value != "Jane@example.com" || c.Verification.Strategy != users.ByTicket {
			t.Errorf("the contact is %+v", c)
		}
		if got := string(u.Metadata.Of(users.PublicMetadata)); got != `{"team":"red"}` || u.Detailed().FirstName != "Jane" || !cmp.Equal(u.Profiles, []string{"default"}) {
			t.Errorf("the user is %+v with %s", u, got)
		}
		logins := 0
		for i := range racing {
			if _, err := there.Login(t, "jane", fmt.Sprint(password, i)); err == nil {
				logins++
			}
		}
		if logins != 1 {
			t.Errorf("%d passwords log in, want one", logins)
		}
		if got := there.status(t, id); got != tickets.Accepted {
			t.Errorf("the invitation is %q", got)
		}
		_, err := there.Tickets.Revoke(t.Context(), accountstest.Admin, tickets.Invitation, id)
		accountstest.WantFault(t, err, tickets.ErrNotPending)
		for n := range 6 {
			revokedAmid(t, here, there, fmt.Sprintf("amid%d@example.com", n))
		}
	})
}

// revokedAmid: of a concurrent acceptance and revocation one succeeds.
func revokedAmid(t *testing.T, here, there desk, email string) {
	t.Helper()
	id, text := here.invite(t, tickets.NewInvitation{Email: email})
	var redeemed, revoked error
	var both sync.WaitGroup
	both.Go(func() { redeemed = here.redeem(t, text, "password", password) })
	both.Go(func() { _, revoked = there.Tickets.Revoke(t.Context(), accountstest.Admin, tickets.Invitation, id) })
	both.Wait()
	made := here.owner(t, email) != nil
	if (redeemed == nil) == (revoked == nil) || made != (redeemed == nil) {
		t.Errorf("the acceptance is answered %v, the revocation %v, and there is a user: %t", redeemed, revoked, made)
	}
	if want := map[bool]string{true: tickets.Accepted, false: tickets.Revoked}[made]; there.status(t, id) != want {
		t.Errorf("the invitation is %q, want %q", there.status(t, id), want)
	}
}

// TestInvitationOfUser: if a user has got the address meanwhile, the invitation is for that user.
func TestInvitationOfUser(t *testing.T) {
	d := newDesk(t)
	_, text := d.invite(t, tickets.NewInvitation{Email: "jane@example.com", Metadata: map[string]any{"team": "red"}})
	u := d.Create(t, accountstest.Person("jdoe", password))
	if _, err := d.Contacts.Create(t.Context(), accountstest.Admin, u.Kuid, contacts.NewContact{Kind: users.Email, Value: "jane@example.com", Reserved: true}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Users.Ban(t.Context(), accountstest.Admin, u.Kuid, false); err != nil {
		t.Fatal(err)
	}
	accountstest.WantFault(t, d.redeem(t, text), users.ErrBanned)
	if _, err := d.Users.Unban(t.Context(), accountstest.Admin, u.Kuid, false); err != nil {
		t.Fatal(err)
	}
	session, _, err := d.login(t, text)
	if err != nil || session.Kuid != u.Kuid {
		t.Fatalf("the invitation lets %q in, %v", session.Kuid, err)
	}
	now, err := d.Users.Read(t.Context(), u.Kuid)
	if err != nil {
		t.Fatal(err)
	}
	if c := now.Primary(users.Email); c == nil || c.Verification.Strategy != users.ByTicket || string(now.Metadata.Of(users.PublicMetadata)) != `{"team":"red"}` {
		t.Errorf("the user has the contacts %+v and %s", now.Contacts, now.Metadata.Of(users.PublicMetadata))
	}
	accountstest.WantFault(t, d.redeem(t, text), strategies.ErrTicketUsed)
}

// TestInvitationOfName: a user with an unproved address as a name may be anybody. An invitation of
// the address does not log into that account.
func TestInvitationOfName(t *testing.T) {
	d := newDesk(t)
	id, text := d.invite(t, tickets.NewInvitation{Email: "jane@example.com"})
	d.Create(t, accountstest.Person("Jane@Example.com", password))
	accountstest.WantFault(t, d.redeem(t, text, "password", password), strategies.ErrTaken)
	if got := d.status(t, id); got != tickets.Pending {
		t.Errorf("the invitation is %q", got)
	}
	_, err := d.Tickets.Invite(t.Context(), accountstest.Admin, tickets.NewInvitation{Email: "jane@example.com"})
	accountstest.WantFault(t, err, tickets.ErrHasUser)
}

// TestInviteRefused checks that a refused invitation leaves nothing behind.
func TestInviteRefused(t *testing.T) {
	d := newDesk(t)
	u := d.Create(t, accountstest.Person("jdoe", password))
	if _, err := d.Contacts.Create(t.Context(), accountstest.Admin, u.Kuid, contacts.NewContact{Kind: users.Email, Value: "taken@example.com", Verified: true}, false); err != nil {
		t.Fatal(err)
	}
	open, _ := d.invite(t, tickets.NewInvitation{Email: "open@example.com"})
	one := func(ni tickets.NewInvitation) []tickets.NewInvitation {
		if ni.Email == "" {
			ni.Email = "new@example.com"
		}
		return []tickets.NewInvitation{{Email: "first@example.com"}, ni}
	}
	for name, row := range map[string]struct {
		all  []tickets.NewInvitation
		want *fault.Kind
	}{
		"no address": {one(tickets.NewInvitation{Email: "x"}), tickets.ErrEmail}, "days": {one(tickets.NewInvitation{Days: 366}), tickets.ErrDays},
		"a user's": {one(tickets.NewInvitation{Email: "Taken@Example.com"}), tickets.ErrHasUser}, "invited": {one(tickets.NewInvitation{Email: "OPEN@example.com"}), tickets.ErrInvited},
		"twice": {one(tickets.NewInvitation{Email: "First@example.com"}), tickets.ErrInvited}, "no mail": {one(tickets.NewInvitation{Mail: "invitation"}), tickets.ErrNoMail},
		"metadata": {one(tickets.NewInvitation{Metadata: map[string]any{"x": strings.Repeat("x", users.MaxMetadata)}}), users.ErrMetadataTooLarge},
		"a script": {one(tickets.NewInvitation{RedirectURL: "javascript:alert(1)"}), tickets.ErrRedirect}, "a path": {one(tickets.NewInvitation{RedirectURL: "/x"}), tickets.ErrRedirect},
		"in the clear": {one(tickets.NewInvitation{RedirectURL: "http://app.example.com"}), tickets.ErrRedirect}, "too many": {make([]tickets.NewInvitation, 11), tickets.ErrTooMany},
	} {
		if _, err := d.Tickets.Invite(t.Context(), accountstest.Admin, row.all...); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %s", name, err, row.want.ID())
		}
	}
	if rows, _ := d.rows(t); rows != 1 {
		t.Errorf("%d invitations are kept, want 1", rows)
	}
	anyway, _ := d.invite(t, tickets.NewInvitation{Email: "open@example.com", Anyway: true})
	d.invite(t, tickets.NewInvitation{Email: "taken@example.com", Anyway: true})
	if until, err := d.Tickets.OpenUntil(t.Context(), "", open); err != nil || until != d.Now.Add(30*24*time.Hour).UnixMilli() {
		t.Errorf("open until %d, %v", until, err)
	}
	if _, err := d.Tickets.Revoke(t.Context(), accountstest.Admin, tickets.Invitation, open); err != nil {
		t.Fatal(err)
	}
	_, err := d.Tickets.OpenUntil(t.Context(), "", open)
	accountstest.WantFault(t, err, tickets.ErrNotPending)
	_, err = d.Tickets.OpenUntil(t.Context(), "", "inv_none")
	accountstest.WantFault(t, err, tickets.ErrNotFound)
	again, _ := d.invite(t, tickets.NewInvitation{Email: "open@example.com", Days: 1})
	d.Advance(24 * time.Hour)
	if d.status(t, again) != tickets.Expired || d.status(t, anyway) != tickets.Pending {
		t.Error("an invitation expires at another time than it was told")
	}
	d.invite(t, tickets.NewInvitation{Email: "open@example.com"})
	accountstest.OneOf(t, 8, tickets.ErrInvited, func(int) error {
		_, err := d.Tickets.Invite(t.Context(), accountstest.Admin, tickets.NewInvitation{Email: "many@example.com"})
		return err
	})
	unknown := desk{accountstest.New(t, nil)}
	_, err = unknown.Tickets.Invite(t.Context(), accountstest.Admin, tickets.NewInvitation{Email: "x@example.com"})
	accountstest.WantFault(t, err, tickets.ErrNoLink)
}

// post is a mailer, which returns its error if one is set.
type post struct {
	woken int
	err   error
}

func (*post) Mails() bool { return true }

func (p *post) Message(_ context.Context, m tickets.Mail) (storage.Document, error) {
	text, err := json.Marshal(strings.Join([]string{m.Kind, m.Organization, m.ID, m.Email, m.Link}, " "))
	return storage.Document{ID: "mail:", Version: 1, Content: fmt.Appendf(nil, `{"mail":%s}`, text)}, errors.Join(err, p.err)
}

func (p *post) Written() { p.woken++ }

// mails returns the mails that the store has.
func (d desk) mails(t *testing.T) (mails []string) {
	t.Helper()
	found, err := d.Store.Walk(t.Context(), storage.Outbox, "mail:", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range found {
		var mail struct{ Mail string }
		if err := json.Unmarshal(doc.Content, &mail); err != nil {
			t.Fatal(err)
		}
		mails = append(mails, mail.Mail)
	}
	return mails
}

// TestInvitationMail checks that an invitation and its mail are written in one commit, and that the
// invitations of one request and their mails all exist or none.
func TestInvitationMail(t *testing.T) {
	p := &post{}
	d := desk{accountstest.New(t, func(o *accounts.Options) {
		linked(o)
		o.Tickets.Mailer = p
	})}.open(t)
	made, err := d.Tickets.Invite(t.Context(), accountstest.Admin,
		tickets.NewInvitation{Email: "jane@example.com", Mail: "invitation"}, tickets.NewInvitation{Email: "john@example.com"}, tickets.NewInvitation{Email: "joan@example.com", Mail: "other"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"invitation  " + made[0].ID + " jane@example.com " + made[0].Link, "other  " + made[2].ID + " joan@example.com " + made[2].Link}
	if got := d.mails(t); !cmp.Equal(got, want) || p.woken != 1 {
		t.Errorf("mails: %q, want %q; woken %d times", got, want, p.woken)
	}
	refused := func(name string, is error, all ...tickets.NewInvitation) {
		t.Helper()
		if _, err := d.Tickets.Invite(t.Context(), accountstest.Admin, all...); !errors.Is(err, is) {
			t.Errorf("%s: got %v", name, err)
		}
		if rows, _ := d.rows(t); rows != 3 || len(d.mails(t)) != 2 || p.woken != 1 {
			t.Errorf("%s: %d invitations and %q are kept, woken %d times", name, rows, d.mails(t), p.woken)
		}
	}
	refused("one is invited", tickets.ErrInvited, tickets.NewInvitation{Email: "a@example.com", Mail: "invitation"}, tickets.NewInvitation{Email: "jane@example.com", Mail: "invitation"})
	p.err = errors.New("no")
	refused("no mail", p.err, tickets.NewInvitation{Email: "a@example.com"}, tickets.NewInvitation{Email: "b@example.com", Mail: "invitation"})
}

// TestDeleteInvitation checks that its ticket is void at once, that its address is free, and that
// nothing is left later. A user who accepted it stays.
func TestDeleteInvitation(t *testing.T) {
	d := newDesk(t)
	for name, before := range map[string]func(id, text string) error{
		"pending":  func(string, string) error { return nil },
		"accepted": func(_, text string) error { return d.redeem(t, text, "password", password) },
		"revoked": func(id, _ string) error {
			_, err := d.Tickets.Revoke(t.Context(), accountstest.Admin, tickets.Invitation, id)
			return err
		},
	} {
		email := name + "@example.com"
		id, text := d.invite(t, tickets.NewInvitation{Email: email})
		if err := before(id, text); err != nil {
			t.Fatal(err)
		}
		if err := d.Tickets.Delete(t.Context(), accountstest.Admin, id); err != nil {
			t.Fatal(err)
		}
		accountstest.WantFault(t, d.Tickets.Delete(t.Context(), accountstest.Admin, id), tickets.ErrNotFound)
		accountstest.WantFault(t, d.redeem(t, text, "password", password), strategies.ErrRefused)
		if has := d.owner(t, email) != nil; has != (name == "accepted") || d.status(t, id) != "" {
			t.Errorf("%s: deleted, there is a user: %t, and it is listed as %q", name, has, d.status(t, id))
		}
		d.invite(t, tickets.NewInvitation{Email: email, Anyway: name == "accepted", Days: 1})
	}
	d.Advance(time.Hour)
	if _, err := d.Tickets.Upkeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows, keys := d.rows(t); rows != 3 || keys != 0 {
		t.Errorf("%d invitations and %d keys are left, want 3 and none", rows, keys)
	}
}

// TestInvitations lists invitations in every order and status.
func TestInvitations(t *testing.T) {
	onEach(t, func(t *testing.T, here, _ desk) {
		ids := map[string]string{}
		for i, name := range []string{"cleo", "anna", "bert", "dora"} {
			here.Advance(time.Second)
			id, text := here.invite(t, tickets.NewInvitation{Email: name + "@example.com", Days: i + 1})
			ids[id] = name
			switch name {
			case "bert":
				if _, err := here.Tickets.Revoke(t.Context(), accountstest.Admin, tickets.Invitation, id); err != nil {
					t.Fatal(err)
				}
			case "dora":
				if err := here.redeem(t, text, "password", password); err != nil {
					t.Fatal(err)
				}
			}
		}
		here.Advance(24 * time.Hour)
		for name, row := range map[string]struct {
			ask  tickets.Listing
			want string
		}{
			"all": {tickets.Listing{}, "cleo anna bert dora"}, "newest": {tickets.Listing{Desc: true}, "dora bert anna cleo"},
			"by address": {tickets.Listing{Order: tickets.ByEmail}, "anna bert cleo dora"}, "by end": {tickets.Listing{Order: tickets.ByExpiry, Desc: true}, "dora bert anna cleo"},
			"pending": {tickets.Listing{Statuses: []string{tickets.Pending}}, "anna"}, "expired": {tickets.Listing{Statuses: []string{tickets.Expired}}, "cleo"},
			"two": {tickets.Listing{Statuses: []string{tickets.Revoked, tickets.Accepted}}, "bert dora"}, "part": {tickets.Listing{Query: "NNA@Ex"}, "anna"},
			"a page": {tickets.Listing{From: 1, Size: 2}, "anna bert"}, "stars": {tickets.Listing{Query: "*"}, ""},
		} {
			if row.ask.Order == "" {
				row.ask.Order = tickets.ByCreation
			}
			if row.ask.Size == 0 {
				row.ask.Size = 10
			}
			found, total, err := here.Tickets.Invitations(t.Context(), row.ask)
			var names []string
			for i := range found {
				names = append(names, ids[found[i].ID])
			}
			if got := strings.Join(names, " "); err != nil || got != row.want || name == "a page" && total != 4 {
				t.Errorf("%s: %q of %d, %v, want %q", name, got, total, err, row.want)
			}
		}
	})
}

// TestInvitationDeaths: at whatever commit of a redemption the process is killed, the invitation is
// open without a user, or the user exists and the upkeep updates the invitation.
func TestInvitationDeaths(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(d desk){
		"a newcomer": func(desk) {},
		"a user": func(d desk) {
			u := d.Create(t, accountstest.Person("jdoe", password))
			if _, err := d.Contacts.Create(t.Context(), accountstest.Admin, u.Kuid, contacts.NewContact{Kind: users.Email, Value: "jane@example.com", Verified: true}, false); err != nil {
				t.Fatal(err)
			}
		},
	} {
		for n := 0; ; n++ {
			d := newDesk(t)
			id, text := d.invite(t, tickets.NewInvitation{Email: "jane@example.com", Metadata: map[string]any{"team": "red"}})
			before(d)
			store := &accountstest.Dying{Store: d.Store, Left: n / 2, After: n%2 == 1}
			err := d.through(t, store).redeem(t, text, "password", password)
			if !store.Dead {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			d.Advance(2 * time.Minute)
			if _, err := d.Tickets.Upkeep(t.Context()); err != nil {
				t.Fatal(err)
			}
			u := d.owner(t, "jane@example.com")
			joined := u != nil && string(u.Metadata.Of(users.PublicMetadata)) == `{"team":"red"}`
			if want := map[bool]string{true: tickets.Accepted, false: tickets.Pending}[joined]; d.status(t, id) != want {
				t.Errorf("%s, killed at commit %d: the invitation is %q, want %q", name, n, d.status(t, id), want)
			}
			again := d.redeem(t, text, "password", password)
			if used := errors.Is(again, strategies.ErrTicketUsed); used != joined || again != nil && !used {
				t.Errorf("%s, killed at commit %d: redeemed again it is answered %v, and the user is there: %t", name, n, again, joined)
			}
		}
	}
}

// TestAcceptingIsBounded checks that an acceptance gives up if others write the invitation all the
// time, and that the invitation stays open.
func TestAcceptingIsBounded(t *testing.T) {
	const many = 1000
	bench, store := accountstest.NewBetween(t, linked)
	d := desk{bench}.open(t)
	id, text := d.invite(t, tickets.NewInvitation{Email: "jane@example.com"})
	tried := 0
	store.Writing = func(change storage.Change) {
		if change.In != storage.Tickets || change.ID != id || tried == many {
			return
		}
		tried++
		doc, err := store.Store.Get(t.Context(), change.In, id)
		if err == nil {
			rev := doc.Rev
			doc.Version++
			_, err = store.Store.Commit(t.Context(), storage.Change{In: change.In, ID: id, Put: &doc, If: rev})
		}
		if err != nil {
			t.Error(err)
		}
	}
	accountstest.WantFault(t, d.redeem(t, text, "password", password), storage.ErrConflict)
	if tried == 0 || tried == many {
		t.Errorf("it was tried %d times", tried)
	}
	store.Writing = nil
	if err := d.redeem(t, text, "password", password); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestInvitedAreAdmitted checks that an invitation admits its address against the lists, and no
// other listed name.
func TestInvitedAreAdmitted(t *testing.T) {
	d := newDesk(t)
	if _, err := d.Admission.Add(t.Context(), admission.Block, "*@blocked.example"); err != nil {
		t.Fatal(err)
	}
	d.Admission.Obey(admission.Rules{AllowList: true, BlockList: true})
	id, text := d.invite(t, tickets.NewInvitation{Email: "jane@blocked.example"})
	accountstest.WantFault(t, d.redeem(t, text, "password", password, "username", "bert@blocked.example"), admission.ErrRefused)
	if got := d.status(t, id); got != tickets.Pending {
		t.Errorf("after a refusal it is %s", got)
	}
	if err := d.redeem(t, text, "password", password, "username", "jane"); err != nil {
		t.Error(err)
	}
	if u := d.owner(t, "jane@blocked.example"); u == nil || !u.Contacts[0].Verified() {
		t.Errorf("the user is %+v", u)
	}
}
