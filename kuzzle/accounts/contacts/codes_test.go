package contacts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// postman sends the codes of contacts, within the recipients' limits, and counts them.
type postman struct {
	contacts *contacts.Contacts
	limits   *throttle.Logins
	mu       sync.Mutex
	sent     int
}

func (*postman) Sends(kind string) bool { return kind == users.Email }

func (p *postman) SendCode(ctx context.Context, kuid, id string, part throttle.Part) error {
	c, err := p.contacts.Unverified(ctx, kuid, id)
	if err != nil {
		return err
	}
	if let, err := throttle.MessagesOf(p.limits).Message(ctx, part, users.Fold(c.Value)); err != nil || !let {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent++
	_, _, _, err = p.contacts.Draw(ctx, kuid, id, contacts.CodeFor)
	return err
}

// codeBench returns a bench with a postman.
func codeBench(t *testing.T) (*accountstest.Bench, *postman) {
	t.Helper()
	post := &postman{}
	b := accountstest.New(t, func(o *accounts.Options) {
		o.Sender, o.FactorFresh, post.limits = post, 15*time.Minute, o.Logins
	})
	post.contacts = b.Contacts
	return b, post
}

// fresh returns a user in a session with a recently proved password, at an address of its own.
func fresh(b *accountstest.Bench, kuid string) users.Actor {
	return users.Actor{
		Kuid: kuid, SessionID: "session of " + kuid, Device: "session of " + kuid, Self: true,
		Addr: netip.MustParseAddr("192.0.2.7"), Factors: map[string]int64{"password": b.Now.UnixMilli()},
	}
}

// asked adds an unverified contact to a user and asks for its code.
func asked(t *testing.T, b *accountstest.Bench, kuid, address string) (id, code string) {
	t.Helper()
	c, err := b.Contacts.Create(t.Context(), fresh(b, kuid), kuid, email(address), false)
	if err == nil {
		_, err = b.Contacts.Ask(t.Context(), fresh(b, kuid), kuid, c.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.ID, codeOf(t, b, kuid, c.ID)
}

func codeOf(t *testing.T, b *accountstest.Bench, kuid, id string) string {
	t.Helper()
	code, _, ok, err := b.Contacts.Code(t.Context(), kuid, id)
	if err != nil || !ok || len(code) != 6 {
		t.Fatalf("the code is %q, %t, %v", code, ok, err)
	}
	return code
}

func prove(t *testing.T, b *accountstest.Bench, kuid, id, code string) (users.Contact, error) {
	t.Helper()
	return b.Contacts.Prove(t.Context(), fresh(b, kuid), kuid, id, code, false)
}

// otherCode returns a six-digit code other than the given one.
func otherCode(code string, n int) string {
	var number int
	_, _ = fmt.Sscanf(code, "%d", &number)
	return fmt.Sprintf("%06d", (number+n)%1_000_000)
}

// TestContactCode checks that the code of a contact verifies that contact once, within ten minutes,
// and that the user then logs in by the address.
func TestContactCode(t *testing.T) {
	b, post := codeBench(t)
	named(t, b, "jane", "john")
	id, code := asked(t, b, "jane", "jane@example.com")
	johns, _ := asked(t, b, "john", "john@example.com")
	if post.sent != 2 {
		t.Errorf("%d codes were sent, want 2", post.sent)
	}
	_, err := prove(t, b, "john", johns, otherCode(codeOf(t, b, "john", johns), 1))
	accountstest.WantFault(t, err, contacts.ErrCode)
	if other := codeOf(t, b, "john", johns); other != code { // codes are equal by chance once in a million
		_, err = prove(t, b, "john", johns, code)
		accountstest.WantFault(t, err, contacts.ErrCode)
	}
	c, err := prove(t, b, "jane", id, code)
	if err != nil || !c.Verified() || !c.Primary || c.Verification.Strategy != users.ByCode || c.Verification.At != b.Now.UnixMilli() {
		t.Fatalf("proved: %+v, %v", c, err)
	}
	_, err = prove(t, b, "jane", id, code)
	accountstest.WantFault(t, err, contacts.ErrVerified)
	if _, err := b.Login(t, "Jane@Example.com", "correct horse"); err != nil {
		t.Error(err)
	}
	// The used code does not verify the contact again.
	if _, err := updateContact(t, b, "jane", id, "!verified"); err != nil {
		t.Fatal(err)
	}
	_, err = prove(t, b, "jane", id, code)
	accountstest.WantFault(t, err, contacts.ErrCode)

	// A new code replaces the one before, and every code expires.
	if _, err := b.Contacts.Ask(t.Context(), fresh(b, "jane"), "jane", id); err != nil {
		t.Fatal(err)
	}
	second := codeOf(t, b, "jane", id)
	b.Advance(contacts.CodeFor)
	_, err = prove(t, b, "jane", id, second)
	accountstest.WantFault(t, err, contacts.ErrCode)
	if _, _, ok, err := b.Contacts.Code(t.Context(), "jane", id); ok || err != nil {
		t.Errorf("a code that has expired would be sent: %t, %v", ok, err)
	}
}

// TestContactCodeStored takes a code in the form in which earlier versions stored it, and stores none in another.
func TestContactCodeStored(t *testing.T) {
	b, _ := codeBench(t)
	named(t, b, "jane")
	id, _ := asked(t, b, "jane", "jane@example.com")
	u, err := b.Users.Read(t.Context(), "jane")
	if err != nil {
		t.Fatal(err)
	}
	key := logins.FlowID(u, "contact "+id)
	now, err := b.Store.Get(t.Context(), storage.Flows, key)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := b.Contacts.Sealer.Seal("accounts.contact.code", []byte("123456"))
	if err != nil {
		t.Fatal(err)
	}
	then := map[string]any{"incarnation": u.Incarnation, "kind": "email", "value": "jane@example.com", "sealed": sealed}
	var members map[string]any
	if err := json.Unmarshal(now.Content, &members); err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(members)), slices.Sorted(maps.Keys(then)); !slices.Equal(got, want) {
		t.Errorf("a code is stored with %v, want %v", got, want)
	}
	doc := storage.Document{ID: key, Version: 1, ExpiresAt: now.ExpiresAt}
	if doc.Content, err = json.Marshal(then); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Store.Commit(t.Context(), storage.Change{In: storage.Flows, ID: key, Put: &doc, If: now.Rev}); err != nil {
		t.Fatal(err)
	}
	if c, err := prove(t, b, "jane", id, "123456"); err != nil || !c.Verified() {
		t.Errorf("an earlier code: %+v, %v", c, err)
	}
}

// TestContactCodeRefused checks texts that are no code, and callers who may not ask.
func TestContactCodeRefused(t *testing.T) {
	b, post := codeBench(t)
	named(t, b, "jane")
	id, code := asked(t, b, "jane", "jane@example.com")
	phone := contact(t, b, "jane", contacts.NewContact{Kind: users.Phone, Value: "+12015550123"})
	for _, bad := range []string{"", "12345", "1234567", " " + code[:5], code + " ", "12345\u0666", "-12345", "0x1234"} {
		_, err := prove(t, b, "jane", id, bad)
		accountstest.WantFault(t, err, assert.InvalidArgument)
	}
	late := fresh(b, "jane")
	late.Factors = map[string]int64{"password": b.Now.Add(-time.Hour).UnixMilli()}
	key := users.Actor{Kuid: "jane", APIKey: true, SessionID: "key", Self: true}
	for name, by := range map[string]users.Actor{"a stale session": late, "an API key": key} {
		_, asked := b.Contacts.Ask(t.Context(), by, "jane", id)
		_, proved := b.Contacts.Prove(t.Context(), by, "jane", id, code, false)
		_, created := b.Contacts.Create(t.Context(), by, "jane", email("x@example.com"), false)
		for did, err := range map[string]error{"ask": asked, "prove": proved, "create": created, "delete": b.Contacts.Delete(t.Context(), by, "jane", id, false)} {
			if !errors.Is(err, sessions.ErrFactorRequired) {
				t.Errorf("%s may %s: %v", name, did, err)
			}
		}
	}
	for id, want := range map[string]*fault.Kind{"nothing": contacts.ErrNotFound, phone.ID: strategies.ErrNotifyOff} {
		_, err := b.Contacts.Ask(t.Context(), fresh(b, "jane"), "jane", id)
		accountstest.WantFault(t, err, want)
	}
	if post.sent != 1 {
		t.Errorf("%d codes were sent, want 1", post.sent)
	}
	if _, err := prove(t, b, "jane", id, code); err != nil {
		t.Errorf("what was refused used up the code: %v", err)
	}
}

// TestContactCodeTries checks that of any number of guesses, sequential or concurrent, five are
// checked per code, and that new codes do not allow more for long.
func TestContactCodeTries(t *testing.T) {
	b, _ := codeBench(t)
	named(t, b, "jane", "john")
	id, code := asked(t, b, "jane", "jane@example.com")
	var all sync.WaitGroup
	var mu sync.Mutex
	got := map[string]int{}
	for i := range 40 {
		all.Go(func() {
			_, err := prove(t, b, "jane", id, otherCode(code, i+1))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, contacts.ErrCode):
				got["judged"]++
			case errors.Is(err, contacts.ErrTried):
				got["refused"]++
			default:
				t.Errorf("a wrong code: %v", err)
			}
		})
	}
	all.Wait()
	if got["judged"] > 6 || got["refused"] == 0 {
		t.Errorf("of 40 wrong codes at once %v, want about five judged", got)
	}
	// After five wrong codes the right one is refused, even if the throttle admits it.
	b.Advance(9 * time.Minute)
	if _, err := prove(t, b, "jane", id, code); err == nil {
		t.Error("the code outlived five tries")
	}
	judged := 0
	for range 200 {
		_, err := b.Contacts.Ask(t.Context(), fresh(b, "jane"), "jane", id)
		if errors.Is(err, contacts.ErrAsked) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if _, err := prove(t, b, "jane", id, "000000"); !errors.Is(err, contacts.ErrTried) {
				judged++
			}
		}
	}
	if judged > 10 {
		t.Errorf("%d guesses were judged by asking again and again, want at most ten", judged)
	}
	// Guesses at one account do not count for another.
	id, code = asked(t, b, "john", "john@example.com")
	if _, err := prove(t, b, "john", id, code); err != nil {
		t.Errorf("another account: %v", err)
	}
}

