package systemtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/token/templates"
)

// TestClerkTemplates takes templates through their life.
func TestClerkTemplates(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	made := s.call(t, "POST", "/jwt_templates", `{"name":"hasura","claims":{"aud":"https://example.com","big":9007199254740993}}`)
	id, _ := made.object["id"].(string)
	if made.status != 200 || !strings.HasPrefix(id, "jtmp_") || strings.Contains(id, "-") {
		t.Fatalf("made %d %s", made.status, made.body)
	}
	for field, want := range map[string]any{
		"object": "jwt_template", "name": "hasura", "lifetime": 60.0, "allowed_clock_skew": 5.0, "custom_signing_key": false, "signing_algorithm": "RS256",
	} {
		if diff := cmp.Diff(want, made.object[field]); diff != "" {
			t.Errorf("made with another %s: %s", field, diff)
		}
	}
	if read := s.call(t, "GET", "/jwt_templates/"+id, ""); !bytes.Equal(read.body, made.body) {
		t.Errorf("read %s,\nmade %s", read.body, made.body)
	}
	second := s.make(t, "/jwt_templates", `{"name":"integration_firebase","claims":{},"lifetime":315360000,"allowed_clock_skew":0,"signing_algorithm":"RS256","signing_key":null}`)
	changed := s.call(t, "PATCH", "/jwt_templates/"+id, `{"name":"hasura-2","claims":{"a":1},"lifetime":30,"allowed_clock_skew":300}`)
	if changed.object["name"] != "hasura-2" || changed.object["lifetime"] != 30.0 || changed.object["allowed_clock_skew"] != 300.0 || changed.object["created_at"] != made.object["created_at"] {
		t.Errorf("changed to %s", changed.body)
	}
	if left := s.call(t, "PATCH", "/jwt_templates/"+id, `{"name":"hasura-2","claims":{},"lifetime":null}`); left.object["lifetime"] != 30.0 {
		t.Errorf("what is not named changed: %s", left.body)
	}
	var bare []map[string]any
	if err := json.Unmarshal(s.call(t, "GET", "/jwt_templates", "").body, &bare); err != nil || len(bare) != 2 || bare[0]["id"] != id {
		t.Errorf("listed %v (%v)", bare, err)
	}
	if list, total := s.call(t, "GET", "/jwt_templates?paginated=true&offset=1&limit=1", "").data(t); total != 2 || len(list) != 1 || list[0]["id"] != second {
		t.Errorf("a page: %v of %d", list, total)
	}
	gone := s.call(t, "DELETE", "/jwt_templates/"+id, "")
	if gone.object["object"] != "jwt_template" || gone.object["id"] != id || gone.object["deleted"] != true {
		t.Errorf("deleted: %s", gone.body)
	}
	for event, a := range map[string]clerkAnswer{"template.created": made, "template.updated": changed, "template.deleted": gone} {
		if _, happened := s.trace.of(a.header.Get("Clerk-Trace-Id")); !slices.Equal(happened, []string{event}) {
			t.Errorf("happened %v, want %s", happened, event)
		}
	}
	missing := []clerkRefusal{{"gone", "", 404, []string{"resource_not_found"}}}
	s.refuse(t, "GET", "/jwt_templates/"+id, missing)
	s.refuse(t, "DELETE", "/jwt_templates/"+id, missing)
	s.refuse(t, "PATCH", "/jwt_templates/"+id, []clerkRefusal{{"gone", `{"name":"x","claims":{}}`, 404, []string{"resource_not_found"}}})
}

