package accountstest

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

// MD5OfPassword is the digest that Clerk's reference prints for "password".
const MD5OfPassword = "5f4dcc3b5aa765d61d8327deb882cf99"

// NewImporting makes a bench as [New] does, with the strategies of users who come
// from elsewhere.
func NewImporting(t testing.TB, change func(*accounts.Options)) *Bench {
	t.Helper()
	b := New(t, change)
	b.UseImporting(t)
	return b
}

// UseImporting adds the strategies of users who come from elsewhere.
func (b *Bench) UseImporting(t testing.TB) {
	t.Helper()
	b.Use(t, external.Name, external.New)
	b.Use(t, digestimport.Name, digestimport.New)
}

// Imported is a new user with what digest-import is given.
func Imported(given map[string]any) credentials.NewUser {
	return credentials.NewUser{
		Content:     map[string]any{"profileIds": []any{"default"}},
		Credentials: map[string]any{digestimport.Name: given},
	}
}

// ImportedRow is the row of a user of another system, who has an id there, a name, and
// "password" as a weak digest.
func ImportedRow(id, name string) imports.Row {
	return imports.Row{
		Key:     strategies.Identifier{Kind: external.Kind, Value: "old:" + id},
		Content: map[string]any{"profileIds": []any{"default"}, "name": name},
		Credentials: map[string]any{
			"digest-import": map[string]any{"username": name, "passwordDigest": MD5OfPassword, "passwordHasher": "md5"},
			"external":      map[string]any{"accounts": []any{"old:" + id}},
		},
	}
}

// Bring imports rows, as an administrator, and returns what [Said] tells of each.
func (b *Bench) Bring(t testing.TB, how imports.Import, rows ...imports.Row) []string {
	t.Helper()
	results, err := b.Imports.Import(t.Context(), Admin, how, rows)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, len(results))
	for i, r := range results {
		got[i] = Said(r)
	}
	return got
}

// Said is what became of a row, and the id of what is wrong with it.
func Said(r imports.RowResult) string {
	if failure, ok := fault.From(r.Err); ok {
		return string(r.Status) + " " + failure.ID()
	}
	return string(r.Status)
}

// Count is how many users the store has.
func (b *Bench) Count(t testing.TB) int64 {
	t.Helper()
	return b.Store.Info(t.Context()).Counts[storage.Users]
}

// Exported is all that is kept of a user.
func (b *Bench) Exported(t testing.TB, kuid string) imports.Exported {
	t.Helper()
	users, _, err := b.Imports.Export(t.Context(), "", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if u.Kuid == kuid {
			return u
		}
	}
	t.Fatalf("%s is not exported", kuid)
	return imports.Exported{}
}
