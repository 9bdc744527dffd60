package systemtest

import "testing"

// TestDefaultRights: on a fresh server the profile "default" lets users change their own
// password and content, and see or search nobody else.
func TestDefaultRights(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t)
		st := newStory(t, s, protocol)
		s.operate(t, "security", "createUser", map[string]any{"_id": "plain"}, person("default"))
		token, other := st.login(t, "default"), st.login(t, "default")
		own := map[string]any{"strategy": "local"}
		const next = "another fine password"
		for _, c := range []struct {
			controller, action string
			args, body         map[string]any
			status             int
			id                 string
		}{
			{"auth", "getMyCredentials", own, nil, 200, ""},
			{"auth", "credentialsExist", own, nil, 200, ""},
			{"auth", "updateSelf", nil, map[string]any{"fullname": "Jane Doe"}, 200, ""},
			{"auth", "validateMyCredentials", own, map[string]any{"username": "default", "password": "short"}, 400, "plugin.kuzzle-plugin-auth-passport-local.too_short"},
			{"auth", "updateMyCredentials", own, map[string]any{"password": "short"}, 400, "plugin.kuzzle-plugin-auth-passport-local.too_short"},
			{"auth", "updateMyCredentials", own, map[string]any{"password": next}, 200, ""},
			{"auth", "createMyCredentials", own, map[string]any{"password": next}, 403, "security.rights.forbidden"},
			{"auth", "deleteMyCredentials", own, nil, 403, "security.rights.forbidden"},
			{"auth", "createApiKey", nil, map[string]any{"description": "mine"}, 403, "security.rights.forbidden"},
			{"security", "searchUsers", nil, nil, 403, "security.rights.forbidden"},
			{"security", "listUsers", nil, nil, 403, "security.rights.forbidden"},
			{"security", "getUser", map[string]any{"_id": "root"}, nil, 403, "security.rights.forbidden"},
			{"security", "updateCredentials", map[string]any{"strategy": "local", "_id": "root"}, map[string]any{"password": next}, 403, "security.rights.forbidden"},
		} {
			a := st.call(t, call{controller: c.controller, action: c.action, args: c.args, body: c.body, hasBody: c.body != nil, token: token})
			wantError(t, c.controller+":"+c.action, a, c.status, c.id)
		}
		me := call{controller: "auth", action: "getCurrentUser"}
		me.token = other
		wantError(t, "another session", st.call(t, me), 401, "security.token.invalid")
		wantError(t, "the former password", st.call(t, loginAs("default", canaryPassword, "")), 401, "plugin.strategy.missing_user")
		wantError(t, "the password", st.call(t, loginAs("default", next, "")), 200, "")
	})
}
