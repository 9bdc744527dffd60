package imports_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// drawing returns a domain that generates the given ids first, and then new ones. draw sets the
// next ids.
func drawing(t *testing.T) (b *accountstest.Bench, draw func(ids ...string)) {
	var mu sync.Mutex // rows are planned concurrently
	var ids []string
	b = accountstest.NewImporting(t, func(o *accounts.Options) {
		o.NewKuid = func(form kuid.Form) (string, error) {
			mu.Lock()
			defer mu.Unlock()
			if len(ids) == 0 {
				return kuid.New(form)
			}
			id := ids[0]
			ids = ids[1:]
			return id, nil
		}
	})
	return b, func(next ...string) {
		mu.Lock()
		defer mu.Unlock()
		ids = next
	}
}

// nameless returns a row that nothing identifies.
func nameless() imports.Row {
	return imports.Row{Content: map[string]any{"profileIds": []any{"default"}}}
}

// TestDrawnIDsCollide checks that a taken generated id says nothing about its row, for new and
// existing users, and in a dry run too.
func TestDrawnIDsCollide(t *testing.T) {
	named := nameless()
	named.Credentials = map[string]any{"external": map[string]any{"username": "stranger"}}
	for _, c := range []struct {
		name string
		rows []imports.Row
		how  imports.Conflict
		want []string
	}{
		{"of a row that is here", []imports.Row{accountstest.ImportedRow("1", "anna")}, "", []string{"unchanged"}},
		{"of a new row", []imports.Row{accountstest.ImportedRow("2", "bert")}, "", []string{"created"}},
		{"of a row without a key", []imports.Row{nameless()}, imports.ConflictMerge, []string{"created"}},
		{"of a row that wants a name of the id's owner", []imports.Row{named}, "", []string{"failed security.credentials.identifier_taken"}},
		{"of two new rows", []imports.Row{accountstest.ImportedRow("2", "bert"), accountstest.ImportedRow("3", "carl")}, "", []string{"created", "created"}},
		{"of two rows without a key", []imports.Row{nameless(), nameless()}, "", []string{"created", "created"}},
	} {
		for _, dry := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, dry run: %t", c.name, dry), func(t *testing.T) {
				b, draw := drawing(t)
				stranger := b.Create(t, accountstest.Person("someone", "correct horse"))
				taken := named
				taken.Key.Kind, taken.Key.Value = "username", "stranger"
				draw("kuid-a", "kuid-b")
				b.Bring(t, imports.Import{}, accountstest.ImportedRow("1", "anna"), taken)
				draw(slices.Repeat([]string{"kuid-b"}, 2)...)
				if strings.Contains(c.name, "a row that is here") {
					draw(stranger.Kuid)
				}
				how := imports.Import{OnConflict: c.how, DryRun: dry}
				results, err := b.Imports.Import(t.Context(), accountstest.Admin, how, c.rows)
				if err != nil {
					t.Fatal(err)
				}
				dryRun := imports.NewDryRun(imports.DryRunNames)
				for i, r := range results {
					status, err := r.Status, r.Err
					if dry && r.Wish != nil {
						if told, refused := dryRun.Judge(how, r.Wish, status); told != status || refused != nil {
							status, err = told, refused
						}
					}
					if got := accountstest.Said(imports.RowResult{Status: status, Err: err}); got != c.want[i] {
						t.Errorf("row %d: got %s, want %s", i, got, c.want[i])
					}
				}
			})
		}
	}
}

// merging imports a first row, and then returns the results of a dry run and of the run for the
// others.
func merging(t *testing.T, b *accountstest.Bench, how imports.Import, first imports.Row, others ...imports.Row) (kuid string) {
	t.Helper()
	results, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{Source: "old"}, []imports.Row{first})
	if err != nil || results[0].Err != nil {
		t.Fatal(err, results[0].Err)
	}
	how.OnConflict = imports.ConflictMerge
	for i, row := range others {
		how.DryRun = true
		dry := b.Bring(t, how, row)
		how.DryRun = false
		run := b.Bring(t, how, row)
		if run[0] != "merged" || dry[0] != run[0] {
			t.Errorf("row %d: got %s, and %s in a dry run, want merged", i, run[0], dry[0])
		}
		if again := b.Bring(t, how, row); again[0] != "unchanged" {
			t.Errorf("row %d again: got %s, want unchanged", i, again[0])
		}
	}
	return results[0].Kuid
}

