package throttle

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"
)

// TestMemoryIsBounded floods all tables and sums their sizes.
func TestMemoryIsBounded(t *testing.T) {
	const accounts = 10_000
	l := NewLogins(Config{Accounts: accounts, Addresses: accounts})
	for i := range 5 * accounts {
		keys := Keys{Account: fmt.Sprint("name", i), Addr: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})}
		attempt, err := l.Begin(t.Context(), keys)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			attempt.Succeeded(context.Background())
		} else {
			attempt.Failed(context.Background())
		}
	}
	entries, known := 0, 0
	for i := range loginShards {
		entries += len(l.accounts[i].pairs.entries) + len(l.accounts[i].accounts.entries) + len(l.addresses[i].entries)
		known += len(l.accounts[i].known.entries)
		if n := len(l.accounts[i].gates); n > 0 {
			t.Errorf("shard %d kept %d gates", i, n)
		}
	}
	if entries > 3*accounts || known > accounts {
		t.Errorf("got %d entries and %d known accounts, want at most %d and %d", entries, known, 3*accounts, accounts)
	}
	each := float64(3*unsafe.Sizeof(entry{}) + unsafe.Sizeof(account{}))
	if all := each * float64(Defaults().Accounts) / (1 << 20); all > 25 {
		t.Errorf("the defaults allow %.0f MiB, want at most 25", all)
	}
}

// TestIdleCostsNothing checks that tables are allocated on first use.
func TestIdleCostsNothing(t *testing.T) {
	const rounds = 16
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		NewLogins(Config{})
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / rounds; got > 64<<10 {
		t.Errorf("a new Logins takes %d bytes, want at most 64 KiB", got)
	}
}

// TestFloodDoesNotEvictAnAttack checks that a flood of new names and addresses keeps the count of
// an account under attack.
func TestFloodDoesNotEvictAnAttack(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := NewLogins(Config{Accounts: 1000, Addresses: 1000, Now: func() time.Time { return now }})
	victim := Keys{Account: "victim", Addr: netip.MustParseAddr("192.0.2.1")}
	for range 5 {
		attempt, err := l.Begin(t.Context(), victim)
		if err != nil {
			t.Fatal(err)
		}
		attempt.Failed(context.Background())
	}
	for i := range 100_000 {
		keys := Keys{Account: fmt.Sprint("name", i), Addr: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})}
		if attempt, err := l.Begin(t.Context(), keys); err == nil {
			attempt.Failed(context.Background())
		}
	}
	if _, err := l.Begin(t.Context(), victim); err == nil {
		t.Error("a flood of a hundred times the entries made the victim's count disappear")
	}
}

// TestTableAgainstMap compares a large enough table with a plain map of the same rules, over random
// failures, successes and pauses.
func TestTableAgainstMap(t *testing.T) {
	limit := Limit{Free: 3, First: time.Second, Max: 10 * time.Second, Step: 2, Forgive: 20 * time.Second}
	rapid.Check(t, func(t *rapid.T) {
		tab := newTable(limit, 4096)
		model := map[uint64]*entry{}
		now := int64(1e18)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			key := rapid.Uint64Range(1, 40).Draw(t, "key")*0x9e3779b97f4a7c15 | 1
			now += rapid.Int64Range(0, int64(15*time.Second)).Draw(t, "pause")
			want := model[key]
			wantWait, wantBusy := want.admits(limit, now)
			wait, busy := tab.find(key).admits(limit, now)
			if wait != wantWait || busy != wantBusy {
				t.Fatalf("got %s, %v, want %s, %v", wait, busy, wantWait, wantBusy)
			}
			if wait > limit.Max {
				t.Fatalf("got wait %s above %s", wait, limit.Max)
			}
			if want == nil {
				want = &entry{key: key}
				model[key] = want
			}
			tab.get(key, now).fail(limit, now)
			want.fail(limit, now)
			if int(want.failures) > limit.most() {
				t.Fatalf("counted %d failures, want at most %d", want.failures, limit.most())
			}
		}
	})
}

func TestDelay(t *testing.T) {
	limit := Limit{Free: 2, First: time.Second, Max: 5 * time.Second, Step: 3, Forgive: time.Minute}
	want := []time.Duration{0, 0, 1, 1, 1, 2, 2, 2, 4, 4, 4, 5, 5}
	for failures, want := range want {
		if got := limit.delay(failures); got != want*time.Second {
			t.Errorf("after %d failures got %s, want %s", failures, got, want*time.Second)
		}
	}
	if got := limit.delay(limit.most()); got != limit.Max {
		t.Errorf("at the most failures counted, %d, got %s, want %s", limit.most(), got, limit.Max)
	}
}

// TestKnownPlacesAreBounded checks that the account that was not seen for the longest time is
// replaced.
func TestKnownPlacesAreBounded(t *testing.T) {
	p := newOrigins(time.Hour*24*30, 64)
	now := time.Unix(1e9, 0)
	for i := range uint64(1000) {
		now = now.Add(time.Minute)
		p.add(rand.Uint64()|1, uint32(i)|1, 0, now)
	}
	if len(p.entries) > 64 {
		t.Errorf("got %d accounts, want at most 64", len(p.entries))
	}
	p.add(77, 5, 6, now)
	if byAddress, byDevice := p.knows(77, 5, 6, now); !byAddress || !byDevice {
		t.Error("the latest place is not known")
	}
	if byAddress, byDevice := p.knows(77, 0, 0, now); byAddress || byDevice {
		t.Error("no place counts as a known one")
	}
}

func BenchmarkLogin(b *testing.B) {
	l := NewLogins(Config{})
	keys := Keys{Account: "jdoe", Addr: netip.MustParseAddr("192.0.2.1"), Device: "0197-session"}
	b.ReportAllocs()
	for range b.N {
		attempt, err := l.Begin(b.Context(), keys)
		if err != nil {
			b.Fatal(err)
		}
		attempt.Succeeded(context.Background())
	}
}
