package systemtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// want compares fields of a user that an answer has.
func (a clerkAnswer) want(t *testing.T, what string, fields map[string]any) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Errorf("%s: answered %d %s", what, a.status, a.body)
	}
	for field, want := range fields {
		if diff := cmp.Diff(want, a.object[field]); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", what, field, diff)
		}
	}
}

// contact is the id of an address in an answer's list.
func (a clerkAnswer) contact(list string, at int) string {
	all, _ := a.object[list].([]any)
	if at >= len(all) {
		return ""
	}
	id, _ := all[at].(map[string]any)["id"].(string)
	return id
}

// loggedIn tries a password at Kuzzle's API and returns the status and the token.
func (s clerkServer) loggedIn(t *testing.T, name, password string) (int, string) {
	t.Helper()
	a := s.kuzzle(t, "POST", "/_login/local", `{"username":"`+name+`","password":"`+password+`"}`)
	result, _ := a.object["result"].(map[string]any)
	token, _ := result["jwt"].(string)
	return a.status, token
}

// TestClerkUpdate changes all that PATCH /users/{id} changes, and sees it in the answer
// and in a later read.
func TestClerkUpdate(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	made := s.call(t, "POST", "/users", `{"email_address":["up@example.com","second@example.com","kept@example.com"],
		"email_address_identification_status":["verified","verified","reserved"],"phone_number":["+12015550140"],"username":"before_name",
		"password":"my-secure-password","first_name":"Jane","external_id":"up-1","public_metadata":{"plan":"pro"}}`)
	id := made.object["id"].(string)
	path := "/users/" + id
	read := func(what string, fields map[string]any) {
		t.Helper()
		s.call(t, "GET", path, "").want(t, what+", read", fields)
	}
	steps := []struct {
		name, body string
		want       map[string]any
	}{
		{"nothing", `{}`, map[string]any{"first_name": "Jane", "external_id": "up-1", "username": "before_name"}},
		{"details", `{"first_name":"June","last_name":"Doe","locale":"fr-FR","timezone":"Europe/Rome","external_id":"up-2","delete_self_enabled":false,
			"create_organization_enabled":false,"create_organizations_limit":0,"bypass_client_trust":true,"legal_accepted_at":"2024-01-01T00:00:00Z","created_at":"2020-01-01T00:00:00Z"}`,
			map[string]any{"first_name": "June", "last_name": "Doe", "locale": "fr-FR", "timezone": "Europe/Rome", "external_id": "up-2", "delete_self_enabled": false,
				"create_organization_enabled": false, "create_organizations_limit": 0.0, "bypass_client_trust": true, "legal_accepted_at": nil, "created_at": 1577836800000.0}},
		{"null of what null does not clear", `{"delete_self_enabled":null,"create_organizations_limit":null,"legal_accepted_at":null,"password":null,"skip_password_checks":null,"totp_secret":null,"primary_email_address_id":null,"created_at":null,"profile_image_id":null}`,
			map[string]any{"delete_self_enabled": false, "create_organizations_limit": 0.0, "legal_accepted_at": nil, "password_enabled": true, "created_at": 1577836800000.0}},
		{"null and empty texts", `{"first_name":null,"last_name":"","locale":null,"timezone":null,"external_id":null}`,
			map[string]any{"first_name": nil, "last_name": nil, "locale": nil, "timezone": nil, "external_id": nil}},
		{"another name", `{"username":"after_name"}`, map[string]any{"username": "after_name"}},
		{"another primary address", `{"primary_email_address_id":"` + made.contact("email_addresses", 1) + `"}`,
			map[string]any{"primary_email_address_id": made.contact("email_addresses", 1)}},
		{"metadata without a version", `{"public_metadata":{"a":1},"private_metadata":{"b":2}}`,
			map[string]any{"public_metadata": map[string]any{"a": 1.0}, "private_metadata": map[string]any{"b": 2.0}}},
		{"second factors", `{"totp_secret":"JBSWY3DPEHPK3PXP","backup_codes":["aaaa-bbbb"]}`,
			map[string]any{"totp_enabled": true, "backup_code_enabled": true, "two_factor_enabled": true}},
		{"second factors again", `{"totp_secret":"JBSWY3DPEHPK3PXQ","backup_codes":["cccc-dddd"]}`, map[string]any{"totp_enabled": true, "backup_code_enabled": true}},
		{"no name", `{"username":""}`, map[string]any{"username": nil}},
		{"a name again", `{"username":"last_name"}`, map[string]any{"username": "last_name"}},
	}
	for _, step := range steps {
		s.call(t, "PATCH", path, step.body).want(t, step.name, step.want)
		read(step.name, step.want)
	}
	if status, _ := s.loggedIn(t, "before_name", "my-secure-password"); status != http.StatusUnauthorized {
		t.Errorf("a login by the former name: %d", status)
	}
	s.call(t, "PATCH", path, `{"public_metadata":{"c":3}}`, "Clerk-API-Version", "2025-04-10").want(t, "an older version", map[string]any{
		"public_metadata": map[string]any{"c": 3.0}, "private_metadata": map[string]any{"b": 2.0},
	})
	newest := s.call(t, "PATCH", path, `{"public_metadata":{"d":4},"first_name":"Nobody"}`, "Clerk-API-Version", "2026-05-12")
	if diff := cmp.Diff([]string{"form_param_deprecated public_metadata"}, newest.errors()); diff != "" || newest.status != 422 {
		t.Errorf("metadata in the newest version: %d (-want +got):\n%s", newest.status, diff)
	}
	read("after a refusal", map[string]any{"first_name": nil, "public_metadata": map[string]any{"c": 3.0}})
}

