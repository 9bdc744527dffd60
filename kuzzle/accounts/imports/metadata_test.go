package imports_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// TestMetadataTravels checks that an export has metadata, the private kind only with digests, and
// that an import restores it. A row with invalid metadata creates nobody.
func TestMetadataTravels(t *testing.T) {
	b := accountstest.NewImporting(t, nil)
	row := accountstest.ImportedRow("1", "anna")
	row.Metadata = map[string]any{"public": map[string]any{"plan": "pro"}, "private": map[string]any{"note": "secret"}, "unsafe": map[string]any{}}
	kuid := merging(t, b, imports.Import{}, row)
	full := b.Exported(t, kuid)
	if diff := cmp.Diff(map[string]any{"public": row.Metadata["public"], "private": row.Metadata["private"]}, full.Metadata); diff != "" {
		t.Errorf("with digests (-want +got):\n%s", diff)
	}
	open, _, err := b.Imports.Export(t.Context(), "", false)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(open)
	if err != nil || strings.Contains(string(text), "secret") || !strings.Contains(string(text), `"accountMetadata":{"public":{"plan":"pro"}}`) {
		t.Errorf("without digests: %s, %v", text, err)
	}

	for _, c := range []struct {
		metadata map[string]any
		want     *fault.Kind
	}{
		{map[string]any{"public": []any{}}, assert.InvalidType},
		{map[string]any{"private": "text"}, assert.InvalidType},
		{map[string]any{"other": map[string]any{}}, assert.Unexpected},
		{map[string]any{"unsafe": map[string]any{"a": strings.Repeat("x", users.MaxMetadata)}}, users.ErrMetadataTooLarge},
	} {
		row := accountstest.ImportedRow("2", "bert")
		row.Metadata = c.metadata
		for _, dry := range []bool{true, false} {
			results, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{DryRun: dry}, []imports.Row{row})
			if err != nil {
				t.Fatal(err)
			}
			accountstest.WantFault(t, results[0].Err, c.want)
		}
	}
}