// TestClerkTemplateRefusals: a refusal has made nothing and changed nothing.
func TestClerkTemplateRefusals(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	id := s.make(t, "/jwt_templates", `{"name":"first","claims":{}}`)
	other := s.make(t, "/jwt_templates", `{"name":"taken","claims":{}}`)
	// The claims {"a":"…"} without blanks have eight bytes besides their text.
	fitting := strings.Repeat("x", templates.MaxClaims-8)
	rows := []clerkRefusal{
		{"nothing", `{}`, 422, []string{"form_param_missing name", "form_param_missing claims"}},
		{"null", `{"name":null,"claims":null}`, 422, []string{"form_param_missing name", "form_param_missing claims"}},
		{"a name with a blank", `{"name":"a b","claims":{}}`, 422, []string{"form_param_format_invalid name"}},
		{"a name that is no segment", `{"name":"..","claims":{}}`, 422, []string{"form_param_format_invalid name"}},
		{"a long name", `{"name":"` + strings.Repeat("x", 101) + `","claims":{}}`, 422, []string{"form_param_format_invalid name"}},
		{"a name that is taken", `{"name":"taken","claims":{}}`, 422, []string{"form_already_exists name"}},
		{"claims that are no object", `{"name":"x","claims":[1]}`, 422, []string{"form_param_value_invalid claims"}},
		{"large claims", `{"name":"x","claims":{"a":"` + fitting + `x"}}`, 422, []string{"form_param_exceeds_allowed_size claims"}},
		{"a short lifetime", `{"name":"x","claims":{},"lifetime":29}`, 422, []string{"form_param_value_invalid lifetime"}},
		{"a long lifetime", `{"name":"x","claims":{},"lifetime":315360001}`, 422, []string{"form_param_value_invalid lifetime"}},
		{"an endless lifetime", `{"name":"x","claims":{},"lifetime":9007199254740991}`, 422, []string{"form_param_value_invalid lifetime"}},
		{"a lifetime of text", `{"name":"x","claims":{},"lifetime":"60"}`, 422, []string{"form_param_type_invalid lifetime"}},
		{"a skew before", `{"name":"x","claims":{},"allowed_clock_skew":-1}`, 422, []string{"form_param_value_invalid allowed_clock_skew"}},
		{"a large skew", `{"name":"x","claims":{},"allowed_clock_skew":301}`, 422, []string{"form_param_value_invalid allowed_clock_skew"}},
		{"no key", `{"name":"x","claims":{},"custom_signing_key":true,"signing_algorithm":"HS256"}`, 422, []string{"form_conditional_param_missing signing_key"}},
		{"no algorithm", `{"name":"x","claims":{},"custom_signing_key":true,"signing_key":"k"}`, 422, []string{"form_conditional_param_missing signing_algorithm"}},
		{"a weak key", `{"name":"x","claims":{},"custom_signing_key":true,"signing_algorithm":"HS256","signing_key":"k"}`, 422, []string{"form_param_value_invalid signing_key"}},
		{"no such algorithm", `{"name":"x","claims":{},"custom_signing_key":true,"signing_algorithm":"none","signing_key":"k"}`, 422, []string{"form_param_value_invalid signing_algorithm"}},
		{"a key that is not custom", `{"name":"x","claims":{},"signing_algorithm":"HS256","signing_key":"k"}`, 422, []string{"form_conditional_param_disallowed signing_algorithm", "form_conditional_param_disallowed signing_key"}},
		{"unknown", `{"name":"x","claims":{},"x":1}`, 422, []string{"form_param_unknown x"}},
	}
	for _, claim := range []string{"iss", "sub", "exp", "iat", "nbf", "jti", "azp", "sid", "v", "fva", "sts", "o", "fea", "pla"} {
		rows = append(rows, clerkRefusal{"the claim " + claim, fmt.Sprintf(`{"name":"x","claims":{%q:"y"}}`, claim), 400, []string{"jwt_template_reserved_claim claims"}})
	}
	s.refuse(t, "POST", "/jwt_templates", rows)
	s.refuse(t, "PATCH", "/jwt_templates/"+id, rows)
	if list, _ := s.call(t, "GET", "/jwt_templates?paginated=true", "").data(t); fmt.Sprint(column(list, "name")) != "[first taken]" || list[0]["updated_at"] != list[0]["created_at"] {
		t.Errorf("what was refused left %v", list)
	}
	s.make(t, "/jwt_templates", `{"name":"fits","claims":{"a":"`+fitting+`"}}`)
	for path, want := range map[string]string{"?limit=0": "form_param_value_invalid limit", "?limit=501": "form_param_value_too_large limit", "?offset=-1": "form_param_value_invalid offset", "?x=1": "form_param_unknown x"} {
		if a := s.call(t, "GET", "/jwt_templates"+path, ""); strings.Join(a.errors(), ",") != want {
			t.Errorf("%s: %d %v, want %s", path, a.status, a.errors(), want)
		}
	}
	for i := range templates.MaxTemplates - 3 {
		s.make(t, "/jwt_templates", fmt.Sprintf(`{"name":"many-%d","claims":{}}`, i))
	}
	s.refuse(t, "POST", "/jwt_templates", []clerkRefusal{{"one too many", `{"name":"x","claims":{}}`, 400, []string{"bad_request"}}})
	s.call(t, "DELETE", "/jwt_templates/"+other, "")
	// Of many at once that want the last name one has it.
	var sure sync.WaitGroup
	var names sync.Map
	for range 8 {
		sure.Go(func() {
			a := s.call(t, "POST", "/jwt_templates", `{"name":"last","claims":{}}`)
			names.Store(a.object["id"], a.status)
		})
	}
	sure.Wait()
	won := 0
	names.Range(func(_, status any) bool {
		if status == 200 {
			won++
		}
		return true
	})
	if won != 1 {
		t.Errorf("%d templates of one name", won)
	}
}

