package platform

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSyncFolder(t *testing.T) {
	if err := SyncFolder(t.TempDir()); err != nil {
		t.Error(err)
	}
}

func TestMakePrivate(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "a", "data")
	for range 2 {
		if err := MakePrivate(dir); err != nil {
			t.Fatal(err)
		}
		if others := otherUsers(t, dir); others != "" {
			t.Errorf("others may enter %s: %s", dir, others)
		}
	}
	// What exists stays as it is.
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := MakePrivate(filepath.Join(dir, "file")); err == nil {
		t.Error("a file is a folder")
	}
}
