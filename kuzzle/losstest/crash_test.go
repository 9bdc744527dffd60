//go:build unix

package losstest

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestCrashTellsNoSecret crashes the server during logins, in the two ways that make a
// program print its state: it prints no password and no token, and leaves no image of
// its memory, although the system would accept one.
func TestCrashTellsNoSecret(t *testing.T) {
	t.Setenv("GOTRACEBACK", "") // the default
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil {
		t.Fatal(err)
	}
	before := limit
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &limit); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_CORE, &before) }()
	for _, signal := range []syscall.Signal{syscall.SIGABRT, syscall.SIGQUIT} {
		t.Run(signal.String(), func(t *testing.T) {
			s := start(t, t.TempDir(), cheap...)
			s.must("POST", createPath("jdoe"), newUser("jdoe"))
			first, err := login(s.base, "jdoe", password)
			if err != nil || first.status != 200 {
				t.Fatalf("login: %d %s %v", first.status, first.errID, err)
			}
			secrets := []string{password, text(t, first.result, "jwt")}
			var mu sync.Mutex
			var clients sync.WaitGroup
			begun := make(chan struct{}, 20)
			for range 4 {
				clients.Go(func() { // until the server is gone
					for {
						got, err := login(s.base, "jdoe", password)
						if err != nil {
							return
						}
						mu.Lock()
						if got.status == 200 {
							secrets = append(secrets, text(t, got.result, "jwt"))
						}
						mu.Unlock()
						select {
						case begun <- struct{}{}:
						default:
						}
					}
				})
			}
			for range cap(begun) {
				select {
				case <-begun:
				case <-time.After(startTimeout):
					t.Fatal("no logins")
				}
			}
			if err := s.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			<-s.gone
			clients.Wait()
			said := s.log.String()
			if !strings.Contains(said, "goroutine ") {
				t.Errorf("it did not say what it was doing: %.300s", said)
			}
			for _, secret := range secrets {
				if strings.Contains(said, secret) {
					t.Errorf("it says a secret (%.8s…)", secret)
				}
			}
			if status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.CoreDump() {
				t.Errorf("it left its memory on the disk: %v", s.cmd.ProcessState)
			}
			for _, name := range []string{"core", fmt.Sprint("core.", s.cmd.Process.Pid)} {
				if _, err := os.Stat(name); err == nil {
					t.Errorf("there is a file %s", name)
				}
			}
		})
	}
}