// TestOneAddressProvedTwice checks that of two users who prove the same address concurrently one
// gets it, and that nobody learns before the proof that somebody else has it.
func TestOneAddressProvedTwice(t *testing.T) {
	b, post := codeBench(t)
	named(t, b, "jane", "evil", "owner")
	contact(t, b, "owner", verifiedEmail("taken@example.com"))
	for round := range 10 {
		address := fmt.Sprintf("a%d@example.com", round)
		ids, codes, errs := [2]string{}, [2]string{}, [2]error{}
		for i, kuid := range []string{"jane", "evil"} {
			c, err := b.Contacts.Create(t.Context(), fresh(b, kuid), kuid, email(address), false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Contacts.Ask(t.Context(), fresh(b, kuid), kuid, c.ID); err != nil {
				t.Fatal(err)
			}
			ids[i], codes[i] = c.ID, codeOf(t, b, kuid, c.ID)
		}
		var both sync.WaitGroup
		for i, kuid := range []string{"jane", "evil"} {
			both.Go(func() { _, errs[i] = prove(t, b, kuid, ids[i], codes[i]) })
		}
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("both had the same: %v", errs)
		}
		for _, err := range errs {
			if err != nil {
				accountstest.WantFault(t, err, strategies.ErrTaken)
			}
		}
		b.Advance(2 * time.Hour)
	}
	sent := post.sent
	id, code := asked(t, b, "evil", "taken@example.com")
	if post.sent != sent+1 {
		t.Error("an address that somebody has got no code")
	}
	_, err := prove(t, b, "evil", id, code)
	accountstest.WantFault(t, err, strategies.ErrTaken)
	if _, err := b.Login(t, "taken@example.com", "correct horse"); err != nil {
		t.Errorf("the owner: %v", err)
	}
}

