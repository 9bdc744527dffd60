package losstest

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Memory limits of the server, in bytes.
const (
	kib, mib        = 1 << 10, 1 << 20
	loaded          = 60 * mib
	eachHash        = 19 * mib
	hashesPerWorker = 3
	eachConnection  = 30 * kib
	eachSocket      = 40 * kib
)

// waiting is the server's queue of logins where the crowd is small: shorter than
// that, so that there is an excess.
const waiting = 100

// TestAttack10 has many log in at the same moment, with right passwords to
// different accounts, over HTTP and over WebSocket.
func TestAttack10(t *testing.T) {
	n := sized(t).flood
	data := t.TempDir()
	seed(t, data, n)
	settings := []string{"--set", "audit.file=off"}
	if n < mostConnections {
		settings = append(settings, "--set", fmt.Sprintf("hashing.queue=%d", waiting))
	}
	s := start(t, data, settings...)
	for _, kind := range []string{"login", "socket login"} {
		t.Run(kind, func(t *testing.T) {
			s.forgetPeak(t)
			stop, leave := s.probe(t), s.honest(t)
			r, crowdLeaves := gather(t, task{Base: s.base, Kind: kind, Size: n, Accounts: n, Addresses: addresses})
			longest, p99, peak := leave(), stop(), s.peak()
			crowdLeaves()
			t.Logf("%d logins at once: %v in %v (%.1f/s), p99 of GET /_me meanwhile %v, a login from elsewhere at most %v, memory %d MiB",
				n, r.Statuses, r.Took, float64(r.Statuses[200])/r.Took.Seconds(), p99, longest, peak/mib)
			if got := r.Statuses[200] + r.Statuses[503]; got != n {
				t.Errorf("%d were let in or asked to come again, of %d: %v", got, n, r.Statuses)
			}
			if r.Statuses[200] < waiting {
				t.Errorf("%d were let in, and the queue alone holds %d", r.Statuses[200], waiting)
			}
			if r.Statuses[503] == 0 || r.Rude > 0 {
				t.Errorf("of the %d refused, %d were not told when to come again", r.Statuses[503], r.Rude)
			}
			if most := loaded + hashesPerWorker*int64(runtime.NumCPU())*eachHash + int64(n)*(eachConnection+eachSocket); peak > most {
				t.Errorf("memory: %d MiB, at most %d", peak/mib, most/mib)
			}
		})
	}
}

// TestGuessFlood has as many guess the passwords of a few accounts.
func TestGuessFlood(t *testing.T) {
	const accounts = 5
	n := sized(t).flood
	data := t.TempDir()
	seed(t, data, accounts)
	s := start(t, data)
	leave := s.honest(t)
	r, _ := gather(t, task{Base: s.base, Kind: "login", Size: n, Accounts: accounts, Addresses: guessing, Wrong: true})
	t.Logf("%d wrong passwords at once: %v in %v, a login from elsewhere at most %v, memory %d MiB", n, r.Statuses, r.Took, leave(), s.peak()/mib)
	if got := r.Statuses[401] + r.Statuses[429] + r.Statuses[503]; got != n {
		t.Errorf("%d were refused, of %d: %v", got, n, r.Statuses)
	}
	if most := n / 2; r.Statuses[401] == 0 || r.Statuses[401] > most {
		t.Errorf("%d guesses were checked, want some and at most %d", r.Statuses[401], most)
	}
	if r.Statuses[429] == 0 || r.Rude > 0 {
		t.Errorf("%d guesses were put off, %d without a time", r.Statuses[429], r.Rude)
	}
	s.checkMemory(loaded + hashesPerWorker*int64(runtime.NumCPU())*eachHash + int64(n)*eachConnection)
}

// TestIdleSockets has many WebSockets open that ask one thing and stay.
func TestIdleSockets(t *testing.T) {
	n := sized(t).sockets
	s := start(t, t.TempDir())
	r, leave := gather(t, task{Base: s.base, Kind: "sockets", Size: n})
	t.Logf("%d WebSockets: %d MiB, at most %d", n, s.resident()/mib, s.peak()/mib)
	if r.Statuses[200] != n {
		t.Errorf("answers: %v, want %d of 200", r.Statuses, n)
	}
	s.checkMemory(loaded + int64(n)*eachSocket)
	leave()
	if got := s.must("GET", "/_me", nil); got.status != 200 {
		t.Errorf("GET /_me when they have left: %d", got.status)
	}
}

