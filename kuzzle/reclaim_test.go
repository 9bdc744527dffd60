package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// renamed is data with users whose names a command puts under another rule.
type renamed struct {
	users int
	dir   string
	env   []string
}

func newRenamed(t *testing.T, users int, env ...string) renamed {
	t.Helper()
	r := renamed{users, t.TempDir(), env}
	var file strings.Builder
	file.WriteString("username,email\n")
	for i := range users {
		fmt.Fprintf(&file, "User%d,User%d@Example.com\n", i, i)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "users.csv"), []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := r.command("import", "users.csv").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return r
}

func (r renamed) command(args ...string) *exec.Cmd {
	cmd := exec.Command("kuzzle", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), append(r.env, "KUZZLE_DATA=data")...)
	return cmd
}

// Settings of both rules.
const (
	exactRule  = "identifiers.caseSensitive=true"
	foldedRule = "identifiers.caseSensitive=false"
)

// wantRefused tests that neither rule serves the state after a kill, or that one
// serves as if nothing had happened. It reports whether the remedy was named.
func (r renamed) wantRefused(t *testing.T) bool {
	t.Helper()
	refused := 0
	for _, rule := range []string{exactRule, foldedRule} {
		out, err := r.command("user", "list", "--set", rule).CombinedOutput()
		switch {
		case err == nil:
		case bytes.Contains(out, []byte("kuzzle doctor --reclaim")):
			refused++
		default:
			t.Errorf("%s: %v\n%s", rule, err, out)
		}
	}
	if refused == 0 {
		t.Error("a server starts under either rule")
	}
	return refused == 2
}

// askedOf is the number of users whose former keys wantKeys looks up.
const askedOf = 50

// wantKeys holds that everybody has the keys of one rule and no others, and that
// nobody has one of the other rule.
func (r renamed) wantKeys(t *testing.T, store storage.Store, exact bool) {
	t.Helper()
	keys := map[bool]func(i string) []string{
		true:  func(i string) []string { return []string{"1x:email:User" + i + "@Example.com", "1x:username:User" + i} },
		false: func(i string) []string { return []string{"1:email:user" + i + "@example.com", "1:username:user" + i} },
	}
	users, wrong, asked := 0, 0, max(r.users/askedOf, 1)
	pages := storage.NewWalker(store, storage.Users)
	for {
		page, err := pages.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for i, user := range page {
			name := nameOf(t, user)
			if !slices.Equal(user.Claims, keys[exact](name)) || i%asked == 0 && held(t, store, keys[!exact](name)) {
				wrong++
			}
		}
		users += len(page)
	}
	if users != r.users || wrong > 0 {
		t.Errorf("of %d users %d have other keys, want %d and none", users, wrong, r.users)
	}
}

// nameOf returns the part of a user's names that differs from others.
func nameOf(t *testing.T, user storage.Kept) string {
	t.Helper()
	var auth struct {
		Records []struct{ Identifiers []struct{ Value string } }
	}
	if err := json.Unmarshal(user.Auth, &auth); err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(auth.Records[0].Identifiers[0].Value, "@")
	return strings.TrimPrefix(name, "User")
}

func held(t *testing.T, store storage.Store, keys []string) bool {
	t.Helper()
	for _, key := range keys {
		if _, err := store.Owner(t.Context(), key); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("%s is still there (%v)", key, err)
			return true
		}
	}
	return false
}

// TestKilledReclaim: killed again and again, it leaves data on which no server
// starts, and ends with the keys of one rule alone.
func TestKilledReclaim(t *testing.T) {
	r := newRenamed(t, 4000)
	kills, refused := 0, 0
	for wait := 40 * time.Millisecond; ; wait += wait / 4 {
		cmd := r.command("doctor", "--reclaim", "--set", exactRule)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		killer := time.AfterFunc(wait/2+rand.N(wait), func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		killer.Stop()
		if err == nil {
			break
		}
		if cmd.ProcessState.Exited() {
			t.Fatalf("%v\n%s", err, out.String())
		}
		kills++
		if r.wantRefused(t) {
			refused++
		}
	}
	t.Logf("killed %d times, %d of them in the middle", kills, refused)
	if refused == 0 {
		t.Error("it was never killed in the middle")
	}
	store, err := sqlite.Open(t.Context(), filepath.Join(r.dir, "data"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.wantKeys(t, store, true)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestKilledReclaimCluster: killed while a batch of users is being written, which
// are then written after all, it goes on.
func TestKilledReclaimCluster(t *testing.T) {
	cluster := estest.ForTest(t)
	node, prefix := cluster.Addresses[0], prefixes.ForTest(t, cluster)
	r := newRenamed(t, 300, "KUZZLE_MASTER_KEY="+strings.Repeat("ab", 32), "KUZZLE_ELASTICSEARCH__PREFIX="+prefix, "KUZZLE_ELASTICSEARCH__ADDRESSES="+node)
	r.killStuck(t, node, exactRule)
	if !r.wantRefused(t) {
		t.Error("a server starts on half of it")
	}
	out, err := r.command("doctor", "--reclaim", "--set", exactRule).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("healthy")) {
		t.Fatalf("%v\n%s", err, out)
	}
	store, err := elasticsearch.Open(t.Context(), elasticsearch.Options{Addresses: cluster.Addresses, Prefix: prefix, RepairWithin: -1})
	if err != nil {
		t.Fatal(err)
	}
	r.wantKeys(t, store, true)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// killStuck kills a reclaim whose second batch of users is never answered.
func (r renamed) killStuck(t *testing.T, node, rule string) {
	t.Helper()
	between, stuck := stalling(t, node, secondBatch)
	killWhen(t, r.command("doctor", "--reclaim", "--set", rule, "--elasticsearch", between), stuck)
}
