package throttle_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// siege lets strangers fail at an account until they must wait, and returns their wait.
func siege(t *testing.T, l *throttle.Logins, account string) time.Duration {
	t.Helper()
	for i := range 200 {
		if wait := tryWrong(t, l, throttle.Keys{Account: account, Addr: stranger(i)}); wait > 0 {
			return wait
		}
	}
	t.Fatal("two hundred failures from different addresses were not slowed down")
	return 0
}

func TestOwnerIsNotShutOut(t *testing.T) {
	const session = "0197-a-session-id"
	tests := map[string]struct {
		before, now throttle.Keys
		wantWait    bool
	}{
		"known address":                   {throttle.Keys{Addr: home}, throttle.Keys{Addr: home}, false},
		"known device at a new address":   {throttle.Keys{Addr: home, Device: session}, throttle.Keys{Addr: office, Device: session}, false},
		"known device without an address": {throttle.Keys{Device: session}, throttle.Keys{Device: session}, false},
		"new address":                     {throttle.Keys{Addr: home}, throttle.Keys{Addr: office}, true},
		"unknown device":                  {throttle.Keys{Addr: home, Device: session}, throttle.Keys{Addr: office, Device: "guessed"}, true},
		"another's device":                {throttle.Keys{}, throttle.Keys{Addr: office, Device: session}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, l *throttle.Logins) {
				test.before.Account, test.now.Account = "victim", "victim"
				tryRight(t, l, throttle.Keys{Account: "mallory", Addr: stranger(1), Device: session})
				tryRight(t, l, test.before)
				siege(t, l, "victim")
				if got := tryRight(t, l, test.now) > 0; got != test.wantWait {
					t.Errorf("got has to wait %v, want %v", got, test.wantWait)
				}
			})
		})
	}
}

// TestDeviceHasACountOfItsOwn checks that even a stranger at the owner's address does not delay a
// known device.
func TestDeviceHasACountOfItsOwn(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		owner := throttle.Keys{Account: "victim", Addr: home, Device: "phone"}
		tryRight(t, l, owner)
		for range 5 {
			tryWrong(t, l, throttle.Keys{Account: "victim", Addr: home})
		}
		if wait := tryWrong(t, l, throttle.Keys{Account: "victim", Addr: home}); wait == 0 {
			t.Error("the stranger does not have to wait")
		}
		if wait := tryRight(t, l, owner); wait != 0 {
			t.Errorf("the owner has to wait %s", wait)
		}
		for i := range 5 {
			owner.Addr = stranger(i) // a stolen device gains nothing by moving
			tryWrong(t, l, owner)
		}
		if wait := tryWrong(t, l, owner); wait == 0 {
			t.Error("guesses with a known device are not counted")
		}
	})
}

func TestKnownPlacesAreForgotten(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		keys := throttle.Keys{Account: "victim", Addr: home}
		tryRight(t, l, keys)
		time.Sleep(29 * 24 * time.Hour)
		siege(t, l, "victim")
		if wait := tryRight(t, l, keys); wait != 0 {
			t.Errorf("after 29 days the owner has to wait %s", wait)
		}
		time.Sleep(31 * 24 * time.Hour)
		siege(t, l, "victim")
		if wait := tryRight(t, l, keys); wait == 0 {
			t.Error("after 31 days the place is still known")
		}
	})
}

// TestLatestPlacesStay checks that the last four addresses of an owner stay known.
func TestLatestPlacesStay(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		at := func(i int) throttle.Keys {
			return throttle.Keys{Account: "victim", Addr: stranger(1000 + i)}
		}
		for i := range 6 {
			tryRight(t, l, at(i))
			time.Sleep(time.Minute)
		}
		siege(t, l, "victim")
		for i := range 6 {
			if got, want := tryRight(t, l, at(i)) == 0, i >= 2; got != want {
				t.Errorf("place %d: got known %v, want %v", i, got, want)
			}
		}
	})
}

func TestAccountSlowsDownForAMinuteAtMost(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		longest, guesses := time.Duration(0), 0
		for i, start := 0, time.Now(); time.Since(start) < 24*time.Hour; i++ {
			wait := tryWrong(t, l, throttle.Keys{Account: "victim", Addr: stranger(i)})
			longest = max(longest, wait)
			if wait == 0 {
				guesses++
			}
			time.Sleep(wait)
		}
		if longest != time.Minute {
			t.Errorf("got a longest wait of %s, want 1m", longest)
		}
		if guesses > 50+1500 {
			t.Errorf("got %d guesses through in a day from ever new addresses, want about one a minute", guesses)
		}
	})
}

func TestAddressIsLenientButNotWithoutEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, l *throttle.Logins) {
		for i := range 100 {
			if wait := tryWrong(t, l, throttle.Keys{Account: fmt.Sprint("name", i), Addr: home}); wait != 0 {
				t.Fatalf("failure %d at different accounts had to wait %s", i+1, wait)
			}
		}
		fresh := throttle.Keys{Account: "another", Addr: home}
		if wait := tryWrong(t, l, fresh); wait != time.Second {
			t.Errorf("got wait %s, want 1s", wait)
		}
		fresh.Addr = office
		if wait := tryWrong(t, l, fresh); wait != 0 {
			t.Errorf("another address has to wait %s", wait)
		}
		// A right login at an attacker's own account resets no other count.
		time.Sleep(time.Second)
		tryRight(t, l, throttle.Keys{Account: "mallory", Addr: home})
		tryWrong(t, l, throttle.Keys{Account: "name0", Addr: home})
		if wait := tryWrong(t, l, throttle.Keys{Account: "name1", Addr: home}); wait == 0 {
			t.Error("a success at one account cleared the address for others")
		}
		if wait := tryRight(t, l, throttle.Keys{Account: "mallory", Addr: home}); wait != 0 {
			t.Errorf("an account that knows the address has to wait %s", wait)
		}
	})
}

// TestKnows checks that stored sessions make an address known, and are asked once.
func TestKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := map[throttle.Keys]int{}
		l := throttle.NewLogins(throttle.Config{Knows: func(_ context.Context, keys throttle.Keys) bool {
			asked[keys]++
			return keys.Addr == home
		}})
		siege(t, l, "victim")
		clear(asked)
		owner := throttle.Keys{Account: "victim", Addr: home}
		other := throttle.Keys{Account: "victim", Addr: office}
		for range 3 {
			if wait := tryRight(t, l, owner); wait != 0 {
				t.Errorf("the owner has to wait %s", wait)
			}
			if wait := tryRight(t, l, other); wait == 0 {
				t.Error("a place that sessions do not know does not have to wait")
			}
		}
		if asked[owner] != 1 || asked[other] != 1 {
			t.Errorf("asked %v, want each once", asked)
		}
	})
}