// TestClerkUpdatePassword: a new password ends sessions as a change of it does, one may
// be weak where checks are skipped, and a digest takes its place.
func TestClerkUpdatePassword(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	id := s.make(t, "/users", `{"email_address":["pass@example.com"],"username":"pass_name","password":"my-secure-password"}`)
	_, token := s.loggedIn(t, "pass_name", "my-secure-password")
	alive := func() bool {
		a := s.kuzzle(t, "POST", "/_checkToken", `{"token":"`+token+`"}`)
		return a.object["result"].(map[string]any)["valid"] == true
	}
	if token == "" || !alive() {
		t.Fatal("the login before opened no session")
	}
	s.call(t, "PATCH", "/users/"+id, `{"password":"another-good-one"}`).want(t, "a new password", map[string]any{"password_enabled": true})
	if alive() {
		t.Error("a session outlived the password that it was opened with")
	}
	for _, one := range []struct{ change, password string }{
		{`{"password":"abc","skip_password_checks":true,"sign_out_of_other_sessions":true}`, "abc"},
		{`{"password_digest":"5f4dcc3b5aa765d61d8327deb882cf99","password_hasher":"md5"}`, "password"},
		{`{"password":"third-good-one"}`, "third-good-one"},
	} {
		s.call(t, "PATCH", "/users/"+id, one.change).want(t, one.change, map[string]any{"password_enabled": true, "username": "pass_name"})
		for _, name := range []string{"pass_name", "pass@example.com"} {
			if status, _ := s.loggedIn(t, name, one.password); one.password != "" && status != http.StatusOK {
				t.Errorf("after %s, a login as %s: %d", one.change, name, status)
			}
		}
	}
	s.call(t, "POST", "/users/"+id+"/remove_password", `{}`).want(t, "no password", map[string]any{"password_enabled": false, "username": "pass_name"})
	s.refuse(t, "POST", "/users/"+id+"/remove_password", []clerkRefusal{
		{"none left", `{}`, 400, []string{"no_password_set"}}, {"a wrong type", `{"sign_out_of_other_sessions":"x"}`, 422, []string{"form_param_type_invalid sign_out_of_other_sessions"}},
	})
	s.refuse(t, "POST", "/users/"+id+"/verify_password", []clerkRefusal{{"none to verify", `{"password":"x"}`, 400, []string{"no_password_set"}}})
	s.call(t, "PATCH", "/users/"+id, `{"password":"a-password-again"}`).want(t, "a first password", map[string]any{"password_enabled": true, "username": "pass_name"})
	if status, _ := s.loggedIn(t, "pass_name", "a-password-again"); status != http.StatusOK {
		t.Errorf("a login by the name that was kept: %d", status)
	}
}

