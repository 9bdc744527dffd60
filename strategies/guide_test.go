//go:build unix

package strategies_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
)

// guide is the plugin author's guide. TestGuide runs its blocks literally.
const guide = "example/README.md"

// block is a fenced block of the guide: commands, or the content of the named file.
type block struct{ file, text string }

func readGuide(t *testing.T) []block {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	for _, found := range regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		language, file, _ := strings.Cut(found[1], " ")
		if (language == "sh") != (file == "") {
			t.Fatalf("%s: a block that is neither sh nor names its file: %q", guide, found[1])
		}
		blocks = append(blocks, block{file, found[2]})
	}
	if len(blocks) == 0 {
		t.Fatal("the guide has no blocks")
	}
	return blocks
}

// TestGuideIsTheExample keeps the guide and the example equal.
func TestGuideIsTheExample(t *testing.T) {
	for _, block := range readGuide(t) {
		if block.file == "" {
			continue
		}
		want, err := os.ReadFile(filepath.Join("example", block.file))
		if err != nil {
			t.Error(err)
		} else if block.text != string(want) {
			t.Errorf("%s differs between the guide and the example", block.file)
		}
	}
}

// TestGuide follows the guide in an empty folder outside of the checkout and adds only the
// checkout's path. It then checks that the backend built there does what the guide promises.
func TestGuide(t *testing.T) {
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skipf("the guide's commands need %s", tool)
		}
	}
	dir := t.TempDir()
	followGuide(t, dir)
	address, log := startGuided(t, dir)
	for _, via := range []struct {
		name string
		call caller
	}{{"HTTP", overHTTP(address)}, {"WebSocket", overWebSocket(t, address)}} {
		t.Run(via.name, func(t *testing.T) { useGuided(t, via.name, via.call) })
		t.Run(via.name+" actions of a strategy", func(t *testing.T) { resetGuided(t, via.name, via.call) })
		t.Run(via.name+" a link by mail", func(t *testing.T) { linkGuided(t, via.name, via.call, address, log) })
	}
}

func followGuide(t *testing.T, dir string) {
	t.Helper()
	checkout, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	script := ""
	for _, block := range readGuide(t) {
		if block.file == "" {
			script += block.text
			if strings.Contains(block.text, "go mod init") {
				script += "go mod edit -replace github.com/gokuzzle/kuzzle=" + checkout + "\n"
			}
			continue
		}
		path := filepath.Join(dir, block.file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(block.text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-eu")
	cmd.Dir, cmd.Stdin, cmd.Env = dir, strings.NewReader(script), guideEnv(freeport.ForTest(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the server, if the script left it
		t.Fatalf("the guide's commands fail: %v\n%s", err, out)
	}
	if got := strings.Count(string(out), `"jwt":"`); got != 2 || !strings.Contains(string(out), "<form ") {
		t.Fatalf("the guide leads to %d logins, want one by each strategy, the second by a page:\n%s", got, out)
	}
}

// guideEnv returns the environment of a reader's shell. Like the tests, the guide builds without
// paths if that is set, so that another checkout finds what this one compiled.
func guideEnv(listen string) []string {
	var env []string
	flags := "-buildvcs=false"
	if strings.Contains(os.Getenv("GOFLAGS"), "-trimpath") {
		flags += " -trimpath"
	}
	for _, one := range os.Environ() {
		if !strings.HasPrefix(one, "KUZZLE_") && !strings.HasPrefix(one, "GOFLAGS=") && !strings.HasPrefix(one, "GOWORK=") {
			env = append(env, one)
		}
	}
	return append(env, "KUZZLE_LISTEN="+listen, "GOWORK=off", "GOFLAGS="+flags, "CGO_ENABLED=0")
}

// startGuided starts the backend that the guide built, in a folder of its own.
func startGuided(t *testing.T, dir string) (string, *logtest.Log) {
	t.Helper()
	address := freeport.ForTest(t)
	out := &logtest.Log{}
	cmd := exec.Command(filepath.Join(dir, "mybackend"))
	cmd.Dir = dir
	cmd.Env = append(guideEnv(address), "KUZZLE_DEV=true", "KUZZLE_DATA="+filepath.Join(dir, "tested"),
		"kuzzle_strategies__magic-link__url=http://"+address+"/_login/magic-link?token={token}")
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := <-ended; err != nil {
			t.Errorf("the backend ends with %v\n%s", err, out)
		}
	})
	deadline := time.After(30 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the backend does not start: %v\n%s", err, out)
		case <-deadline:
			t.Fatal("the backend is not ready within 30 s")
		case <-tick.C:
			if answer, err := http.Get("http://" + address + "/_ready"); err == nil {
				answer.Body.Close()
				if answer.StatusCode == http.StatusOK {
					tick.Stop()
					return address, out
				}
			}
		}
	}
}
