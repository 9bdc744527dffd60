package accounts_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// TestMetadataAtOnce: of changes at the same time none is lost, and each is a merge.
func TestMetadataAtOnce(t *testing.T) {
	b := newBench(t, nil)
	b.enter(t, "jdoe")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if _, err := b.Users.UpdateMetadata(t.Context(), admin, "jdoe", map[string]any{"public": map[string]any{fmt.Sprint(i): 1.0}}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	u, err := b.Users.Read(t.Context(), "jdoe")
	if err != nil {
		t.Fatal(err)
	}
	want := `{"0":1,"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1}`
	if got := string(u.Metadata.Of(users.PublicMetadata)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestMetadataTravels: an export holds metadata, private alone with digests, and an
// import of it brings the same. A row with metadata of a wrong form brings nobody.
func TestMetadataTravels(t *testing.T) {
	b := importBench(t)
	row := brought("1", "anna")
	row.Metadata = map[string]any{"public": map[string]any{"plan": "pro"}, "private": map[string]any{"note": "secret"}, "unsafe": map[string]any{}}
	kuid := b.merging(t, imports.Import{}, row)
	full := b.exported(t, kuid)
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
		row := brought("2", "bert")
		row.Metadata = c.metadata
		for _, dry := range []bool{true, false} {
			results, err := b.Imports.Import(t.Context(), admin, imports.Import{DryRun: dry}, []imports.Row{row})
			if err != nil {
				t.Fatal(err)
			}
			wantFault(t, results[0].Err, c.want)
		}
	}
}
