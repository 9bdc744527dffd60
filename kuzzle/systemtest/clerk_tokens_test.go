package systemtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// The API versions before and since which tokens have their second form.
const (
	firstTokens  = "2024-10-01"
	secondTokens = "2025-04-10"
)

// session begins a session and returns its id.
func (s clerkServer) session(t *testing.T, user, organization string) string {
	t.Helper()
	return s.make(t, "/sessions", fmt.Sprintf(`{"user_id":%q,"active_organization_id":%q}`, user, organization))
}

// claims makes a token and verifies it as another service does.
func (s clerkServer) claims(t *testing.T, path, body, version string) (claims jwt.MapClaims, header map[string]any) {
	t.Helper()
	made := s.call(t, "POST", path, body, "Clerk-API-Version", version)
	text, _ := made.object["jwt"].(string)
	if made.status != 200 || text == "" {
		t.Fatalf("%s: %d %s", path, made.status, made.body)
	}
	s.seen.note(text)
	set := s.call(t, "GET", "/jwks", "")
	if got := set.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("the keys are of type %s", got)
	}
	claims = jwt.MapClaims{}
	verified, err := jwt.ParseWithClaims(text, claims, jwks(set.object).find, jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(s.clock.Now))
	if err != nil {
		t.Fatal(err)
	}
	return claims, verified.Header
}

// TestClerkActiveOrganization: tokens of a session that acts for an organization tell of it
// as long as the membership lasts by which it does.
func TestClerkActiveOrganization(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	anna, bert := s.member(t, "anna"), s.member(t, "bert")
	org := s.make(t, "/organizations", `{"name":"Acme","slug":"acme","created_by":"`+anna+`"}`)
	members := "/organizations/" + org + "/memberships"
	s.refuse(t, "POST", "/sessions", []clerkRefusal{
		{"no member", `{"user_id":"` + bert + `","active_organization_id":"` + org + `"}`, 404, []string{"organization_not_found_or_unauthorized"}},
		{"no organization", `{"user_id":"` + anna + `","active_organization_id":"org_none"}`, 404, []string{"organization_not_found_or_unauthorized"}},
		{"nobody", `{"user_id":"user_none","active_organization_id":"` + org + `"}`, 404, []string{"resource_not_found"}},
		{"a wrong type", `{"user_id":"` + anna + `","active_organization_id":7}`, 422, []string{"form_param_type_invalid active_organization_id"}},
	})
	if a := s.call(t, "POST", members, `{"user_id":"`+bert+`","role":"org:member"}`); a.status != 200 {
		t.Fatalf("joined: %d %s", a.status, a.body)
	}
	of := map[string]any{"id": org, "slg": "acme", "rol": "admin", "per": "manage,read,delete", "fpm": "3,3,5"}
	annas, berts := s.session(t, anna, org), s.session(t, bert, org)
	second, _ := s.claims(t, "/sessions/"+annas+"/tokens", "", secondTokens)
	if diff := cmp.Diff(of, second["o"]); diff != "" || second["fea"] != "o:sys_domains,o:sys_memberships,o:sys_profile" || second["v"] != 2.0 || second["org_id"] != nil {
		t.Errorf("the second version: %v", second)
	}
	first, _ := s.claims(t, "/sessions/"+berts+"/tokens", "", firstTokens)
	if first["org_id"] != org || first["org_slug"] != "acme" || first["org_role"] != "org:member" || first["v"] != nil || first["o"] != nil || fmt.Sprint(first["org_permissions"]) != "[org:sys_memberships:read]" {
		t.Errorf("the first version: %v", first)
	}
	if none, _ := s.claims(t, "/sessions/"+s.session(t, anna, "")+"/tokens", "", secondTokens); none["o"] != nil || none["fea"] != nil {
		t.Errorf("without an organization: %v", none)
	}
	if a := s.call(t, "GET", "/sessions/"+berts, ""); a.object["last_active_organization_id"] != org {
		t.Errorf("read: %s", a.body)
	}

	if a := s.call(t, "PATCH", members+"/"+bert, `{"role":"org:admin"}`); a.status != 200 {
		t.Fatalf("promoted: %d %s", a.status, a.body)
	}
	if again, _ := s.claims(t, "/sessions/"+berts+"/tokens", "", firstTokens); again["org_role"] != "org:admin" {
		t.Errorf("after another role: %v", again)
	}
	for _, step := range []struct{ name, verb, path, body string }{
		{"removed", "DELETE", members + "/" + bert, ""}, {"back", "POST", members, `{"user_id":"` + bert + `","role":"org:member"}`},
		{"gone with the organization", "DELETE", "/organizations/" + org, ""},
	} {
		if a := s.call(t, step.verb, step.path, step.body); a.status != 200 {
			t.Fatalf("%s: %d %s", step.name, a.status, a.body)
		}
		if left, _ := s.claims(t, "/sessions/"+berts+"/tokens", "", secondTokens); left["o"] != nil || left["sub"] != bert {
			t.Errorf("%s: %v", step.name, left)
		}
		if a := s.call(t, "GET", "/sessions/"+berts, ""); a.object["last_active_organization_id"] != nil {
			t.Errorf("%s: read %s", step.name, a.body)
		}
	}
}

