package systemtest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestOwnSessions: users list their own sessions and end one of them, with everything
// that it made. They do not see sessions of others.
func TestOwnSessions(t *testing.T) {
	s := start(t)
	s.administrator(t, "anna")
	s.administrator(t, "bert")
	for _, protocol := range []string{"http", "websocket"} {
		t.Run(protocol, func(t *testing.T) {
			c := s.client(t, protocol)
			others := ownSessions(t, c, loggedIn(t, c, "bert"), 1)
			first, second := loggedIn(t, c, "anna"), loggedIn(t, c, "anna")
			made := perform(t, c, second, "auth:createToken", map[string]any{"expiresIn": "1h"}, nil).text("result.token")
			key := perform(t, c, first, "auth:createApiKey", nil, map[string]any{"description": "d"}).text("result._source.token")
			hits := ownSessions(t, c, first, 3)
			for i, wanted := range []struct {
				strategy any
				current  bool
			}{{"local", true}, {"local", false}, {nil, false}} {
				hit := hits[i].(map[string]any)
				if hit["strategy"] != wanted.strategy || hit["current"] != wanted.current || hit["createdAt"] == nil || hit["expiresAt"] == nil || !deviceOfTest(hit) || len(hit) > 6 {
					t.Errorf("session %d: %v, want strategy %v, current %t", i, hit, wanted.strategy, wanted.current)
				}
			}
			if of := ownSessions(t, c, key, 3); of[0].(map[string]any)["current"] != false {
				t.Error("an API key has a current session")
			}
			end := func(id any, want string) {
				t.Helper()
				got := perform(t, c, first, "auth:deleteSession", map[string]any{"_id": id}, nil)
				if said, _ := got.failure()["id"].(string); said != want {
					t.Errorf("ending %v: got %v, want %q", id, got.env, want)
				}
			}
			const notThere = "services.storage.not_found"
			end(others[0].(map[string]any)["_id"], notThere)
			end("nobody's", notThere)
			id := hits[1].(map[string]any)["_id"]
			end(id, "")
			end(id, notThere)
			for token, want := range map[string]string{first: "", second: "security.token.invalid", made: "security.token.invalid"} {
				if said, _ := perform(t, c, token, "auth:getCurrentUser", nil, nil).failure()["id"].(string); said != want {
					t.Errorf("afterwards a token is answered %q, want %q", said, want)
				}
			}
			if got := perform(t, c, "", "auth:getSessions", nil, nil); got.failure() == nil {
				t.Errorf("somebody who is not logged in: %v", got.env)
			}
			// The next protocol begins without sessions.
			perform(t, c, first, "auth:logout", map[string]any{"global": true}, nil)
		})
		perform(t, s.client(t, "http"), loggedIn(t, s.client(t, "http"), "bert"), "auth:logout", map[string]any{"global": true}, nil)
	}
}

// deviceOfTest reports whether a session began on the device that clients of tests are.
func deviceOfTest(session any) bool {
	want := map[string]any{"addr": "127.0.0.1", "userAgent": "Go-http-client/1.1", "browser": "Go-http-client", "version": "1.1"}
	s, _ := session.(map[string]any)
	return cmp.Equal(s["device"], any(want))
}

// ownSessions returns the sessions of a token's user.
func ownSessions(t *testing.T, c client, token string, want int) []any {
	t.Helper()
	return sessionsOf(t, c, token, "auth:getSessions", nil, want)
}

// sessionsOf returns what an action lists once there are that many: the latest writes
// may show a moment later.
func sessionsOf(t *testing.T, c client, token, do string, args map[string]any, want int) []any {
	t.Helper()
	for deadline := time.Now().Add(answerWithin); ; time.Sleep(10 * time.Millisecond) {
		got := perform(t, c, token, do, args, nil)
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
