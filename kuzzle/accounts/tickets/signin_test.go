package tickets_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/ticket"
)

// TestSignIn: of many concurrent logins with one ticket, over two processes, one succeeds, and so
// does one of a login and a revocation.
func TestSignIn(t *testing.T) {
	onEach(t, func(t *testing.T, here, there desk) {
		here.Create(t, accountstest.Person("jdoe", "my-secure-password"))
		u, err := here.Users.Current(t.Context(), jdoe(t, here))
		if err != nil {
			t.Fatal(err)
		}
		_, text := here.signIn(t, tickets.NewSignIn{Kuid: u.Kuid})
		desks := [2]desk{here, there}
		accountstest.OneOf(t, 16, strategies.ErrTicketUsed, func(i int) error { return desks[i%2].redeem(t, text) })
		accountstest.WantFault(t, there.redeem(t, text), strategies.ErrTicketUsed)
		for range 8 {
			id, text := here.signIn(t, tickets.NewSignIn{Kuid: u.Kuid})
			var redeemed, revoked error
			var both sync.WaitGroup
			both.Go(func() { redeemed = here.redeem(t, text) })
			both.Go(func() { _, revoked = there.Tickets.Revoke(t.Context(), accountstest.Admin, tickets.SignIn, id) })
			both.Wait()
			switch {
			case (redeemed == nil) == (revoked == nil):
				t.Errorf("the login is answered %v, and the revocation %v", redeemed, revoked)
			case redeemed != nil && !errors.Is(redeemed, strategies.ErrTicketUsed) && !errors.Is(redeemed, strategies.ErrTicketRevoked):
				t.Errorf("the login is refused with %v", redeemed)
			case revoked != nil && !errors.Is(revoked, tickets.ErrNotPending):
				t.Errorf("the revocation is refused with %v", revoked)
			}
		}
	})
}

func jdoe(t *testing.T, d desk) string {
	t.Helper()
	u, err := d.Names.Named(t.Context(), "jdoe")
	if err != nil {
		t.Fatal(err)
	}
	return u.Kuid
}

// TestSignInRefused checks that a ticket expires, ends with its user, and does not log in a banned
// or locked user. A reader of the store cannot use it.
func TestSignInRefused(t *testing.T) {
	d := newDesk(t)
	u := d.Create(t, accountstest.Person("jdoe", "my-secure-password"))
	_, short := d.signIn(t, tickets.NewSignIn{Kuid: u.Kuid, Lifetime: time.Second})
	_, long := d.signIn(t, tickets.NewSignIn{Kuid: u.Kuid})
	docs, err := d.Store.Walk(t.Context(), storage.Tickets, "", 10)
	if err != nil || len(docs) != 2 {
		t.Fatalf("%d tickets are kept, %v", len(docs), err)
	}
	_, secret, _ := strings.Cut(long, ".")
	for _, doc := range docs {
		if strings.Contains(string(doc.Content)+string(doc.Auth), secret) {
			t.Error("the store has a ticket")
		}
	}
	d.Advance(time.Second)
	accountstest.WantFault(t, d.redeem(t, short), strategies.ErrTicketExpired)
	for _, wrong := range []string{"", ".", "x", long[:len(long)-1], long + "x", strings.Replace(long, ".", ".x", 1), short[:30] + "." + secret, "sit_x." + secret} {
		if err := d.redeem(t, wrong); err == nil {
			t.Errorf("%q logs in", wrong)
		}
	}
	if _, err := d.Users.Ban(t.Context(), accountstest.Admin, u.Kuid, false); err != nil {
		t.Fatal(err)
	}
	accountstest.WantFault(t, d.redeem(t, long), users.ErrBanned)
	if _, err := d.Users.Unban(t.Context(), accountstest.Admin, u.Kuid, false); err != nil {
		t.Fatal(err)
	}
	if err := d.redeem(t, long); err != nil {
		t.Errorf("a ticket that was refused to a banned user: %v", err)
	}
	_, text := d.signIn(t, tickets.NewSignIn{Kuid: u.Kuid})
	if err := d.Users.Delete(t.Context(), accountstest.Admin, u.Kuid, false); err != nil {
		t.Fatal(err)
	}
	accountstest.WantFault(t, d.redeem(t, text), strategies.ErrRefused)
	if rows, keys := d.rows(t); rows != 0 || keys != 0 {
		t.Errorf("a deleted user leaves %d tickets and %d keys", rows, keys)
	}
}

