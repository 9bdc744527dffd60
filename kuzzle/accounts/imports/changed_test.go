package imports_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
)

// TestMergeNamesChangedFields checks the names of changed fields, in a run and in a dry run. A field
// with the same value, and a digest that is only sealed anew, are not changed.
func TestMergeNamesChangedFields(t *testing.T) {
	const md5 = "5f4dcc3b5aa765d61d8327deb882cf99"
	row := func() imports.Row {
		r := accountstest.ImportedRow("1", "anna")
		r.Content["fullname"], r.Content["address"] = "Anna", map[string]any{"town": "Oslo", "zip": "1"}
		r.Metadata = map[string]any{"public": map[string]any{"theme": "dark"}, "private": map[string]any{"plan": "pro"}}
		r.Private = map[string]any{"legacy": "x"}
		r.Factors = map[string]any{"totpSecret": "JBSWY3DPEHPK3PXP"}
		r.Credentials["digest-import"] = map[string]any{"username": "anna", "passwordDigest": md5, "passwordHasher": "md5"}
		return r
	}
	for _, c := range []struct {
		name        string
		change      func(r *imports.Row)
		credentials bool
		want        string
		// dry is the result of a dry run if it differs.
		dry string
	}{
		{name: "content", change: func(r *imports.Row) { r.Content["fullname"], r.Content["nick"] = "Anne", "a" }, want: "content.fullname content.nick"},
		{name: "below a member", change: func(r *imports.Row) { r.Content["address"] = map[string]any{"town": "Rome"} }, want: "content.address"},
		{name: "null", change: func(r *imports.Row) { r.Content["fullname"] = nil }, want: "content.fullname"},
		{name: "metadata", change: func(r *imports.Row) {
			r.Metadata = map[string]any{"public": map[string]any{"theme": "light"}, "private": map[string]any{"plan": "pro", "level": 3}}
		}, want: "accountMetadata.private.level accountMetadata.public.theme"},
		{name: "private data and factors", change: func(r *imports.Row) {
			r.Private, r.Factors = map[string]any{"legacy": "y"}, map[string]any{"totpSecret": "JBSWY3DPEHPK3PXP", "backupCodes": []any{"one"}}
		}, want: "factors.backupCodes private.legacy"},
		{name: "a ban", change: func(r *imports.Row) { r.BannedAt = 1000 }, want: "bannedAt"},
		{name: "a password that does not count", change: func(r *imports.Row) {
			r.Content["nick"] = "a"
			r.Credentials["digest-import"].(map[string]any)["passwordDigest"] = strings.Repeat("0", 32)
		}, want: "content.nick"},
		{name: "a password", credentials: true, change: func(r *imports.Row) {
			r.Credentials["digest-import"].(map[string]any)["passwordDigest"] = strings.Repeat("0", 32)
		}, want: "credentials.digest-import.passwordDigest"},
		{name: "the same password", credentials: true, change: func(r *imports.Row) { r.Content["nick"] = "a" }, want: "content.nick",
			dry: "content.nick credentials.digest-import.passwordDigest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := accountstest.NewImporting(t, nil)
			b.Bring(t, imports.Import{Source: "old"}, row())
			changed := row()
			c.change(&changed)
			for _, dry := range []bool{true, false} {
				how := imports.Import{Source: "old", OnConflict: imports.ConflictMerge, MergeCredentials: c.credentials, DryRun: dry}
				results, err := b.Imports.Import(t.Context(), accountstest.Admin, how, []imports.Row{changed})
				if err != nil || results[0].Status != imports.RowMerged || results[0].Err != nil {
					t.Fatalf("%+v, %v", results, err)
				}
				want := c.want
				if dry && c.dry != "" {
					want = c.dry
				}
				if got := strings.Join(results[0].Changed, " "); got != want {
					t.Errorf("dry run %v: got %q, want %q", dry, got, want)
				}
			}
		})
	}
}

// TestManyChangedFields checks that a user with many changed fields has a bounded list.
func TestManyChangedFields(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	row := accountstest.ImportedRow("1", "anna")
	b.Bring(t, imports.Import{Source: "old"}, row)
	for i := range 200 {
		row.Content["f"+strings.Repeat("x", i)] = i
	}
	results, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{Source: "old", OnConflict: imports.ConflictMerge}, []imports.Row{row})
	if err != nil || len(results[0].Changed) != 51 || !slices.Contains(results[0].Changed, "others") {
		t.Errorf("%v, %v", results, err)
	}
}
