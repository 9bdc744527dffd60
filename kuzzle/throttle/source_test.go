package throttle_test

import (
	"context"
	"net/netip"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// An attempt reports its source. Strangers' tries do not count for an account that logs in from a
// known address.
func TestAttemptTellsItsSource(t *testing.T) {
	l := throttle.NewLogins(throttle.Config{})
	owner, stranger := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.1")
	try := func(keys throttle.Keys, end func(*throttle.Attempt, context.Context) error) (account, address uint64, refused bool) {
		t.Helper()
		a, err := l.Begin(t.Context(), keys)
		if err != nil {
			t.Fatal(err)
		}
		if err := end(a, t.Context()); err != nil {
			t.Fatal(err)
		}
		return a.Source()
	}
	failed, succeeded := (*throttle.Attempt).Failed, (*throttle.Attempt).Succeeded

	account, address, refused := try(throttle.Keys{Account: "ada", Addr: stranger}, failed)
	if account == 0 || address == 0 || address != l.Address(stranger) || refused {
		t.Errorf("a first attempt is of %d, %d, refused %v; want both, not refused before", account, address, refused)
	}
	for _, row := range []struct {
		name                      string
		keys                      throttle.Keys
		sameAccount, sameAddress  bool
		noAddress, refusedAlready bool
	}{
		{"again", throttle.Keys{Account: "ada", Addr: stranger}, true, true, false, true},
		{"another account", throttle.Keys{Account: "bob", Addr: stranger}, false, true, false, true},
		{"another address", throttle.Keys{Account: "ada", Addr: owner}, true, false, false, true},
		{"neither", throttle.Keys{Account: "eve", Addr: owner}, false, false, false, false},
		{"no address", throttle.Keys{Account: "eve"}, false, false, true, false},
	} {
		gotAccount, gotAddress, gotRefused := try(row.keys, (func(a *throttle.Attempt, _ context.Context) error { a.Abandoned(); return nil }))
		if (gotAccount == account) != row.sameAccount || (gotAddress == address) != row.sameAddress ||
			(gotAddress == 0) != row.noAddress || gotRefused != row.refusedAlready {
			t.Errorf("%s: of %d, %d, refused %v", row.name, gotAccount, gotAddress, gotRefused)
		}
	}
	if a, b := l.Address(owner), l.Address(netip.MustParseAddr("2001:db8::ffff")); a != b || a == 0 {
		t.Errorf("two addresses of one /64 are %d and %d, want one", a, b)
	}

	// The owner logs in, at home and with a device; then strangers go on.
	try(throttle.Keys{Account: "ada", Addr: owner, Device: "ada's phone"}, succeeded)
	try(throttle.Keys{Account: "ada", Addr: stranger}, failed)
	if got, _, refused := try(throttle.Keys{Account: "ada", Addr: owner}, succeeded); got == account || refused {
		t.Errorf("the owner at home shares %v with strangers, refused %v", got == account, refused)
	}
	if got, address, refused := try(throttle.Keys{Account: "ada", Addr: stranger, Device: "ada's phone"}, succeeded); got == account || address != 0 || refused {
		t.Errorf("the owner's device shares %v, %d with strangers, refused %v", got == account, address, refused)
	}
	var nobody *throttle.Attempt
	if account, address, refused := nobody.Source(); account != 0 || address != 0 || refused {
		t.Error("no attempt has a source")
	}
}