// TestSignInContained checks that nobody creates a ticket for a user with more rights.
func TestSignInContained(t *testing.T) {
	d := newDesk(t)
	root := d.Create(t, credentials.NewUser{Content: map[string]any{"profileIds": []any{"admin"}}})
	u := d.Create(t, accountstest.Person("jdoe", "my-secure-password"))
	_, _, err := d.Tickets.SignIn(t.Context(), users.Actor{Kuid: u.Kuid}, tickets.NewSignIn{Kuid: root.Kuid})
	accountstest.WantFault(t, err, profiles.ErrExceedsOwn)
}

// TestSecondFactor checks that a ticket is a first factor, which the challenge uses up.
func TestSecondFactor(t *testing.T) {
	d := newDesk(t)
	d.Use(t, backupcode.Name, backupcode.New)
	nu := accountstest.Person("jdoe", "my-secure-password")
	nu.Credentials[backupcode.Name] = map[string]any{backupcode.Codes: []any{"0-aaaaa-bbbbb"}}
	nu.Imported = true
	u := d.Create(t, nu)
	_, text := d.signIn(t, tickets.NewSignIn{Kuid: u.Kuid, Actor: map[string]any{"sub": "boss"}})
	session, step, err := d.login(t, text)
	if err != nil || session.JWT != "" || step == nil || step.Challenge == nil {
		t.Fatalf("the ticket leads to %+v, %+v, %v", session, step, err)
	}
	accountstest.WantFault(t, d.redeem(t, text), strategies.ErrTicketUsed)
	session, _, err = d.Logins.Login(t.Context(), users.Actor{Kuid: users.AnonymousKuid}, logins.Login{
		Strategy: backupcode.Name, Credentials: map[string]any{logins.ChallengeField: step.Challenge.Token, "code": "0-aaaaa-bbbbb"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := sessions.Manage(d.Sessions).Find(t.Context(), session.ID); err != nil || s.Act["sub"] != "boss" || s.ExpiresAt > d.Now.Add(tickets.MaxWithin).UnixMilli() {
		t.Errorf("the session is %+v, %v", s, err)
	}
}

// TestActing checks that an actor's session ends in time despite refreshes, and creates nothing
// that lasts longer.
func TestActing(t *testing.T) {
	d := newDesk(t)
	u := d.Create(t, accountstest.Person("jdoe", "my-secure-password"))
	_, text := d.signIn(t, tickets.NewSignIn{Kuid: u.Kuid, Actor: map[string]any{"sub": "boss"}, Within: 10 * time.Minute})
	begun, _, err := d.login(t, text)
	if err != nil {
		t.Fatal(err)
	}
	end := d.Now.Add(10 * time.Minute).UnixMilli()
	caller := func(token string) users.Actor {
		v, err := d.Sessions.Verify(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		return users.Actor{Kuid: v.User.Kuid, SessionID: v.SessionID, Token: v.Token}
	}
	d.Advance(5 * time.Minute)
	refreshed, err := d.Exchange.RefreshToken(t.Context(), caller(begun.JWT), "30d", "", nil)
	if err != nil || refreshed.ExpiresAt != end {
		t.Errorf("a refreshed session ends at %d, %v, want %d", refreshed.ExpiresAt, err, end)
	}
	further, err := d.Exchange.CreateToken(t.Context(), caller(refreshed.JWT), "30d", false)
	if err != nil || further.ExpiresAt != end {
		t.Errorf("a further session ends at %d, %v, want %d", further.ExpiresAt, err, end)
	}
	if s, err := sessions.Manage(d.Sessions).Find(t.Context(), further.ID); err != nil || s.Act["sub"] != "boss" {
		t.Errorf("a further session is %+v, %v", s, err)
	}
	if _, err := d.Keys.CreateKey(t.Context(), caller(refreshed.JWT), sessions.NewKey{Kuid: u.Kuid, Description: "x"}); err == nil {
		t.Error("who acts in a user's place makes an API key")
	}
	d.Advance(5 * time.Minute)
	if _, err := d.Sessions.Verify(t.Context(), refreshed.JWT); err == nil {
		t.Error("the session goes on")
	}
	if now, err := d.Users.Read(t.Context(), u.Kuid); err != nil || now.LastSignInAt != 0 {
		t.Errorf("the user signed in at %d, %v", now.LastSignInAt, err)
	}
}

// TestSignInDeaths: at whatever commit of a redemption the process is killed, the ticket is unused,
// or its session exists.
func TestSignInDeaths(t *testing.T) {
	t.Parallel()
	for n := 0; ; n++ {
		d := newDesk(t)
		u := d.Create(t, accountstest.Person("jdoe", "my-secure-password"))
		_, text := d.signIn(t, tickets.NewSignIn{Kuid: u.Kuid})
		store := &accountstest.Dying{Store: d.Store, Left: n / 2, After: n%2 == 1}
		err := d.through(t, store).redeem(t, text)
		if !store.Dead {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		made, err := sessions.Manage(d.Sessions).Of(t.Context(), u.Kuid)
		if err != nil {
			t.Fatal(err)
		}
		again := d.redeem(t, text)
		if used := errors.Is(again, strategies.ErrTicketUsed); used != (len(made) == 1) || len(made) > 1 || again != nil && !used {
			t.Errorf("killed at commit %s: %d sessions, and the ticket is answered %v", fmt.Sprint(n), len(made), again)
		}
	}
}

// TestUpkeep checks that ended tickets and their keys are removed later.
func TestUpkeep(t *testing.T) {
	d := newDesk(t)
	u := d.Create(t, accountstest.Person("jdoe", "my-secure-password"))
	_, used := d.signIn(t, tickets.NewSignIn{Kuid: u.Kuid})
	revoked, _ := d.signIn(t, tickets.NewSignIn{Kuid: u.Kuid})
	d.signIn(t, tickets.NewSignIn{Kuid: u.Kuid, Lifetime: time.Minute})
	if err := d.redeem(t, used); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Tickets.Revoke(t.Context(), accountstest.Admin, tickets.SignIn, revoked); err != nil {
		t.Fatal(err)
	}
	keep := func(want int) {
		t.Helper()
		if _, err := d.Tickets.Upkeep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rows, keys := d.rows(t); rows != want || keys > want {
			t.Errorf("%d tickets and %d keys are kept, want %d", rows, keys, want)
		}
	}
	keep(3)
	d.Advance(30*24*time.Hour + time.Minute)
	keep(1)
	d.Advance(30 * 24 * time.Hour)
	keep(0)
}

// TestNoFactor checks that a logged-in user cannot confirm their identity with a ticket.
func TestNoFactor(t *testing.T) {
	d := newDesk(t)
	u := d.Create(t, accountstest.Person("jdoe", "my-secure-password"))
	_, text := d.signIn(t, tickets.NewSignIn{Kuid: u.Kuid})
	accountstest.WantFault(t, d.Logins.Prove(t.Context(), users.Actor{Kuid: u.Kuid, SessionID: "x"}, ticket.Name, map[string]any{ticket.Field: text}), strategies.ErrRefused)
	if err := d.redeem(t, text); err != nil {
		t.Error(err)
	}
}
