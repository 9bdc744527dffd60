package attempts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// slow is a strategy whose hashes last until the test releases them.
type slow struct {
	host    strategies.Host
	release chan struct{}
}

func (slow) Name() string { return "slow" }

func (s slow) hash(ctx context.Context) error {
	return s.host.Hash(ctx, strategies.Cost{Effort: time.Minute}, func() { <-s.release })
}

func (s slow) Check(_ context.Context, _ strategies.Subject, in strategies.Credentials) (strategies.Draft, error) {
	return slowDraft{s, in["username"].(string)}, nil
}

func (slow) Info(strategies.Record) strategies.Credentials { return strategies.Credentials{} }

func (s slow) VerifyPassword(ctx context.Context, _ strategies.Record, _ string) (strategies.Verdict, error) {
	return strategies.Wrong, s.hash(ctx)
}

func (slow) Decoy() strategies.Record { return strategies.Record{Strategy: "slow"} }

func (s slow) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	id := strategies.Identifier{Kind: "username", Value: in["username"].(string)}
	found, ok, err := s.host.FindByIdentifier(ctx, id)
	if err != nil {
		return strategies.Outcome{}, err
	}
	return strategies.Enter(ctx, s.host, found, ok, id, "wrong")
}

type slowDraft struct {
	s    slow
	name string
}

func (d slowDraft) Identifiers() []strategies.Identifier {
	return []strategies.Identifier{{Kind: "username", Value: d.name}}
}

func (d slowDraft) Seal(ctx context.Context) (strategies.Record, error) {
	var err error
	if strings.HasPrefix(d.name, "new-") {
		err = d.s.hash(ctx)
	}
	return strategies.Record{Strategy: "slow", Identifiers: d.Identifiers(), Secret: []byte("-")}, err
}

// Logins and sign-ups from one address, and logins to one account, get at most a quarter of the
// pool; others get the rest.
func TestOneClientHoldsAQuarterOfThePool(t *testing.T) {
	one, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	network := func(n int) netip.Addr {
		return netip.MustParseAddr(fmt.Sprintf("2001:db8:0:7::%x", n+1)) // addresses of one /64 count as one
	}
	for _, row := range []struct {
		name string
		ask  func(b *accountstest.Bench, n int)
	}{
		{"logins from one address", func(b *accountstest.Bench, n int) { guess(b, fmt.Sprint("user-", n), one) }},
		{"logins from one network", func(b *accountstest.Bench, n int) { guess(b, fmt.Sprint("user-", n), network(n)) }},
		{"logins to one account", func(b *accountstest.Bench, n int) {
			guess(b, "victim", netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}))
		}},
		{"sign-ups from one address", func(b *accountstest.Bench, n int) {
			_, _ = b.Credentials.CreateRestricted(context.Background(), users.Actor{Kuid: "-1", Addr: one}, credentials.NewUser{
				Content: map[string]any{}, Credentials: map[string]any{"slow": map[string]any{"username": fmt.Sprint("new-", n)}},
			})
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			pool := digest.NewPool(digest.Limits{Workers: 8, Waiting: 16})
			b := accountstest.New(t, func(o *accounts.Options) { o.Pool = pool })
			release := make(chan struct{})
			b.Use(t, "slow", func(_ json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
				return slow{host, release}, nil
			})
			for _, name := range []string{"user-0", "user-1", "user-2", "user-3", "victim", "somebody"} {
				b.Create(t, credentials.NewUser{
					Content:     map[string]any{"profileIds": []any{"default"}},
					Credentials: map[string]any{"slow": map[string]any{"username": name}},
				})
			}
			var all sync.WaitGroup
			defer func() {
				close(release)
				all.Wait()
			}()
			for n := range 4 {
				all.Go(func() { row.ask(b, n) })
			}
			until(t, b, pool, "two run, two wait", func(s digest.Stats) bool { return s.Running == 2 && s.Queued == 2 })
			all.Go(func() { guess(b, "somebody", other) })
			until(t, b, pool, "another runs at once", func(s digest.Stats) bool { return s.Running == 3 && s.Queued == 2 })
		})
	}
}

// guess tries a wrong password.
func guess(b *accountstest.Bench, name string, from netip.Addr) {
	_, _, _ = b.Logins.Login(context.Background(), users.Actor{Kuid: "-1", Addr: from},
		logins.Login{Strategy: "slow", Credentials: map[string]any{"username": name}})
}

func until(t *testing.T, b *accountstest.Bench, pool *digest.Pool, what string, is func(digest.Stats) bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(pool.Stats()); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 30 s, %+v", what, pool.Stats())
		}
	}
}
