package maintenance_test

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/listing"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestRenewAccounts checks that lists find users who were written before their searchable data
// existed, that these keep their names, and that nothing is renewed twice.
func TestRenewAccounts(t *testing.T) {
	b := accountstest.New(t, nil)
	b.Create(t, accountstest.Person("other", "my-secure-password"))
	u := b.Create(t, accountstest.Person("jdoe", "my-secure-password"))
	if _, err := b.Users.Lock(t.Context(), accountstest.Admin, u.Kuid, nil, false); err != nil {
		t.Fatal(err)
	}
	before, err := b.Store.Get(t.Context(), storage.Users, u.Kuid)
	if err != nil {
		t.Fatal(err)
	}
	earlier := before
	earlier.Account = []byte(`{"username":"jdoe"}`)
	if _, err := b.Store.Commit(t.Context(), storage.Change{In: storage.Users, ID: u.Kuid, Put: &earlier, If: before.Rev}); err != nil {
		t.Fatal(err)
	}
	locked := true
	listed := func() int64 {
		page, err := b.Listing.List(t.Context(), listing.Wanted{Filter: listing.Filter{Locked: &locked}, Size: 10})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total
	}
	if listed() != 0 {
		t.Fatal("the user is found by what is not kept")
	}
	for _, want := range []int{1, 0} {
		if got, err := b.Care.RenewAccounts(t.Context()); err != nil || got != want {
			t.Errorf("renewed %d, %v, want %d", got, err, want)
		}
	}
	if listed() != 1 {
		t.Error("the user is not found")
	}
	after, err := b.Store.Get(t.Context(), storage.Users, u.Kuid)
	if err != nil || string(after.Account) != string(before.Account) || string(after.Auth) != string(before.Auth) || after.Version != before.Version || after.Incarnation != before.Incarnation {
		t.Errorf("the user is %+v, %v, and was %+v", after, err, before)
	}
	if owner, err := b.Names.Named(t.Context(), "jdoe"); err != nil || owner.Kuid != u.Kuid {
		t.Errorf("the name is %q's, %v", owner.Kuid, err)
	}
}
