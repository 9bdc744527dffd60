package losstest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
)

// fileBlocks is how large the server's files may become, in blocks of 512
// bytes: the shell's unit.
const fileBlocks = 4096

// TestFullDisk fills the disk under the server: changes without room are
// refused with 503, and acknowledged ones exist after a restart with room.
func TestFullDisk(t *testing.T) {
	data := t.TempDir()
	start(t, data, cheap...).stop()
	limited := exec.Command("sh", append([]string{"-c", fmt.Sprintf(`ulimit -f %d && exec "$0" "$@"`, fileBlocks), binary},
		arguments(data, freeport.ForTest(t), append(cheap, "--set", "audit.file=off"))...)...)
	s := launch(t, data, limited)
	filler := strings.Repeat("x", 20<<10)
	acked := 0
	for full := false; !full; acked++ {
		user := newUser("")
		user["content"].(map[string]any)["filler"] = filler
		switch got := s.must("POST", createPath(fmt.Sprintf("user-%d", acked)), user); got.status {
		case 200:
		case 503:
			full = true
			acked--
		default:
			t.Fatalf("user %d: %d %s, want 200 or 503", acked, got.status, got.errID)
		}
		if acked > fileBlocks {
			t.Fatal("the disk does not become full")
		}
	}
	if got := s.must("GET", "/users/user-0", nil); got.status != 200 {
		t.Errorf("reading on a full disk: %d %s", got.status, got.errID)
	}
	late := time.Now().Add(startTimeout)
	for got := s.must("GET", "/_ready", nil); got.status != 503 || got.errID == ""; got = s.must("GET", "/_ready", nil) {
		if time.Now().After(late) {
			t.Fatalf("/_ready on a full disk: %d %q, want 503 with a reason", got.status, got.errID)
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.kill()
	s = start(t, data, cheap...)
	if got := s.must("GET", "/_ready", nil); got.status != 200 {
		t.Errorf("/_ready with room again: %d %s", got.status, got.errID)
	}
	for n := range acked {
		if got := s.must("GET", fmt.Sprintf("/users/user-%d", n), nil); got.status != 200 {
			t.Errorf("user %d of %d after the restart: %d %s", n, acked, got.status, got.errID)
		}
	}
	if got := s.must("POST", createPath("one-more"), newUser("")); got.status != 200 {
		t.Errorf("creating a user with room again: %d %s", got.status, got.errID)
	}
	t.Logf("%d users were acknowledged before the disk was full", acked)
}

// TestNoPlace names a data directory that cannot be: the server says so and
// ends.
func TestNoPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(binary, arguments(filepath.Join(file, "data"), "127.0.0.1:0", nil)...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), file) {
		t.Errorf("got %v: %s, want a failure that names %s", err, out, file)
	}
}