// TestClerkVerifySession: clients of old API versions verify a session's token by asking.
func TestClerkVerifySession(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	user := s.member(t, "anna")
	session, other := s.session(t, user, ""), s.session(t, user, "")
	token := func(of string) string {
		return s.call(t, "POST", "/sessions/"+of+"/tokens", "").object["jwt"].(string)
	}
	own := token(session)
	for _, body := range []string{"null", "", "{}", `{"token":"` + own + `"}`} {
		if a := s.call(t, "POST", "/sessions/"+session+"/verify", body, "Clerk-API-Version", firstTokens); a.status != 200 || a.object["id"] != session {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	invalid := []string{"invalid_session_token"}
	s.refuse(t, "POST", "/sessions/"+session+"/verify", []clerkRefusal{
		{"another's", `{"token":"` + token(other) + `"}`, 400, invalid}, {"none", `{"token":"x"}`, 400, invalid}, {"a wrong type", `{"token":1}`, 422, []string{"form_param_type_invalid token"}},
		{"unknown", `{"x":1}`, 422, []string{"form_param_unknown x"}},
	})
	s.refuse(t, "POST", "/sessions/sess_none/verify", []clerkRefusal{{"no session", `null`, 404, []string{"resource_not_found"}}})
	if a := s.call(t, "POST", "/sessions/"+session+"/verify", "null", "Clerk-API-Version", secondTokens); a.status != 410 || strings.Join(a.errors(), " ") != "operation_deprecated" {
		t.Errorf("in a later version: %d %s", a.status, a.body)
	}
	s.clock.advance(2 * time.Minute)
	s.refuse(t, "POST", "/sessions/"+session+"/verify", []clerkRefusal{{"expired", `{"token":"` + own + `"}`, 400, invalid}})
}

// TestClerkRefresh: no token can be exchanged, because no refresh token exists, and each
// refusal has its reason.
func TestClerkRefresh(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	session := s.session(t, s.member(t, "anna"), "")
	token := s.call(t, "POST", "/sessions/"+session+"/tokens", "").object["jwt"].(string)
	s.clock.advance(2 * time.Minute)
	const origin = "https://app.example.com"
	body := func(expired, from string) string {
		text, _ := json.Marshal(map[string]any{"expired_token": expired, "refresh_token": "r", "request_origin": from, "request_headers": map[string]any{"user-agent": []string{"x"}}, "format": "cookie"})
		return string(text)
	}
	s.refuse(t, "POST", "/sessions/"+session+"/refresh?suffixed_cookies=true", []clerkRefusal{
		{"no origin", body(token, "app.example.com"), 401, []string{"refresh_request_origin_invalid"}},
		{"nothing", `null`, 401, []string{"refresh_request_origin_invalid"}},
		{"forged", body(token[:len(token)-4]+"AAAA", origin), 401, []string{"expired_session_token_invalid"}},
		{"no token", body("", origin), 401, []string{"expired_session_token_invalid"}},
		{"without an origin of its own", body(token, origin), 401, []string{"expired_session_token_missing_azp"}},
		{"a wrong format", `{"format":"xml"}`, 422, []string{"form_param_value_invalid format"}},
		{"unknown", `{"x":1}`, 422, []string{"form_param_unknown x"}},
	})
	s.refuse(t, "POST", "/sessions/sess_none/refresh", []clerkRefusal{{"another session's", body(token, origin), 401, []string{"refresh_sid_mismatch"}}})
}

// TestClerkTestingToken: the time is in seconds, and each token is another.
func TestClerkTestingToken(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	one, two := s.call(t, "POST", "/testing_tokens", "null"), s.call(t, "POST", "/testing_tokens", "")
	left := time.Unix(int64(one.object["expires_at"].(float64)), 0).Sub(s.clock.Now())
	if one.object["object"] != "testing_token" || left < 59*time.Minute || left > time.Hour || one.object["token"] == two.object["token"] || one.object["token"] == "" {
		t.Errorf("made %s and %s", one.body, two.body)
	}
	s.refuse(t, "POST", "/testing_tokens", []clerkRefusal{{"unknown", `{"x":1}`, 422, []string{"form_param_unknown x"}}})
}
