package throttle_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// eachLedger runs a test with counts in memory and with counts in a ledger.
func eachLedger(t *testing.T, run func(t *testing.T, node func() *throttle.Logins)) {
	for name, b := range map[string]*book{"memory": nil, "ledger": newBook()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if b == nil {
					only := throttle.NewLogins(throttle.Config{})
					run(t, func() *throttle.Logins { return only })
					return
				}
				run(t, b.node)
			})
		})
	}
}

// step makes an attempt that leads to a further step, and reports whether the step was admitted.
func step(t *testing.T, l *throttle.Logins, keys throttle.Keys) bool {
	t.Helper()
	attempt, err := l.Begin(t.Context(), keys)
	if err != nil {
		return false
	}
	defer attempt.Abandoned()
	if l.Step(t.Context(), attempt, keys.Addr) != nil {
		return false
	}
	return attempt.Stepped(t.Context(), false) == nil
}

// TestStepsDoNotForgiveGuesses checks that a step after every fourth guess forgives none of them.
func TestStepsDoNotForgiveGuesses(t *testing.T) {
	eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
		keys := throttle.Keys{Account: "victim", Addr: home}
		judged := 0
		for range 70 {
			l := node()
			for range 4 {
				if tryWrong(t, l, keys) == 0 {
					judged++
				}
			}
			step(t, l, keys)
		}
		if judged != 5 {
			t.Errorf("got %d guesses judged, want 5", judged)
		}
	})
}

// TestStepsAreLimited checks the limits per account and address, per account over many addresses,
// and per address.
func TestStepsAreLimited(t *testing.T) {
	for _, test := range []struct {
		name string
		ask  func(i int) throttle.Keys
		want int
	}{
		{"account and address", func(int) throttle.Keys { return throttle.Keys{Account: "victim", Addr: home} }, 5},
		{"account", func(i int) throttle.Keys { return throttle.Keys{Account: "victim", Addr: stranger(i)} }, 50},
		{"address", func(i int) throttle.Keys { return throttle.Keys{Account: fmt.Sprint("name", i), Addr: home} }, 100},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
				got := 0
				for i := range 200 {
					if step(t, node(), test.ask(i)) {
						got++
					}
				}
				if got != test.want {
					t.Errorf("got %d steps, want %d", got, test.want)
				}
			})
		})
	}
}

// TestOwnersStepsGoOn checks that strangers use up neither the account's steps nor those of a known
// address.
func TestOwnersStepsGoOn(t *testing.T) {
	eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
		owner := throttle.Keys{Account: "victim", Addr: home}
		tryRight(t, node(), owner)
		for i := range 200 {
			step(t, node(), throttle.Keys{Account: "victim", Addr: stranger(i)})
		}
		if step(t, node(), throttle.Keys{Account: "victim", Addr: office}) {
			t.Error("a new place gets a step")
		}
		for i := range 200 {
			step(t, node(), throttle.Keys{Account: fmt.Sprint("name", i), Addr: home})
		}
		if !step(t, node(), owner) {
			t.Error("the owner gets no step")
		}
	})
}

// TestSignUps checks that an address may sign up at a limited pace, learns of few taken names, and
// does not affect other addresses.
func TestSignUps(t *testing.T) {
	for name, taken := range map[string]bool{"made": false, "taken": true} {
		t.Run(name, func(t *testing.T) {
			eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
				answered := func(from throttle.Source) (n int) {
					for range 100 {
						l := node()
						if l.SignUp(t.Context(), from) != nil {
							continue
						}
						n++
						if taken {
							if err := l.Taken(t.Context(), from); err != nil {
								t.Error(err)
							}
						}
					}
					return n
				}
				want := 50
				if taken {
					want = 9 // each counts as six
				}
				if got := answered(throttle.Source{Addr: home}); got != want {
					t.Errorf("got %d answers, want %d", got, want)
				}
				if got := answered(throttle.Source{Addr: office}); got != want {
					t.Errorf("another address got %d answers, want %d", got, want)
				}
				user := throttle.Source{Addr: home, Kuid: "jdoe"}
				switch got := answered(user); {
				case taken && got != 10:
					t.Errorf("a user got %d answers, want 10", got)
				case !taken && got != 100:
					t.Errorf("a user who learns nothing got %d answers, want all", got)
				}
				time.Sleep(time.Minute)
				if err := node().SignUp(t.Context(), throttle.Source{Addr: home}); err != nil {
					t.Errorf("a minute later: %v", err)
				}
			})
		})
	}
}

// TestTakenIsAFailedLogin checks that an address that learns of taken names uses up its failed
// logins, and no other address does.
func TestTakenIsAFailedLogin(t *testing.T) {
	eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
		for range throttle.Defaults().Address.Free {
			if err := node().Taken(t.Context(), throttle.Source{Addr: home}); err != nil {
				t.Fatal(err)
			}
		}
		if wait := tryRight(t, node(), throttle.Keys{Account: "jdoe", Addr: home}); wait == 0 {
			t.Error("the address logs in as if it had not failed")
		}
		if wait := tryRight(t, node(), throttle.Keys{Account: "jdoe", Addr: office}); wait != 0 {
			t.Errorf("another address waits for %v", wait)
		}
	})
}