// TestContactCodeOnce checks that a code that is sent many times concurrently is accepted once,
// while another request deletes the contact.
func TestContactCodeOnce(t *testing.T) {
	b, _ := codeBench(t)
	named(t, b, "jane")
	id, code := asked(t, b, "jane", "jane@example.com")
	var all sync.WaitGroup
	errs := make([]error, 5)
	for i := range errs {
		all.Go(func() { _, errs[i] = prove(t, b, "jane", id, code) })
	}
	all.Wait()
	proved := 0
	for _, err := range errs {
		switch {
		case err == nil:
			proved++
		case !errors.Is(err, contacts.ErrCode) && !errors.Is(err, contacts.ErrVerified):
			t.Error(err)
		}
	}
	if proved != 1 {
		t.Errorf("one code proved %d times", proved)
	}
	if err := b.Contacts.Delete(t.Context(), fresh(b, "jane"), "jane", id, false); err != nil {
		t.Fatal(err)
	}
	b.Advance(time.Hour)
	id, code = asked(t, b, "jane", "jane@example.com")
	if err := b.Contacts.Delete(t.Context(), fresh(b, "jane"), "jane", id, false); err != nil {
		t.Fatal(err)
	}
	_, err := prove(t, b, "jane", id, code)
	accountstest.WantFault(t, err, contacts.ErrNotFound)
	b.Advance(time.Hour)
	asked(t, b, "jane", "jane@example.com")
	if err := b.Users.Delete(t.Context(), accountstest.Admin, "jane", false); err != nil {
		t.Fatal(err)
	}
	if left := b.FlowsLeft(t); left != 0 {
		t.Errorf("%d codes of a deleted user are left", left)
	}
}

