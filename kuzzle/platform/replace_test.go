package platform

import (
	"os"
	"path/filepath"
	"testing"
)

// TestReplace checks that a file is replaced and not overwritten, so that a crash leaves the former
// content or the new one, and that what a crash left behind is no obstacle.
func TestReplace(t *testing.T) {
	folder := t.TempDir()
	file, former := filepath.Join(folder, "file"), filepath.Join(folder, "former")
	has := func(name, want string) {
		t.Helper()
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s has %q, %v, want %q", filepath.Base(name), got, err, want)
		}
	}
	if err := Replace(file, []byte("first")); err != nil {
		t.Fatal(err)
	}
	has(file, "first")
	if err := os.Link(file, former); err != nil {
		t.Skip("no links on this file system: ", err)
	}
	if err := os.WriteFile(file+newSuffix, []byte("half of a longer content"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Replace(file, []byte("second")); err != nil {
		t.Fatal(err)
	}
	has(file, "second")
	has(former, "first")
	names, err := os.ReadDir(folder)
	if err != nil || len(names) != 2 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}
