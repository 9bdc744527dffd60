package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

var (
	home   = netip.MustParseAddr("192.0.2.1")
	office = netip.MustParseAddr("198.51.100.7")
)

func stranger(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

// inBubble tests logins under the default limits, in a bubble whose time is fake.
func inBubble(t *testing.T, test func(t *testing.T, l *throttle.Logins)) {
	synctest.Test(t, func(t *testing.T) { test(t, throttle.NewLogins(throttle.Config{})) })
}

// wantFree makes attempts that fail, none of which has to wait.
func wantFree(t *testing.T, l *throttle.Logins, keys throttle.Keys, attempts int) {
	t.Helper()
	for i := range attempts {
		if wait := tryWrong(t, l, keys); wait != 0 {
			t.Fatalf("free failure %d had to wait %s", i+1, wait)
		}
	}
}

// tryWrong makes an attempt that fails if it is admitted, and otherwise returns its wait.
func tryWrong(t *testing.T, l *throttle.Logins, keys throttle.Keys) (wait time.Duration) {
	t.Helper()
	return try(t, l, keys, (*throttle.Attempt).Failed)
}

func tryRight(t *testing.T, l *throttle.Logins, keys throttle.Keys) (wait time.Duration) {
	t.Helper()
	return try(t, l, keys, (*throttle.Attempt).Succeeded)
}

func try(t *testing.T, l *throttle.Logins, keys throttle.Keys, resolve func(*throttle.Attempt, context.Context) error) time.Duration {
	t.Helper()
	attempt, err := l.Begin(t.Context(), keys)
	if err == nil {
		err = resolve(attempt, t.Context())
	}
	if err == nil {
		return 0
	}
	refusal, ok := fault.From(err)
	if !ok || !errors.Is(err, throttle.ErrTooManyLogins) || refusal.Code() != 33685517 || refusal.Status() != 429 {
		t.Fatalf("got error %v, want ErrTooManyLogins", err)
	}
	if refusal.RetryAfter <= 0 {
		t.Fatalf("refused without RetryAfter")
	}
	return refusal.RetryAfter
}

func TestPairDelaysGrow(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		keys := throttle.Keys{Account: "jdoe", Addr: home}
		wantFree(t, l, keys, 5)
		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
			want *= time.Second
			if got := tryWrong(t, l, keys); got != want {
				t.Fatalf("got wait %s, want %s", got, want)
			}
			time.Sleep(want - time.Nanosecond)
			if got := tryRight(t, l, keys); got != time.Nanosecond {
				t.Fatalf("just before the end got wait %s, want 1ns", got)
			}
			time.Sleep(time.Nanosecond)
			if got := tryWrong(t, l, keys); got != 0 {
				t.Fatalf("after %s still had to wait %s", want, got)
			}
		}
		if l.Refused() != 24 {
			t.Errorf("got %d refused, want 24", l.Refused())
		}
	})
}

func TestFailuresAreForgiven(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		keys := throttle.Keys{Account: "jdoe", Addr: home}
		for range 5 {
			tryWrong(t, l, keys)
		}
		time.Sleep(30 * time.Minute)
		if wait := tryWrong(t, l, keys); wait != 0 {
			t.Errorf("a forgiven failure is still counted: wait %s", wait)
		}
		if wait := tryWrong(t, l, keys); wait != time.Second {
			t.Errorf("got wait %s, want 1s: one failure was forgiven, not all", wait)
		}
		time.Sleep(24 * time.Hour)
		wantFree(t, l, keys, 5)
	})
}

func TestSuccessIsFreeAndResetsThePair(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		keys := throttle.Keys{Account: "jdoe", Addr: home}
		for range 1000 {
			if wait := tryRight(t, l, keys); wait != 0 {
				t.Fatalf("a right login had to wait %s", wait)
			}
		}
		for range 4 {
			tryWrong(t, l, keys)
		}
		tryRight(t, l, keys)
		wantFree(t, l, keys, 5)
	})
}

func TestAbandonedCountsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		for i := range 100 {
			if wait := try(t, l, throttle.Keys{Account: "jdoe", Addr: home}, func(a *throttle.Attempt, _ context.Context) error { a.Abandoned(); return nil }); wait != 0 {
				t.Fatalf("attempt %d had to wait %s", i, wait)
			}
		}
	})
}

func TestOnlyTheFirstOutcomeCounts(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		keys := throttle.Keys{Account: "jdoe", Addr: home}
		twice := func(a *throttle.Attempt, ctx context.Context) error {
			defer a.Abandoned()
			return errors.Join(a.Failed(ctx), a.Failed(ctx), a.Succeeded(ctx))
		}
		for i := range 5 {
			if wait := try(t, l, keys, twice); wait != 0 {
				t.Fatalf("failure %d had to wait %s", i+1, wait)
			}
		}
		if wait := tryWrong(t, l, keys); wait != time.Second {
			t.Errorf("got wait %s, want 1s", wait)
		}
		var none *throttle.Attempt
		none.Failed(context.Background())
	})
}

