package strategytest

import (
	"maps"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
)

// testOwn checks credentials that users create and change themselves.
func testOwn(t *testing.T, s suite) {
	f := s.mount(t)
	for _, kuid := range []string{"user-0", "user-1"} {
		if err := f.CreateUser(t.Context(), User{Kuid: kuid}, admin, nil); err != nil {
			t.Fatal(err)
		}
	}
	before := f.Snapshot()
	create := func(kuid string, n int) error {
		return f.Create(t.Context(), kuid, f.name, self(kuid), s.fx.Credentials(n))
	}
	signUp := func(n int) error {
		kuid := "user-2"
		return f.CreateUser(t.Context(), User{Kuid: kuid}, self(kuid), map[string]strategies.Credentials{f.name: s.fx.Credentials(n)})
	}
	if s.fx.AdministratorsOnly {
		wantFault(t, "own credentials, which only administrators may create", create("user-0", 0))
		wantFault(t, "a sign-up with them", signUp(0))
		if got := f.Snapshot(); got != before {
			t.Errorf("the refused creations left something:\n%s\nbefore:\n%s", got, before)
		}
		if err := f.Create(t.Context(), "user-0", f.name, admin, s.fx.Credentials(0)); err != nil {
			t.Fatalf("the same credentials by an administrator: %v", err)
		}
	} else {
		if err := create("user-0", 0); err != nil {
			t.Fatalf("users cannot create their own credentials: %v", err)
		}
		wantFault(t, "own credentials that another user has", create("user-1", 0))
		wantFault(t, "a sign-up with them", signUp(0))
		if err := signUp(2); err != nil {
			t.Errorf("a sign-up: %v", err)
		}
		f.wantLogin(t, "user-2", s.login(f, s.fx.Credentials(2)))
	}
	f.wantLogin(t, "user-0", s.login(f, s.fx.Credentials(0)))
	if s.fx.Change != nil {
		testOwnUpdate(t, s, f)
	}
}

// testOwnUpdate checks that user-0, created with Credentials(0), changes them with the proof only.
func testOwnUpdate(t *testing.T, s suite, f fixture) {
	update := func(proof strategies.Credentials) error {
		changes := s.fx.Change(0)
		maps.Copy(changes, proof)
		return f.Update(t.Context(), "user-0", f.name, self("user-0"), changes)
	}
	right := strategies.Credentials{}
	before := f.Snapshot()
	if s.fx.Proof != nil {
		right = s.fx.Proof(0)
		wantFault(t, "an own update without the proof", update(nil))
		wantFault(t, "an own update with another user's proof", update(s.fx.Proof(1)))
	}
	if s.fx.AdministratorsOnly {
		wantFault(t, "an own update, which only administrators may make", update(right))
	}
	if got := f.Snapshot(); got != before {
		t.Errorf("the refused updates changed something:\n%s\nbefore:\n%s", got, before)
	}
	if s.fx.AdministratorsOnly {
		return
	}
	old := s.login(f, s.fx.Credentials(0))
	epoch := f.Epoch("user-0")
	if err := update(right); err != nil {
		t.Fatalf("users cannot change their own credentials: %v", err)
	}
	after := s.fx.Credentials(0)
	maps.Copy(after, s.fx.Change(0))
	f.wantLogin(t, "user-0", s.login(f, after))
	f.wantRefused(t, "the credentials before the user's own update", old)
	if got := f.Epoch("user-0") - epoch; got != 1 {
		t.Errorf("a new proof of the user's own ended the other sessions %d times, want 1: does Secret change with it?", got)
	}
}
