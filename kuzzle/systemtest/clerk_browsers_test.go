package systemtest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// TestFrontendMostSessions ends the oldest session of a browser that has as many as one may have.
func TestFrontendMostSessions(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, func(set *settings) { set.Clerk.MultiSession = true })
	b := s.develop(t)
	var ids []string
	for i := range clients.MaxSessions {
		s.colleague(t, fmt.Sprintf("user%d", i))
		ids = append(ids, b.signInAs(t, fmt.Sprintf("user%d@example.com", i)))
	}
	if a := s.call(t, "GET", "/sessions/"+ids[0], ""); a.status != 200 {
		t.Fatalf("the first session before the last one: %d %s", a.status, a.body)
	}
	ids = append(ids, b.signIn(t))
	if a := s.call(t, "GET", "/sessions/"+ids[0], ""); a.status != 404 {
		t.Errorf("the first session stays valid: %d %s", a.status, a.body)
	}
	a := b.send(t, "GET", "/client", nil)
	var left []string
	for i := range within(a.object, "response", "sessions").([]any) {
		left = append(left, within(a.object, "response", "sessions", i, "id").(string))
	}
	if !slices.Equal(left, ids[1:]) {
		t.Errorf("the browser has %v, want %v", left, ids[1:])
	}
	b.send(t, "POST", "/client/sessions/"+ids[0]+"/tokens", nil).answered(t, "the first session", 401, "signed_out")
	if lines := s.audited(t, events.SessionRevoked, 1); len(lines) != 1 || lines[0].Actor.Addr != "127.0.0.1" {
		t.Errorf("the audit log has %+v", lines)
	}
}