// TestClerkUpdateRefusals: every wrong argument has its code and parameter, and nothing
// of the request is written.
func TestClerkUpdateRefusals(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	s.make(t, "/users", `{"email_address":["has@example.com"],"username":"has_name","external_id":"has","password":"my-secure-password"}`)
	made := s.call(t, "POST", "/users", `{"email_address":["mine@example.com","reserved@example.com"],"email_address_identification_status":["verified","reserved"],
		"phone_number":["+12015550141"],"username":"mine_name","password":"my-secure-password","first_name":"Jane"}`)
	path := "/users/" + made.object["id"].(string)
	before := s.call(t, "GET", path, "")
	with := func(name, more string, errors ...string) clerkRefusal {
		return clerkRefusal{name, `{"first_name":"Changed",` + more + `}`, 422, errors}
	}
	s.refuse(t, "PATCH", "/users/user_nobody", []clerkRefusal{{"nobody", `{"first_name":"x"}`, 404, []string{"resource_not_found"}}})
	s.refuse(t, "PATCH", path, []clerkRefusal{
		with("unknown", `"foo":1`, "form_param_unknown foo"),
		with("what create takes", `"email_address":["x@example.com"],"banned":true`, "form_param_unknown banned", "form_param_unknown email_address"),
		with("wrong types", `"last_name":1,"primary_email_address_id":2,"skip_password_checks":"yes","unsafe_metadata":"x","created_at":1`,
			"form_param_type_invalid last_name", "form_param_type_invalid primary_email_address_id", "form_param_type_invalid skip_password_checks",
			"form_param_value_invalid unsafe_metadata", "form_param_type_invalid created_at"),
		with("a taken name", `"username":"HAS_name"`, "form_identifier_exists username"),
		with("a taken id", `"external_id":"has"`, "form_identifier_exists external_id"),
		with("a short name", `"username":"abc"`, "form_username_invalid_length username"),
		with("a long text", `"last_name":"`+strings.Repeat("é", 257)+`"`, "form_param_exceeds_allowed_size last_name"),
		with("an unknown primary", `"primary_email_address_id":"idn_none"`, "form_resource_not_found primary_email_address_id"),
		with("a primary of another kind", `"primary_email_address_id":"`+made.contact("phone_numbers", 0)+`"`, "form_resource_not_found primary_email_address_id"),
		with("a primary that is not verified", `"primary_email_address_id":"`+made.contact("email_addresses", 1)+`"`, "form_verification_needed primary_email_address_id"),
		with("no wallet", `"primary_web3_wallet_id":"idn_none"`, "form_resource_not_found primary_web3_wallet_id"),
		with("no image", `"profile_image_id":"img_1"`, "form_resource_not_found profile_image_id"),
		with("flags without a password", `"skip_password_checks":true,"sign_out_of_other_sessions":true`,
			"form_conditional_param_disallowed skip_password_checks", "form_conditional_param_disallowed sign_out_of_other_sessions"),
		with("a common password", `"password":"password"`, "form_password_pwned password"),
		with("a short one", `"password":"short"`, "form_password_length_too_short password"),
		with("an empty one", `"password":""`, "form_param_nil password"),
		with("the own address", `"password":"MINE@example.com"`, "form_password_matches_identifier password"),
		with("the new name", `"username":"some_new_name","password":"some_new_name"`, "form_password_matches_identifier password"),
		with("both", `"password":"my-other-password","password_digest":"x"`, "form_conditional_param_disallowed password_digest"),
		with("no hasher", `"password_digest":"5f4dcc3b5aa765d61d8327deb882cf99"`, "form_conditional_param_missing password_hasher"),
		with("a bad digest", `"password_digest":"x","password_hasher":"bcrypt"`, "form_password_digest_invalid_code password_digest"),
		with("no secret", `"totp_secret":"1"`, "invalid_totp_secret_code totp_secret"),
		with("no codes", `"backup_codes":[""]`, "form_param_value_invalid backup_codes"),
		with("too much metadata", `"public_metadata":{"a":"`+strings.Repeat("x", maxMetadata)+`"}`, "form_param_exceeds_allowed_size public_metadata"),
		with("a future", `"created_at":"2999-01-01T00:00:00Z"`, "form_disallow_future_date created_at"),
		with("no time", `"legal_accepted_at":"soon"`, "form_param_invalid_time legal_accepted_at"),
		with("a negative limit", `"create_organizations_limit":-1`, "form_param_value_invalid create_organizations_limit"),
	})
	after := s.call(t, "GET", path, "")
	if diff := cmp.Diff(before.object, after.object); diff != "" {
		t.Errorf("refused changes were written (-before +after):\n%s", diff)
	}
	only := s.make(t, "/users", `{"username":"only_name","password":"my-secure-password","skip_user_requirement":true}`)
	s.refuse(t, "PATCH", "/users/"+only, []clerkRefusal{{"the last name", `{"username":null}`, 400, []string{"identification_deletion_failed"}}})
}

