package systemtest

import "testing"

// TestPresentPasswordOfTheFamily: with requirePassword, users prove the present password before
// they change or delete their own, under whichever name of the password family they do so.
func TestPresentPasswordOfTheFamily(t *testing.T) {
	const (
		missing = "plugin.kuzzle-plugin-auth-passport-local.missing_field"
		wrong   = "plugin.kuzzle-plugin-auth-passport-local.wrong_current_password"
	)
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t, func(set *settings) { set.Local["requirePassword"] = true }), protocol)
		st.openSignUp(t)
		token := st.kept["user"]
		own := func(action, strategy string, body map[string]any) answer {
			args := map[string]any{"strategy": strategy}
			return st.call(t, call{controller: "auth", action: action, token: token, args: args, hasBody: body != nil, body: body})
		}
		for _, strategy := range []string{"local", "digest-import"} {
			renamed := map[string]any{"username": "of-" + strategy}
			wantError(t, strategy+": renamed", own("updateMyCredentials", strategy, renamed), 400, missing)
			renamed["currentPassword"] = "a wrong guess"
			wantError(t, strategy+": renamed by a guess", own("updateMyCredentials", strategy, renamed), 403, wrong)
			renamed["currentPassword"] = canaryPassword
			wantError(t, strategy+": renamed by the owner", own("updateMyCredentials", strategy, renamed), 200, "")
		}
		mail := map[string]any{"email": "thief@example.com"}
		wantError(t, "a further name", own("updateMyCredentials", "digest-import", mail), 400, missing)

		st.server.operate(t, "security", "createUser", map[string]any{"_id": "imported"}, map[string]any{
			"content": map[string]any{"profileIds": []any{"default"}}, "credentials": map[string]any{"digest-import": map[string]any{
				"username": "imported", "passwordHasher": "md5", "passwordDigest": "5f4dcc3b5aa765d61d8327deb882cf99",
			}},
		})
		key := st.server.operate(t, "security", "createApiKey", map[string]any{"userId": "imported"}, map[string]any{"description": "d"})
		token, _ = key["result"].(map[string]any)["_source"].(map[string]any)["token"].(string)
		for _, row := range []struct {
			what   string
			in     map[string]any
			status int
			id     string
		}{
			{"deleted", nil, 400, missing},
			{"deleted by a guess", map[string]any{"currentPassword": "a wrong guess"}, 403, wrong},
			{"deleted by the owner", map[string]any{"currentPassword": "password"}, 200, ""},
		} {
			wantError(t, row.what, own("deleteMyCredentials", "digest-import", row.in), row.status, row.id)
		}
	})
}

// TestValidationTellsNoPassword: a validation does not say whether a password is the one in use,
// neither of others nor of the caller, since it could be repeated without end.
func TestValidationTellsNoPassword(t *testing.T) {
	for _, protocol := range []string{"http", "websocket"} {
		s := start(t, func(set *settings) {
			set.Local["passwordPolicies"] = []any{map[string]any{"appliesTo": "*", "forbidReusedPasswordCount": 2}}
		})
		s.administrator(t, "root")
		c := s.client(t, protocol)
		token := loggedIn(t, c, "root")
		for _, password := range []string{"a wrong guess", "correct horse"} {
			in := map[string]any{"username": "root", "password": password}
			for do, args := range map[string]map[string]any{
				"security:validateCredentials": {"_id": "root", "strategy": "local"},
				"auth:validateMyCredentials":   {"strategy": "local"},
			} {
				if a := perform(t, c, token, do, args, in); a.status != 200 {
					t.Errorf("%s: %s of %q: %s", protocol, do, password, a.raw)
				}
			}
		}
		a := perform(t, c, token, "auth:updateMyCredentials", map[string]any{"strategy": "local"}, map[string]any{"password": "correct horse"})
		if a.text("error.id") != "plugin.kuzzle-plugin-auth-passport-local.reused_password" {
			t.Errorf("%s: a change: %s", protocol, a.raw)
		}
	}
}
