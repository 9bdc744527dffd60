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

// TestClusterScripts runs what needs Elasticsearch; CLUSTER is its address.
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

var prefixes = estest.NewPrefixes("cli")

// TestKilledMigration: a migration that is killed in the middle of a write goes
// on, and nothing is there twice or missing.
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

	between, stuck := stalling(t, node)
	first := command("migrate", "--from", "sqlite:data", "--to", "elasticsearch:"+between)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-stuck:
	case <-time.After(time.Minute):
		t.Error("the migration never wrote a second batch")
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err == nil {
		t.Fatal("the migration was not killed")
	}

	if out, err := command("serve", "--data", "node", "--elasticsearch", node, "--listen", "127.0.0.1:0").CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "unfinished copy of sqlite:data") {
		t.Errorf("a server on half a copy: got %v\n%s", err, out)
	}
	out, err := command("migrate", "--from", "sqlite:data", "--to", "elasticsearch:"+node).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if want := fmt.Sprintf("users     %d  %d claims", users, 2*users); !strings.Contains(string(out), want) {
		t.Errorf("got\n%s\nwant %q", out, want)
	}
	if again := fmt.Sprintf("%d documents were written now", users); strings.Contains(string(out), again) {
		t.Errorf("got\n%s\nwant that it went on", out)
	}
}

// stalling is a way to a node on which the second batch of users is written and
// never answered.
func stalling(t *testing.T, node string) (address string, stuck chan struct{}) {
	t.Helper()
	target, err := url.Parse(node)
	if err != nil {
		t.Fatal(err)
	}
	stuck = make(chan struct{})
	var batches atomic.Int32
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ofUsers := strings.HasSuffix(r.URL.Path, "/_bulk") && strings.Contains(r.URL.Path, "-users")
		if !ofUsers || batches.Add(1) != 2 {
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