// TestClerkMetadata: PATCH merges at any depth, PUT replaces, and both refuse a result
// that is too large.
func TestClerkMetadata(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	id := s.make(t, "/users", `{"email_address":["meta@example.com"],"password":"my-secure-password","public_metadata":{"a":{"b":1,"c":2},"l":[1,2]},"unsafe_metadata":{"u":1}}`)
	path := "/users/" + id + "/metadata"
	object := func(members ...any) map[string]any {
		all := map[string]any{}
		for i := 0; i < len(members); i += 2 {
			all[members[i].(string)] = members[i+1]
		}
		return all
	}
	for _, step := range []struct {
		verb, body string
		want       map[string]any
	}{
		{"PATCH", `{}`, object("public_metadata", object("a", object("b", 1.0, "c", 2.0), "l", []any{1.0, 2.0}))},
		{"PATCH", `{"public_metadata":{"a":{"b":null,"d":3},"l":[9]},"private_metadata":{"p":true}}`,
			object("public_metadata", object("a", object("c", 2.0, "d", 3.0), "l", []any{9.0}), "private_metadata", object("p", true), "unsafe_metadata", object("u", 1.0))},
		{"PATCH", `{"public_metadata":null}`, object("public_metadata", object("a", object("c", 2.0, "d", 3.0), "l", []any{9.0}))},
		{"PUT", `{"public_metadata":{"n":null,"x":1}}`, object("public_metadata", object("n", nil, "x", 1.0), "private_metadata", object("p", true))},
		{"PUT", `{"public_metadata":{},"private_metadata":null}`, object("public_metadata", object(), "private_metadata", object(), "unsafe_metadata", object("u", 1.0))},
	} {
		s.call(t, step.verb, path, step.body).want(t, step.verb+" "+step.body, step.want)
	}
	most := strings.Repeat("x", maxMetadata-len(`{"a":""}`))
	s.call(t, "PUT", path, `{"private_metadata":{"a":"`+most+`"}}`).want(t, "as large as may be", map[string]any{"private_metadata": object("a", most)})
	for _, verb := range []string{"PATCH", "PUT"} {
		s.refuse(t, verb, path, []clerkRefusal{
			{verb + " a list", `{"public_metadata":[]}`, 422, []string{"form_param_value_invalid public_metadata"}},
			{verb + " a text", `{"private_metadata":"x"}`, 422, []string{"form_param_value_invalid private_metadata"}},
			{verb + " another parameter", `{"metadata":{}}`, 422, []string{"form_param_unknown metadata"}},
			{verb + " too much", `{"unsafe_metadata":{"seen":1},"private_metadata":{"a":"` + most + `y"}}`, 422, []string{"form_param_exceeds_allowed_size private_metadata"}},
		})
		s.refuse(t, verb, "/users/user_nobody/metadata", []clerkRefusal{{verb + " nobody", `{}`, 404, []string{"resource_not_found"}}})
	}
	s.refuse(t, "PATCH", path, []clerkRefusal{{"a merge that grows", `{"private_metadata":{"b":1}}`, 422, []string{"form_param_exceeds_allowed_size private_metadata"}}})
	s.call(t, "GET", "/users/"+id, "").want(t, "after refusals", map[string]any{"unsafe_metadata": object("u", 1.0), "private_metadata": object("a", most)})
}
