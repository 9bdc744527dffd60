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
			jwt := loggedIn(t, c, "anna")
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
			// An administrator may write more, and not without limit.
			s.administrator(t, "root-"+protocol)
			root := loggedIn(t, c, "root-"+protocol)
			write := func(field string) map[string]any {
				patch := map[string]any{field: strings.Repeat("x", 600_000)}
				return perform(t, c, root, "security:updateUser", map[string]any{"_id": "large-" + protocol}, patch).failure()
			}
			s.operate(t, "security", "createUser", map[string]any{"_id": "large-" + protocol}, map[string]any{"content": map[string]any{"profileIds": []any{"default"}}})
			if got := write("a"); got != nil {
				t.Errorf("600,000 bytes by an administrator: got %v", got)
			}
			if got := write("b"); got["id"] != "security.user.content_too_large" || got["status"] != 413.0 || !strings.Contains(got["message"].(string), "limits.content") {
				t.Errorf("600,000 bytes more by an administrator: got %v", got)
			}
			// Nobody is known at a login, which has little to say.
			credentials := map[string]any{"username": "anna", "password": "correct horse", "more": strings.Repeat("x", 17<<10)}
			refused := perform(t, c, "", "auth:login", map[string]any{"strategy": "local"}, credentials)
			if !strings.Contains(string(refused.raw), `"status":413,"id":"api.process.request_too_heavy"`) || !strings.Contains(string(refused.raw), `[16384,"auth","login"]`) {
				t.Errorf("a login of 17 KiB: got %s", refused.raw)
			}
			if again := loggedIn(t, c, "anna"); again == "" {
				t.Error("a refused login ends the connection")
			}
		})
	}
}

// administrator makes one whose name is the kuid, for loggedIn.
func (s *server) administrator(t *testing.T, kuid string) {
	t.Helper()
	s.operate(t, "security", "createUser", map[string]any{"_id": kuid}, map[string]any{
		"content":     map[string]any{"profileIds": []any{"admin"}},
		"credentials": map[string]any{"local": map[string]any{"username": kuid, "password": "correct horse"}},
	})
}

// loggedIn returns the token of somebody whose password is correct horse.
func loggedIn(t *testing.T, c client, username string) (jwt string) {
	t.Helper()
	in := perform(t, c, "", "auth:login", map[string]any{"strategy": "local"}, map[string]any{"username": username, "password": "correct horse"})
	if in.failure() != nil {
		t.Fatalf("login of %s: %v", username, in.failure())
	}
	return in.text("result.jwt")
}

// perform sends a call of "controller:action"; a nil body is none.
func perform(t *testing.T, c client, jwt, do string, args, body map[string]any) answer {
	t.Helper()
	controller, action, _ := strings.Cut(do, ":")
	return c.send(t, call{controller: controller, action: action, args: args, body: body, hasBody: body != nil, token: jwt, id: "sizes"})
}

// TestCredentialSizes: so do a user's credentials, wherever they are written.
func TestCredentialSizes(t *testing.T) {
	s := start(t, func(set *settings) { set.Limits.Content, set.Limits.OwnContent = 4<<10, 1<<10 })
	user := func(credentials map[string]any) map[string]any {
		return map[string]any{"content": map[string]any{"profileIds": []any{"admin"}}, "credentials": credentials}
	}
	names := func(protocol string, size int) map[string]any {
		list := []any{}
		for n := range size / 1000 {
			list = append(list, strings.Repeat(protocol[:1], 999)+string(rune('a'+n)))
		}
		return map[string]any{"username": list}
	}
	for _, protocol := range []string{"http", "websocket"} {
		t.Run(protocol, func(t *testing.T) {
			id := map[string]any{"_id": protocol}
			if env := s.operate(t, "security", "createUser", id, user(map[string]any{"local": map[string]any{"username": protocol, "password": "correct horse"}})); env["status"] != 200.0 {
				t.Fatalf("%v", env)
			}
			c := s.client(t, protocol)
			jwt := loggedIn(t, c, protocol)
			external := map[string]any{"_id": protocol, "strategy": "external"}
			refused := func(name, setting string, a answer) {
				t.Helper()
				wantError(t, name, a, 413, "security.credentials.too_large")
				if message, _ := a.failure()["message"].(string); !strings.Contains(message, setting) {
					t.Errorf("%s: %q does not name %s", name, message, setting)
				}
			}
			large := names(protocol, 6000)
			refused("createUser", "limits.content", perform(t, c, jwt, "security:createUser", map[string]any{"_id": protocol + "2"}, user(map[string]any{"external": large})))
			wantError(t, "the user that was refused", perform(t, c, jwt, "security:getUser", map[string]any{"_id": protocol + "2"}, nil), 404, "security.user.not_found")
			refused("createCredentials", "limits.content", perform(t, c, jwt, "security:createCredentials", external, large))
			wantError(t, "the credentials that were refused", perform(t, c, jwt, "security:getCredentials", external, nil), 412, "security.credentials.not_found")
			wantError(t, "small ones", perform(t, c, jwt, "security:createCredentials", external, names(protocol, 1000)), 200, "")
			before := perform(t, c, jwt, "security:getCredentials", external, nil)
			refused("updateCredentials", "limits.content", perform(t, c, jwt, "security:updateCredentials", external, large))
			after := perform(t, c, jwt, "security:getCredentials", external, nil)
			if string(mustJSON(after.result())) != string(mustJSON(before.result())) {
				t.Errorf("a refused update changed %s to %s", before.raw, after.raw)
			}
			longer := map[string]any{"username": strings.Repeat(protocol[:1], 500)}
			refused("updateMyCredentials", "limits.ownContent", perform(t, c, jwt, "auth:updateMyCredentials", map[string]any{"strategy": "local"}, longer))
			wantError(t, "the name from before", perform(t, c, "", "auth:login", map[string]any{"strategy": "local"}, map[string]any{"username": protocol, "password": "correct horse"}), 200, "")
		})
	}
}
