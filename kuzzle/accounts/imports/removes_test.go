package imports_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
)

// asBroughtBefore changes a user, imported from the row brought("1", "anna"), to the state after an
// import by an earlier release. The fingerprint then covered no addresses, and of Removes only the
// given ones.
func asBroughtBefore(t *testing.T, b *accountstest.Bench, kuid, removes string) {
	t.Helper()
	sealer := tokentest.Sealer(t)
	key, err := sealer.Derive("accounts.import.row")
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(`""
0
"account"
"old:1"
{"name":"anna","profileIds":["default"]}
{"digest-import":{"passwordDigest":"` + accountstest.MD5OfPassword + `","passwordHasher":"md5","username":"anna"},"external":{"accounts":["old:1"]}}
null
null
"0001-01-01T00:00:00Z"
` + removes))
	doc, err := b.Store.Get(t.Context(), storage.Users, kuid)
	if err != nil {
		t.Fatal(err)
	}
	var auth map[string]json.RawMessage
	var from map[string]any
	if err := json.Unmarshal(doc.Auth, &auth); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(auth["brought"], &from); err != nil {
		t.Fatal(err)
	}
	from["row"] = mac.Sum(nil)[:16]
	auth["brought"], _ = json.Marshal(from)
	doc.Auth, _ = json.Marshal(auth)
	if _, err := b.Store.Commit(t.Context(), storage.Change{In: storage.Users, ID: kuid, Put: &doc, If: doc.Rev}); err != nil {
		t.Fatal(err)
	}
}

// TestBroughtByAnEarlierRelease checks that the file of an earlier release's import changes
// nothing, although nulls and addresses are now part of rows; a merge applies them.
func TestBroughtByAnEarlierRelease(t *testing.T) {
	row := accountstest.ImportedRow("1", "anna")
	nulls := accountstest.ImportedRow("1", "anna")
	nulls.Removes = []string{"content.town"}
	other := accountstest.ImportedRow("1", "anna")
	other.Content["name"] = "Anna"
	address := accountstest.ImportedRow("1", "anna")
	address.Addresses = []users.Contact{{Kind: users.Email, Value: "anna@example.com"}}
	none := accountstest.ImportedRow("1", "anna")
	none.Removes = []string{"accountContacts.email", "content.town"}
	const first, later, town = "", "removes:", `removes:["content.town"]`
	for _, c := range []struct {
		name        string
		before      string
		row         imports.Row
		how         imports.Conflict
		credentials bool
		want        string
	}{
		{"the same row", first, row, imports.ConflictFail, false, "unchanged"},
		{"the same row, to merge", first, row, imports.ConflictMerge, false, "unchanged"},
		{"a row with nulls", first, nulls, imports.ConflictFail, false, "unchanged"},
		{"a row with nulls, to skip", first, nulls, imports.ConflictSkip, false, "unchanged"},
		{"a row with nulls, to merge", first, nulls, imports.ConflictMerge, false, "merged"},
		{"another row", first, other, imports.ConflictFail, false, "failed security.import.user_differs"},
		{"an address", later, address, imports.ConflictFail, true, "unchanged"},
		{"an address, to merge without credentials", later, address, imports.ConflictMerge, false, "unchanged"},
		{"an address, to merge", later, address, imports.ConflictMerge, true, "merged"},
		{"an address, of the first release", first, address, imports.ConflictFail, true, "unchanged"},
		{"no addresses", town, none, imports.ConflictFail, true, "unchanged"},
		{"no addresses, to merge without credentials", town, none, imports.ConflictMerge, false, "unchanged"},
		{"no addresses, to merge", town, none, imports.ConflictMerge, true, "merged"},
		{"other nulls", later, nulls, imports.ConflictFail, true, "failed security.import.user_differs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := accountstest.NewImporting(t, nil)
			results, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{}, []imports.Row{accountstest.ImportedRow("1", "anna")})
			if err != nil || results[0].Status != imports.RowCreated {
				t.Fatal(results, err)
			}
			asBroughtBefore(t, b, results[0].Kuid, c.before)
			for _, dry := range []bool{true, false} {
				if got := b.Bring(t, imports.Import{OnConflict: c.how, MergeCredentials: c.credentials, DryRun: dry}, c.row); got[0] != c.want {
					t.Errorf("got %s, want %s (dry run: %t)", got[0], c.want, dry)
				}
			}
		})
	}
}

// TestNullIsNoAbsence checks that a row that removes something differs from one that does not
// mention it.
func TestNullIsNoAbsence(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	b.Bring(t, imports.Import{}, accountstest.ImportedRow("1", "anna"))
	row := accountstest.ImportedRow("1", "anna")
	row.Removes = []string{"content.town"}
	if got := b.Bring(t, imports.Import{}, row); got[0] != "failed security.import.user_differs" {
		t.Errorf("got %s, want that it differs", got[0])
	}
	row.Removes = []string{"contents"}
	if got := b.Bring(t, imports.Import{}, row); got[0] != "failed api.assert.invalid_argument" {
		t.Errorf("a part that is none: got %s", got[0])
	}
}
