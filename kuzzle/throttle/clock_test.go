package throttle_test

import (
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// TestClockGoesBack checks that nobody waits longer than the delay for the failures if a
// clock goes back, here or on the node that counted them.
func TestClockGoesBack(t *testing.T) {
	pair := throttle.Keys{Account: "jdoe", Addr: home}
	// Failures of one address at many accounts, and of many addresses at one.
	address := throttle.Keys{Account: "other", Addr: home}
	account := throttle.Keys{Account: "victim", Addr: office}
	shared := newBook()
	for _, test := range []struct {
		name   string
		ledger throttle.Ledger
		// restart continues on another node, or on the restarted one.
		restart bool
	}{{"one process", nil, false}, {"a node of a cluster", newBook(), false}, {"another node", shared, true}} {
		t.Run(test.name, func(t *testing.T) {
			now := time.Now()
			node := func() *throttle.Logins {
				return throttle.NewLogins(throttle.Config{
					Now: func() time.Time { return now }, Ledger: test.ledger, Secret: []byte("shared"),
				})
			}
			l := node()
			for range 6 {
				tryWrong(t, l, pair)
			}
			for i := range 120 {
				tryWrong(t, l, throttle.Keys{Account: "name" + stranger(i).String(), Addr: home})
			}
			for i := range 60 {
				tryWrong(t, l, throttle.Keys{Account: "victim", Addr: stranger(i)})
			}
			for name, keys := range map[string]throttle.Keys{"pair": pair, "address": address, "account": account} {
				if wait := tryRight(t, l, keys); wait == 0 || wait > 2*time.Second {
					t.Fatalf("%s: before the clock goes back the wait is %s, want at most 2s", name, wait)
				}
			}
			now = now.Add(-time.Hour)
			if test.restart {
				l = node()
			}
			for name, keys := range map[string]throttle.Keys{"pair": pair, "address": address, "account": account} {
				if wait := tryRight(t, l, keys); wait > 2*time.Second {
					t.Errorf("%s: an hour back the wait is %s, want at most 2s", name, wait)
				}
			}
			now = now.Add(2 * time.Second)
			for name, keys := range map[string]throttle.Keys{"pair": pair, "address": address, "account": account} {
				if wait := tryRight(t, l, keys); wait != 0 {
					t.Errorf("%s: after the wait: %s more", name, wait)
				}
			}
		})
	}
}
