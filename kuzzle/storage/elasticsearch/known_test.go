package elasticsearch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
)

// TestKnownStoreIsReplaced: a crash while the name of the store is written leaves the former name, and an
// empty file does not stand for any store.
func TestKnownStoreIsReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "store")
	former := file + ".former"
	if err := elasticsearch.Remember(file, "", "first"); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(file, former); err != nil {
		t.Skip("no links on this file system: ", err)
	}
	if err := elasticsearch.Remember(file, "first", "second"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{file: "second", former: "first"} {
		if got, err := elasticsearch.Known(name); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", filepath.Base(name), got, err, want)
		}
	}
	if err := os.WriteFile(file, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if id, err := elasticsearch.Known(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("an empty file: %q, %v, want an error with its name", id, err)
	}
}
