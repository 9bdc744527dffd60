package elasticsearch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

// added is the collection that a later version has, in tests.
const added = "added-later"

func addUpgrade(t *testing.T) (undo func()) {
	t.Helper()
	_, undo = storagetest.AddUpgrade(added)
	t.Cleanup(undo)
	return undo
}

// earlierSchemas are those of which there is data.
func earlierSchemas(t *testing.T) []int { return storagetest.EarlierSchemas(t, earlierFile, 2) }

// earlierOptions are those of a store that an earlier version wrote.
func earlierOptions(t *testing.T, schema int) elasticsearch.Options {
	t.Helper()
	return editedOptions(t, schema, "unchanged", "unchanged")
}

// editedOptions is earlierOptions, with a text replaced in every record.
func editedOptions(t *testing.T, schema int, replace ...string) elasticsearch.Options {
	t.Helper()
	text, err := os.ReadFile(earlierFile(schema))
	if err != nil {
		t.Fatal(err)
	}
	var all earlier
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	o := options()
	var documents bytes.Buffer
	for name, index := range all.Indexes {
		body, err := json.Marshal(map[string]any{
			"settings": map[string]any{"index": index.Settings}, "mappings": index.Mappings,
			"aliases": map[string]any{o.Prefix + name + "." + all.Store: map[string]any{}},
		})
		if err != nil {
			t.Fatal(err)
		}
		node.Ask(t, http.MethodPut, "/"+o.Prefix+name, string(body))
		for id, source := range index.Documents {
			if err := json.NewEncoder(&documents).Encode(map[string]any{"create": map[string]any{"_index": o.Prefix + name, "_id": id}}); err != nil {
				t.Fatal(err)
			}
			source = bytes.ReplaceAll(source, []byte(replace[0]), []byte(replace[1]))
			if err := json.Compact(&documents, source); err != nil {
				t.Fatal(err)
			}
			documents.WriteByte('\n')
		}
	}
	if answer := node.Ask(t, http.MethodPost, "/_bulk?refresh=true", documents.String()); answer["errors"] != false {
		t.Fatalf("got %v", answer)
	}
	t.Cleanup(func() { cleanIndexes(t, o.Prefix) })
	return o
}

// TestEarlier: a store that an earlier version wrote has everything that was in
// it and every collection of today, for all nodes that start at once, also where
// no index may be made but those that it never had.
func TestEarlier(t *testing.T) {
	addUpgrade(t)
	for _, schema := range earlierSchemas(t) {
		o := earlierOptions(t, schema)
		if has, err := elasticsearch.ReadSchema(t.Context(), o); err != nil || has.Number != schema || !has.Older() {
			t.Errorf("before: got %+v, %v, want the older schema %d", has, err, schema)
		}
		for _, f := range elasticsearch.Examine(t.Context(), o) {
			if f.Level == storage.Misconfigured || strings.Contains(f.Problem, "missing") {
				t.Errorf("before: found %+v", f)
			}
		}
		for i, s := range openAtOnce(t, o) {
			if i == 0 {
				storagetest.CheckEarlier(t, s)
			}
			storagetest.CheckAdded(t, s, schema)
		}
		existing := earlierOptions(t, schema)
		existing.Existing = true
		storagetest.CheckAdded(t, open(t, existing), schema)
	}
}

// TestPartsOfEarlier: users of an earlier version are found by parts of their texts
// and ids, also those whose accounts had such texts already.
func TestPartsOfEarlier(t *testing.T) {
	schemas := earlierSchemas(t)
	s := open(t, editedOptions(t, schemas[len(schemas)-1], `{\"n\":4}`, `{\"username\":\"Ada\"}`))
	storagetest.CheckParts(t, s, map[string]string{"u11": "u11", "ada": "u4", "nobody": ""})
}

// TestDowngrade: a store that a later version wrote is refused in words that name
// that version.
func TestDowngrade(t *testing.T) {
	undo := addUpgrade(t)
	o := options()
	s, err := elasticsearch.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cleanIndexes(t, o.Prefix) })
	has, err := s.Schema(t.Context())
	if err != nil || len(has.History) != 1 || !has.History[0].Made || has.History[0].Schema != storage.LatestSchema() {
		t.Errorf("got %+v, %v, want a store that was made", has, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	later := storage.LatestSchema()
	undo()
	var setup *elasticsearch.SetupError
	_, err = elasticsearch.Open(t.Context(), o)
	if !errors.As(err, &setup) {
		t.Fatalf("got %v, want a SetupError", err)
	}
	for _, words := range []string{fmt.Sprintf("has schema %d, from a newer version, kuzzle ", later), "run kuzzle ", "restore a backup from before the upgrade"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("got %q, want %q in it", err, words)
		}
	}
}
