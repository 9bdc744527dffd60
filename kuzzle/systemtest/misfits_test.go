package systemtest

import "testing"

// TestMisfits: an old value that does not fit a newer mapping blocks no change except its
// own: a user with one is banned, locked and given other profiles, logs in, and corrects
// it.
func TestMisfits(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t)
		s.administrator(t, "root")
		c := s.client(t, protocol)
		root := loggedIn(t, c, "root")
		do := func(action string, args, body map[string]any, want string) answer {
			t.Helper()
			got := perform(t, c, root, action, args, body)
			if said, _ := got.failure()["id"].(string); said != want {
				t.Errorf("%s: got %v, want %q", action, got.env, want)
			}
			return got
		}
		amy := map[string]any{"_id": "amy"}
		do("security:createUser", amy, map[string]any{
			"content": map[string]any{"profileIds": []any{"default"}, "fullname": map[string]any{"a": 1}, "size": 1}, "credentials": map[string]any{"local": map[string]any{"username": "amy", "password": "correct horse"}},
		}, "")
		do("security:updateUserMapping", nil, map[string]any{"properties": map[string]any{"fullname": map[string]any{"type": "text"}, "age": map[string]any{"type": "long"}}}, "")
		do("security:updateUser", amy, map[string]any{"profileIds": []any{"admin", "default"}}, "")
		do("security:updateUserMetadata", amy, map[string]any{"private": map[string]any{"a": 1}}, "")
		do("security:lockUser", amy, nil, "")
		do("security:unlockUser", amy, nil, "")
		token := loggedIn(t, c, "amy")
		if got := do("security:getUser", amy, nil, ""); got.at("result.lastSignInAt") == nil {
			t.Errorf("the login was not noted: %v", got.env)
		}
		do("security:revokeTokens", amy, nil, "")
		if said, _ := perform(t, c, token, "auth:getCurrentUser", nil, nil).failure()["id"].(string); said != "security.token.invalid" {
			t.Errorf("a session that was ended is answered %q", said)
		}
		do("security:updateCredentials", map[string]any{"_id": "amy", "strategy": "local"}, map[string]any{"password": "another correct horse"}, "")
		do("security:banUser", amy, nil, "")
		do("security:unbanUser", amy, nil, "")
		// New values must fit, and the refusal names the field.
		const misfit = "services.storage.unexpected_bad_request"
		do("security:updateUser", amy, map[string]any{"age": "old"}, misfit)
		do("security:updateUser", amy, map[string]any{"fullname": map[string]any{"b": 2}}, misfit)
		do("security:updateUser", amy, map[string]any{"fullname": nil}, "")
		do("security:updateUser", amy, map[string]any{"fullname": "Amy"}, "")
		do("security:updateUserMapping", nil, map[string]any{"dynamic": "strict"}, "")
		do("security:updateUser", amy, map[string]any{"profileIds": []any{"default"}}, "")
		do("security:banUser", amy, nil, "")
		do("security:updateUser", amy, map[string]any{"other": 1}, "services.storage.strict_mapping_rejection")
	})
}
