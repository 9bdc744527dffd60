package systemtest

import (
	"testing"
	"time"
)

// TestUserSessions: those who manage users see a user's sessions and end one of them.
// That of another user is not there.
func TestUserSessions(t *testing.T) {
	s := start(t)
	s.administrator(t, "anna")
	s.administrator(t, "bert")
	c := s.client(t, "http")
	anna, bert, other := loggedIn(t, c, "anna"), loggedIn(t, c, "bert"), loggedIn(t, c, "bert")
	of := func(kuid string, want int) []any {
		t.Helper()
		for deadline := time.Now().Add(answerWithin); ; time.Sleep(10 * time.Millisecond) {
			got := perform(t, c, anna, "security:getSessions", map[string]any{"_id": kuid}, nil)
			result, _ := got.result().(map[string]any)
			hits, _ := result["hits"].([]any)
			if len(hits) == want && result["total"] == float64(want) {
				return hits
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d sessions: %v, want %d", len(hits), got.env, want)
			}
		}
	}
	own, theirs := of("anna", 1)[0].(map[string]any), of("bert", 2)[0].(map[string]any)
	if factors, _ := theirs["factors"].(map[string]any); theirs["strategy"] != "local" || theirs["current"] != false || factors["password"] == nil || own["current"] != true {
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
