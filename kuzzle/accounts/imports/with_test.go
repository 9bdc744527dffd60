package imports_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

// With does not count when rows are compared: the same row with another With is unchanged.
func TestImportWith(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	row := accountstest.ImportedRow("1", "anna")
	for _, step := range []struct{ wrap, want string }{{"off", "created"}, {"now", "unchanged"}, {"", "unchanged"}} {
		how := imports.Import{}
		if step.wrap != "" {
			how.With = map[string]map[string]any{digestimport.Name: {digestimport.WrapField: step.wrap}}
		}
		if diff := cmp.Diff([]string{step.want}, b.Bring(t, how, row)); diff != "" {
			t.Errorf("wrap %q (-want +got):\n%s", step.wrap, diff)
		}
	}
	if err := b.Accounts.Users.Refresh(t.Context(), storage.Users); err != nil {
		t.Fatal(err)
	}
	if left, err := b.Care.CountCredentials(t.Context(), digestimport.Name, digestimport.ProtectionField, digestimport.Left); err != nil || left != 1 {
		t.Errorf("%d left sealed (%v), want 1", left, err)
	}
}
