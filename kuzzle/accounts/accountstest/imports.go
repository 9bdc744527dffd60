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

// MD5OfPassword is the digest of "password" in Clerk's reference.
const MD5OfPassword = "5f4dcc3b5aa765d61d8327deb882cf99"

// NewImporting returns a bench like [New], with the strategies of imported users.
func NewImporting(t testing.TB, change func(*accounts.Options)) *Bench {
	t.Helper()
	b := New(t, change)
	b.UseImporting(t)
	return b
}

// UseImporting adds the strategies of imported users.
func (b *Bench) UseImporting(t testing.TB) {
	t.Helper()
	b.Use(t, external.Name, external.New)
	b.Use(t, digestimport.Name, digestimport.New)
}

// Imported returns a new user with credentials of digest-import.
func Imported(given map[string]any) credentials.NewUser {
	return credentials.NewUser{
		Content:     map[string]any{"profileIds": []any{"default"}},
		Credentials: map[string]any{digestimport.Name: given},
	}
}

// ImportedRow returns the row of a user with an id in another system, a name, and "password" as a
// weak digest.
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

// Bring imports rows as an administrator, and returns the text of [Said] for each.
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

// Said returns the result of a row, and the id of its fault.
func Said(r imports.RowResult) string {
	if failure, ok := fault.From(r.Err); ok {
		return string(r.Status) + " " + failure.ID()
	}
	return string(r.Status)
}

// Count returns the number of users in the store.
func (b *Bench) Count(t testing.TB) int64 {
	t.Helper()
	return b.Store.Info(t.Context()).Counts[storage.Users]
}

// Exported returns all exported data of a user.
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
