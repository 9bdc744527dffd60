package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// TestClusterScripts runs the scripts that need Elasticsearch; CLUSTER is its
// address.
func TestClusterScripts(t *testing.T) {
	node := estest.ForTest(t)
	address := node.Addresses[0]
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/cluster",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("CLUSTER", address)
			env.Setenv("CLUSTER_HOST", strings.TrimPrefix(address, "http://"))
			env.Setenv("KUZZLE_ELASTICSEARCH__PREFIX", prefixes.ForTest(t, node))
			return setServer(env)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"signal": signalServer},
	})
}

// TestMergeOnCluster runs a script of the ones without a cluster on one.
func TestMergeOnCluster(t *testing.T) {
	node := estest.ForTest(t)
	testscript.Run(t, testscript.Params{
		Files:               []string{"testdata/script/merge.txtar"},
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("KUZZLE_ELASTICSEARCH__ADDRESSES", node.Addresses[0])
			env.Setenv("KUZZLE_ELASTICSEARCH__PREFIX", prefixes.ForTest(t, node))
			env.Setenv("KUZZLE_MASTER_KEY", strings.Repeat("ab", 32))
			return setServer(env)
		},
	})
}

var prefixes = estest.NewPrefixes("cli")

// TestKilledMigration: a migration that is killed in the middle goes on, and
// nothing is there twice or missing; to a cluster and back.
func TestKilledMigration(t *testing.T) {
	cluster := estest.ForTest(t)
	node, prefix, dir := cluster.Addresses[0], prefixes.ForTest(t, cluster), t.TempDir()
	const users = 2500
	var file strings.Builder
	file.WriteString("username,email\n")
	for i := range users {
		fmt.Fprintf(&file, "user%d,user%d@example.com\n", i, i)
	}
	if err := os.WriteFile(filepath.Join(dir, "users.csv"), []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command("kuzzle", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "KUZZLE_MASTER_KEY="+strings.Repeat("ab", 32), "KUZZLE_ELASTICSEARCH__PREFIX="+prefix)
		return cmd
	}
	if out, err := command("import", "users.csv", "--data", "data").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	for _, way := range []struct {
		name, from, to string
		stalls         request
		serve          []string
	}{
		{"to a cluster", "sqlite:data", "elasticsearch:", secondBatch, []string{"--data", "node", "--elasticsearch", node}},
		{"back", "elasticsearch:", "sqlite:back", secondPage, []string{"--data", "back"}},
	} {
		t.Run(way.name, func(t *testing.T) {
			migrate := func(address string) *exec.Cmd {
				at := func(place string) string {
					if place == "elasticsearch:" {
						place += address
					}
					return place
				}
				return command("migrate", "--from", at(way.from), "--to", at(way.to))
			}
			between, stuck := stalling(t, node, way.stalls)
			killWhen(t, migrate(between), stuck)
			out, err := command(append([]string{"serve", "--listen", "127.0.0.1:0"}, way.serve...)...).CombinedOutput()
			if want := "unfinished copy of " + way.from; err == nil || !strings.Contains(string(out), want) {
				t.Errorf("a server on half a copy: got %v\n%s\nwant %q", err, out, want)
			}
			if out, err = migrate(node).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if want := fmt.Sprintf("users %d %d claims", users, 2*users); !strings.Contains(strings.Join(strings.Fields(string(out)), " "), want) {
				t.Errorf("got\n%s\nwant %q", out, want)
			}
			if again := fmt.Sprintf("%d documents were written", users); strings.Contains(string(out), again) {
				t.Errorf("got\n%s\nwant that it went on", out)
			}
		})
	}
}

// killWhen starts a command and kills it when something has happened.
func killWhen(t *testing.T, command *exec.Cmd, happened chan struct{}) {
	t.Helper()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-happened:
	case <-time.After(time.Minute):
		t.Error("the command never came so far")
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err == nil {
		t.Fatal("the command was not killed")
	}
}

// request is one of those for users, by its kind and number.
type request struct {
	kind string
	nth  int32
}

var (
	// secondBatch comes after the first one, and after the write by which a start
	// looks whether writing is allowed.
	secondBatch = request{"/_bulk", 3}
	secondPage  = request{"/_search", 2}
)

// stalling is a way to a node on which a request is done and never answered.
func stalling(t *testing.T, node string, at request) (address string, stuck chan struct{}) {
	t.Helper()
	target, err := url.Parse(node)
	if err != nil {
		t.Fatal(err)
	}
	stuck = make(chan struct{})
	var requests atomic.Int32
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ofUsers := strings.HasSuffix(r.URL.Path, at.kind) && strings.Contains(r.URL.Path, "-users")
		if !ofUsers || requests.Add(1) != at.nth {
			proxy.ServeHTTP(w, r)
			return
		}
		proxy.ServeHTTP(httptest.NewRecorder(), r)
		close(stuck)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL, stuck
}
