package systemtest

import (
	"strings"
	"testing"
)

// TestSizes: a user's content has a size, over both transports; a refusal names
// the setting, writes nothing, and the connection lives on.
func TestSizes(t *testing.T) {
	s := start(t)
	s.operate(t, "security", "createUser", map[string]any{"_id": "anna"}, map[string]any{
		"content":     map[string]any{"profileIds": []any{"default"}},
		"credentials": map[string]any{"local": map[string]any{"username": "anna", "password": "correct horse"}},
	})
	for _, protocol := range []string{"http", "websocket"} {
		t.Run(protocol, func(t *testing.T) {
			c := s.client(t, protocol)
			in := perform(t, c, "", "auth:login", map[string]any{"strategy": "local"}, map[string]any{"username": "anna", "password": "correct horse"})
			jwt := in.text("result.jwt")
			update := func(field string, bytes int) answer {
				return perform(t, c, jwt, "auth:updateSelf", nil, map[string]any{field: strings.Repeat("x", bytes)})
			}
			if got := update(protocol, 100_000); got.failure() != nil {
				t.Fatalf("100,000 bytes: %v", got.failure())
			}
			before := perform(t, c, jwt, "auth:getCurrentUser", nil, nil)
			got := update("more", 200_000).failure()
			message, _ := got["message"].(string)
			if got["id"] != "security.user.content_too_large" || got["status"] != 413.0 || !strings.Contains(message, "limits.ownContent") {
				t.Errorf("200,000 bytes more: got %v", got)
			}
			after := perform(t, c, jwt, "auth:getCurrentUser", nil, nil)
			if string(mustJSON(after.result())) != string(mustJSON(before.result())) {
				t.Error("a refused update changed the user")
			}
		})
	}
}

// perform sends a call of "controller:action"; a nil body is none.
func perform(t *testing.T, c client, jwt, do string, args, body map[string]any) answer {
	t.Helper()
	controller, action, _ := strings.Cut(do, ":")
	return c.send(t, call{controller: controller, action: action, args: args, body: body, hasBody: body != nil, token: jwt, id: "sizes"})
}