// TestClerkTemplateTokens: claims are filled with data of the user.
func TestClerkTemplateTokens(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	user := s.make(t, "/users", `{"email_address":["maria@example.com"],"phone_number":["+12015550123"],"username":"maria_d","external_id":"ext-1","first_name":"Maria","last_name":"Doe",
		"skip_password_requirement":true,"public_metadata":{"profile":{"interests":["reading","climbing"]}},"private_metadata":{"crm":"hidden-7"},"unsafe_metadata":{"foo":{"bar":42}},"created_at":"2008-11-25T13:14:04Z"}`)
	org := s.make(t, "/organizations", `{"name":"Acme","slug":"acme","created_by":"`+user+`","public_metadata":{"tier":"gold"}}`)
	if a := s.call(t, "PATCH", "/organizations/"+org+"/memberships/"+user+"/metadata", `{"public_metadata":{"desk":5}}`); a.status != 200 {
		t.Fatalf("metadata of the membership: %d %s", a.status, a.body)
	}
	s.make(t, "/jwt_templates", `{"name":"full","lifetime":300,"allowed_clock_skew":7,"claims":{
		"aud":"https://my-site.com","version":1,"foo":{"bar":[1,2,3]},
		"user_id":"{{user.id}}","avatar":"{{user.image_url}}","full_name":"{{user.last_name}} {{user.first_name}} ","email":"{{user.primary_email_address}}",
		"phone":"{{user.primary_phone_address}}","registration_date":"{{user.created_at}}","likes_to_do":"{{user.public_metadata.profile.interests}}",
		"unsafe_meta":"{{user.unsafe_metadata}}","invalid_shortcode":"{{user.i_dont_exist}}","hidden":"{{user.private_metadata}}",
		"verified":"{{user.email_verified}}","number":"{{user.primary_phone_number}}","factor":"{{user.two_factor_enabled}}","name":"{{user.full_name}}",
		"ext":"{{user.external_id}}","login":"{{user.username}}","fallback":"{{user.public_metadata.age || 30}}",
		"org":{"id":"{{org.id}}","name":"{{org.name}}","slug":"{{org.slug}}","role":"{{org.role}}","tier":"{{org.public_metadata.tier}}"},
		"member":{"role":"{{org_membership.role}}","desk":"{{org_membership.public_metadata.desk}}"},"all":"{{user.organizations}}","actor":"{{session.actor}}"}}`)
	session := s.session(t, user, org)
	claims, header := s.claims(t, "/sessions/"+session+"/tokens/full", "", secondTokens)
	want := map[string]any{
		"aud": "https://my-site.com", "version": 1.0, "foo": map[string]any{"bar": []any{1.0, 2.0, 3.0}}, "user_id": user, "avatar": "", "full_name": "Doe Maria",
		"email": "maria@example.com", "phone": nil, "registration_date": 1227618844.0, "likes_to_do": []any{"reading", "climbing"},
		"unsafe_meta": map[string]any{"foo": map[string]any{"bar": 42.0}}, "invalid_shortcode": nil, "hidden": nil, "verified": true, "number": "+12015550123",
		"factor": false, "name": "Maria Doe", "ext": "ext-1", "login": "maria_d", "fallback": 30.0,
		"org":    map[string]any{"id": org, "name": "Acme", "slug": "acme", "role": "org:admin", "tier": "gold"},
		"member": map[string]any{"role": "org:admin", "desk": 5.0}, "all": map[string]any{org: "org:admin"}, "actor": nil,
	}
	iat, _ := claims["iat"].(float64)
	if claims["sub"] != user || claims["exp"] != iat+300 || claims["nbf"] != iat-7 || claims["jti"] == nil || !strings.HasPrefix(fmt.Sprint(claims["iss"]), "https://") {
		t.Errorf("the claims of the server are %v", claims)
	}
	for _, name := range []string{"sub", "iat", "exp", "nbf", "jti", "iss"} {
		delete(claims, name)
	}
	if diff := cmp.Diff(want, map[string]any(claims)); diff != "" {
		t.Errorf("the claims (-want +got): %s", diff)
	}
	if header["cat"] != "cl_B7d4PD222AAA" || header["typ"] != "JWT" {
		t.Errorf("the header is %v", header)
	}
	alone, _ := s.claims(t, "/sessions/"+s.session(t, user, "")+"/tokens/full", `{"expires_in_seconds":600}`, secondTokens)
	if diff := cmp.Diff(map[string]any{"id": nil, "name": nil, "slug": nil, "role": nil, "tier": nil}, alone["org"]); diff != "" || alone["exp"] != alone["iat"].(float64)+600 {
		t.Errorf("without an organization: %v", alone)
	}
	s.refuse(t, "POST", "/sessions/"+session+"/tokens/none", []clerkRefusal{{"no template", "", 404, []string{"resource_not_found"}}})
	s.refuse(t, "POST", "/sessions/sess_none/tokens/full", []clerkRefusal{{"no session", "", 404, []string{"resource_not_found"}}})
	s.refuse(t, "POST", "/sessions/"+session+"/tokens/full", []clerkRefusal{
		{"too short", `{"expires_in_seconds":29}`, 422, []string{"form_param_value_invalid expires_in_seconds"}}, {"unknown", `{"x":1}`, 422, []string{"form_param_unknown x"}},
	})
	// A small template may not make a large token.
	s.call(t, "PATCH", "/users/"+user+"/metadata", `{"public_metadata":{"text":"`+strings.Repeat("x", 8000)+`"}}`)
	s.make(t, "/jwt_templates", `{"name":"large","claims":{"a":["`+strings.Repeat(`{{user.public_metadata}}","`, 5)+`"]}}`)
	s.refuse(t, "POST", "/sessions/"+session+"/tokens/large", []clerkRefusal{{"a large token", "", 422, []string{"form_param_exceeds_allowed_size template_name"}}})
	s.call(t, "POST", "/sessions/"+session+"/revoke", "")
	s.refuse(t, "POST", "/sessions/"+session+"/tokens/full", []clerkRefusal{{"a revoked session", "", 404, []string{"resource_not_found"}}})
}

