package strategytest

import (
	"maps"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
)

// testOnce checks that a single-use proof does not log in a second time, even in concurrent logins.
func testOnce(t *testing.T, s suite) {
	if !s.fx.Once {
		return
	}
	f := s.withUser(t)
	in := s.login(f, s.fx.Credentials(0))
	f.wantLogin(t, "user-0", maps.Clone(in))
	f.wantRefused(t, "a proof that was used", maps.Clone(in))
	const logins = 16
	in = s.login(f, s.fx.Credentials(0))
	entered := make([]bool, logins)
	var all sync.WaitGroup
	for i := range logins {
		all.Go(func() {
			_, out, err := f.LogIn(t.Context(), f.name, maps.Clone(in))
			entered[i] = err == nil && out.Kuid != ""
		})
	}
	all.Wait()
	count := 0
	for _, one := range entered {
		if one {
			count++
		}
	}
	if count != 1 {
		t.Errorf("of %d concurrent logins with one proof %d succeed, want 1", logins, count)
	}
}

// testLinks checks strategies whose login may begin with a link and that ask for a click first.
// Mail scanners open such links, so that must use nothing up, and must not reveal whether the link
// is valid.
func testLinks(t *testing.T, s suite) {
	f := s.withUser(t)
	if _, ok := f.strategy.(strategies.Redirector); !ok {
		return
	}
	in := s.login(f, s.fx.Credentials(0))
	_, out, err := f.FollowLink(t.Context(), f.name, maps.Clone(in))
	if err != nil || out.Next == nil || out.Next.Page == nil {
		return // a provider redirects its users to this URL once
	}
	if err := out.Next.Check(false); err != nil {
		t.Errorf("the backend refuses the page: %v", err)
	}
	before := f.Snapshot()
	f.Calls()
	for range 3 {
		if _, out, err := f.FollowLink(t.Context(), f.name, maps.Clone(in)); err != nil || out.Kuid != "" {
			t.Errorf("a link that is opened again leads to %q, %v", out.Kuid, err)
		}
	}
	good := f.Calls()
	for range 3 {
		if _, out, err := f.FollowLink(t.Context(), f.name, s.fx.Wrong(maps.Clone(in))); err != nil || out.Next == nil || out.Next.Page == nil {
			t.Errorf("a wrong link is answered %+v, %v, a right one gets a page", out, err)
		}
	}
	if wrong := f.Calls(); len(wrong) != len(good) {
		t.Errorf("a wrong link costs %v, a right one %v", wrong, good)
	}
	if f.Snapshot() != before {
		t.Error("opening a link changes something")
	}
	if fields := out.Next.Page.Fields; out.Next.Page.Button == "" || len(fields) == 0 {
		t.Errorf("the page has no button that sends the proof: %+v", out.Next.Page)
	} else {
		posted := strategies.Credentials{}
		for name, value := range fields {
			posted[name] = value
		}
		f.wantLogin(t, "user-0", posted)
	}
}
