package resume

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSave reads what was saved last.
func TestSave(t *testing.T) {
	name := filepath.Join(t.TempDir(), "checkpoint")
	if c, err := Load(name); c != nil || err != nil {
		t.Fatalf("before the first: %v, %v", c, err)
	}
	for trace := range uint64(3) {
		want := &Checkpoint{File: "users.csv", Trace: trace}
		if err := want.Save(name); err != nil {
			t.Fatal(err)
		}
		got, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}
