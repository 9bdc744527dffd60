package connection

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/files"
)

// TestNames opens databases whose names mean something in a URI.
func TestNames(t *testing.T) {
	for _, name := range []string{"a b", "a+b", "a%20b", "a#b", "a&vfs=none", "é", "100%", "file:"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), name)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Skip(err) // not every system has such names
			}
			path := filepath.Join(dir, "data.db")
			if err := files.Create(path); err != nil {
				t.Fatal(err)
			}
			c, err := Open(t.Context(), path, "PRAGMA journal_mode=WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1);")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Errorf("the file has %v, %v", info, err)
			}
		})
	}
}