// TestTakenAddressCostsNoMore checks that adding an address and asking for its code take the same
// round trips to the store, whether or not another user has the address.
func TestTakenAddressCostsNoMore(t *testing.T) {
	post := &postman{}
	b, store := accountstest.NewAsked(t, func(o *accounts.Options) {
		o.Sender, o.FactorFresh, post.limits = post, 15*time.Minute, o.Logins
	})
	post.contacts = b.Contacts
	named(t, b, "jane", "owner")
	contact(t, b, "owner", verifiedEmail("taken@example.com"))
	trips := map[string]string{}
	for _, address := range []string{"warm@example.com", "taken@example.com", "spare@example.com"} {
		store.Taken()
		c, err := b.Contacts.Create(t.Context(), fresh(b, "jane"), "jane", email(address), false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Contacts.Ask(t.Context(), fresh(b, "jane"), "jane", c.ID); err != nil {
			t.Fatal(err)
		}
		wrong := otherCode(codeOf(t, b, "jane", c.ID), 1)
		_, err = prove(t, b, "jane", c.ID, wrong)
		accountstest.WantFault(t, err, contacts.ErrCode)
		trips[address] = fmt.Sprint(store.Taken())
		b.Advance(time.Hour)
	}
	if trips["taken@example.com"] != trips["spare@example.com"] || trips["taken@example.com"] == "[]" {
		t.Errorf("round trips: %v, want the same for both", trips)
	}
}

// TestCodesForOthers checks users who ask for codes to somebody else's address, with any number of
// accounts. They stop the owner neither from asking nor from getting a code, they do not reveal to
// the owner that they asked, and they get a bounded number of guesses.
func TestCodesForOthers(t *testing.T) {
	const address, many = "jane@example.com", 40
	b, post := codeBench(t)
	named(t, b, "jane", "evil")
	add := func(kuid string) string {
		t.Helper()
		return contact(t, b, kuid, email(address)).ID
	}
	at := func(kuid string, n byte) users.Actor {
		by := fresh(b, kuid)
		by.Addr = netip.AddrFrom4([4]byte{198, 51, 100, n})
		return by
	}
	theirs, asked := add("evil"), 0
	for range 12 {
		_, err := b.Contacts.Ask(t.Context(), at("evil", 1), "evil", theirs)
		switch refusal, _ := fault.From(err); {
		case err == nil:
			asked++
		case !errors.Is(err, contacts.ErrAsked) || refusal.RetryAfter <= 0 || refusal.Status() != 429:
			t.Fatalf("asking too often: %v", err)
		}
	}
	if asked != 5 || post.sent != 5 {
		t.Errorf("one user asks %d times and has %d mails sent, want 5", asked, post.sent)
	}
	id := add("jane")
	if _, err := b.Contacts.Ask(t.Context(), at("jane", 1), "jane", id); err != nil {
		t.Fatalf("the owner, at the same address of a client: %v", err)
	}
	code := codeOf(t, b, "jane", id)

	// Each sent code allows five guesses, a code that was not sent allows none.
	codes := post.sent
	for i := range many {
		kuid := fmt.Sprint("evil", i)
		named(t, b, kuid)
		id := add(kuid)
		for range 5 {
			if _, err := b.Contacts.Ask(t.Context(), at(kuid, byte(10+i%8)), kuid, id); err != nil {
				t.Fatalf("a user is told that others asked: %v", err)
			}
		}
		if _, _, waits, err := b.Contacts.Code(t.Context(), kuid, id); err != nil {
			t.Fatal(err)
		} else if waits {
			codes++
		}
	}
	if post.sent > 20 || codes > post.sent || codes < 8 {
		t.Errorf("one recipient gets %d mails at once, want at most 20, and there are %d codes", post.sent, codes)
	}
	if _, err := b.Contacts.Prove(t.Context(), at("jane", 1), "jane", id, code, false); err != nil {
		t.Errorf("the owner's code: %v", err)
	}
}

// TestProvedOverSelfNamed checks that a user who proves to read an address's mail gets the address,
// even if another user chose it as a name; that user keeps all other names. A name that an
// administrator gave is never taken away.
func TestProvedOverSelfNamed(t *testing.T) {
	b, _ := codeBench(t)
	named(t, b, "owner")
	nu := accountstest.Person("jane@example.com", "the-squatters-own")
	delete(nu.Content, "profileIds")
	self, err := b.Credentials.CreateRestricted(t.Context(), users.Actor{Kuid: users.AnonymousKuid}, nu)
	if err != nil {
		t.Fatal(err)
	}
	id, code := asked(t, b, "owner", "Jane@example.com")
	if c, err := prove(t, b, "owner", id, code); err != nil || !c.Verified() {
		t.Fatalf("%+v, %v", c, err)
	}
	if u, err := b.Names.Named(t.Context(), "jane@example.com"); err != nil || u.Kuid != "owner" {
		t.Errorf("the address is that of %s, %v", u.Kuid, err)
	}
	if now, err := b.Users.Read(t.Context(), self.Kuid); err != nil || len(now.Records) != 1 || len(now.Records[0].Identifiers) != 0 {
		t.Errorf("the other user is %+v, %v", now, err)
	}
	b.Create(t, accountstest.Person("given@example.com", "my-secure-password"))
	id, code = asked(t, b, "owner", "given@example.com")
	if _, err := prove(t, b, "owner", id, code); !errors.Is(err, strategies.ErrTaken) {
		t.Errorf("a name that was given: %v", err)
	}
}
