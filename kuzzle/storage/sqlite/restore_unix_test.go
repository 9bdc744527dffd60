//go:build unix

package sqlite_test

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

// Where the process that restores is told the backup, the directory, and the step of the
// upgrade before which its disk is full.
const (
	fullFile = "KUZZLE_TEST_FULL_FILE"
	fullDir  = "KUZZLE_TEST_FULL_DIR"
	fullStep = "KUZZLE_TEST_FULL_STEP"
)

// TestRestoreFullVictim is the process whose disk gets full. A limit of the size of files
// stands for the disk.
func TestRestoreFullVictim(t *testing.T) {
	file := os.Getenv(fullFile)
	if file == "" {
		return // run by TestRestoreFull alone
	}
	signal.Ignore(syscall.SIGXFSZ)
	sqlite.SetReached(func(step string) {
		if step == os.Getenv(fullStep) {
			_ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 36 * 4096, Max: 1 << 40})
		}
	})
	if err := sqlite.Restore(t.Context(), file, os.Getenv(fullDir)); err != nil {
		t.Fatal(err)
	}
}

// TestRestoreFull: a restore on a disk that gets full either fails and leaves no database
// behind, or has restored a sound one.
func TestRestoreFull(t *testing.T) {
	for _, step := range []string{"commit", "end"} {
		file, dir := filepath.Join(t.TempDir(), "earlier.db"), t.TempDir()
		unpack(t, 1, file)
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRestoreFullVictim$")
		c.Env = append(os.Environ(), fullFile+"="+file, fullDir+"="+dir, fullStep+"="+step)
		if out, err := c.CombinedOutput(); err != nil {
			if left, _ := filepath.Glob(filepath.Join(dir, sqlite.FileName+"*")); len(left) != 0 {
				t.Errorf("full before %s: %s\nleft behind %v", step, out, left)
			}
			continue
		}
		s := open(t, dir)
		storagetest.CheckEarlier(t, s)
		for _, found := range s.Examine(t.Context()) {
			t.Errorf("full before %s: restored with %+v", step, found)
		}
	}
}
