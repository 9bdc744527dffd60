package systemtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestUserSessions: users who manage others see a user's sessions and end one of them. A
// session of another user is not among them.
func TestUserSessions(t *testing.T) {
	s := start(t)
	s.administrator(t, "anna")
	s.administrator(t, "bert")
	c := s.client(t, "http")
	anna, bert, other := loggedIn(t, c, "anna"), loggedIn(t, c, "bert"), loggedIn(t, c, "bert")
	of := func(kuid string, want int) []any {
		return sessionsOf(t, c, anna, "security:getSessions", map[string]any{"_id": kuid}, want)
	}
	own, theirs := of("anna", 1)[0].(map[string]any), of("bert", 2)[0].(map[string]any)
	if factors, _ := theirs["factors"].(map[string]any); theirs["strategy"] != "local" || theirs["current"] != false || factors["password"] == nil || own["current"] != true || !deviceOfTest(own) || !deviceOfTest(theirs) {
		t.Errorf("a session is %v, the own one %v", theirs, own)
	}
	end := func(session any, want string) {
		t.Helper()
		got := perform(t, c, anna, "security:deleteSession", map[string]any{"_id": "bert", "sessionId": session}, nil)
		if said, _ := got.failure()["id"].(string); said != want {
			t.Errorf("ending %v: got %v, want %q", session, got.env, want)
		}
	}
	end(own["_id"], "services.storage.not_found")
	end(theirs["_id"], "")
	end(theirs["_id"], "services.storage.not_found")
	for token, want := range map[string]string{anna: "", bert: "security.token.invalid", other: ""} {
		if said, _ := perform(t, c, token, "auth:getCurrentUser", nil, nil).failure()["id"].(string); said != want {
			t.Errorf("afterwards a token is answered %q, want %q", said, want)
		}
	}
}

// TestDevices: the user agent of a login is shown to the session's user and to those who
// manage users, up to 256 bytes, over both protocols, and to nobody else. Only administrators
// see the device of an actor in a user's place.
func TestDevices(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := startClerk(t)
		st := newStory(t, s.server, protocol)
		const agent = "Canary/7.1 (iPhone; Mobile) "
		from := func(c call) string {
			t.Helper()
			a := st.with(t, protocol, http.Header{"User-Agent": {agent + strings.Repeat("é", 300)}}, c)
			if a.text("result.jwt") == "" {
				t.Fatalf("no session: %s", a.raw)
			}
			return a.text("result.jwt")
		}
		mine := from(loginAs("user", canaryPassword, ""))
		// A session that is refreshed elsewhere still says where it began.
		mine = st.call(t, call{controller: "auth", action: "refreshToken", token: mine}).text("result.jwt")
		ticket := st.call(t, call{controller: "security", action: "impersonate", args: map[string]any{"_id": "user"}, token: st.kept["admin"]}).text("result.ticket")
		from(call{controller: "auth", action: "login", args: map[string]any{"strategy": "ticket"}, hasBody: true, body: map[string]any{"ticket": ticket}})

		device := map[string]any{
			"addr": "127.0.0.1", "userAgent": agent + strings.Repeat("é", 114), "browser": "Canary", "version": "7.1", "system": "iPhone", "mobile": true,
		}
		none := any(nil)
		for action, want := range map[string][]any{"auth:getSessions": {device, none}, "security:getSessions": {device, device}} {
			for late := time.Now().Add(answerWithin); ; time.Sleep(20 * time.Millisecond) {
				controller, name := split(action)
				a := st.call(t, call{controller: controller, action: name, args: map[string]any{"_id": "user"}, token: map[string]string{"auth": mine, "security": st.kept["admin"]}[controller]})
				hits, _ := a.at("result.hits").([]any)
				var got []any
				for _, hit := range hits[min(1, len(hits)):] { // the first is the story's
					got = append(got, hit.(map[string]any)["device"])
				}
				if cmp.Equal(got, want) {
					break
				}
				if time.Now().After(late) {
					t.Fatalf("%s: %s", action, a.raw)
				}
			}
		}
		var all []struct {
			Activity map[string]any `json:"latest_activity"`
		}
		if a := s.call(t, "GET", "/sessions?user_id=user", ""); json.Unmarshal(a.body, &all) != nil || len(all) == 0 {
			t.Fatalf("Clerk's API: %d %s", a.status, a.body)
		}
		activity := all[0].Activity
		delete(activity, "id")
		if diff := cmp.Diff(map[string]any{
			"object": "session_activity", "device_type": "iPhone", "is_mobile": true, "browser_name": "Canary", "browser_version": "7.1", "ip_address": "127.0.0.1",
		}, activity); diff != "" {
			t.Errorf("Clerk's API (-want +got):\n%s", diff)
		}
		for where, text := range map[string]string{"log": s.log.String(), "events": s.trace.String(), "audit": s.auditLog(t)} {
			if strings.Contains(text, "Canary") {
				t.Errorf("the %s has what a client calls itself", where)
			}
		}
	})
}
