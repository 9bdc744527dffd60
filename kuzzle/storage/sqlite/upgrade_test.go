package sqlite_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

// added is the collection that a later version has, in tests.
const added = "added-later"

// addUpgrade makes this program a later version, until undo is called.
func addUpgrade(t *testing.T) (undo func()) {
	t.Helper()
	_, take := storagetest.AddUpgrade(added)
	sqlite.MakeTables()
	undo = func() { take(); sqlite.MakeTables() }
	t.Cleanup(undo)
	return undo
}

// earlierSchemas are those of which there is data.
func earlierSchemas(t *testing.T) []int { return storagetest.EarlierSchemas(t, earlierFile, 1) }

// unpack writes the database of a schema to a file.
func unpack(t *testing.T, schema int, file string) {
	t.Helper()
	packed, err := os.Open(earlierFile(schema))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	content, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// earlierDir is a data directory of a schema; that of schema 0 is empty.
func earlierDir(t *testing.T, schema int) string {
	t.Helper()
	dir := t.TempDir()
	if schema > 0 {
		unpack(t, schema, filepath.Join(dir, sqlite.FileName))
	}
	return dir
}

// TestEarlier: a database that an earlier version wrote has everything that was in
// it and every collection of today, and is laid out as a new one is.
func TestEarlier(t *testing.T) {
	addUpgrade(t)
	fresh := t.TempDir()
	if err := open2(t, fresh).Close(); err != nil {
		t.Fatal(err)
	}
	for _, schema := range earlierSchemas(t) {
		t.Run(fmt.Sprint("schema ", schema), func(t *testing.T) {
			dir := earlierDir(t, schema)
			if has, err := sqlite.ReadSchema(t.Context(), dir); err != nil || has.Number != schema || !has.Older() {
				t.Errorf("before: got %+v, %v, want the older schema %d", has, err, schema)
			}
			s := open2(t, dir)
			storagetest.CheckEarlier(t, s)
			storagetest.CheckAdded(t, s, schema)
			had, err := s.Schema(t.Context())
			if err := errors.Join(err, s.Close()); err != nil {
				t.Fatal(err)
			}
			if diff := layoutOf(t, dir); diff != layoutOf(t, fresh) {
				t.Errorf("got the layout\n%s\nwant that of a new database\n%s", diff, layoutOf(t, fresh))
			}
			s = open(t, dir)
			storagetest.CheckAdded(t, s, schema)
			if has, err := s.Schema(t.Context()); err != nil || !slices.Equal(has.History, had.History) {
				t.Errorf("opened again: got %v, %v, want the history %v", has.History, err, had.History)
			}
		})
	}
}

// open2 opens a store that the test closes itself.
func open2(t *testing.T, dir string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// raw asks the file of a directory, which no store has open.
func raw(t *testing.T, dir, sql string) string {
	t.Helper()
	c, err := sqlite3.Open("file:" + filepath.Join(dir, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, _, err := c.Prepare(sql)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var rows []string
	for s.Step() {
		rows = append(rows, s.ColumnText(0))
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(rows, "\n")
}

func layoutOf(t *testing.T, dir string) string {
	return raw(t, dir, "SELECT name||': '||coalesce(sql,'') FROM sqlite_schema ORDER BY name") + "\n" +
		raw(t, dir, "SELECT number||' '||name FROM collections ORDER BY number") + "\n" + raw(t, dir, "PRAGMA application_id")
}

// Where the process that upgrades is told which directory, and the step before
// which it is to be killed.
const (
	victimDir  = "KUZZLE_TEST_UPGRADE_DIR"
	victimStep = "KUZZLE_TEST_UPGRADE_STEP"
)

// TestUpgradeVictim is the process that is killed in the middle of an upgrade.
func TestUpgradeVictim(t *testing.T) {
	dir := os.Getenv(victimDir)
	if dir == "" {
		return // run by TestUpgradeKilled alone
	}
	addUpgrade(t)
	sqlite.SetReached(func(step string) {
		if step == os.Getenv(victimStep) {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Kill()
			}
			select {}
		}
	})
	s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	t.Fatalf("survived: %v, %v", s, err)
}

// TestUpgradeKilled: an upgrade or creation that is killed in the middle leaves a
// database that either version opens, and the next start runs all of it.
func TestUpgradeKilled(t *testing.T) {
	undo := addUpgrade(t)
	for _, schema := range append([]int{0}, earlierSchemas(t)...) {
		var steps []string
		forget := sqlite.SetReached(func(step string) { steps = append(steps, step) })
		if err := open2(t, earlierDir(t, schema)).Close(); err != nil {
			t.Fatal(err)
		}
		forget()
		if !slices.Contains(steps, added+", "+added) || steps[len(steps)-1] != "end" {
			t.Fatalf("reached %q only", steps)
		}
		for _, step := range steps {
			t.Run(fmt.Sprintf("schema %d, %s", schema, step), func(t *testing.T) {
				dir := earlierDir(t, schema)
				killUpgrade(t, dir, step)
				want := schema
				if step == "end" {
					want = storage.LatestSchema()
				}
				if got := raw(t, dir, "PRAGMA user_version"); got != fmt.Sprint(want) {
					t.Errorf("got schema %s, want %d", got, want)
				}
				s := open(t, dir)
				storagetest.CheckAdded(t, s, max(schema, storage.LatestSchema()-1))
				if schema > 0 {
					storagetest.CheckEarlier(t, s)
				}
			})
		}
	}
	undo()
}

func killUpgrade(t *testing.T, dir, step string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestUpgradeVictim$")
	c.Env = append(os.Environ(), victimDir+"="+dir, victimStep+"="+step)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("killed at %s: %v\n%s", step, err, out)
	}
}

// TestUpgradeFails: an upgrade that cannot be done changes nothing, and its message
// says so.
func TestUpgradeFails(t *testing.T) {
	addUpgrade(t)
	dir := earlierDir(t, 1)
	raw(t, dir, "CREATE TABLE doc_added_later (x)")
	want := fmt.Sprintf("from schema 1 to %d, which changed nothing: %s", storage.LatestSchema(), added)
	if _, err := sqlite.Open(t.Context(), dir, sqlite.Options{}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want the upgrade that failed", err)
	}
	if got := raw(t, dir, "PRAGMA user_version") + raw(t, dir, "SELECT count(*) FROM sqlite_schema WHERE name='upgrades'"); got != "10" {
		t.Errorf("got schema and tables %s, want 1 and none", got)
	}
	raw(t, dir, "DROP TABLE doc_added_later")
	storagetest.CheckEarlier(t, open(t, dir))
}

// TestDowngrade: data that a later version wrote is refused in words that name
// that version. It is backed up all the same, and its backup restored by nobody
// but that version.
func TestDowngrade(t *testing.T) {
	undo := addUpgrade(t)
	dir := earlierDir(t, 1)
	if err := open2(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, dir, "UPDATE upgrades SET program='9.9.9'")
	later := storage.LatestSchema()
	undo()

	_, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	wantNewer(t, err, filepath.Join(dir, sqlite.FileName), later)
	file := filepath.Join(t.TempDir(), "backup.db")
	has, err := sqlite.Backup(t.Context(), dir, file)
	if err != nil || has.Number != later || has.String() != fmt.Sprintf("schema %d (%s) of kuzzle 9.9.9", later, added) {
		t.Errorf("backup: got %v, %v", has, err)
	}
	restored := t.TempDir()
	wantNewer(t, sqlite.Restore(t.Context(), file, restored), file, later)
	if left, _ := filepath.Glob(filepath.Join(restored, sqlite.FileName+"*")); len(left) != 0 {
		t.Errorf("left behind %v", left)
	}

	addUpgrade(t)
	if err := sqlite.Restore(t.Context(), file, restored); err != nil {
		t.Fatal(err)
	}
	storagetest.CheckEarlier(t, open(t, restored))
}

func wantNewer(t *testing.T, err error, where string, has int) {
	t.Helper()
	var newer *storage.NewerError
	if !errors.As(err, &newer) || newer.Where != where || newer.Has.Number != has {
		t.Fatalf("got %v, want a NewerError of schema %d", err, has)
	}
	for _, words := range []string{"from a newer version, kuzzle 9.9.9", "run kuzzle 9.9.9 or a newer one", "restore a backup from before the upgrade"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("got %q, want %q in it", err, words)
		}
	}
}

// TestNewerHistory: a later version may keep its history in another way. It is
// refused and backed up as well.
func TestNewerHistory(t *testing.T) {
	dir := earlierDir(t, 1)
	raw(t, dir, "CREATE TABLE upgrades (x)")
	raw(t, dir, "PRAGMA user_version=50")
	_, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if newer := (&storage.NewerError{}); !errors.As(err, &newer) || newer.Has.Number != 50 {
		t.Errorf("got %v, want a NewerError of schema 50", err)
	}
	if has, err := sqlite.Backup(t.Context(), dir, filepath.Join(t.TempDir(), "backup.db")); err != nil || has.Number != 50 {
		t.Errorf("backup: got %v, %v", has, err)
	}
}

// TestBackupOfEarlier: a backup of a database of an earlier version is of that
// version, and restoring one upgrades it and not the file.
func TestBackupOfEarlier(t *testing.T) {
	for _, schema := range earlierSchemas(t) {
		dir := earlierDir(t, schema)
		file := filepath.Join(t.TempDir(), "backup.db")
		if has, err := sqlite.Backup(t.Context(), dir, file); err != nil || has.Number != schema {
			t.Fatalf("got %v, %v, want schema %d", has, err, schema)
		}
		if got := raw(t, dir, "PRAGMA user_version"); got != fmt.Sprint(schema) {
			t.Errorf("the database has schema %s after its backup, want %d", got, schema)
		}
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		restored := t.TempDir()
		if err := sqlite.Restore(t.Context(), file, restored); err != nil {
			t.Fatal(err)
		}
		if has, err := sqlite.ReadSchema(t.Context(), restored); err != nil || has.Older() || len(has.History) == 0 {
			t.Errorf("restored: got %+v, %v, want the latest schema and its history", has, err)
		}
		if left, _ := filepath.Glob(filepath.Join(restored, "*.part*")); len(left) != 0 {
			t.Errorf("left behind %v", left)
		}
		storagetest.CheckEarlier(t, open(t, restored))
		if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
			t.Errorf("the backup was changed (%v)", err)
		}
	}
}

// TestPartsOfEarlier: users of an earlier version are found by parts of their texts
// and ids, also those whose accounts had such texts already.
func TestPartsOfEarlier(t *testing.T) {
	for _, schema := range earlierSchemas(t) {
		dir := earlierDir(t, schema)
		raw(t, dir, `UPDATE doc_users SET account='{"n":3,"username":"Ada Lovelace"}' WHERE id='u3'`)
		raw(t, dir, "INSERT INTO fields SELECT number, 100, 1, 'username', 1 FROM collections WHERE name='users'")
		raw(t, dir, "INSERT INTO term_users SELECT 100, 'Ada Lovelace', seq FROM doc_users WHERE id='u3'")
		s := open(t, dir)
		storagetest.CheckParts(t, s, map[string]string{"lovelace": "u3", "U11": "u11", "nobody": ""})
		username := query.Field{Area: query.Account, Path: "username"}
		for _, where := range []query.Node{nil, query.Terms{Field: username, Values: []any{"Ada Lovelace"}}} {
			page, err := s.Search(t.Context(), storage.Users, query.Search{Where: where, Sort: []query.Sort{{Field: username}}, Size: 100})
			if err != nil || len(page.Hits) != int(page.Total) || page.Hits[0].ID != "u3" || len(page.Hits) > 1 && page.Hits[1].ID != "u0" {
				t.Errorf("by username: got %+v, %v, want u3 and then the others by their ids", page, err)
			}
		}
		d, err := s.Get(t.Context(), storage.Users, "u3")
		if err != nil {
			t.Fatal(err)
		}
		d.Account = nil
		if _, err := s.Commit(t.Context(), storage.Change{In: storage.Users, ID: "u3", If: d.Rev, Put: &d}); err != nil {
			t.Fatal(err)
		}
		storagetest.CheckParts(t, s, map[string]string{"lovelace": ""})
	}
}
