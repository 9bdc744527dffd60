package contacts_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/migration"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// contact adds a contact to a user.
func contact(t *testing.T, b *accountstest.Bench, kuid string, in contacts.NewContact) users.Contact {
	t.Helper()
	c, err := b.Contacts.Create(t.Context(), accountstest.Admin, kuid, in, false)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func email(value string) contacts.NewContact {
	return contacts.NewContact{Kind: users.Email, Value: value}
}

func verifiedEmail(value string) contacts.NewContact {
	return contacts.NewContact{Kind: users.Email, Value: value, Verified: true}
}

// updateContact changes a contact's flags; a ! before a name unsets it.
func updateContact(t *testing.T, b *accountstest.Bench, kuid, id string, flags ...string) (users.Contact, error) {
	t.Helper()
	yes, no, in := true, false, contacts.Edit{}
	for _, flag := range flags {
		value := &yes
		if flag[0] == '!' {
			flag, value = flag[1:], &no
		}
		switch flag {
		case "verified":
			in.Verified = value
		case "primary":
			in.Primary = value
		case "reserved":
			in.Reserved = value
		}
	}
	return b.Contacts.Update(t.Context(), accountstest.Admin, kuid, id, in, false)
}

// named creates users with these names and a password.
func named(t *testing.T, b *accountstest.Bench, names ...string) {
	t.Helper()
	for _, name := range names {
		nu := accountstest.Person(name, "correct horse")
		nu.ID = name
		b.Create(t, nu)
	}
}

// TestContactClaims checks that a verified contact is a name for logins, that a reserved one blocks
// its value for others and logs nobody in, and that any other contact has no effect.
func TestContactClaims(t *testing.T) {
	b := accountstest.New(t, nil)
	named(t, b, "jane", "evil")
	const address, other = "jane@example.com", "Jane@EXAMPLE.com"
	free := contact(t, b, "evil", email(address))
	if _, err := b.Login(t, address, "correct horse"); err == nil {
		t.Error("an unverified contact opens a session")
	}
	mine := contact(t, b, "jane", verifiedEmail(other))
	if mine.Value != "Jane@example.com" || !mine.Primary || mine.Verification.Strategy != users.ByAdmin {
		t.Errorf("made %+v", mine)
	}
	for _, name := range []string{address, other, " JANE@example.com"} {
		tok, err := b.Login(t, name, "correct horse")
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if v, err := b.Sessions.Verify(t.Context(), tok); err != nil || v.User.Kuid != "jane" {
			t.Errorf("%q is %s, %v", name, v.User.Kuid, err)
		}
	}
	for _, flag := range []string{"verified", "reserved"} {
		_, err := updateContact(t, b, "evil", free.ID, flag)
		accountstest.WantFault(t, err, strategies.ErrTaken)
	}
	nu := accountstest.Person(address, "correct horse")
	_, err := b.Credentials.Create(t.Context(), accountstest.Admin, nu)
	accountstest.WantFault(t, err, strategies.ErrTaken)

	if _, err := updateContact(t, b, "jane", mine.ID, "reserved", "!verified"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Login(t, address, "correct horse"); !errors.Is(err, strategies.ErrRefused) {
		t.Errorf("a reserved contact: %v, want a refused login", err)
	}
	_, err = updateContact(t, b, "evil", free.ID, "verified")
	accountstest.WantFault(t, err, strategies.ErrTaken)

	if err := b.Users.Delete(t.Context(), accountstest.Admin, "jane", false); err != nil {
		t.Fatal(err)
	}
	if _, err := updateContact(t, b, "evil", free.ID, "verified"); err != nil {
		t.Errorf("the contacts of a deleted user: %v", err)
	}
	if err := b.Contacts.Delete(t.Context(), accountstest.Admin, "evil", free.ID, false); err != nil {
		t.Fatal(err)
	}
	b.Create(t, nu)
}

// TestPrimaryContact checks that the first verified contact of a kind is primary, and that the
// oldest remaining one replaces it.
func TestPrimaryContact(t *testing.T) {
	b := accountstest.New(t, nil)
	named(t, b, "jane")
	var ids []string
	for i, in := range []contacts.NewContact{
		email("a@example.com"), verifiedEmail("b@example.com"), verifiedEmail("c@example.com"),
		{Kind: users.Phone, Value: "+1 (201) 555-0123", Verified: true},
	} {
		ids = append(ids, contact(t, b, "jane", in).ID)
		if i == 3 {
			u, err := b.Users.User(t.Context(), "jane")
			if p := u.Primary(users.Phone); err != nil || p == nil || p.Value != "+12015550123" {
				t.Errorf("a phone: %+v, %v", p, err)
			}
		}
	}
	want := func(after string, primary int) {
		t.Helper()
		list, err := b.Contacts.List(t.Context(), "jane")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range list {
			if c.Kind == users.Email && c.Primary {
				got = append(got, c.ID)
			}
		}
		if !slices.Equal(got, ids[primary:primary+1]) {
			t.Errorf("after %s: %v are primary, want %v", after, got, ids[primary])
		}
	}
	do := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want("three", 1)
	do(updateContact(t, b, "jane", ids[2], "primary"))
	want("a choice", 2)
	do(updateContact(t, b, "jane", ids[0], "verified"))
	want("a third one is verified", 2)
	do(nil, b.Contacts.Delete(t.Context(), accountstest.Admin, "jane", ids[2], false))
	want("the primary one is deleted", 0)
	do(updateContact(t, b, "jane", ids[0], "!verified"))
	want("the primary one is verified no more", 1)
	for _, test := range []struct {
		id    int
		flags []string
		want  *fault.Kind
	}{
		{0, []string{"primary"}, contacts.ErrNotVerified}, {1, []string{"!primary"}, contacts.ErrPrimaryStays},
		{1, []string{"reserved"}, contacts.ErrState}, {0, []string{"verified", "reserved"}, contacts.ErrState},
		{0, nil, contacts.ErrNothingGiven}, {2, []string{"verified"}, contacts.ErrNotFound},
	} {
		_, err := updateContact(t, b, "jane", ids[test.id], test.flags...)
		accountstest.WantFault(t, err, test.want)
	}
	want("what was refused", 1)
}

// TestContactsRefused checks that an invalid contact is refused and nothing is written.
func TestContactsRefused(t *testing.T) {
	b := accountstest.New(t, nil)
	named(t, b, "jane")
	contact(t, b, "jane", email("Jane@example.com"))
	long := make([]byte, 300)
	for i := range long {
		long[i] = 'a'
	}
	for _, test := range []struct {
		in   contacts.NewContact
		want *fault.Kind
	}{
		{contacts.NewContact{Kind: "web3", Value: "x"}, assert.InvalidArgument},
		{email(""), assert.InvalidArgument}, {email("jane"), assert.InvalidArgument}, {email("a b@example.com"), assert.InvalidArgument},
		{email("jane@example.com\r\nBcc: x@example.com"), assert.InvalidArgument}, {email("Jane <jane@example.com>"), assert.InvalidArgument},
		{email("ja\u200bne@example.com"), assert.InvalidArgument}, {email(string(long) + "@example.com"), assert.InvalidArgument},
		{contacts.NewContact{Kind: users.Phone, Value: "12015550123"}, assert.InvalidArgument},
		{contacts.NewContact{Kind: users.Phone, Value: "+1201555"}, nil},
		{email("JANE@example.com"), contacts.ErrExists},
		{contacts.NewContact{Kind: users.Email, Value: "x@example.com", Primary: true}, contacts.ErrNotVerified},
		{contacts.NewContact{Kind: users.Email, Value: "x@example.com", Verified: true, Reserved: true}, contacts.ErrState},
	} {
		if _, err := b.Contacts.Create(t.Context(), accountstest.Admin, "jane", test.in, false); test.want != nil || err != nil {
			accountstest.WantFault(t, err, test.want)
		}
	}
	if list, err := b.Contacts.List(t.Context(), "jane"); err != nil || len(list) != 2 {
		t.Errorf("there are %d contacts, %v, want 2", len(list), err)
	}
	_, err := b.Contacts.Create(t.Context(), accountstest.Admin, "ghost", email("x@example.com"), false)
	accountstest.WantFault(t, err, users.ErrUserNotFound)
	for i := range users.MaxContacts - 2 {
		contact(t, b, "jane", email(fmt.Sprintf("%d@example.com", i)))
	}
	_, err = b.Contacts.Create(t.Context(), accountstest.Admin, "jane", email("x@example.com"), false)
	accountstest.WantFault(t, err, contacts.ErrTooMany)
}

// TestLastName checks that no change silently removes a user's last name for logins.
func TestLastName(t *testing.T) {
	b := accountstest.New(t, nil)
	named(t, b, "jane")
	first := contact(t, b, "jane", verifiedEmail("jane@example.com"))
	second := contact(t, b, "jane", contacts.NewContact{Kind: users.Email, Value: "j@example.com", Reserved: true})
	if err := b.Credentials.DeleteCredentials(t.Context(), accountstest.Admin, "jane", "local", nil, false); err != nil {
		t.Fatal(err)
	}
	accountstest.WantFault(t, b.Contacts.Delete(t.Context(), accountstest.Admin, "jane", first.ID, false), contacts.ErrLastIdentifier)
	_, err := updateContact(t, b, "jane", first.ID, "!verified")
	accountstest.WantFault(t, err, contacts.ErrLastIdentifier)
	if err := b.Contacts.Delete(t.Context(), accountstest.Admin, "jane", second.ID, false); err != nil {
		t.Errorf("one that is no name: %v", err)
	}
	contact(t, b, "jane", verifiedEmail("j@example.com"))
	if err := b.Contacts.Delete(t.Context(), accountstest.Admin, "jane", first.ID, false); err != nil {
		t.Errorf("one of two: %v", err)
	}
}

// TestOneAddressMixed: of many users who want one address concurrently, as a name of credentials
// and as a contact, in two spellings, one gets it.
func TestOneAddressMixed(t *testing.T) {
	b := accountstest.New(t, nil)
	const rounds = 50
	for i := range rounds {
		named(t, b, fmt.Sprintf("u%d", i))
	}
	var all sync.WaitGroup
	errs := make([]error, 2*rounds)
	spelled := func(i int) string { return []string{"Jane@example.com", "jane@EXAMPLE.COM"}[i%2] }
	for i := range rounds {
		all.Go(func() {
			_, errs[2*i] = b.Contacts.Create(t.Context(), accountstest.Admin, fmt.Sprintf("u%d", i), verifiedEmail(spelled(i)), false)
		})
		all.Go(func() {
			_, errs[2*i+1] = b.Credentials.Create(t.Context(), accountstest.Admin, accountstest.Person(spelled(i+1), "correct horse"))
		})
	}
	all.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
			continue
		}
		accountstest.WantFault(t, err, strategies.ErrTaken)
	}
	if made != 1 {
		t.Errorf("%d got the address, want one", made)
	}
	if _, err := b.Login(t, "jane@example.com", "correct horse"); err != nil {
		t.Errorf("a login by it: %v", err)
	}
}

