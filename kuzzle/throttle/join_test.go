package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// joined makes an attempt by one name of an account. It reports whether a right password would have
// been accepted.
func joined(t *testing.T, l *throttle.Logins, keys throttle.Keys, account string, resolve func(*throttle.Attempt, context.Context) error) bool {
	t.Helper()
	attempt, err := l.Begin(t.Context(), keys)
	if errors.Is(err, throttle.ErrTooManyLogins) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	usedUp, err := attempt.Join(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	if usedUp {
		resolve = (*throttle.Attempt).Failed
	}
	if err := resolve(attempt, t.Context()); err != nil {
		t.Fatal(err)
	}
	return !usedUp
}

// TestNamesAreOneAccount checks that many names allow no more guesses than one, on any nodes.
func TestNamesAreOneAccount(t *testing.T) {
	judged := func(names int) (counts []int) {
		eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
			n := 0
			for i := range 600 {
				keys := throttle.Keys{Account: fmt.Sprint("name ", i%names), Addr: home}
				if joined(t, node(), keys, "=ada", (*throttle.Attempt).Failed) {
					n++
				}
				time.Sleep(time.Second)
			}
			counts = append(counts, n)
		})
		return counts
	}
	one, many := judged(1), judged(20)
	for i := range one {
		if many[i] > one[i] || many[i] < 5 {
			t.Errorf("%d guesses with twenty names, %d with one", many[i], one[i])
		}
	}
}

// TestOwnerUnderAnotherName checks that an owner is admitted, on any node, from an address where
// they logged in by another name.
func TestOwnerUnderAnotherName(t *testing.T) {
	eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
		if !joined(t, node(), throttle.Keys{Account: "ada", Addr: home}, "=ada", (*throttle.Attempt).Succeeded) {
			t.Fatal("the first login is refused")
		}
		for i := range 60 {
			joined(t, node(), throttle.Keys{Account: "ada", Addr: stranger(i)}, "=ada", (*throttle.Attempt).Failed)
		}
		if joined(t, node(), throttle.Keys{Account: "ada@example.org", Addr: office}, "=ada", (*throttle.Attempt).Succeeded) {
			t.Error("a stranger guesses under another name when strangers have used the tries up")
		}
		if !joined(t, node(), throttle.Keys{Account: "ada@example.org", Addr: home}, "=ada", (*throttle.Attempt).Succeeded) {
			t.Error("strangers shut the owner out from where they logged in before")
		}
	})
}

// TestJoinedLooksLikeAnyName checks that attempts by another name of a full account read and write
// the same as those by an unknown name, and never wait.
func TestJoinedLooksLikeAnyName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBook()
		node := b.node()
		joined(t, node, throttle.Keys{Account: "ada", Addr: home}, "=ada", (*throttle.Attempt).Succeeded)
		spent := func(account, whole string) (took [2]int) {
			reads, writes := b.reads, b.writes
			joined(t, node, throttle.Keys{Account: account, Addr: home}, whole, (*throttle.Attempt).Failed)
			return [2]int{b.reads - reads, b.writes - writes}
		}
		unknown := spent("nobody", "?nobody")
		if got := spent("fresh", "=ada"); got != unknown {
			t.Errorf("a further name of a known account: %v pages read and written, want %v", got, unknown)
		}
		for range 5 {
			spent("ada", "=ada")
		}
		if got := spent("ada@example.org", "=ada"); got != unknown {
			t.Errorf("a further name of a full account: %v pages read and written, want %v", got, unknown)
		}

		var pending []*throttle.Attempt
		for range 5 {
			attempt, err := node.Begin(t.Context(), throttle.Keys{Account: "bob", Addr: office})
			if err != nil {
				t.Fatal(err)
			}
			if usedUp, err := attempt.Join(t.Context(), "=bob"); usedUp || err != nil {
				t.Fatalf("used up %t, %v", usedUp, err)
			}
			pending = append(pending, attempt)
		}
		began := time.Now()
		if joined(t, node, throttle.Keys{Account: "bob@example.org", Addr: office}, "=bob", (*throttle.Attempt).Failed) {
			t.Error("a sixth guess is judged while five are in flight")
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("an attempt by another name waited %s", waited)
		}
		for _, attempt := range pending {
			attempt.Abandoned()
		}
	})
}

// TestUsedUpMeanwhile checks that concurrent guesses on several nodes learn no more than on one.
func TestUsedUpMeanwhile(t *testing.T) {
	b := newBook()
	begin := func(name string) *throttle.Attempt {
		attempt, err := b.node().Begin(t.Context(), throttle.Keys{Account: name, Addr: home})
		if err != nil {
			t.Fatal(err)
		}
		if usedUp, err := attempt.Join(t.Context(), "=ada"); usedUp || err != nil {
			t.Fatalf("%s: used up %t, %v", name, usedUp, err)
		}
		return attempt
	}
	right, half, link := begin("right"), begin("half"), begin("link")
	for i := range 5 {
		if err := begin(fmt.Sprint("wrong ", i)).Failed(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := right.Succeeded(t.Context()); !errors.Is(err, throttle.ErrUsedUp) {
		t.Errorf("a right password: got %v, want %v", err, throttle.ErrUsedUp)
	}
	if err := half.Stepped(t.Context(), true); !errors.Is(err, throttle.ErrUsedUp) {
		t.Errorf("a right password before a second factor: got %v, want %v", err, throttle.ErrUsedUp)
	}
	if err := link.Stepped(t.Context(), false); err != nil {
		t.Errorf("a step that nothing was proved for: %v", err)
	}
}
