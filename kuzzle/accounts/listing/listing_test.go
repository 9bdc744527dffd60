package listing_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/listing"
)

// TestPages checks that the pages of a list have every user once, in each order and direction,
// including users without a value, and that a cursor of one order is refused by another.
func TestPages(t *testing.T) {
	b := accountstest.New(t, nil)
	for _, name := range []string{"ada", "bob", "cyd", "dan", "eve"} {
		nu := accountstest.Person(name, "correct horse")
		nu.ID = "id-" + name
		b.Create(t, nu)
		b.Advance(time.Second)
	}
	if _, err := b.Login(t, "cyd", "correct horse"); err != nil {
		t.Fatal(err)
	}
	all := []string{"id-ada", "id-bob", "id-cyd", "id-dan", "id-eve"}
	for _, order := range listing.Orders() {
		for _, descending := range []bool{false, true} {
			var got []string
			want := listing.Wanted{Order: order, Descending: descending, Size: 2}
			for {
				page, err := b.Listing.List(t.Context(), want)
				if err != nil {
					t.Fatalf("%s: %v", order, err)
				}
				for _, u := range page.Users {
					got = append(got, u.Kuid)
				}
				if want.After = page.Next; want.After == "" || len(got) > len(all) {
					break
				}
			}
			switch {
			case order == "createdAt" || order == "_id" || order == "username":
				if wanted := slices.Clone(all); descending {
					slices.Reverse(wanted)
					if !slices.Equal(got, wanted) {
						t.Errorf("%s, descending: %q, want %q", order, got, wanted)
					}
				} else if !slices.Equal(got, wanted) {
					t.Errorf("%s: %q, want %q", order, got, wanted)
				}
			case order == "lastSignInAt" && got[0] != "id-cyd":
				t.Errorf("%s, descending %t: %q, want the one who logged in first", order, descending, got)
			}
			if slices.Sort(got); !slices.Equal(got, all) {
				t.Errorf("%s, descending %t: %q, want each of %q once", order, descending, got, all)
			}
		}
	}
	first, err := b.Listing.List(t.Context(), listing.Wanted{Order: "createdAt", Size: 2})
	if err != nil || first.Next == "" {
		t.Fatalf("%v, next %q", err, first.Next)
	}
	if _, err := b.Listing.List(t.Context(), listing.Wanted{Order: "username", Size: 2, After: first.Next}); err == nil {
		t.Error("a cursor of another order is taken")
	}
}
