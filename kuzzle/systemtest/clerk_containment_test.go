package systemtest

import "testing"

// TestClerkLimitedKeys: a key that is limited to organizations reaches nothing that
// concerns none of them, and one that is limited to endpoints reaches these alone.
func TestClerkLimitedKeys(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	user := s.member(t, "anna")
	own, foreign := s.make(t, "/organizations", `{"name":"Own","created_by":"`+user+`"}`), s.make(t, "/organizations", `{"name":"Foreign","created_by":"`+user+`"}`)
	session := s.session(t, user, own)
	template := s.make(t, "/jwt_templates", `{"name":"one","claims":{}}`)
	toOwn, toRead := s.limitedKey(t, map[string]any{"organizations": []any{own}}), s.limitedKey(t, map[string]any{"endpoints": []any{"GET /v1/users/{user_id}", "clerk-sessions:getToken"}})
	for _, row := range []struct {
		key, verb, path, body string
		status                int
	}{
		{toOwn, "GET", "/organizations/" + own, "", 200},
		{toOwn, "GET", "/organizations/" + own + "/memberships", "", 200},
		{toOwn, "GET", "/jwks", "", 200},
		{toOwn, "GET", "/organizations/" + foreign, "", 404},
		{toOwn, "GET", "/organizations", "", 403},
		{toOwn, "POST", "/organizations", `{"name":"x"}`, 403},
		{toOwn, "GET", "/users", "", 403},
		{toOwn, "GET", "/users/" + user, "", 403},
		{toOwn, "POST", "/users", `{}`, 403},
		{toOwn, "DELETE", "/users/" + user, "", 403},
		{toOwn, "GET", "/users/" + user + "/organization_memberships", "", 403},
		{toOwn, "POST", "/email_addresses", `{}`, 403},
		{toOwn, "POST", "/sessions", `{"user_id":"` + user + `"}`, 403},
		{toOwn, "GET", "/sessions?user_id=" + user, "", 403},
		{toOwn, "POST", "/sessions/" + session + "/tokens", "", 403},
		{toOwn, "GET", "/jwt_templates", "", 403},
		{toOwn, "DELETE", "/jwt_templates/" + template, "", 403},
		{toOwn, "POST", "/testing_tokens", "", 403},
		{toOwn, "GET", "/nothing_of_that_name", "", 404},
		{toRead, "GET", "/users/" + user, "", 200},
		{toRead, "POST", "/sessions/" + session + "/tokens", "", 200},
		{toRead, "POST", "/sessions/" + session + "/tokens/one", "", 403},
		{toRead, "DELETE", "/users/" + user, "", 403},
		{toRead, "GET", "/organizations/" + own, "", 403},
	} {
		a := s.call(t, row.verb, row.path, row.body, "Authorization", row.key)
		if token, is := a.object["jwt"].(string); is {
			s.seen.note(token)
		}
		if a.status != row.status {
			t.Errorf("%s %s with the key to %v: %d %s, want %d", row.verb, row.path, map[bool]string{true: "its organization", false: "two endpoints"}[row.key == toOwn], a.status, a.body, row.status)
		}
	}
	if a := s.call(t, "GET", "/users/"+user, ""); a.status != 200 {
		t.Errorf("afterwards: %d %s", a.status, a.body)
	}
}
