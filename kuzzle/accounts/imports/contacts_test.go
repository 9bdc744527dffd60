package imports_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// proven returns an address that another system has verified.
func proven(value string) users.Contact {
	return users.Contact{Kind: users.Email, Value: value, Verification: &users.Verification{Strategy: users.ByImport}}
}

func first(c users.Contact) users.Contact {
	c.Primary = true
	return c
}

// from returns a row with addresses, as importers make them: the verified ones are names.
func from(name string, addresses ...users.Contact) imports.Row {
	row := accountstest.ImportedRow(name, name)
	row.Addresses = addresses
	var names []any
	for _, a := range addresses {
		if a.Verified() && a.Kind == users.Email {
			names = append(names, a.Value)
		}
	}
	if len(names) > 0 {
		row.Credentials["digest-import"].(map[string]any)["email"] = names[0]
		row.Credentials["external"].(map[string]any)["email"] = names[1:]
	}
	return row
}

// described writes contacts as value, * for the primary one, + for a verified and ! for a reserved
// one.
func described(list []users.Contact) string {
	var all []string
	for _, c := range list {
		mark := ""
		if c.Primary {
			mark += "*"
		}
		if c.Verified() {
			mark += "+"
		}
		if c.Reserved {
			mark += "!"
		}
		all = append(all, mark+c.Value)
	}
	return strings.Join(all, " ")
}

