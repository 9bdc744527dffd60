package systemtest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// workMetric is the expected processor time of the hash pool's work.
const workMetric = "kuzzle_hash_pool_work_seconds_total"

// hashWork reads the cost of all password checks so far from the metrics.
func hashWork(t *testing.T, s *server) time.Duration {
	t.Helper()
	text := s.dispatch(t, "server", "metrics", map[string]any{"format": "prometheus"}, nil)
	for line := range strings.Lines(string(text)) {
		var seconds float64
		if _, err := fmt.Sscanf(line, workMetric+" %g", &seconds); err == nil {
			return time.Duration(seconds * float64(time.Second)).Round(time.Microsecond)
		}
	}
	t.Fatalf("no %s in the metrics", workMetric)
	return 0
}

// TestAttack02: an imported digest that is cheaper or dearer than the server's
// own does not reveal that its name exists: the answers are alike, and unknown
// names cost as much as the users.
func TestAttack02(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		same := keeping(t)
		t.Run("before", func(t *testing.T) {
			st := newStory(t, start(t, same), protocol)
			sum := md5.Sum([]byte(canaryPassword))
			if a := st.digestOf(t, "of-md5", hex.EncodeToString(sum[:]), "md5"); a.status != 200 {
				t.Fatalf("%s", a.raw)
			}
			dear, err := bcrypt.GenerateFromPassword([]byte(canaryPassword), bcrypt.MinCost+2)
			if err != nil {
				t.Fatal(err)
			}
			if a := st.digestOf(t, "of-bcrypt", string(dear), "bcrypt"); a.status != 200 {
				t.Fatalf("%s", a.raw)
			}
		})
		s := start(t, same)
		st := &story{server: s, client: s.client(t, protocol)}
		var first answer
		guess := func(name string) time.Duration {
			st.server.clock.advance(24 * time.Hour) // of failures so long ago nobody knows
			before := hashWork(t, st.server)
			in := loginAs(name, "wrong", "")
			in.id = "the-same"
			a := st.client.send(t, in)
			if first.raw == nil {
				first = a
			}
			if a.status != 401 || string(a.raw) != string(first.raw) {
				t.Errorf("%s: the answer differs:\n%s\n%s", name, a.raw, first.raw)
			}
			return (hashWork(t, st.server) - before).Round(10 * time.Microsecond)
		}
		// The costs are counted soon after the start.
		var known, unknown map[time.Duration]bool
		for limit := time.Now().Add(answerWithin); ; {
			known, unknown = map[time.Duration]bool{}, map[time.Duration]bool{}
			for _, name := range []string{"user", "of-md5", "of-bcrypt"} {
				known[guess(name)] = true
			}
			for i := range 40 {
				unknown[guess(fmt.Sprint("nobody-", i))] = true
			}
			if maps.Equal(known, unknown) || time.Now().After(limit) {
				break
			}
		}
		if !maps.Equal(known, unknown) {
			t.Errorf("users cost %v, unknown names %v", slices.Sorted(maps.Keys(known)), slices.Sorted(maps.Keys(unknown)))
		}
		if len(known) < 2 {
			t.Errorf("all users cost %v: there is nothing to tell apart", known)
		}
	})
}

// TestAttack05 tries many passwords for one account from many addresses, and many
// accounts from one, by connections of all kinds in turn: the counts of one kind
// apply to the others.
func TestAttack05(t *testing.T) {
	t.Parallel()
	s := start(t, behindProxy, func(set *settings) { set.Logins.FreeFailures = 5 })
	st := newStory(t, s, "http")
	s.clock.freeze()
	ways := map[string]func(i int) string{
		"keep-alive": func(int) string { return "http" },
		"websocket":  func(int) string { return "websocket" },
		"mixed":      func(i int) string { return []string{"http", "websocket"}[i%2] },
	}
	const guesses = 1000
	n := 0
	for way, protocol := range ways {
		n++
		one := st.from(t, protocol(0), "192.0.2.200", loginAs("user", canaryPassword, ""))
		wantError(t, "the owner before", one, 200, "")
		address := fmt.Sprintf("198.51.%d.7", n)
		senders := st.senders(t, address)
		judged := 0
		for i := range guesses {
			a := senders[protocol(i)](loginAs(fmt.Sprintf("%s-%d", way, i), "wrong", ""))
			switch {
			case a.status == 401:
				judged++
			case a.status != 429:
				t.Fatalf("%s, guess %d: %s", way, i, a.raw)
			}
		}
		if judged != 100 {
			t.Errorf("%s: of %d guesses from one address at as many accounts %d were judged, want 100", way, guesses, judged)
		}
		for _, other := range []string{"http", "websocket"} {
			wantError(t, way+": another account, over "+other, st.from(t, other, address, loginAs("limited", canaryPassword, "")), 429, tooMany)
		}
		wantError(t, way+": from elsewhere", st.from(t, protocol(1), fmt.Sprintf("203.0.113.%d", n), loginAs("limited", canaryPassword, "")), 200, "")
	}
	// An address of its own for each guess.
	judged := 0
	web := newHTTPClient(t, s)
	for i := range guesses {
		address, guess := fmt.Sprintf("10.%d.%d.9", i/200, i%200), loginAs("User", "wrong", "")
		guess.id, guess.header = st.ids.next(), map[string][]string{"X-Forwarded-For": {address}}
		var a answer
		switch i % 10 {
		case 4: // a connection of its own
			a = st.from(t, "http", address, guess)
		case 9:
			a = st.from(t, "websocket", address, guess)
		default:
			a = web.send(t, guess)
		}
		switch {
		case a.status == 401:
			judged++
		case a.status != 429:
			t.Fatalf("guess %d: %s", i, a.raw)
		}
	}
	if judged != 50 {
		t.Errorf("of %d guesses at one account from as many addresses %d were judged, want 50", guesses, judged)
	}
}

// senders are a connection of each protocol that stay open, both of one address.
func (st *story) senders(t *testing.T, address string) map[string]func(call) answer {
	t.Helper()
	header := map[string][]string{"X-Forwarded-For": {address}}
	web, socket := newHTTPClient(t, st.server), dialWith(t, st.server, header)
	return map[string]func(call) answer{
		"http": func(c call) answer {
			c.header, c.id = header, st.ids.next()
			return web.send(t, c)
		},
		"websocket": func(c call) answer {
			c.id = st.ids.next()
			return socket.send(t, c)
		},
	}
}