func TestKeys(t *testing.T) {
	tests := map[string]struct {
		failed, tried throttle.Keys
		blocked       bool
	}{
		"same":                   {throttle.Keys{Account: "a", Addr: home}, throttle.Keys{Account: "a", Addr: home}, true},
		"other account":          {throttle.Keys{Account: "a", Addr: home}, throttle.Keys{Account: "b", Addr: home}, false},
		"other address":          {throttle.Keys{Account: "a", Addr: home}, throttle.Keys{Account: "a", Addr: office}, false},
		"made-up device":         {throttle.Keys{Account: "a", Addr: home}, throttle.Keys{Account: "a", Addr: home, Device: "x"}, true},
		"no address":             {throttle.Keys{Account: "a"}, throttle.Keys{Account: "a"}, true},
		"IPv4 in IPv6":           {throttle.Keys{Account: "a", Addr: home}, throttle.Keys{Account: "a", Addr: netip.MustParseAddr("::ffff:192.0.2.1")}, true},
		"IPv6 within one /64":    {throttle.Keys{Account: "a", Addr: netip.MustParseAddr("2001:db8::1")}, throttle.Keys{Account: "a", Addr: netip.MustParseAddr("2001:db8::ffff:1:2:3")}, true},
		"IPv6 of different /64s": {throttle.Keys{Account: "a", Addr: netip.MustParseAddr("2001:db8::1")}, throttle.Keys{Account: "a", Addr: netip.MustParseAddr("2001:db8:0:1::1")}, false},
		"zones are no addresses": {throttle.Keys{Account: "a", Addr: netip.MustParseAddr("fe80::1%eth0")}, throttle.Keys{Account: "a", Addr: netip.MustParseAddr("fe80::2%eth1")}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, l *throttle.Logins) {
				for range 5 {
					tryWrong(t, l, test.failed)
				}
				if got := tryWrong(t, l, test.tried) > 0; got != test.blocked {
					t.Errorf("got blocked %v, want %v", got, test.blocked)
				}
			})
		})
	}
}

// TestGuessesInParallel checks that no more than the free failures are admitted, in flight or not.
func TestGuessesInParallel(t *testing.T) {
	tests := map[string]struct {
		from func(i int) netip.Addr
		want int64
	}{
		"from one address": {func(int) netip.Addr { return home }, int64(throttle.Defaults().Pair.Free)},
		"from a thousand":  {stranger, int64(throttle.Defaults().Account.Free)},
		"from no address":  {func(int) netip.Addr { return netip.Addr{} }, int64(throttle.Defaults().Pair.Free)},
		"from a hundred /64": {func(i int) netip.Addr {
			return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 7: byte(i % 100), 15: byte(i)})
		}, int64(throttle.Defaults().Account.Free)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := throttle.NewLogins(throttle.Config{Wait: 500 * time.Millisecond})
				var through atomic.Int64
				var all sync.WaitGroup
				for i := range 1000 {
					all.Go(func() {
						attempt, err := l.Begin(context.Background(), throttle.Keys{Account: "victim", Addr: test.from(i)})
						if err != nil {
							return
						}
						through.Add(1)
						time.Sleep(20 * time.Millisecond) // the hash
						attempt.Failed(context.Background())
					})
				}
				all.Wait()
				if got := through.Load(); got != test.want {
					t.Errorf("got %d guesses through, want %d", got, test.want)
				}
			})
		})
	}
}

// TestRightLoginsInParallel checks that concurrent logins of one account wait for each other
// instead of being refused, and that those of many accounts from one address do not wait.
func TestRightLoginsInParallel(t *testing.T) {
	tests := map[string]struct {
		logins  int
		account func(i int) string
		took    time.Duration
	}{
		"one account":          {200, func(int) string { return "robot" }, 800 * time.Millisecond},
		"ten thousand of them": {10_000, func(i int) string { return fmt.Sprint("user", i) }, 20 * time.Millisecond},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, l *throttle.Logins) {
				start := time.Now()
				var all sync.WaitGroup
				for i := range test.logins {
					all.Go(func() {
						attempt, err := l.Begin(context.Background(), throttle.Keys{Account: test.account(i), Addr: home})
						if err != nil {
							t.Errorf("login %d: %v", i, err)
							return
						}
						time.Sleep(20 * time.Millisecond)
						attempt.Succeeded(context.Background())
					})
				}
				all.Wait()
				if took := time.Since(start); took > test.took {
					t.Errorf("took %s, want at most %s", took, test.took)
				}
			})
		})
	}
}

func TestWaitingEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		keys := throttle.Keys{Account: "jdoe", Addr: home}
		for range 5 {
			if _, err := l.Begin(t.Context(), keys); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		if wait := tryRight(t, l, keys); wait != time.Second || time.Since(start) != 5*time.Second {
			t.Errorf("refused after %s with wait %s, want after 5s with 1s", time.Since(start), wait)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.Begin(ctx, keys); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		// An attempt that is never resolved must not lock anybody out for ever.
		time.Sleep(5*time.Minute + time.Second)
		if wait := tryRight(t, l, keys); wait != 0 {
			t.Errorf("lost reservations still hold: wait %s", wait)
		}
	})
}

// TestOnlySoManyWait checks that further logins are refused at once.
func TestOnlySoManyWait(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		keys := throttle.Keys{Account: "jdoe", Addr: home}
		var atOnce atomic.Int64
		var all sync.WaitGroup
		for range 5 {
			if _, err := l.Begin(t.Context(), keys); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		for range 1000 {
			all.Go(func() {
				if _, err := l.Begin(context.Background(), keys); err != nil && time.Since(start) == 0 {
					atOnce.Add(1)
				}
			})
		}
		all.Wait()
		if got := atOnce.Load(); got != 1000-256 {
			t.Errorf("got %d refused at once, want %d", got, 1000-256)
		}
	})
}
