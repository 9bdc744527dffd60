package systemtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
)

// watched is a host that records the requests of a login: the work that a stranger
// could measure.
type watched struct {
	strategies.Host
	mu   sync.Mutex
	work []string
	// slow is added to the work's time at each step, as a slow store would.
	slow map[string]time.Duration
	took time.Duration
}

func (w *watched) note(step string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.work = append(w.work, step)
	kind, _, _ := strings.Cut(step, " ")
	w.took += w.slow[kind]
}

// taken answers the work since the last time, and how long it would have taken.
func (w *watched) taken() ([]string, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	work, took := w.work, w.took
	w.work, w.took = nil, 0
	return work, took
}

// FindByIdentifier implements strategies.Host.
func (w *watched) FindByIdentifier(ctx context.Context, id strategies.Identifier) (strategies.Found, bool, error) {
	w.note("find " + id.Kind)
	return w.Host.FindByIdentifier(ctx, id)
}

// Find implements strategies.Host.
func (w *watched) Find(ctx context.Context, kuid string) (strategies.Found, bool, error) {
	w.note("read")
	return w.Host.Find(ctx, kuid)
}

// VerifyPassword implements strategies.Host.
func (w *watched) VerifyPassword(ctx context.Context, found strategies.Found, ok bool, id strategies.Identifier, password string) (strategies.Verdict, error) {
	w.note("verify")
	return w.Host.VerifyPassword(ctx, found, ok, id, password)
}

// Hash implements strategies.Host.
func (w *watched) Hash(ctx context.Context, cost strategies.Cost, fn func()) error {
	w.note(fmt.Sprintf("hash %+v", cost))
	return w.Host.Hash(ctx, cost, fn)
}

// TestAttack01: without the password, no answer and no amount of work reveals
// whether a name exists, with any hash of passwords. TestLoginTimes of package
// losstest measures the times themselves.
func TestAttack01(t *testing.T) {
	t.Parallel()
	for _, hasher := range []string{"argon2id", "bcrypt"} {
		t.Run(hasher, func(t *testing.T) {
			t.Parallel()
			eachProtocol(t, func(t *testing.T, protocol string) { tryNames(t, protocol, hasher) })
		})
	}
}

func tryNames(t *testing.T, protocol, hasher string) {
	host := &watched{slow: map[string]time.Duration{"find": 7 * time.Second, "read": 11 * time.Second, "verify": 13 * time.Second, "hash": 17 * time.Second}}
	s := start(t, func(set *settings) {
		set.Passwords.Hasher, set.Passwords.BcryptCost = hasher, bcrypt.MinCost
		set.Options = append(set.Options, backend.Use("local", func(cfg json.RawMessage, real strategies.Host) (strategies.Strategy, error) {
			host.Host = real
			return local.New(cfg, host)
		}))
	})
	st := newStory(t, s, protocol)
	s.operate(t, "security", "createUser", map[string]any{"_id": "bare"}, map[string]any{"content": map[string]any{"profileIds": []any{"user"}}})
	host.taken()

	var cost time.Duration // of the last login's hashes
	login := func(username, password string) (answer, []string, time.Duration, uint64) {
		before, worked := hashes(t, s), hashWork(t, s)
		in := loginAs(username, password, "")
		in.id = "the-same"
		a := st.client.send(t, in)
		work, took := host.taken()
		cost = (hashWork(t, s) - worked).Round(10 * time.Microsecond)
		return a, work, took, hashes(t, s) - before
	}
	wrong, work, took, done := login("user", "wrong")
	of := cost
	if wrong.status != 401 || done != 1 || len(work) == 0 || of == 0 {
		t.Fatalf("a wrong password: %d hashes, work %v, %s", done, work, wrong.raw)
	}
	for _, name := range []string{"ghost", "bare", "ＧＨＯＳＴ", "ghost@example.org", "+4930123456", strings.Repeat("g", 500)} {
		a, w, d, n := login(name, "wrong")
		if string(a.raw) != string(wrong.raw) {
			t.Errorf("%.20s: the answer differs:\n%s\n%s", name, a.raw, wrong.raw)
		}
		for header := range wrong.header {
			if header != "Date" && a.header.Get(header) != wrong.header.Get(header) {
				t.Errorf("%.20s: the header %s differs: %q, %q", name, header, a.header.Get(header), wrong.header.Get(header))
			}
		}
		if !slices.Equal(w, work) || d != took || n != done || cost != of {
			t.Errorf("%.20s: the work differs:\n%v, %s, %d hashes of %s\n%v, %s, %d hashes of %s", name, w, d, n, cost, work, took, done, of)
		}
	}
	if _, _, _, n := login("user", canaryPassword); n != done {
		t.Errorf("a right password: %d hashes, want %d", n, done)
	}
}

// hashMetric counts the work of the hash pool.
const hashMetric = "kuzzle_hash_pool_done_total"

// hashes reads from the metrics how many hashes the pool has done.
func hashes(t *testing.T, s *server) uint64 {
	t.Helper()
	text := s.dispatch(t, "server", "metrics", map[string]any{"format": "prometheus"}, nil)
	for line := range strings.Lines(string(text)) {
		var n uint64
		if _, err := fmt.Sscanf(line, hashMetric+" %d", &n); err == nil {
			return n
		}
	}
	t.Fatalf("no %s in the metrics", hashMetric)
	return 0
}

// checkResetTokens: a token that was never made and a used one get the same answer.
func (st *story) checkResetTokens(t *testing.T) {
	t.Helper()
	var answers []string
	for _, token := range []string{"never", strings.Repeat("A", 48)} {
		a := st.call(t, call{
			controller: passwordController, action: "reset", token: st.kept["admin"], hasBody: true,
			body: map[string]any{"password": canaryPassword, "token": token},
		})
		answers = append(answers, a.text("error.id"))
	}
	if answers[0] != answers[1] {
		t.Errorf("answers differ: %v", answers)
	}
}
