package imports_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// TestWanted checks that a user gets the wanted id if nobody has it. Otherwise it becomes the
// external id, unless the row gives another; neither a repetition nor a merge removes it.
func TestWanted(t *testing.T) {
	merge := imports.Import{OnConflict: imports.ConflictMerge, MergeCredentials: true}
	b := accountstest.NewImporting(t, nil)
	wants := func(id, name string, details map[string]any) imports.Row {
		row := accountstest.ImportedRow(id, name)
		row.Wanted, row.Details = id, details
		return row
	}
	type user struct {
		Kept     bool
		External string
	}
	has := func(id, name string) (u user) {
		t.Helper()
		found, err := b.Credentials.CredentialsByID(t.Context(), "old:"+id, "external")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		kuid, _ := found["kuid"].(string)
		if d := b.Exported(t, kuid).Details; d != nil {
			u.External = d.ExternalID
		}
		u.Kept = kuid == id
		return u
	}
	b.Bring(t, imports.Import{}, imports.Row{ID: "user_2", Content: map[string]any{"profileIds": []any{"default"}}})
	b.Bring(t, imports.Import{}, imports.Row{ID: "user_3", Content: map[string]any{"profileIds": []any{"default"}}})
	rows := []imports.Row{
		wants("user_1", "anna", nil), wants("user_2", "bert", map[string]any{users.ExternalIDDetail: nil}),
		wants("user_3", "carl", map[string]any{users.ExternalIDDetail: "app-3"}), wants("user/4", "dora", nil),
	}
	want := map[string]user{"user_1": {true, ""}, "user_2": {false, "user_2"}, "user_3": {false, "app-3"}, "user/4": {false, "user/4"}}
	for _, step := range []struct {
		name string
		how  imports.Import
		want []string
	}{
		{"tried", imports.Import{DryRun: true}, []string{"created", "created", "created", "created"}},
		{"brought", imports.Import{}, []string{"created", "created", "created", "created"}},
		{"again", imports.Import{}, []string{"unchanged", "unchanged", "unchanged", "unchanged"}},
		{"tried again", imports.Import{DryRun: true}, []string{"unchanged", "unchanged", "unchanged", "unchanged"}},
		{"merged", merge, []string{"merged", "merged", "merged", "merged"}},
	} {
		if step.name == "merged" {
			for i := range rows {
				rows[i].Content["town"] = "Oslo"
			}
		}
		if diff := cmp.Diff(step.want, b.Bring(t, step.how, rows...)); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", step.name, diff)
		}
		if step.how.DryRun {
			continue
		}
		for _, row := range rows {
			if diff := cmp.Diff(want[row.Wanted], has(row.Wanted, step.name)); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", step.name, row.Wanted, diff)
			}
		}
	}
	if got := b.Count(t); got != 6 {
		t.Errorf("got %d users, want 6", got)
	}
}

// TestWantedByAnEarlierUser checks that a user who was imported before Wanted existed is
// recognised, and that a merge makes the old id the external one.
func TestWantedByAnEarlierUser(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	row := accountstest.ImportedRow("user_1", "anna")
	b.Bring(t, imports.Import{}, row)
	row.Wanted = "user_1"
	if diff := cmp.Diff([]string{"unchanged"}, b.Bring(t, imports.Import{}, row)); diff != "" {
		t.Fatalf("again (-want +got):\n%s", diff)
	}
	row.Content["town"] = "Oslo"
	if diff := cmp.Diff([]string{"merged"}, b.Bring(t, imports.Import{OnConflict: imports.ConflictMerge, MergeCredentials: true}, row)); diff != "" {
		t.Fatalf("merged (-want +got):\n%s", diff)
	}
	all, _, err := b.Imports.Export(t.Context(), "", true)
	if err != nil || len(all) != 1 || all[0].Details == nil || all[0].Details.ExternalID != "user_1" {
		t.Errorf("got %+v, %v, want one user with the external id", all, err)
	}
}