// checkMemory checks the limit, if the system reports a process's memory.
func (s *server) checkMemory(most int64) {
	s.t.Helper()
	if got := s.peak(); got > most {
		s.t.Errorf("memory: %d MiB, at most %d", got/mib, most/mib)
	}
}

// seed makes n users who can log in, on a separate server. Their digests have the
// default cost unless more says otherwise.
func seed(t *testing.T, data string, n int, more ...string) {
	t.Helper()
	s := start(t, data, more...)
	var workers sync.WaitGroup
	for first := range creators {
		workers.Go(func() {
			for i := first; i < n; i += creators {
				got, err := call(s.base, "POST", createPath(fmt.Sprintf("user-%d", i)), newUser(floodName(i)))
				if err != nil || got.status != 200 {
					t.Errorf("creating user %d: %d %s %v", i, got.status, got.errID, err)
				}
			}
		})
	}
	workers.Wait()
	s.stop()
}

// honest logs in over and over from an address of its own, until leave, which
// tells the longest that a login took.
func (s *server) honest(t *testing.T) (leave func() time.Duration) {
	t.Helper()
	// Floods that follow each other find the user there.
	if got := s.must("POST", createPath("honest"), newUser("honest")); got.status != 200 && got.errID != "security.user.already_exists" {
		t.Fatalf("creating somebody honest: %d %s", got.status, got.errID)
	}
	via := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: from(addresses)}}
	ended, done := make(chan struct{}), make(chan time.Duration)
	go func() {
		longest := time.Duration(0)
		for {
			select {
			case <-ended:
				via.CloseIdleConnections()
				done <- longest
				return
			default:
			}
			begin := time.Now()
			req, err := http.NewRequest("POST", s.base+"/_login/local", strings.NewReader(`{"username":"honest","password":"`+password+`"}`))
			if err == nil {
				req.Header.Set("Content-Type", "application/json")
				var got answer
				if got, err = send(via, req); err == nil && got.status != 200 {
					err = fmt.Errorf("%d %s", got.status, got.errID)
				}
			}
			if err != nil {
				t.Errorf("a login from elsewhere during the flood: %v", err)
			}
			longest = max(longest, time.Since(begin))
		}
	}()
	return func() time.Duration { close(ended); return <-done }
}

// probeEvery is the pace of somebody else's requests during a flood.
const probeEvery = 10 * time.Millisecond

// probe requests /_me repeatedly until stop, which returns the 99th percentile of
// the durations. Now and then it also requests the health checks, which must
// succeed.
func (s *server) probe(t *testing.T) (stop func() time.Duration) {
	t.Helper()
	got, err := login(s.base, floodName(0), password)
	if err != nil || got.status != 200 {
		t.Fatalf("login: %d %s %v", got.status, got.errID, err)
	}
	token := text(t, got.result, "jwt")
	ended, done := make(chan struct{}), make(chan []time.Duration)
	go func() {
		var times []time.Duration
		tick := time.NewTicker(probeEvery)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ended:
				done <- times
				return
			case <-tick.C:
			}
			begin := time.Now()
			if got, err := callAs(s.base, token, "GET", "/_me", nil); err != nil || got.status != 200 {
				t.Errorf("GET /_me during the flood: %d %s %v", got.status, got.errID, err)
			}
			times = append(times, time.Since(begin))
			if path := []string{"/_healthcheck", "/_ready"}[n%2]; n%5 == 0 {
				if got, err := call(s.base, "GET", path, nil); err != nil || got.status != 200 {
					t.Errorf("GET %s during the flood: %d %s %v", path, got.status, got.errID, err)
				}
			}
		}
	}()
	return func() time.Duration {
		close(ended)
		times := <-done
		slices.Sort(times)
		if len(times) == 0 {
			return 0
		}
		return times[len(times)*99/100]
	}
}
