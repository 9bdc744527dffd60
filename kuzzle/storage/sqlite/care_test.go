package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// fillUsers writes users with a name each.
func fillUsers(t *testing.T, s *sqlite.Store, n int) {
	t.Helper()
	var writes []storage.Change
	for i := range n {
		d := storage.Document{Version: 1, Content: fmt.Appendf(nil, `{"text":%q}`, strings.Repeat("x", 500))}
		writes = append(writes, storage.Change{In: storage.Users, ID: fmt.Sprint("u", i), Put: &d, Take: []storage.Take{{Key: fmt.Sprint("name ", i)}}})
	}
	for _, result := range s.CommitMany(t.Context(), writes) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
}

// TestMend: damage by another program is found and repaired.
func TestMend(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	fillUsers(t, s, 3)
	if found := s.Examine(t.Context()); len(found) > 0 {
		t.Fatalf("a store that is well: got %+v", found)
	}
	db, err := sqlite3.Open(filepath.Join(dir, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	err = db.Exec("DELETE FROM doc_users WHERE id='u1'")
	if closing := db.Close(); err != nil || closing != nil {
		t.Fatal(err, closing)
	}
	found := fmt.Sprint(s.Examine(t.Context()))
	for _, want := range []string{"1 names in users have no owner", "users has 2 documents but counts 3", "--repair"} {
		if !strings.Contains(found, want) {
			t.Errorf("got %s, want %q", found, want)
		}
	}
	done, err := s.Mend(t.Context())
	if err != nil || len(done) != 2 {
		t.Errorf("got %q, %v, want two lines", done, err)
	}
	if found := s.Examine(t.Context()); len(found) > 0 {
		t.Errorf("after it was mended: got %+v", found)
	}
	if got := s.Info(t.Context()).Counts[storage.Users]; got != 2 {
		t.Errorf("got %d users, want 2", got)
	}
	if _, err := s.Commit(t.Context(), storage.Change{In: storage.Users, ID: "new", Put: &storage.Document{}, Take: []storage.Take{{Key: "name 1"}}}); err != nil {
		t.Error(err)
	}
}

// TestCompact: space comes back while others write, and nothing is lost.
func TestCompact(t *testing.T) {
	s := open(t, t.TempDir())
	fillUsers(t, s, 4000)
	now := time.Now()
	var writes []storage.Change
	for i := range 3999 {
		d, err := s.Get(t.Context(), storage.Users, fmt.Sprint("u", i))
		if err != nil {
			t.Fatal(err)
		}
		if d.ExpiresAt = now.Add(-time.Hour); i%2 == 0 {
			writes = append(writes, storage.Change{In: storage.Users, ID: d.ID, If: d.Rev})
			continue
		}
		writes = append(writes, storage.Change{In: storage.Users, ID: d.ID, If: d.Rev, Put: &d})
	}
	for _, result := range s.CommitMany(t.Context(), writes) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
	var beside sync.WaitGroup
	for i := range 8 {
		beside.Go(func() {
			for n := range 20 {
				change := storage.Change{In: storage.Sessions, ID: fmt.Sprint(i, " ", n), Put: &storage.Document{Version: 1}}
				if _, err := s.Commit(t.Context(), change); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done, err := s.Compact(t.Context(), now)
	beside.Wait()
	if err != nil || done.Removed != 1999 || done.After > done.Before/4 {
		t.Errorf("got %+v, %v, want 1999 removed and a quarter of the space", done, err)
	}
	counts := s.Info(t.Context()).Counts
	if counts[storage.Users] != 1 || counts[storage.Sessions] != 160 {
		t.Errorf("got %v, want 1 user and 160 sessions", counts)
	}
	if found := s.Examine(t.Context()); len(found) > 0 {
		t.Errorf("afterwards: got %+v", found)
	}
}

// TestDamaged: a file that something wrote over is told of.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fillUsers(t, s, 500)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(filepath.Join(dir, sqlite.FileName), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	size, err := file.Seek(0, 2)
	if err == nil {
		_, err = file.WriteAt([]byte(strings.Repeat("\xff", 64<<10)), size-(96<<10))
	}
	if closing := file.Close(); err != nil || closing != nil {
		t.Fatal(err, closing)
	}
	found := open(t, dir).Examine(t.Context())
	if len(found) == 0 || found[0].Level != storage.Degraded || !strings.Contains(found[0].Problem, "damaged") || !strings.Contains(found[0].Remedy, "restore the last backup") {
		t.Errorf("got %+v", found)
	}
}
