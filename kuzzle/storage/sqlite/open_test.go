package sqlite_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

// TestDirectory: the data directory is private, and one store owns it.
func TestDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "u", `{"profileIds":["p"]}`)
	for name, want := range map[string]os.FileMode{"": 0o700, sqlite.FileName: 0o600, sqlite.FileName + "-wal": 0o600, sqlite.FileName + "-shm": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("mode of %q: got %v, %v, want %v", name, info.Mode().Perm(), err, want)
		}
	}
	_, err = sqlite.Open(t.Context(), dir, sqlite.Options{})
	var locked *sqlite.LockedError
	if !errors.As(err, &locked) || !strings.Contains(err.Error(), "stop that process") {
		t.Errorf("second open: got %v, want a LockedError that names the remedy", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if _, err := s.Get(t.Context(), storage.Users, "u"); err != nil {
		t.Errorf("after reopening: %v", err)
	}
	if page, err := s.Search(t.Context(), storage.Users, byProfile("p")); err != nil || page.Total != 1 {
		t.Errorf("search after reopening: got %d, %v, want 1", page.Total, err)
	}
}

// TestForeignFiles: a database of a newer program, of another one, or none at
// all is refused and left as it is.
func TestForeignFiles(t *testing.T) {
	for _, test := range []struct{ name, sql, want string }{
		{"newer", fmt.Sprintf("PRAGMA application_id=0x6b757a7a; PRAGMA user_version=%d", storage.LatestSchema()+1), "from a newer version"},
		{"other", "CREATE TABLE t (x)", "another program"},
		{"other that counts versions", "CREATE TABLE t (x); PRAGMA user_version=1", "another program"},
		{"other that is empty", "PRAGMA user_version=1", "another program"},
	} {
		dir := t.TempDir()
		c, err := sqlite3.Open("file:" + filepath.Join(dir, sqlite.FileName))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.Exec(test.sql), c.Close()); err != nil {
			t.Fatal(err)
		}
		_, err = sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want an error about %q", test.name, err, test.want)
		}
		var newer *storage.NewerError
		if is := errors.As(err, &newer); is != (test.name == "newer") {
			t.Errorf("%s: got %T", test.name, err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, sqlite.FileName), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), dir, sqlite.Options{}); err == nil || !strings.Contains(err.Error(), "restore the last backup") {
		t.Errorf("no database: got %v, want an error that names the remedy", err)
	}
}

// TestBackup: a backup taken while others write is one consistent moment, and
// restores.
func TestBackup(t *testing.T) {
	s := open(t, t.TempDir())
	for i := range 300 {
		put(t, s, fmt.Sprintf("before%d", i), `{"profileIds":["before"]}`, fmt.Sprintf("key%d", i))
	}
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				_, _ = s.Commit(ctx, change(fmt.Sprintf("w%d-%d", w, n), `{"profileIds":["during"]}`, fmt.Sprintf("w%d-%d", w, n)))
			}
		})
	}
	file := filepath.Join(t.TempDir(), "backup.db")
	_, err := s.Backup(t.Context(), file)
	stop()
	writers.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("backup's mode: got %v, %v, want 0600", info.Mode().Perm(), err)
	}
	if _, err := s.Backup(t.Context(), file); !errors.Is(err, os.ErrExist) {
		t.Errorf("backup over a file: got %v, want %v", err, os.ErrExist)
	}
	dir := filepath.Join(t.TempDir(), "restored")
	if err := sqlite.Restore(t.Context(), file, dir); err != nil {
		t.Fatal(err)
	}
	checkRestored(t, open(t, dir))
	if err := sqlite.Restore(t.Context(), file, dir); err == nil {
		t.Error("restore into a directory in use: no error")
	}
}

func checkRestored(t *testing.T, s *sqlite.Store) {
	t.Helper()
	page, err := s.Search(t.Context(), storage.Users, byProfile("before"))
	if err != nil || page.Total != 300 {
		t.Errorf("restored: got %d, %v, want 300", page.Total, err)
	}
	all, err := s.Search(t.Context(), storage.Users, query.Search{Size: 10_000})
	if err != nil || all.Total != int64(len(all.Hits)) {
		t.Errorf("restored: kept counter %d, documents %d, %v", all.Total, len(all.Hits), err)
	}
	for _, hit := range all.Hits {
		key := strings.Replace(hit.ID, "before", "key", 1)
		if claim, err := s.Owner(t.Context(), key); err != nil || claim.Owner != hit.ID {
			t.Errorf("owner of %q: got %q, %v, want %q", key, claim.Owner, err, hit.ID)
		}
	}
	put(t, s, "after", `{}`)
}

// backup writes the backup of a store with so many users of the profile p.
func backup(t *testing.T, users int) (file string, content []byte) {
	t.Helper()
	source := open(t, t.TempDir())
	for i := range users {
		put(t, source, fmt.Sprint("u", i), `{"profileIds":["p"]}`)
	}
	file = filepath.Join(t.TempDir(), "good.db")
	if _, err := source.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, content
}

