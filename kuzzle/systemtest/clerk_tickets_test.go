package systemtest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// TestClerkSignInTokens: a token logs its user in once, over Kuzzle's dialect, and not
// any more once it was revoked.
func TestClerkSignInTokens(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	id := s.make(t, "/users", `{"email_address":["jane@example.com"],"password":"my-secure-password"}`)
	made := s.ticket(t, "/sign_in_tokens", `{"user_id":"`+id+`","expires_in_seconds":600}`)
	if made.object["object"] != "sign_in_token" || made.object["status"] != "pending" || made.object["user_id"] != id || made.object["actor"] != nil {
		t.Errorf("made: %s", made.body)
	}
	s.revokesOnce(t, "/sign_in_tokens", s.ticket(t, "/sign_in_tokens", `{"user_id":"`+id+`"}`), "sign_in_token_cannot_be_revoked_code")
	s.redeems(t, made, id)
	s.refuse(t, "POST", "/sign_in_tokens/"+made.object["id"].(string)+"/revoke", []clerkRefusal{{"used", "null", 400, []string{"sign_in_token_cannot_be_revoked_code"}}})
	if one := s.sessionOf(t, id); one["actor"] != nil {
		t.Errorf("the session has the actor %v", one["actor"])
	}
	s.refuse(t, "POST", "/sign_in_tokens", []clerkRefusal{
		{"nobody", `{}`, 422, []string{"form_param_missing user_id"}},
		{"empty", `{"user_id":""}`, 422, []string{"form_param_nil user_id"}},
		{"a ghost", `{"user_id":"ghost"}`, 404, []string{"resource_not_found"}},
		{"a wrong type", `{"user_id":1}`, 422, []string{"form_param_type_invalid user_id"}},
		{"too short", `{"user_id":"` + id + `","expires_in_seconds":0}`, 422, []string{"form_param_value_invalid expires_in_seconds"}},
		{"too long", `{"user_id":"` + id + `","expires_in_seconds":315360001}`, 422, []string{"form_param_value_too_large expires_in_seconds"}},
		{"no number", `{"user_id":"` + id + `","expires_in_seconds":"1"}`, 422, []string{"form_param_type_invalid expires_in_seconds"}},
		{"unknown", `{"user_id":"` + id + `","x":1}`, 422, []string{"form_param_unknown x"}},
	})
	s.ticket(t, "/sign_in_tokens", `{"user_id":"`+id+`","expires_in_seconds":315360000,"org_id":null}`)
	s.actsFor(t)
	acting := s.ticket(t, "/actor_tokens", `{"user_id":"`+id+`","actor":{"sub":"user_boss"}}`)
	s.refuse(t, "POST", "/sign_in_tokens/"+acting.object["id"].(string)+"/revoke", []clerkRefusal{{"another kind", "", 404, []string{"resource_not_found"}}})
	s.refuse(t, "POST", "/sign_in_tokens/sit_none/revoke", []clerkRefusal{{"none", "", 404, []string{"resource_not_found"}}})
}

// TestClerkActorTokens: redeeming one gives a session of half an hour at most, whose
// tokens name the actor.
func TestClerkActorTokens(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	id := s.make(t, "/users", `{"email_address":["jane@example.com"],"password":"my-secure-password"}`)
	made := s.ticket(t, "/actor_tokens", `{"user_id":"`+id+`","actor":{"sub":"user_boss","why":"help"}}`)
	if made.object["object"] != "actor_token" || made.object["status"] != "pending" || made.object["actor"].(map[string]any)["sub"] != "user_boss" {
		t.Errorf("made: %s", made.body)
	}
	s.revokesOnce(t, "/actor_tokens", s.ticket(t, "/actor_tokens", `{"user_id":"`+id+`","actor":{"sub":"user_boss"}}`), "actor_token_cannot_be_revoked_code")
	s.redeems(t, made, id)
	one := s.sessionOf(t, id)
	if actor, _ := one["actor"].(map[string]any); actor["sub"] != "user_boss" || actor["why"] != "help" {
		t.Errorf("the session is %v", one)
	}
	if left := time.UnixMilli(int64(one["expire_at"].(float64))).Sub(time.Now()); left > 30*time.Minute {
		t.Errorf("the session lasts %v", left)
	}
	if a := s.call(t, "GET", "/users/"+id, ""); a.object["last_sign_in_at"] != nil {
		t.Errorf("the user signed in at %v", a.object["last_sign_in_at"])
	}
	a := s.call(t, "POST", "/sessions/"+one["id"].(string)+"/tokens", "")
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(a.object["jwt"].(string), claims); err != nil {
		t.Fatal(err)
	}
	if act, _ := claims["act"].(map[string]any); act["sub"] != "user_boss" || claims["sub"] != id {
		t.Errorf("the token claims %v", claims)
	}
	s.refuse(t, "POST", "/actor_tokens", []clerkRefusal{
		{"nothing", `{}`, 422, []string{"form_param_missing user_id", "form_param_missing actor"}},
		{"no actor", `{"user_id":"` + id + `","actor":null}`, 422, []string{"form_param_missing actor"}},
		{"no sub", `{"user_id":"` + id + `","actor":{"id":"x"}}`, 422, []string{"form_param_value_invalid actor"}},
		{"an empty sub", `{"user_id":"` + id + `","actor":{"sub":""}}`, 422, []string{"form_param_value_invalid actor"}},
		{"too much", `{"user_id":"` + id + `","actor":{"sub":"x","y":"` + strings.Repeat("y", 2048) + `"}}`, 422, []string{"form_param_value_invalid actor"}},
		{"a text", `{"user_id":"` + id + `","actor":"x"}`, 422, []string{"form_param_value_invalid actor"}},
		{"a ghost", `{"user_id":"ghost","actor":{"sub":"x"}}`, 404, []string{"resource_not_found"}},
		{"too long a session", `{"user_id":"` + id + `","actor":{"sub":"x"},"session_max_duration_in_seconds":1801}`, 422, []string{"form_param_value_too_large session_max_duration_in_seconds"}},
		{"no session", `{"user_id":"` + id + `","actor":{"sub":"x"},"session_max_duration_in_seconds":0}`, 422, []string{"form_param_value_invalid session_max_duration_in_seconds"}},
		{"too short", `{"user_id":"` + id + `","actor":{"sub":"x"},"expires_in_seconds":0}`, 422, []string{"form_param_value_invalid expires_in_seconds"}},
		{"unknown", `{"user_id":"` + id + `","actor":{"sub":"x"},"x":1}`, 422, []string{"form_param_unknown x"}},
	})
	s.refuse(t, "POST", "/actor_tokens/act_none/revoke", []clerkRefusal{{"none", "", 404, []string{"resource_not_found"}}})
}