// TestAddressesMerge checks the contacts of a user whose addresses changed in another system, and
// those that were made here.
func TestAddressesMerge(t *testing.T) {
	open := func(value string) users.Contact { return users.Contact{Kind: users.Email, Value: value} }
	for _, c := range []struct {
		name        string
		before, row imports.Row
		without     bool // credentials
		want        string
		gone        string // an address that no longer logs in
	}{
		{name: "absent is kept", before: from("ada", first(proven("ada@example.com"))), row: from("ada"), want: "*+ada@example.com"},
		{name: "another address in its place", before: from("ada", first(proven("ada@example.com"))), row: from("ada", first(proven("new@example.com"))),
			want: "*+new@example.com", gone: "ada@example.com"},
		{name: "one that is verified now", before: from("ada", open("ada@example.com")), row: from("ada", first(proven("ADA@Example.com"))), want: "*+ada@example.com"},
		{name: "one more", before: from("ada", first(proven("ada@example.com"))), row: from("ada", first(proven("ada@example.com")), proven("b@example.com"), open("c@example.com")),
			want: "*+ada@example.com +b@example.com c@example.com"},
		{name: "another primary one", before: from("ada", first(proven("ada@example.com")), proven("b@example.com")),
			row: from("ada", first(proven("b@example.com")), proven("ada@example.com")), want: "+ada@example.com *+b@example.com"},
		{name: "without credentials", before: from("ada", first(proven("ada@example.com"))), row: from("ada", first(proven("b@example.com"))), without: true, want: "*+ada@example.com"},
		{name: "null", before: from("ada", first(proven("ada@example.com")), open("c@example.com"), users.Contact{Kind: users.Phone, Value: "+12015550123"}),
			row: imports.Row{Key: from("ada").Key, Content: from("ada").Content, Credentials: map[string]any{"external": from("ada").Credentials["external"]},
				Removes: []string{"accountContacts.email", "credentials.digest-import.email", "credentials.external.email"}},
			want: "+12015550123", gone: "ada@example.com"},
		{name: "no contacts at all", before: from("ada", open("c@example.com"), users.Contact{Kind: users.Phone, Value: "+12015550123"}),
			row: imports.Row{Key: from("ada").Key, Content: from("ada").Content, Credentials: map[string]any{"external": from("ada").Credentials["external"]}, Removes: []string{"accountContacts"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := accountstest.NewImporting(t, nil)
			how := imports.Import{OnConflict: imports.ConflictMerge, MergeCredentials: !c.without}
			results, err := b.Imports.Import(t.Context(), accountstest.Admin, how, []imports.Row{c.before})
			if err != nil || results[0].Status != imports.RowCreated {
				t.Fatal(results, err)
			}
			for _, dry := range []bool{true, false} {
				how.DryRun = dry
				if got := b.Bring(t, how, c.row); got[0] != "merged" {
					t.Fatalf("got %s, want it merged (dry run: %t)", got[0], dry)
				}
			}
			has, err := b.Contacts.List(t.Context(), results[0].Kuid)
			if got := described(has); err != nil || got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
			if c.gone == "" {
				return
			}
			// Another user may take the address now.
			if got := b.Bring(t, imports.Import{}, from("eve", proven(c.gone))); got[0] != "created" {
				t.Errorf("%s for somebody else: %s", c.gone, got[0])
			}
		})
	}
}

// TestContactsHereStay checks that a merge keeps contacts that were proved or reserved here, even
// if a name with the same address is removed.
func TestContactsHereStay(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	how := imports.Import{OnConflict: imports.ConflictMerge, MergeCredentials: true}
	results, err := b.Imports.Import(t.Context(), accountstest.Admin, how, []imports.Row{from("ada", first(proven("ada@example.com")))})
	if err != nil {
		t.Fatal(err)
	}
	kuid := results[0].Kuid
	has, err := b.Contacts.List(t.Context(), kuid)
	if err != nil {
		t.Fatal(err)
	}
	no, yes := false, true
	for _, verified := range []*bool{&no, &yes} { // set by an administrator
		if _, err := b.Contacts.Update(t.Context(), accountstest.Admin, kuid, has[0].ID, contacts.Edit{Verified: verified}, false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Contacts.Create(t.Context(), accountstest.Admin, kuid, contacts.NewContact{Kind: users.Email, Value: "kept@example.com", Reserved: true}, false); err != nil {
		t.Fatal(err)
	}
	if got := b.Bring(t, how, from("ada", first(proven("new@example.com")))); got[0] != "merged" {
		t.Fatal(got)
	}
	const want = "+ada@example.com !kept@example.com *+new@example.com"
	if has, err = b.Contacts.List(t.Context(), kuid); err != nil || described(has) != want {
		t.Errorf("got %s (%v), want %s", described(has), err, want)
	}
}

// TestAddressesOfOthers: if another user has a verified address, its row fails, since the name
// would have two users. An unverified address belongs to nobody: it takes nothing from a user who
// verified it, and logs nobody in.
func TestAddressesOfOthers(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	rows := []imports.Row{
		from("ada", first(proven("ada@example.com"))),
		from("eve", users.Contact{Kind: users.Email, Value: "Ada@example.com"}),
		from("bob", proven("ADA@example.com")),
		from("kim", users.Contact{Kind: users.Email, Value: "ada@example.com", Reserved: true}),
	}
	want := []string{"created", "created", "failed security.credentials.identifier_taken", "failed security.credentials.identifier_taken"}
	for _, dry := range []bool{true, false} {
		if dry { // a dry run judges the row alone, since earlier rows are not written
			want := []string{"created", "created", "created", "created"}
			if got := b.Bring(t, imports.Import{DryRun: true}, rows...); !cmp.Equal(got, want) {
				t.Errorf("a dry run: %v, want %v", got, want)
			}
			continue
		}
		if got := b.Bring(t, imports.Import{}, rows...); !cmp.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	for row, want := range map[int]string{0: "unchanged", 1: "unchanged", 2: want[2], 3: want[3]} {
		if got := b.Bring(t, imports.Import{DryRun: true}, rows[row]); got[0] != want {
			t.Errorf("row %d in a dry run afterwards: %s, want %s", row, got[0], want)
		}
	}
	whoever := func(name string) string {
		token, err := b.Login(t, name, "password")
		if err != nil {
			t.Fatal(name, err)
		}
		return b.CallerOf(t, token).Kuid
	}
	if got, ada := whoever("ada@example.com"), whoever("ada"); got != ada {
		t.Errorf("by the address %s logs in, want %s", got, ada)
	}
}

// TestAddressesLeft checks that an invalid address is left out and reported, and that the user and
// the other addresses are imported.
func TestAddressesLeft(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	var many []users.Contact
	for n := range users.MaxContacts + 1 {
		many = append(many, proven(fmt.Sprintf("a%d@example.com", n)))
	}
	for _, c := range []struct {
		name      string
		addresses []users.Contact
		left      bool
		want      int
	}{
		{"ann", []users.Contact{proven("ann@example.com"), {Kind: users.Phone, Value: "+12015550123"}}, false, 2},
		{"bob", []users.Contact{proven("bob@example.com"), {Kind: users.Phone, Value: "0201 555"}, {Kind: users.Email, Value: "bob2@example.com"}}, true, 2},
		{"cy", []users.Contact{{Kind: users.Email, Value: "no address"}}, true, 0},
		{"dan", []users.Contact{proven("dan@example.com"), {Kind: users.Email, Value: "DAN@example.com"}}, false, 1},
		{"eve", many, true, users.MaxContacts},
	} {
		for _, dry := range []bool{true, false} {
			results, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{DryRun: dry}, []imports.Row{from(c.name, c.addresses...)})
			if err != nil || results[0].Status != imports.RowCreated || results[0].AddressLeft != c.left {
				t.Fatalf("%s (dry run: %t): %+v, %v; want left %t", c.name, dry, results, err, c.left)
			}
			if dry {
				continue
			}
			has, err := b.Contacts.List(t.Context(), results[0].Kuid)
			if err != nil || len(has) != c.want {
				t.Errorf("%s has %s (%v), want %d contacts", c.name, described(has), err, c.want)
			}
		}
	}
}