// rich returns a row with all possible parts.
func rich() imports.Row {
	row := accountstest.ImportedRow("1", "anna")
	row.Content["address"] = map[string]any{"town": "Ulm", "zip": "89073"}
	row.Private = map[string]any{"metadata": map[string]any{"plan": "pro", "seats": 3.0}, "emails": []any{"a", "b"}}
	row.Metadata = map[string]any{"public": map[string]any{"plan": "pro"}, "private": map[string]any{"note": "x", "vip": true}, "unsafe": map[string]any{"theme": "dark"}}
	row.Factors = map[string]any{"totpSecret": "JBSWY3DPEHPK3PXP", "backupCodes": []any{"one", "two"}}
	row.LastSignInAt = 1_700_000_000_000
	row.Credentials["digest-import"].(map[string]any)["email"] = "anna@example.com"
	row.Credentials["external"].(map[string]any)["accounts"] = []any{"old:1", "google:7"}
	row.Credentials["external"].(map[string]any)["phone"] = []any{"+491701234567"}
	return row
}

// poor returns a minimal row for the same user.
func poor() imports.Row {
	row := accountstest.ImportedRow("1", "anna")
	delete(row.Content, "name")
	delete(row.Credentials, "digest-import")
	return row
}

// TestMergeKeeps checks that a merge removes nothing that the row does not mention.
func TestMergeKeeps(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	nested := poor()
	nested.Content["address"] = map[string]any{"zip": "89077"}
	nested.Private = map[string]any{"metadata": map[string]any{"seats": 4.0}}
	nested.Metadata = map[string]any{"private": map[string]any{"note": "y"}, "public": map[string]any{}}
	nested.LastSignInAt = 1_600_000_000_000 // the later time stays
	nested.Factors = map[string]any{"backupCodes": []any{"three"}}
	renamed := poor()
	renamed.Credentials["digest-import"] = map[string]any{"username": "ann", "passwordDigest": accountstest.MD5OfPassword, "passwordHasher": "md5"}
	id := merging(t, b, imports.Import{MergeCredentials: true}, rich(), poor(), nested, renamed)
	got := b.Exported(t, id)
	want := imports.Exported{
		Kuid: id, CreatedAt: got.CreatedAt, LastSignInAt: 1_700_000_000_000,
		Content: map[string]any{"profileIds": []any{"default"}, "name": "anna", "address": map[string]any{"town": "Ulm", "zip": "89077"}},
		Private: map[string]any{"metadata": map[string]any{"plan": "pro", "seats": 4.0}, "emails": []any{"a", "b"}},
		Metadata: map[string]any{
			"public": map[string]any{"plan": "pro"}, "private": map[string]any{"note": "y", "vip": true}, "unsafe": map[string]any{"theme": "dark"},
		},
		Factors: map[string]any{"totpSecret": "JBSWY3DPEHPK3PXP", "backupCodes": []any{"three"}},
		Credentials: map[string]any{
			"digest-import": map[string]any{"username": "ann", "email": "anna@example.com", "passwordDigest": accountstest.MD5OfPassword, "passwordHasher": "md5"},
			"external":      map[string]any{"accounts": []any{"old:1", "google:7"}, "phone": []any{"+491701234567"}},
		},
	}
	if diff := cmp.Diff(plain(t, want), plain(t, got)); diff != "" {
		t.Errorf("what is kept (-want +got):\n%s", diff)
	}
	if _, err := b.Login(t, "ann", "password"); err != nil {
		t.Errorf("log in by the new name: %v", err)
	}
	if _, err := b.Login(t, "anna@example.com", "password"); err != nil {
		t.Errorf("log in by the address that was not mentioned: %v", err)
	}
	b.Store.Refresh(t.Context(), storage.Users)
	if _, err := b.Credentials.CredentialsByID(t.Context(), "google:7", "external"); err != nil {
		t.Errorf("the account that was not mentioned: %v", err)
	}
}

