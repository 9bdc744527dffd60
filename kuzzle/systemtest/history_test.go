package systemtest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// historyTable requests past events, and tests invalid requests.
func historyTable() []scenario {
	const of, all, badValue = "security:getUserHistory", "security:listEvents", "api.assert.invalid_argument"
	return []scenario{
		{name: "of a user", as: "admin", do: of, args: `{"_id":"user"}`, want: `{"total":"<number>"}`},
		{name: "of nobody", as: "admin", do: of, args: `{"_id":"ghost"}`, status: 404, error: "security.user.not_found"},
		{name: "without an id", as: "admin", do: of, status: 400, error: "api.assert.missing_argument", props: `["_id"]`},
		{name: "of a user without rights", as: "limited", do: of, args: `{"_id":"user"}`, status: 403, error: "security.rights.forbidden"},
		{name: "of all", as: "admin", do: all, want: `{"lost":0,"next":"<text>"}`},
		{name: "none", as: "admin", do: all, args: `{"size":0}`, status: 400, error: badValue, props: `["size","<any>"]`},
		{name: "too many", as: "admin", do: all, args: `{"size":501}`, status: 400, error: badValue, props: `["size","<any>"]`},
		{name: "a page of nothing", as: "admin", do: all, args: `{"after":"x"}`, status: 400, error: badValue, props: `["after","<any>"]`},
		{name: "of all without rights", as: "limited", do: all, status: 403, error: "security.rights.forbidden"},
	}
}

// TestHistory: events of a user are in the user's history, and security events are
// among those of all users; neither has a secret.
func TestHistory(t *testing.T) {
	t.Parallel()
	st := newStory(t, start(t), "http")
	ask := func(action string, args map[string]any) answer {
		return st.call(t, call{controller: "security", action: action, args: args, token: st.kept["admin"]})
	}
	// names waits until an answer has an event.
	names := func(action, event string, args map[string]any) (string, answer) {
		for late := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			a := ask(action, args)
			var told struct {
				Result struct {
					Hits []struct {
						Name    string
						At      int64
						Subject struct{ ID string }
					}
				}
			}
			if err := json.Unmarshal([]byte(a.raw), &told); err != nil || a.status != 200 {
				t.Fatalf("%s: %v", a.raw, err)
			}
			var all []string
			for _, hit := range told.Result.Hits {
				if all = append(all, hit.Name); hit.At == 0 {
					t.Errorf("%s has no time: %s", hit.Name, a.raw)
				}
			}
			if text := strings.Join(all, " "); strings.Contains(text, event) {
				return text, a
			}
			if time.Now().After(late) {
				t.Fatalf("no %s: %s", event, a.raw)
			}
		}
	}
	user := map[string]any{"_id": "user"}
	first := ask("listEvents", nil).text("result.next")
	for _, action := range []string{"lockUser", "unlockUser", "banUser"} {
		if a := ask(action, user); a.status != 200 {
			t.Fatal(a.raw)
		}
	}
	st.call(t, call{controller: "auth", action: "login", args: map[string]any{"strategy": "local"}, hasBody: true, body: map[string]any{"username": "user", "password": "wrong " + canaryPassword}})
	got, _ := names("getUserHistory", "session.refused", user)
	if want := "session.refused user.banned user.unlocked user.locked session.created rights.granted user.created"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	all, _ := names("listEvents", "session.refused", map[string]any{"after": first})
	if !strings.Contains(all, "user.locked user.unlocked user.banned session.refused") {
		t.Errorf("got %s", all)
	}
	if a := ask("deleteUser", user); a.status != 200 {
		t.Fatal(a.raw)
	}
	st.server.operate(t, "security", "createUser", map[string]any{"_id": "user"}, map[string]any{"content": map[string]any{"profileIds": []any{"default"}}})
	if got, a := names("getUserHistory", "user.created", user); got != "user.created" {
		t.Errorf("whoever is called so next has %s: %s", got, a.raw)
	}
}
