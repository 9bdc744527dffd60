package losstest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	// beyondBudget is the server's memory in addition to its memory budget.
	beyondBudget = 60 * mib
	// calmTime is how long it may keep it after a burst.
	calmTime = 30 * time.Second
	// promptly is how long others may wait for their answers meanwhile.
	promptly = 100 * time.Millisecond
)

// TestMemoryBudget has many connections send the worst that there is, and leave
// answers unread: the server stays within its budget, answers others meanwhile,
// and gives the memory back afterwards.
func TestMemoryBudget(t *testing.T) {
	size := sized(t)
	data := t.TempDir()
	seed(t, data, 2, cheap...)
	s := start(t, data, append(cheap, "--set", fmt.Sprintf("memory.budget=%d", size.budget), "--set", "audit.file=off",
		"--set", "server.protocols.websocket.compression=true")...)
	token := s.large(t)
	before := s.resident()
	names := slices.Sorted(maps.Keys(attacks))
	if only := os.Getenv("LOSSTEST_ATTACK"); only != "" {
		names = strings.Split(only, ";")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			s.forgetPeak(t)
			stop := s.probe(t)
			r, leave := gather(t, task{Base: s.base, Attack: name, Size: size.attackers, Token: token, For: size.attackTime})
			leave()
			p99, peak := stop(), s.peak()
			t.Logf("%d connections: %v, p99 of GET /_me meanwhile %v, memory at most %d MiB", size.attackers, r.Statuses, p99.Round(time.Millisecond), peak/mib)
			if most := size.budget + beyondBudget; peak > most {
				t.Errorf("memory: %d MiB, at most %d", peak/mib, most/mib)
			}
			for status := range r.Statuses {
				if status != 0 && status != 503 && status != attacks[name].want {
					t.Errorf("answers: %v, want %d, and 503 where there is no room", r.Statuses, attacks[name].want)
				}
			}
			if r.Rude > 0 {
				t.Errorf("%d were refused without a time to come again", r.Rude)
			}
			if size.timed {
				s.checkCalm(t, before)
			}
			if size.timed && p99 > promptly {
				t.Errorf("p99 of GET /_me: %v, at most %v", p99, promptly)
			}
		})
	}
	s.checkCalm(t, before)
}

// checkCalm checks that the server has returned its memory above a number of
// bytes. It remembers slightly more.
func (s *server) checkCalm(t *testing.T, before int64) {
	t.Helper()
	most := before + 24*mib
	for deadline := time.Now().Add(calmTime); s.resident() > most; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%v after an attack the server holds %d MiB, want %d at most", calmTime, s.resident()/mib, most/mib)
			return
		}
	}
}

// large logs in a user with the maximum content that users write themselves.
func (s *server) large(t *testing.T) (token string) {
	t.Helper()
	// The probing client has little content.
	got, err := login(s.base, floodName(1), password)
	if err != nil || got.status != 200 {
		t.Fatalf("login: %d %s %v", got.status, got.errID, err)
	}
	token = text(t, got.result, "jwt")
	got, err = callAs(s.base, token, "PUT", "/_updateSelf", map[string]any{"text": strings.Repeat("x", 200*kib)})
	if err != nil || got.status != 200 {
		t.Fatalf("updateSelf: %d %s %v", got.status, got.errID, err)
	}
	return token
}

// forgetPeak has the system count the most memory anew.
func (s *server) forgetPeak(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.cmd.Process.Pid), []byte("5"), 0); err != nil {
		t.Logf("the peak of memory is that since the start: %v", err)
	}
}
