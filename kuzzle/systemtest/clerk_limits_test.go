package systemtest

import (
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestClerkLimits: a test key makes a hundred requests in any ten seconds, one user is
// changed ten times, and each is let through again after the time that is told.
func TestClerkLimits(t *testing.T) {
	t.Parallel()
	s := startClerk(t, func(set *settings) { set.Clerk.RateLimit = "on" })
	s.clock.freeze()
	id := s.make(t, "/users", `{"email_address":["jane@example.com"],"password":"my-secure-password"}`)
	refused := func(name, verb, path, body string, errors ...string) {
		t.Helper()
		a := s.call(t, verb, path, body)
		wait, err := strconv.Atoi(a.header.Get("Retry-After"))
		if a.status != 429 || !slices.Equal(a.errors(), errors) || err != nil || wait < 1 || wait > 11 {
			t.Fatalf("%s: answered %d %v, Retry-After %q", name, a.status, a.errors(), a.header.Get("Retry-After"))
		}
		s.clock.advance(time.Duration(wait) * time.Second)
		if a := s.call(t, verb, path, body); a.status == 429 {
			t.Errorf("%s: refused still after %d s", name, wait)
		}
	}
	for i := range 10 {
		if a := s.call(t, "PATCH", "/users/"+id, `{"first_name":"Jane"}`); a.status != 200 {
			t.Fatalf("change %d: %d %s", i, a.status, a.body)
		}
	}
	refused("the eleventh change", "PATCH", "/users/"+id, `{}`, "too_many_requests")
	if onCluster() {
		return // where a clock that stands still has each use asked for: package throttle tests many
	}
	s.clock.advance(10 * time.Second)
	for i := range 100 {
		if a := s.call(t, "GET", "/users/"+id, ""); a.status != 200 {
			t.Fatalf("request %d: %d %s", i, a.status, a.body)
		}
	}
	if a := s.call(t, "GET", "/jwks", ""); a.status != 200 {
		t.Errorf("the keys: %d %s", a.status, a.body)
	}
	refused("the request after a hundred", "POST", "/users", `{}`, "too_many_requests request")
}
