package losstest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// namesOfAKind is over how many names the logins of one kind spread: each may fail so often.
	namesOfAKind = 30
	// manyAddresses are from how many the logins come: each may fail so often.
	manyAddresses = 32
	// alike is how far the medians of two kinds may be apart, of the one.
	alike = 0.05
)

// TestLoginTimes measures from outside how long the server takes to refuse a wrong password of
// its own user, of a user with an imported MD5 digest, and of an unknown user, in turn, so that
// other work of the machine affects all equally. It prints the medians; in full size they must
// be alike. Right passwords are printed as well: they open a session, which takes longer and is
// no secret.
func TestLoginTimes(t *testing.T) {
	size := sized(t)
	s := start(t, t.TempDir(), "--set", "audit.file=off",
		// Failures are put off for no time that could be measured.
		"--set", "logins.freeFailures=1000", "--set", "logins.firstDelay=1ms", "--set", "logins.maxDelay=1ms",
		// Weak digests stay as they were imported.
		"--set", "strategies.digest-import.wrap=off")
	sum := md5.Sum([]byte(password))
	for i := range namesOfAKind {
		imported := newUser("")
		imported["credentials"] = map[string]any{"digest-import": map[string]any{
			"username": fmt.Sprint("md5-", i), "passwordHasher": "md5", "passwordDigest": hex.EncodeToString(sum[:]),
		}}
		for kuid, user := range map[string]any{fmt.Sprint("own-", i): newUser(fmt.Sprint("own-", i)), fmt.Sprint("md5-", i): imported} {
			if got := s.must("POST", createPath(kuid), user); got.status != 200 {
				t.Fatalf("creating %s: %d %s", kuid, got.status, got.errID)
			}
		}
	}
	for protocol, connect := range map[string]func(t *testing.T, base string, address int) func(name, password string) int{
		"http": logsInByHTTP, "websocket": logsInBySocket,
	} {
		t.Run(protocol, func(t *testing.T) {
			var ask []func(name, password string) int
			for address := range manyAddresses {
				ask = append(ask, connect(t, s.base, address))
			}
			compareTimes(t, size, ask)
		})
	}
}

func logsInByHTTP(t *testing.T, base string, address int) func(name, password string) int {
	transport := &http.Transport{DialContext: from(address)}
	t.Cleanup(transport.CloseIdleConnections)
	via := &http.Client{Timeout: startTimeout, Transport: transport}
	return func(name, password string) int {
		req, err := http.NewRequest("POST", base+"/_login/local", strings.NewReader(fmt.Sprintf(`{"username":%q,"password":%q}`, name, password)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		got, err := send(via, req)
		if err != nil {
			t.Fatal(err)
		}
		return got.status
	}
}

func logsInBySocket(t *testing.T, base string, address int) func(name, password string) int {
	t.Helper()
	dialer := websocket.Dialer{NetDialContext: from(address), HandshakeTimeout: startTimeout}
	socket, res, err := dialer.Dial(strings.Replace(base, "http", "ws", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	t.Cleanup(func() { _ = socket.Close() })
	return func(name, password string) int {
		return asks(t, socket, fmt.Sprintf(`{"controller":"auth","action":"login","strategy":"local","body":{"username":%q,"password":%q}}`, name, password))
	}
}

// compareTimes asks from the addresses in turn.
func compareTimes(t *testing.T, size size, ask []func(name, password string) int) {
	kinds := []struct {
		title, name, password string
		status                int
	}{
		{"nobody", "nobody-%d", "wrong, it was another", http.StatusUnauthorized},
		{"argon2id", "own-%d", "wrong, it was another", http.StatusUnauthorized},
		{"imported MD5", "md5-%d", "wrong, it was another", http.StatusUnauthorized},
		{"argon2id, right", "own-%d", password, http.StatusOK},
	}
	took := make([][]time.Duration, len(kinds))
	for round := range size.logins + len(ask) {
		for i := range kinds {
			n := (i + round) % len(kinds) // each comes first, and after each other, as often
			if round%2 == 1 {
				n = len(kinds) - 1 - n
			}
			kind := kinds[n]
			begin := time.Now()
			got := ask[round%len(ask)](fmt.Sprintf(kind.name, round%namesOfAKind), kind.password)
			if spent := time.Since(begin); round >= len(ask) { // the first ones connect
				took[n] = append(took[n], spent)
			}
			if got != kind.status {
				t.Fatalf("%s: status %d, want %d", kind.title, got, kind.status)
			}
		}
	}
	middle := func(n int) time.Duration {
		slices.Sort(took[n])
		return took[n][len(took[n])/2]
	}
	unknown := middle(0)
	for n, kind := range kinds {
		differs := float64(middle(n)-unknown) / float64(unknown)
		t.Logf("%s: median %v of %d, %+.2f %% of that of nobody", kind.title, middle(n).Round(time.Microsecond), len(took[n]), 100*differs)
		if size.timed && kind.status == http.StatusUnauthorized && math.Abs(differs) >= alike {
			t.Errorf("%s: the median differs by %+.2f %%, want less than %g %%", kind.title, 100*differs, 100*alike)
		}
	}
}
