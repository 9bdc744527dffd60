package systemtest

import (
	"net/http"
	"testing"
)

// TestClerkPasswordMarks: a user whose password was accepted without checks is told so
// until it is changed, and a leaked one opens nothing.
func TestClerkPasswordMarks(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	login := func(name, password string) (status int, mark any, token string) {
		t.Helper()
		a := s.kuzzle(t, "POST", "/_login/local", `{"username":"`+name+`","password":"`+password+`"}`)
		result, _ := a.object["result"].(map[string]any)
		token, _ = result["jwt"].(string)
		if token == "" {
			return a.status, nil, ""
		}
		me := s.kuzzle(t, "GET", "/_me", "", "Authorization", "Bearer "+token)
		if shown := me.object["result"].(map[string]any)["passwordChange"]; shown != result["passwordChange"] {
			t.Errorf("%s is told %v by the login and %v by getCurrentUser", name, result["passwordChange"], shown)
		}
		return a.status, result["passwordChange"], token
	}
	expect := func(what, name, password string, want any) (token string) {
		t.Helper()
		status, mark, token := login(name, password)
		if status != http.StatusOK || mark != want {
			t.Errorf("%s: %d %v, want %v", what, status, mark, want)
		}
		return token
	}
	id := s.make(t, "/users", `{"email_address":["weak@example.com"],"password":"abc","skip_password_checks":true}`)
	expect("a weak password", "weak@example.com", "abc", "recommended")
	s.operate(t, "security", "updateCredentials", map[string]any{"strategy": "local", "_id": id}, map[string]any{"password": "a-much-better-one"})
	expect("after the change", "weak@example.com", "a-much-better-one", nil)
	s.call(t, "PATCH", "/users/"+id, `{"password":"password","skip_password_checks":true}`).want(t, "a common one", nil)
	expect("a common password", "weak@example.com", "password", "recommended")
	s.call(t, "PATCH", "/users/"+id, `{"password":"a-third-good-one","skip_password_checks":true}`).want(t, "a good one", nil)
	expect("a good one, unchecked", "weak@example.com", "a-third-good-one", nil)
	strong := s.make(t, "/users", `{"email_address":["strong@example.com"],"password":"my-secure-password","skip_password_checks":true}`)
	token := expect("a good password", "strong@example.com", "my-secure-password", nil)

	path := "/users/" + strong + "/password/"
	s.call(t, "POST", path+"set_compromised", "null").want(t, "compromised", map[string]any{"password_enabled": true})
	if status, _, _ := login("strong@example.com", "my-secure-password"); status != http.StatusUnauthorized {
		t.Errorf("a login by a password that others know: %d", status)
	}
	if a := s.kuzzle(t, "GET", "/_me", "", "Authorization", "Bearer "+token); a.status != 200 {
		t.Errorf("the session before: %d", a.status)
	}
	s.call(t, "POST", path+"unset_compromised", "null").want(t, "not compromised", nil)
	token = expect("after all", "strong@example.com", "my-secure-password", nil)
	s.call(t, "POST", path+"set_compromised", `{"revoke_all_sessions":true}`).want(t, "compromised, without sessions", nil)
	if a := s.kuzzle(t, "GET", "/_me", "", "Authorization", "Bearer "+token); a.status != http.StatusUnauthorized {
		t.Errorf("a session of whom all were to end: %d", a.status)
	}
	s.call(t, "PATCH", "/users/"+strong, `{"password":"yet-another-one"}`).want(t, "another password", nil)
	expect("a new password", "strong@example.com", "yet-another-one", nil)
	s.refuse(t, "POST", path+"set_compromised", []clerkRefusal{
		{"unknown", `{"foo":1}`, 422, []string{"form_param_unknown foo"}},
		{"a wrong type", `{"revoke_all_sessions":1}`, 422, []string{"form_param_type_invalid revoke_all_sessions"}},
	})
	s.call(t, "POST", "/users/"+strong+"/remove_password", "null")
	for _, what := range []string{"set_compromised", "unset_compromised"} {
		s.refuse(t, "POST", path+what, []clerkRefusal{{what + " of none", "null", 400, []string{"no_password_set"}}})
		s.refuse(t, "POST", "/users/user_nobody/password/"+what, []clerkRefusal{{what + " of nobody", "null", 404, []string{"resource_not_found"}}})
	}
}
