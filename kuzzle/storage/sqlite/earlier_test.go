package sqlite_test

import (
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

// writeEarlier makes the database that later versions are tested with. Run it
// before a change that adds an upgrade:
//
//	go test ./kuzzle/storage/sqlite -run TestWriteEarlier -earlier
var writeEarlier = flag.Bool("earlier", false, "write the database of this schema into testdata")

// earlierFile is the database that a version of a schema wrote.
func earlierFile(schema int) string {
	return filepath.Join("testdata", fmt.Sprintf("schema-%d.db.gz", schema))
}

func TestWriteEarlier(t *testing.T) {
	s := open(t, t.TempDir())
	storagetest.WriteEarlier(t, s)
	storagetest.CheckEarlier(t, s)
	if !*writeEarlier {
		return
	}
	again := open(t, t.TempDir())
	storagetest.WriteEarlier(t, again)
	file := filepath.Join(t.TempDir(), "written")
	if _, err := again.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	pack(t, file, earlierFile(storage.LatestSchema()))
}

func pack(t *testing.T, file, into string) {
	t.Helper()
	from, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	if err := os.MkdirAll(filepath.Dir(into), 0o755); err != nil {
		t.Fatal(err)
	}
	to, err := os.Create(into)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	packed, _ := gzip.NewWriterLevel(to, gzip.BestCompression)
	if _, err := io.Copy(packed, from); err != nil {
		t.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
}
