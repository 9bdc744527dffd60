package sqlite_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// crashDir names the data directory to the process that is to be killed.
const crashDir = "KUZZLE_TEST_CRASH_DIR"

// TestCrashWriter is the process that is killed: it writes as fast as it can
// and prints the acknowledged changes.
func TestCrashWriter(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		return // run by TestCrash alone
	}
	s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() { writeAndTell(t, s, w) })
	}
	writers.Wait()
}

// writeAndTell creates users with claims, and deletes every third again.
func writeAndTell(t *testing.T, s *sqlite.Store, w int) {
	for n := 0; ; n++ {
		id := fmt.Sprintf("user-%d-%d", w, n)
		rev, err := s.Commit(t.Context(), change(id, `{"profileIds":["crash"]}`, "name:"+id, "mail:"+id))
		if err != nil {
			t.Error(err)
			return
		}
		if n%3 != 0 {
			fmt.Printf("\n+%s\n", id)
			continue
		}
		if _, err := s.Commit(t.Context(), storage.Change{In: storage.Users, ID: id, If: rev}); err != nil {
			t.Error(err)
			return
		}
		fmt.Printf("\n-%s\n", id)
	}
}

// TestCrash: after kill -9 the acknowledged changes exist with their claims,
// and no change is half done.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for round := range 3 {
		for id, kept := range killedWriter(t, dir, 300*(round+1)) {
			acknowledged[id] = kept
		}
		// A round's documents would block the names of the next.
		s := open(t, dir)
		checkAfterCrash(t, s, acknowledged)
		clearUsers(t, s)
		clear(acknowledged)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killedWriter runs the writer until so many changes are acknowledged, and
// kills it.
func killedWriter(t *testing.T, dir string, enough int) map[string]bool {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashWriter$")
	c.Env = append(os.Environ(), crashDir+"="+dir)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := lines.Text()
		if id, kept := strings.CutPrefix(line, "+user-"); kept {
			acknowledged["user-"+id] = true
		}
		if id, gone := strings.CutPrefix(line, "-user-"); gone {
			acknowledged["user-"+id] = false
		}
		if len(acknowledged) == enough {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Wait(); err == nil || len(acknowledged) < enough {
		t.Fatalf("the writer ended by itself after %d: %v", len(acknowledged), err)
	}
	return acknowledged
}

func checkAfterCrash(t *testing.T, s *sqlite.Store, acknowledged map[string]bool) {
	t.Helper()
	for id, kept := range acknowledged {
		_, err := s.Get(t.Context(), storage.Users, id)
		if kept && err != nil || !kept && !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("%s, acknowledged as kept %t: %v", id, kept, err)
		}
		for _, key := range []string{"name:" + id, "mail:" + id} {
			claim, err := s.Owner(t.Context(), key)
			if held := err == nil && claim.Owner == id; held != kept {
				t.Errorf("%s: held %t, want %t", key, held, kept)
			}
		}
	}
	all, err := s.Search(t.Context(), storage.Users, query.Search{Size: 10_000})
	if err != nil || all.Total != int64(len(all.Hits)) {
		t.Errorf("kept counter %d, documents %d, %v", all.Total, len(all.Hits), err)
	}
	if page, err := s.Search(t.Context(), storage.Users, byProfile("crash")); err != nil || page.Total != all.Total {
		t.Errorf("indexed %d, documents %d, %v", page.Total, all.Total, err)
	}
	for _, hit := range all.Hits {
		if claim, err := s.Owner(t.Context(), "mail:"+hit.ID); err != nil || claim.Owner != hit.ID {
			t.Errorf("%s is there without its claim: %v", hit.ID, err)
		}
	}
}

func clearUsers(t *testing.T, s *sqlite.Store) {
	t.Helper()
	all, err := s.Search(t.Context(), storage.Users, query.Search{Size: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, hit := range all.Hits {
		d, err := s.Get(t.Context(), storage.Users, hit.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Commit(t.Context(), storage.Change{In: storage.Users, ID: hit.ID, If: d.Rev}); err != nil {
			t.Fatal(err)
		}
	}
}