// TestRestoreRefuses: a refused restore leaves no database behind.
func TestRestoreRefuses(t *testing.T) {
	good, content := backup(t, 500)
	damaged := unsealed(content)
	for i := len(damaged) / 2; i < len(damaged)/2+8192; i++ {
		damaged[i] ^= 0x5a
	}
	newer := unsealed(content)
	newer[63] = byte(storage.LatestSchema()) + 1 // user_version, in the file's header
	for name, content := range map[string][]byte{"damaged": damaged, "newer": newer, "text": []byte("hello"), "empty": nil, "cut": content[:len(content)/2]} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := sqlite.Restore(t.Context(), file, dir); err == nil {
			t.Errorf("%s: restored", name)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, sqlite.FileName+"*")); len(left) != 0 {
			t.Errorf("%s: left behind %v", name, left)
		}
	}
	if err := sqlite.Restore(t.Context(), filepath.Join(t.TempDir(), "none"), t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v, want %v", err, os.ErrNotExist)
	}
	full := t.TempDir()
	if err := errors.Join(open(t, full).Close(), sqlite.Restore(t.Context(), good, full)); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a database: got %v, want %v", err, os.ErrExist)
	}
}

// TestRestoreAfterKilled: the log that a killed restore of one backup left beside its copy
// does not change what a restore of another backup brings.
func TestRestoreAfterKilled(t *testing.T) {
	killed, dir := t.TempDir(), t.TempDir()
	unpack(t, 1, filepath.Join(killed, sqlite.FileName))
	c, err := sqlite3.Open("file:" + filepath.Join(killed, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; DELETE FROM doc_users"); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(filepath.Join(killed, sqlite.FileName) + suffix)
		if err != nil || len(content) == 0 {
			t.Fatal("no log to leave behind: ", err)
		}
		if err := os.WriteFile(filepath.Join(dir, sqlite.FileName)+".part"+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// This backup has the same layout, so that the log fits it.
	other := filepath.Join(t.TempDir(), "other.db")
	unpack(t, 1, other)
	if err := sqlite.Restore(t.Context(), other, dir); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	storagetest.CheckEarlier(t, s)
	for _, found := range s.Examine(t.Context()) {
		t.Errorf("restored with %+v", found)
	}
}

// unsealed is a backup without its checksum, as earlier versions wrote them.
func unsealed(backup []byte) []byte {
	return bytes.Clone(backup[:bytes.LastIndex(backup, []byte("\nkuzzle sha256 "))])
}

// TestRestoreFindsFlippedBits: of a backup in which one bit is another, wherever it is,
// nothing is restored. One of an earlier version, without a checksum, is restored as it is.
func TestRestoreFindsFlippedBits(t *testing.T) {
	_, content := backup(t, 50)
	restore := func(content []byte) (string, error) {
		file, dir := filepath.Join(t.TempDir(), "file"), t.TempDir()
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return dir, sqlite.Restore(t.Context(), file, dir)
	}
	pages := len(unsealed(content))
	for i := range 64 {
		flipped := bytes.Clone(content)
		at := pages * i / 63
		if i == 63 {
			at = len(content) - 2 // in the checksum itself
		}
		flipped[at] ^= 1 << (i % 8)
		dir, err := restore(flipped)
		if err == nil {
			t.Errorf("byte %d of %d is another: restored", at, len(flipped))
		}
		if left, _ := filepath.Glob(filepath.Join(dir, sqlite.FileName+"*")); len(left) != 0 {
			t.Errorf("byte %d: left behind %v", at, left)
		}
	}
	dir, err := restore(unsealed(content))
	if err != nil {
		t.Fatalf("without a checksum: %v", err)
	}
	if page, err := open(t, dir).Search(t.Context(), storage.Users, byProfile("p")); err != nil || page.Total != 50 {
		t.Errorf("restored without a checksum: %d users, %v, want 50", page.Total, err)
	}
}

// TestBackupIsADatabase: a backup that is put in the place of a database is one.
func TestBackupIsADatabase(t *testing.T) {
	source := open(t, t.TempDir())
	for i := range 300 {
		put(t, source, fmt.Sprint("before", i), `{"profileIds":["before"]}`, fmt.Sprint("key", i))
	}
	dir := t.TempDir()
	if _, err := source.Backup(t.Context(), filepath.Join(dir, sqlite.FileName)); err != nil {
		t.Fatal(err)
	}
	checkRestored(t, open(t, dir))
}

// TestSearchTimeout: a search that takes too long ends with a clear fault, and
// the store goes on.
func TestSearchTimeout(t *testing.T) {
	s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{SearchTimeout: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put(t, s, "u", `{"profileIds":["p"]}`)
	if _, err := s.Search(t.Context(), storage.Users, byProfile("p")); !errors.Is(err, storage.ErrTimeout) {
		t.Errorf("search: got %v, want %v", err, storage.ErrTimeout)
	}
	if _, err := s.Get(t.Context(), storage.Users, "u"); err != nil {
		t.Errorf("get: %v", err)
	}
}

// TestFullQueue: a call without room in the queue gets a time to come back.
func TestFullQueue(t *testing.T) {
	s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Queue: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var refused, written sync.Map
	var callers sync.WaitGroup
	for i := range 200 {
		callers.Go(func() {
			id := fmt.Sprint("u", i)
			_, err := s.Commit(t.Context(), change(id, `{}`))
			switch e, _ := fault.From(err); {
			case err == nil:
				written.Store(id, true)
			case errors.Is(err, storage.ErrUnavailable) && e.RetryAfter > 0:
				refused.Store(id, true)
			default:
				t.Errorf("commit: got %v, want %v with RetryAfter", err, storage.ErrUnavailable)
			}
		})
	}
	callers.Wait()
	refused.Range(func(id, _ any) bool {
		if _, err := s.Get(t.Context(), storage.Users, id.(string)); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("refused %v: got %v, want %v", id, err, storage.ErrNotFound)
		}
		return true
	})
	written.Range(func(id, _ any) bool {
		if _, err := s.Get(t.Context(), storage.Users, id.(string)); err != nil {
			t.Errorf("acknowledged %v: %v", id, err)
		}
		return true
	})
}

// TestScrollExpires: a cursor lives as long after each use as was asked, by the
// clock, and there are not more than a bounded number.
func TestScrollExpires(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for i := range 5 {
			put(t, s, fmt.Sprint("u", i), `{}`)
		}
		one := query.Search{Size: 1}
		_, cursor, err := s.OpenScroll(t.Context(), storage.Users, one, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			time.Sleep(59 * time.Second)
			if _, cursor, err = s.NextScroll(t.Context(), storage.Users, cursor, time.Minute); err != nil {
				t.Fatalf("within its time: %v", err)
			}
		}
		time.Sleep(61 * time.Second)
		if _, _, err := s.NextScroll(t.Context(), storage.Users, cursor, time.Minute); !errors.Is(err, storage.ErrUnknownScroll) {
			t.Errorf("expired: got %v, want %v", err, storage.ErrUnknownScroll)
		}
		opened := 0
		for ; opened < 2000; opened++ {
			if _, _, err = s.OpenScroll(t.Context(), storage.Users, one, time.Minute); err != nil {
				break
			}
		}
		if !errors.Is(err, storage.ErrTooMany) || opened != 500 {
			t.Errorf("after %d cursors: got %v, want %v after 500", opened, err, storage.ErrTooMany)
		}
		time.Sleep(61 * time.Second)
		if _, _, err := s.OpenScroll(t.Context(), storage.Users, one, time.Minute); err != nil {
			t.Errorf("after all have expired: %v", err)
		}
	})
}

// TestPassGoesOn: the pass over older documents is taken up where a stop left
// it.
func TestPassGoesOn(t *testing.T) {
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const users = 3000
	var changes []storage.Change
	for i := range users {
		changes = append(changes, change(fmt.Sprint("u", i), fmt.Sprintf(`{"n":%d}`, i)))
	}
	for _, result := range s.CommitMany(t.Context(), changes) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
	n := map[string]any{"n": map[string]any{"type": "integer"}}
	if _, err := s.UpdateMapping(t.Context(), storage.Users, storage.Mapping{Properties: n}); err != nil {
		t.Fatal(err)
	}
	for restarts := 0; ; restarts++ {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err = sqlite.Open(t.Context(), dir, sqlite.Options{}); err != nil {
			t.Fatal(err)
		}
		progress, err := s.Indexing(t.Context(), storage.Users)
		if err != nil {
			t.Fatal(err)
		}
		if progress.Complete {
			break
		}
		if restarts > 10_000 {
			t.Fatalf("after %d restarts: %+v", restarts, progress)
		}
	}
	defer s.Close()
	page, err := s.Search(t.Context(), storage.Users, query.Search{Where: query.Exists{Field: query.Field{Path: "n"}}})
	if err != nil || page.Total != users {
		t.Errorf("searchable: got %d, %v, want %d", page.Total, err, users)
	}
}

func change(id, content string, keys ...string) storage.Change {
	c := storage.Change{In: storage.Users, ID: id, Put: &storage.Document{Version: 1, Content: json.RawMessage(content)}}
	for _, key := range keys {
		c.Take = append(c.Take, storage.Take{Key: key})
	}
	return c
}

func put(t *testing.T, s *sqlite.Store, id, content string, keys ...string) {
	t.Helper()
	if _, err := s.Commit(t.Context(), change(id, content, keys...)); err != nil {
		t.Fatal(err)
	}
}

func byProfile(name string) query.Search {
	return query.Search{Where: query.Terms{Field: query.Field{Path: "profileIds"}, Values: []any{name}}, Size: 1}
}
