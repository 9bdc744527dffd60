package systemtest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestClerkSessions: a session that a login begins is listed, gives tokens that the
// published keys verify, and is ended for both dialects at once.
func TestClerkSessions(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	id := s.make(t, "/users", `{"email_address":["jane@example.com"],"password":"my-secure-password"}`)
	login := s.kuzzle(t, "POST", "/_login/local", `{"username":"jane@example.com","password":"my-secure-password"}`)
	token, _ := login.object["result"].(map[string]any)["jwt"].(string)
	s.seen.note(token)
	var listed []map[string]any
	for late := time.Now().Add(answerWithin); len(listed) == 0 && time.Now().Before(late); {
		if err := json.Unmarshal(s.call(t, "GET", "/sessions?user_id="+id, "").body, &listed); err != nil {
			t.Fatal(err)
		}
	}
	if len(listed) != 1 {
		t.Fatalf("%d sessions listed, want one", len(listed))
	}
	one := listed[0]
	session, _ := one["id"].(string)
	if one["object"] != "session" || one["status"] != "active" || one["user_id"] != id || !strings.HasPrefix(session, "sess_") {
		t.Errorf("listed %v", one)
	}
	for path, want := range map[string]float64{"?paginated=true&user_id=" + id: 1, "?paginated=true&client_id=" + one["client_id"].(string): 1, "?paginated=true&status=revoked&user_id=" + id: 0, "?paginated=true&user_id=user_nobody": 0} {
		if a := s.call(t, "GET", "/sessions"+path, ""); a.object["total_count"] != want {
			t.Errorf("%s: %s, want %v", path, a.body, want)
		}
	}
	if a := s.call(t, "GET", "/sessions/"+session, ""); a.object["id"] != session {
		t.Errorf("read: %d %s", a.status, a.body)
	}
	s.verifies(t, session, id, `null`, time.Minute)
	s.verifies(t, session, id, `{"expires_in_seconds":120}`, 2*time.Minute)
	s.refuse(t, "POST", "/sessions/"+session+"/tokens", []clerkRefusal{
		{"too short", `{"expires_in_seconds":29}`, 422, []string{"form_param_value_invalid expires_in_seconds"}},
		{"too long", `{"expires_in_seconds":315360001}`, 422, []string{"form_param_value_too_large expires_in_seconds"}},
		{"no number", `{"expires_in_seconds":"60"}`, 422, []string{"form_param_type_invalid expires_in_seconds"}},
		{"unknown", `{"x":1}`, 422, []string{"form_param_unknown x"}},
	})
	for path, want := range map[string]string{
		"": "missing_query_parameter client_id user_id", "?user_id=x&status=asleep": "form_param_value_invalid status",
		"?user_id=x&limit=0": "form_param_value_invalid limit", "?user_id=x&limit=501": "form_param_value_too_large limit", "?user_id=x&offset=-1": "form_param_value_invalid offset",
	} {
		if a := s.call(t, "GET", "/sessions"+path, ""); strings.Join(a.errors(), ",") != want {
			t.Errorf("%s: %d %v, want %s", path, a.status, a.errors(), want)
		}
	}
	if a := s.call(t, "POST", "/sessions/"+session+"/revoke", "null"); a.status != 200 || a.object["status"] != "revoked" {
		t.Errorf("revoked: %d %s", a.status, a.body)
	}
	if a := s.kuzzle(t, "POST", "/_checkToken", `{"token":"`+token+`"}`); a.object["result"].(map[string]any)["valid"] != false {
		t.Errorf("the token of a revoked session: %s", a.body)
	}
	gone := []clerkRefusal{{"gone", "", 404, []string{"resource_not_found"}}}
	s.refuse(t, "GET", "/sessions/"+session, gone)
	s.refuse(t, "POST", "/sessions/"+session+"/revoke", gone)
	s.refuse(t, "POST", "/sessions/"+session+"/tokens", gone)
	s.refuse(t, "GET", "/sessions/sess_none", gone)

	begun := s.call(t, "POST", "/sessions", `{"user_id":"`+id+`"}`)
	if begun.status != 200 || begun.object["status"] != "active" {
		t.Fatalf("begun: %d %s", begun.status, begun.body)
	}
	s.verifies(t, begun.object["id"].(string), id, ``, time.Minute)
	s.refuse(t, "POST", "/sessions", []clerkRefusal{
		{"nobody", `{}`, 422, []string{"form_param_missing user_id"}}, {"a ghost", `{"user_id":"ghost"}`, 404, []string{"resource_not_found"}},
		{"a wrong type", `{"user_id":1}`, 422, []string{"form_param_type_invalid user_id"}},
	})
	if a := s.call(t, "DELETE", "/users/"+id, ""); a.status != 200 {
		t.Fatalf("deleted: %d %s", a.status, a.body)
	}
	s.refuse(t, "POST", "/sessions/"+begun.object["id"].(string)+"/tokens", gone)
}

// verifies asks for a token and verifies it as another service does.
func (s clerkServer) verifies(t *testing.T, session, user, body string, lifetime time.Duration) {
	t.Helper()
	claims, header := s.claims(t, "/sessions/"+session+"/tokens", body, secondTokens)
	if header["typ"] != "JWT" || header["cat"] != "cl_B7d4PD111AAA" {
		t.Errorf("the header is %v", header)
	}
	iss, _ := claims["iss"].(string)
	if claims["sub"] != user || claims["sid"] != session || claims["v"] != 2.0 || claims["sts"] != "active" || !strings.HasPrefix(iss, "https://") {
		t.Errorf("the claims are %v", claims)
	}
	if got := claims["exp"].(float64) - claims["iat"].(float64); got != lifetime.Seconds() {
		t.Errorf("lives %v s, want %v", got, lifetime)
	}
	if fva := claims["fva"].([]any); fva[0] != 0.0 || fva[1] != -1.0 {
		t.Errorf("fva is %v", fva)
	}
}
