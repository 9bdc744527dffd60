package losstest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
)

// server is a running process on a data directory.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	base string
	log  logtest.Log
	gone chan struct{}
}

// cheap makes passwords cost nothing where they are not tested.
var cheap = []string{"--set", "passwords.argon2Memory=64KB", "--set", "passwords.argon2Passes=1"}

const startTimeout = 30 * time.Second

// start runs the server on a data directory until the test ends, open to this
// machine until there is an administrator. Built-in
// profiles have no rate limits, which would be all that is tested.
func start(t *testing.T, data string, more ...string) *server {
	t.Helper()
	return launch(t, data, exec.Command(binary, arguments(data, freeport.ForTest(t), more)...))
}

func arguments(data, address string, more []string) []string {
	args := []string{"serve", "--dev", "--listen", address, "--data", data,
		// All clients of a test have one address.
		"--set", fmt.Sprintf("limits.connectionsPerAddress=%d", mostConnections)}
	for _, profile := range []string{"anonymous", "default"} {
		args = append(args, "--set", fmt.Sprintf(`security.standard.profiles.%[1]s=*json:{"rateLimit":0,"policies":[{"roleId":"%[1]s"}]}`, profile))
	}
	return append(args, more...)
}

func launch(t *testing.T, data string, cmd *exec.Cmd) *server {
	t.Helper()
	s := &server{t: t, cmd: cmd, gone: make(chan struct{})}
	for i, arg := range cmd.Args {
		if arg == "--listen" {
			s.base = "http://" + cmd.Args[i+1]
		}
	}
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.gone)
		_ = cmd.Wait() // killed processes end with an error
	}()
	t.Cleanup(s.kill)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the server on %s:\n%s", data, s.log.String())
		}
	})
	s.await()
	return s
}

func (s *server) await() {
	s.t.Helper()
	deadline := time.After(startTimeout)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if answer, err := call(s.base, "GET", "/_healthcheck", nil); err == nil && answer.status == 200 {
			return
		}
		select {
		case <-tick.C:
		case <-s.gone:
			s.t.Fatalf("the server ended: %s", s.log.String())
		case <-deadline:
			s.t.Fatalf("the server does not answer: %s", s.log.String())
		}
	}
}

// kill ends the process as a power cut would end it, and waits for that.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may have ended already
	<-s.gone
}

// stop ends it as an operator would.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatal(err)
	}
	<-s.gone
}

// peak is the most memory the process has had, in bytes; 0 where the system
// does not tell.
func (s *server) peak() int64 { return s.memory("VmHWM:") }

// resident returns its present memory.
func (s *server) resident() int64 { return s.memory("VmRSS:") }

func (s *server) memory(field string) int64 {
	s.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), field)
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return kib << 10
}