// TestFullStops checks that the full stops of East Asian scripts separate the labels of a domain
// like a dot, so that both spellings are the same mailbox.
func TestFullStops(t *testing.T) {
	b := accountstest.New(t, nil)
	named(t, b, "jane")
	named(t, b, "eve")
	contact(t, b, "jane", verifiedEmail("jane@mail.example.com"))
	for _, stop := range []string{"\u3002", "\uff0e", "\uff61"} {
		_, err := b.Contacts.Create(t.Context(), accountstest.Admin, "eve", verifiedEmail("jane@mail"+stop+"example"+stop+"com"), false)
		accountstest.WantFault(t, err, strategies.ErrTaken)
	}
	for _, address := range []string{"a@b.de\u2028x", "a@b\u2029.de", "a\u0085@b.de", "a@b\u2003c.de"} {
		if _, err := b.Contacts.Create(t.Context(), accountstest.Admin, "eve", verifiedEmail(address), false); err == nil {
			t.Errorf("%q is taken for an address", address)
		}
	}
}

// TestContactsBrought checks contacts in an import. They claim what they claimed in the source. A
// merge adds them where it adds credentials, and removes none.
func TestContactsBrought(t *testing.T) {
	b := accountstest.New(t, nil)
	verified := &users.Verification{Strategy: users.ByCode, At: 5}
	row := func(id string, list ...users.Contact) imports.Row {
		return imports.Row{ID: id, Content: map[string]any{"profileIds": []any{"default"}}, Contacts: list}
	}
	bring := func(how imports.Import, rows ...imports.Row) []imports.RowResult {
		t.Helper()
		results, err := b.Imports.Import(t.Context(), accountstest.Admin, how, rows)
		if err != nil {
			t.Fatal(err)
		}
		return results
	}
	first := row("jane",
		users.Contact{ID: "mine", Kind: users.Email, Value: " a@EXAMPLE.com ", Primary: true},
		users.Contact{ID: "idn_0123456789abcdef0123456789abcdef", Kind: users.Email, Value: "b@example.com", Verification: verified, CreatedAt: 7})
	rows := []imports.Row{first, row("evil", users.Contact{Kind: users.Email, Value: "B@example.com", Reserved: true})}
	for _, how := range []imports.Import{{DryRun: true}, {}} {
		results := bring(how, rows...)
		if results[0].Status != imports.RowCreated || !how.DryRun && !errors.Is(results[1].Err, strategies.ErrTaken) {
			t.Errorf("%+v: %+v", how, results)
		}
		if wish := results[1].Wish; how.DryRun && (wish == nil || len(wish.Names) != 1 || wish.Names[0] != results[0].Wish.Names[0]) {
			t.Errorf("a dry run does not see who wants the same: %+v", results)
		}
	}
	list := func() []users.Contact {
		t.Helper()
		got, err := b.Contacts.List(t.Context(), "jane")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := list()
	if len(got) != 2 || got[0].Value != "a@example.com" || got[0].Primary || len(got[0].ID) != 36 || got[0].CreatedAt != b.Now.UnixMilli() ||
		got[1].ID != first.Contacts[1].ID || !got[1].Primary || *got[1].Verification != *verified || got[1].CreatedAt != 7 {
		t.Errorf("brought %+v", got)
	}
	if again := bring(imports.Import{}, first); again[0].Status != imports.RowUnchanged {
		t.Errorf("the same row: %+v", again)
	}
	more := row("jane", users.Contact{Kind: users.Email, Value: "A@example.com", Verification: verified, Primary: true}, users.Contact{Kind: users.Phone, Value: "+12015550123"})
	bring(imports.Import{OnConflict: imports.ConflictMerge}, more)
	if left := list(); len(left) != 2 || left[0].Verified() {
		t.Errorf("a merge without credentials: %+v", left)
	}
	how := imports.Import{OnConflict: imports.ConflictMerge, MergeCredentials: true}
	if results := bring(how, more); results[0].Err != nil {
		t.Fatal(results[0].Err)
	}
	if merged := list(); len(merged) != 3 || !merged[0].Primary || merged[0].ID != got[0].ID || merged[1].Primary || merged[2].Kind != users.Phone {
		t.Errorf("merged %+v", merged)
	}
	for name, bad := range map[string][]users.Contact{
		"no address": {{Kind: users.Email, Value: "x"}}, "another kind": {{Kind: "fax", Value: "1"}},
		"twice": {{Kind: users.Email, Value: "x@example.com"}, {Kind: users.Email, Value: "X@example.com"}},
		"both":  {{Kind: users.Email, Value: "x@example.com", Reserved: true, Verification: verified}},
		"many":  make([]users.Contact, users.MaxContacts+1),
	} {
		if results := bring(imports.Import{}, row("bad", bad...)); !errors.Is(results[0].Err, assert.InvalidArgument) {
			t.Errorf("%s: %+v", name, results)
		}
	}
	// An import of one's own user does not bypass the proof that a change needs.
	self := users.Actor{Kuid: "jane", Creates: true}
	results, err := b.Imports.Import(t.Context(), self, how, []imports.Row{row("jane", users.Contact{Kind: users.Email, Value: "evil@example.com", Verification: verified})})
	if err != nil || !errors.Is(results[0].Err, sessions.ErrFactorRequired) {
		t.Errorf("a merge onto oneself: %+v, %v", results, err)
	}
	// A user that a load overwrites loses all contacts.
	if err := b.Imports.Load(t.Context(), accountstest.Admin, imports.Securities{OnExisting: imports.OverwriteExisting, Users: map[string]any{
		"jane": map[string]any{"content": map[string]any{"profileIds": []any{"default"}}},
	}}); err != nil {
		t.Fatal(err)
	}
	if results := bring(imports.Import{}, row("heir", users.Contact{Kind: users.Email, Value: "b@example.com", Verification: verified})); results[0].Err != nil || len(list()) != 0 {
		t.Errorf("a user in place of another: %+v, contacts %v", results, list())
	}
}

// TestContactsReclaimed checks that claims of names and contacts are recomputed under another rule,
// and that an address of two users is reported.
func TestContactsReclaimed(t *testing.T) {
	b := accountstest.New(t, accountstest.CaseSensitive)
	b.Unboot(t)
	if err := b.Names.FixNaming(t.Context()); err != nil {
		t.Fatal(err)
	}
	named(t, b, "jane", "john")
	contact(t, b, "jane", verifiedEmail("Jane@example.com"))
	johns := contact(t, b, "john", verifiedEmail("jane@example.com"))
	to := sqlitetest.Open(t)
	var collided *migration.CollisionError
	if err := b.Reclaim(t, to, false, ""); !errors.As(err, &collided) || collided.Count != 1 {
		t.Fatalf("two spellings: %v", err)
	}
	if err := b.Contacts.Delete(t.Context(), accountstest.Admin, "john", johns.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := b.Reclaim(t, to, false, ""); err != nil {
		t.Fatal(err)
	}
	after := accountstest.NewOn(t, to, nil)
	if err := after.Names.FixNaming(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := after.Login(t, "JANE@example.com", "correct horse"); err != nil {
		t.Errorf("a login by a contact under the new rule: %v", err)
	}
}
