package contacts_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// contact gives a user a contact.
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

// updateContact changes a contact's flags; a name with a ! before it is unset.
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

// named makes users with these names and a password.
func named(t *testing.T, b *accountstest.Bench, names ...string) {
	t.Helper()
	for _, name := range names {
		nu := accountstest.Person(name, "correct horse")
		nu.ID = name
		b.Create(t, nu)
	}
}

// TestContactClaims: a verified contact is a name to log in by, a reserved one is kept
// from others and opens nothing, and any other contact means nothing to anybody.
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

// TestPrimaryContact: the first verified contact of a kind is primary, and the oldest
// one that is left takes its place.
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

// TestContactsRefused: a bad contact is refused, and nothing is written.
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

// TestLastName: the last name that a user could log in by is not taken away by the way.
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

// TestOneAddressMixed: of many who want one address at once, as a name of credentials
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