// TestMergeRemoves checks that a merge removes what is null in the row, and nothing else.
func TestMergeRemoves(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	row := poor()
	row.Removes = []string{"content.name", "content.profileIds", "content.unknown"}
	row.Content["address"] = map[string]any{"zip": nil}
	row.Private = map[string]any{"metadata": map[string]any{"seats": nil}, "emails": nil}
	row.Metadata = map[string]any{"public": nil, "private": map[string]any{"note": nil}}
	row.Factors = map[string]any{"backupCodes": nil}
	row.Credentials = map[string]any{"digest-import": nil, "external": map[string]any{"phone": nil, "accounts": []any{"old:1"}}}
	id := merging(t, b, imports.Import{MergeCredentials: true}, rich(), row)
	got := b.Exported(t, id)
	want := imports.Exported{
		Kuid: id, CreatedAt: got.CreatedAt, LastSignInAt: 1_700_000_000_000,
		Content:     map[string]any{"profileIds": []any{"default"}, "address": map[string]any{"town": "Ulm"}},
		Private:     map[string]any{"metadata": map[string]any{"plan": "pro"}},
		Metadata:    map[string]any{"private": map[string]any{"vip": true}, "unsafe": map[string]any{"theme": "dark"}},
		Factors:     map[string]any{"totpSecret": "JBSWY3DPEHPK3PXP"},
		Credentials: map[string]any{"external": map[string]any{"accounts": []any{"old:1", "google:7"}}},
	}
	if diff := cmp.Diff(plain(t, want), plain(t, got)); diff != "" {
		t.Errorf("what is kept (-want +got):\n%s", diff)
	}
	if _, err := b.Login(t, "anna", "password"); err == nil {
		t.Error("the password that was removed logs in")
	}
	free := accountstest.Person("anna", "correct horse")
	b.Create(t, free)
	// For a new user a null removes nothing.
	fresh := accountstest.ImportedRow("9", "dora")
	fresh.Private, fresh.Factors, fresh.Removes = map[string]any{"metadata": nil}, map[string]any{"totpSecret": nil}, []string{"content.x"}
	fresh.Credentials["local"], fresh.Credentials["external"].(map[string]any)["email"] = nil, nil
	results, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{}, []imports.Row{fresh})
	if err != nil || results[0].Status != imports.RowCreated {
		t.Fatalf("a row with nulls: %+v, %v", results[0], err)
	}
	if got := b.Exported(t, results[0].Kuid); got.Private != nil || got.Factors != nil {
		t.Errorf("a row with nulls: kept %v, %v", got.Private, got.Factors)
	}
}

// TestMergeHasASize checks that a dry run and the run both refuse a merge with a too large result,
// and that nothing is written.
func TestMergeHasASize(t *testing.T) {
	for _, c := range []struct {
		name, want string
		edit       func(row *imports.Row, part string)
	}{
		{"content", "failed security.user.content_too_large", func(row *imports.Row, part string) { row.Content[part] = strings.Repeat("x", 60_000) }},
		{"private metadata", "failed api.assert.invalid_argument", func(row *imports.Row, part string) { row.Private = map[string]any{part: strings.Repeat("x", 40_000)} }},
		{"account metadata", "failed security.user.metadata_too_large", func(row *imports.Row, part string) {
			row.Metadata = map[string]any{"private": map[string]any{part: strings.Repeat("x", 5000)}}
		}},
		{"second factors", "failed api.assert.invalid_argument", func(row *imports.Row, part string) { row.Factors = map[string]any{part: strings.Repeat("x", 40_000)} }},
		{"accounts", "failed plugin.external.too_many", func(row *imports.Row, part string) {
			list := []any{"old:1"}
			for i := range 60 {
				list = append(list, fmt.Sprintf("%s:%d", part, i))
			}
			row.Credentials["external"].(map[string]any)["accounts"] = list
		}},
		{"credentials", "failed security.credentials.too_large", func(row *imports.Row, part string) {
			var list []any
			for i := range 40 {
				list = append(list, fmt.Sprint(part, i, strings.Repeat("x", 1500)))
			}
			row.Credentials["external"].(map[string]any)["username"] = list
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := accountstest.NewImporting(t, func(o *accounts.Options) { o.MaxContent = 100_000 })
			row, more := poor(), poor()
			c.edit(&row, "a")
			c.edit(&more, "b")
			id := merging(t, b, imports.Import{}, row)
			before, err := b.Users.User(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			how := imports.Import{OnConflict: imports.ConflictMerge, MergeCredentials: true, DryRun: true}
			dry := b.Bring(t, how, more)
			how.DryRun = false
			run := b.Bring(t, how, more)
			if diff := cmp.Diff([][]string{{c.want}, {c.want}}, [][]string{dry, run}); diff != "" {
				t.Errorf("the dry run and the run (-want +got):\n%s", diff)
			}
			if after, err := b.Users.User(t.Context(), id); err != nil || after.Version != before.Version {
				t.Errorf("a refused row left version %d of %d, %v", after.Version, before.Version, err)
			}
		})
	}
}

// plain returns a value after a trip through JSON.
func plain(t *testing.T, value any) (out any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}