// ticket makes something with a token, which no log may show.
func (s clerkServer) ticket(t *testing.T, path, body string) clerkAnswer {
	t.Helper()
	a := s.call(t, "POST", path, body)
	token, _ := a.object["token"].(string)
	link, _ := a.object["url"].(string)
	if a.status != 200 || token == "" || !strings.HasPrefix(link, "http://"+s.addr+"/_login/ticket?ticket=") {
		t.Fatalf("POST %s %s: %d %s", path, body, a.status, a.body)
	}
	_, secret, _ := strings.Cut(token, ".")
	s.seen.note(secret)
	return a
}

// login redeems a ticket.
func (s clerkServer) login(t *testing.T, ticket string) clerkAnswer {
	t.Helper()
	return s.kuzzle(t, "POST", "/_login/ticket", `{"ticket":"`+ticket+`"}`)
}

// redeems has a ticket log a user in, once.
func (s clerkServer) redeems(t *testing.T, made clerkAnswer, kuid string) {
	t.Helper()
	token := made.object["token"].(string)
	result, _ := s.login(t, token).object["result"].(map[string]any)
	jwt, _ := result["jwt"].(string)
	if result["_id"] != kuid || jwt == "" {
		t.Fatalf("the ticket of %s leads to %v", kuid, result)
	}
	s.seen.note(jwt)
	for what, wrong := range map[string]string{"a second time": token, "another secret": token[:len(token)-1] + "~", "no secret": strings.Split(token, ".")[0], "nothing known": "x"} {
		if a := s.login(t, wrong); a.status != 401 {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
}

// revokesOnce revokes a token, which then lets nobody in.
func (s clerkServer) revokesOnce(t *testing.T, path string, made clerkAnswer, again string) {
	t.Helper()
	id := made.object["id"].(string)
	if a := s.call(t, "POST", path+"/"+id+"/revoke", "null"); a.status != 200 || a.object["status"] != "revoked" || a.object["token"] != nil || a.object["id"] != id {
		t.Errorf("revoked: %d %s", a.status, a.body)
	}
	s.refuse(t, "POST", path+"/"+id+"/revoke", []clerkRefusal{{"revoked again", "", 400, []string{again}}})
	if a := s.login(t, made.object["token"].(string)); a.status != 401 || !strings.Contains(string(a.body), "security.ticket.revoked") {
		t.Errorf("a revoked ticket: %d %s", a.status, a.body)
	}
}

// sessionOf waits for the one session of a user to be listed.
func (s clerkServer) sessionOf(t *testing.T, kuid string) map[string]any {
	t.Helper()
	var listed []map[string]any
	for late := time.Now().Add(answerWithin); len(listed) == 0 && time.Now().Before(late); {
		if err := json.Unmarshal(s.call(t, "GET", "/sessions?user_id="+kuid, "").body, &listed); err != nil {
			t.Fatal(err)
		}
	}
	if len(listed) != 1 {
		t.Fatalf("%d sessions are listed, want one", len(listed))
	}
	return listed[0]
}

// actsFor has a token make a session that acts for an organization.
func (s clerkServer) actsFor(t *testing.T) {
	t.Helper()
	id := s.make(t, "/users", `{"email_address":["boss@example.com"],"password":"my-secure-password"}`)
	acme := s.make(t, "/organizations", `{"name":"Acme","created_by":"`+id+`"}`)
	s.redeems(t, s.ticket(t, "/sign_in_tokens", `{"user_id":"`+id+`","org_id":"`+acme+`"}`), id)
	if one := s.sessionOf(t, id); one["last_active_organization_id"] != acme {
		t.Errorf("the session acts for %v", one["last_active_organization_id"])
	}
	other := s.make(t, "/organizations", `{"name":"Other"}`)
	s.refuse(t, "POST", "/sign_in_tokens", []clerkRefusal{
		{"no member", `{"user_id":"` + id + `","org_id":"` + other + `"}`, 404, []string{"organization_not_found_or_unauthorized org_id"}},
		{"no organization", `{"user_id":"` + id + `","org_id":"org_none"}`, 404, []string{"organization_not_found_or_unauthorized org_id"}},
		{"a number", `{"user_id":"` + id + `","org_id":1}`, 422, []string{"form_param_type_invalid org_id"}},
	})
}
