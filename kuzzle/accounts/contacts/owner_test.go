package contacts_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// TestOwner checks that a contact is found by its id while it exists, and only by its kind.
func TestOwner(t *testing.T) {
	b := accountstest.New(t, nil)
	named(t, b, "jdoe", "bert")
	c := contact(t, b, "jdoe", verifiedEmail("jane@example.com"))
	u, err := b.Contacts.Owner(t.Context(), users.Email, c.ID)
	if err != nil || u.Kuid != "jdoe" {
		t.Errorf("found %v, %v", u, err)
	}
	_, err = b.Contacts.Owner(t.Context(), users.Phone, c.ID)
	accountstest.WantFault(t, err, contacts.ErrNotFound)
	for _, id := range []string{"", "idn_none", strings.Repeat("x", 1000)} {
		_, err = b.Contacts.Owner(t.Context(), users.Email, id)
		accountstest.WantFault(t, err, contacts.ErrNotFound)
	}
	if err := b.Contacts.Delete(t.Context(), accountstest.Admin, "jdoe", c.ID, true); err != nil {
		t.Fatal(err)
	}
	_, err = b.Contacts.Owner(t.Context(), users.Email, c.ID)
	accountstest.WantFault(t, err, contacts.ErrNotFound)
}

// TestReplace checks that one contact replaces all of its kind, that it keeps its id if the user
// had the address, and that each other contact gets an event of its deletion.
func TestReplace(t *testing.T) {
	var told []string
	bus := events.NewBus(nil, nil)
	bus.Subscribe(events.All, func(_ context.Context, e events.Event) {
		if strings.HasPrefix(e.Name, "contact.") {
			told = append(told, e.Name+" "+e.Data[events.ContactID].(string))
		}
	})
	b := accountstest.New(t, func(o *accounts.Options) { o.Events = bus })
	named(t, b, "jdoe", "bert")
	first, second := contact(t, b, "jdoe", verifiedEmail("one@example.com")), contact(t, b, "jdoe", email("two@example.com"))
	phone := contact(t, b, "jdoe", contacts.NewContact{Kind: users.Phone, Value: "+12015550123", Verified: true})
	contact(t, b, "bert", verifiedEmail("bert@example.com"))
	told = nil
	now, err := b.Contacts.Replace(t.Context(), accountstest.Admin, "jdoe", contacts.NewContact{Kind: users.Email, Value: "TWO@example.com", Verified: true, Primary: true}, false)
	if err != nil || now.ID != second.ID || !now.Primary || !now.Verified() {
		t.Errorf("replaced by %+v, %v", now, err)
	}
	if diff := cmp.Diff([]string{"contact.deleted " + first.ID, "contact.verified " + second.ID}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	u, err := b.Users.Read(t.Context(), "jdoe")
	if err != nil || len(u.Contacts) != 2 || u.Contact(phone.ID) == nil {
		t.Errorf("the contacts are %+v, %v", u.Contacts, err)
	}
	told = nil
	if _, err := b.Contacts.Replace(t.Context(), accountstest.Admin, "jdoe", verifiedEmail("bert@example.com"), false); err == nil {
		t.Error("somebody else's address was taken")
	}
	if same, err := b.Users.Read(t.Context(), "jdoe"); err != nil || same.Version != u.Version || len(told) != 0 {
		t.Errorf("a refusal left version %d, told %v, %v", same.Version, told, err)
	}
	fresh, err := b.Contacts.Replace(t.Context(), accountstest.Admin, "jdoe", verifiedEmail("three@example.com"), false)
	if diff := cmp.Diff([]string{"contact.deleted " + second.ID, "contact.verified " + fresh.ID}, told); diff != "" || err != nil {
		t.Errorf("told, %v (-want +got):\n%s", err, diff)
	}
}

// TestSecondFactorMark checks that only a verified phone can have the mark, and never a user's last
// name.
func TestSecondFactorMark(t *testing.T) {
	b := accountstest.New(t, nil)
	named(t, b, "jdoe")
	yes, no := true, false
	mark := func(id string, in contacts.Edit) (users.Contact, error) {
		return b.Contacts.Update(t.Context(), accountstest.Admin, "jdoe", id, in, false)
	}
	phone := contact(t, b, "jdoe", contacts.NewContact{Kind: users.Phone, Value: "+12015550123", Verified: true, SecondFactor: true})
	if !phone.SecondFactor {
		t.Error("a new phone is not marked")
	}
	if c, err := mark(phone.ID, contacts.Edit{Verified: &no}); err != nil || c.SecondFactor {
		t.Errorf("not verified: %+v, %v", c, err)
	}
	_, err := mark(phone.ID, contacts.Edit{SecondFactor: &yes})
	accountstest.WantFault(t, err, contacts.ErrNotVerified)
	if c, err := mark(phone.ID, contacts.Edit{Verified: &yes, SecondFactor: &yes}); err != nil || !c.SecondFactor {
		t.Errorf("verified and marked: %+v, %v", c, err)
	}
	mail := contact(t, b, "jdoe", verifiedEmail("jane@example.com"))
	_, err = mark(mail.ID, contacts.Edit{SecondFactor: &yes})
	accountstest.WantFault(t, err, contacts.ErrNoFactor)
	_, err = b.Contacts.Create(t.Context(), accountstest.Admin, "jdoe", contacts.NewContact{Kind: users.Phone, Value: "+12015550124", SecondFactor: true}, false)
	accountstest.WantFault(t, err, contacts.ErrNotVerified)
}