// TestClerkTemplateKey: a template with a key of its own signs with it, and shows it to
// nobody; it goes along to the next start.
func TestClerkTemplateKey(t *testing.T) {
	t.Parallel()
	kept := keeping(t)
	const secret = "a-secret-of-an-application-with-enough-bytes"
	var id, user string
	t.Run("made", func(t *testing.T) {
		s := startClerk(t, kept)
		s.seen.note(secret)
		user = s.member(t, "anna")
		made := s.call(t, "POST", "/jwt_templates", `{"name":"supabase","claims":{"role":"authenticated"},"custom_signing_key":true,"signing_algorithm":"HS256","signing_key":"`+secret+`"}`)
		id, _ = made.object["id"].(string)
		if made.object["custom_signing_key"] != true || made.object["signing_algorithm"] != "HS256" {
			t.Fatalf("made %d %s", made.status, made.body)
		}
		for _, a := range []clerkAnswer{made, s.call(t, "GET", "/jwt_templates/"+id, ""), s.call(t, "GET", "/jwt_templates", "")} {
			if bytes.Contains(a.body, []byte(secret)) || bytes.Contains(a.body, []byte("signing_key\":\"")) {
				t.Errorf("the key is shown: %s", a.body)
			}
		}
	})
	s := startClerk(t, kept)
	s.seen.note(secret)
	session := s.session(t, user, "")
	signs := func(key any, algorithm string) {
		t.Helper()
		made := s.call(t, "POST", "/sessions/"+session+"/tokens/supabase", "")
		text, _ := made.object["jwt"].(string)
		s.seen.note(text)
		claims := jwt.MapClaims{}
		verified, err := jwt.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return key, nil }, jwt.WithValidMethods([]string{algorithm}), jwt.WithTimeFunc(s.clock.Now))
		if err != nil {
			t.Fatalf("%d %s: %v", made.status, made.body, err)
		}
		if claims["role"] != "authenticated" || claims["sub"] != user || claims["exp"] != claims["iat"].(float64)+60 || verified.Header["kid"] != nil {
			t.Errorf("signed %v %v", verified.Header, claims)
		}
	}
	signs([]byte(secret), "HS256")
	// It stays where it is not named, another takes its place, and without one the
	// instance's keys sign.
	if a := s.call(t, "PATCH", "/jwt_templates/"+id, `{"name":"supabase","claims":{"role":"authenticated"},"custom_signing_key":true}`); a.object["signing_algorithm"] != "HS256" {
		t.Fatalf("kept: %d %s", a.status, a.body)
	}
	signs([]byte(secret), "HS256")
	const other = "another-secret-of-an-application-with-bytes"
	s.seen.note(other)
	if a := s.call(t, "PATCH", "/jwt_templates/"+id, `{"name":"supabase","claims":{"role":"authenticated"},"custom_signing_key":true,"signing_algorithm":"HS512","signing_key":"`+other+`"}`); a.status != 200 {
		t.Fatalf("replaced: %d %s", a.status, a.body)
	}
	signs([]byte(other), "HS512")
	if a := s.call(t, "PATCH", "/jwt_templates/"+id, `{"name":"supabase","claims":{"role":"authenticated"},"custom_signing_key":false}`); a.object["custom_signing_key"] != false || a.object["signing_algorithm"] != "RS256" {
		t.Fatalf("without: %d %s", a.status, a.body)
	}
	s.clock.advance(time.Second)
	if claims, _ := s.claims(t, "/sessions/"+session+"/tokens/supabase", "", secondTokens); claims["role"] != "authenticated" {
		t.Errorf("signed by the instance: %v", claims)
	}
}
