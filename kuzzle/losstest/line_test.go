//go:build unix

package losstest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// partly is the exit status of an import that left rows out.
const partly = 3

// TestLongLine has the command import users from a pipe in which one line of NDJSON
// is as long as LOSSTEST_FULL says, a gigabyte: the line is reported, the users
// around it are imported and can log in, and the memory is that of a short line.
func TestLongLine(t *testing.T) {
	importLine := func(data string, length int64) (memory int64) {
		t.Helper()
		report := filepath.Join(t.TempDir(), "report")
		cmd := exec.Command(binary, append([]string{"import", "-", "--data", data, "--report", report}, cheap...)...)
		cmd.Env = slimEnvironment()
		cmd.Stdin = io.MultiReader(
			strings.NewReader(importedLine("anna")+`{"id":"long","username":"`), io.LimitReader(letters{}, length), strings.NewReader("\"}\n"+importedLine("carl")),
		)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		err := cmd.Run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != partly {
			t.Fatalf("the import ended with %v, want status %d:\n%s", err, partly, &said)
		}
		told, err := os.ReadFile(report)
		if err != nil {
			t.Fatal(err)
		}
		if text := string(told); strings.Count(text, "\n") != 1 || !strings.Contains(text, `"row":2`) || !strings.Contains(text, "the row is longer than") {
			t.Errorf("the report is %.500s", text)
		}
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			memory = usage.Maxrss * kib
		}
		return memory
	}
	size := sized(t)
	short := importLine(t.TempDir(), 2*mib)
	data := t.TempDir()
	long := importLine(data, size.line)
	t.Logf("memory of an import with a line of %d MiB: %d MiB, with one of 2 MiB: %d", size.line/mib, long/mib, short/mib)
	if long > short+32*mib {
		t.Errorf("a line of %d MiB takes %d MiB, one of 2 MiB takes %d", size.line/mib, long/mib, short/mib)
	}
	s := start(t, data, cheap...)
	for name, want := range map[string]int{"anna": 200, "carl": 200, "long": 401} {
		if got, err := login(s.base, name, password); err != nil || got.status != want {
			t.Errorf("the login of %s: %d %s %v, want %d", name, got.status, got.errID, err, want)
		}
	}
}

// importedLine is a user whose digest is an MD5 of password.
func importedLine(name string) string {
	sum := md5.Sum([]byte(password))
	return fmt.Sprintf(`{"id":%[1]q,"username":%[1]q,"passwordHasher":"md5","passwordDigest":%[2]q}`+"\n", name, hex.EncodeToString(sum[:]))
}

// slimEnvironment is the environment without limits of Go's own, for which the
// command's would make way.
func slimEnvironment() []string {
	var kept []string
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "GOGC=") && !strings.HasPrefix(setting, "GOMEMLIMIT=") {
			kept = append(kept, setting)
		}
	}
	return kept
}

// letters never end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}
