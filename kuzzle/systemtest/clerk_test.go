package systemtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// clerkKey is the secret key of these tests.
const clerkKey = "sk_test_only_for_these_tests"

// clerkServer is a server that Clerk's clients reach.
type clerkServer struct {
	*server
	client *http.Client
}

func startClerk(t *testing.T, edits ...func(*settings)) clerkServer {
	t.Helper()
	key := func(set *settings) { set.Clerk.SecretKey, set.Clerk.RateLimit = config.Secret(clerkKey), "off" }
	s := clerkServer{start(t, append([]func(*settings){key}, edits...)...), &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// clerkAnswer is the answer of a request of Clerk's API.
type clerkAnswer struct {
	status int
	header http.Header
	body   []byte
	// object is the body, or its data where it is a list.
	object map[string]any
}

// errors are the codes of a refusal, each with its parameters behind a blank.
func (a clerkAnswer) errors() []string {
	list, _ := a.object["errors"].([]any)
	var all []string
	for _, one := range list {
		e := one.(map[string]any)
		meta, _ := e["meta"].(map[string]any)
		text := e["code"].(string)
		if name, ok := meta["param_name"].(string); ok {
			text += " " + name
		}
		if names, ok := meta["param_names"].([]any); ok {
			for _, name := range names {
				text += " " + name.(string)
			}
		}
		all = append(all, text)
	}
	return all
}

// call sends a request with the key. body is JSON, "" for none; header are pairs.
func (s clerkServer) call(t *testing.T, verb, path, body string, header ...string) clerkAnswer {
	t.Helper()
	header = append([]string{"Authorization", "Bearer " + clerkKey, "Content-Type", "application/json"}, header...)
	res, text := exchange(t, s.client.Do, verb, "http://"+s.addr+"/v1"+path, strings.NewReader(body), header...)
	a := clerkAnswer{status: res.StatusCode, header: res.Header, body: text}
	if bytes.HasPrefix(text, []byte("{")) {
		if err := json.Unmarshal(text, &a.object); err != nil {
			t.Fatalf("%s %s: %s: %v", verb, path, text, err)
		}
	}
	return a
}

// make creates something and returns its id.
func (s clerkServer) make(t *testing.T, path, body string) string {
	t.Helper()
	a := s.call(t, "POST", path, body)
	id, _ := a.object["id"].(string)
	if a.status != 200 || id == "" {
		t.Fatalf("POST %s %s: %d %s", path, body, a.status, a.body)
	}
	return id
}

// clerkRefusal is a request with its expected refusal.
type clerkRefusal struct {
	name, body string
	status     int
	errors     []string
}

// refuse sends requests that must be refused and checks that nothing was written.
func (s clerkServer) refuse(t *testing.T, verb, path string, rows []clerkRefusal) {
	t.Helper()
	for _, row := range rows {
		a := s.call(t, verb, path, row.body)
		if a.status != row.status || !slices.Equal(a.errors(), row.errors) {
			t.Errorf("%s: answered %d %v, want %d %v: %s", row.name, a.status, a.errors(), row.status, row.errors, a.body)
		}
		if got := a.header.Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: the content type is %q", row.name, got)
		}
		if trace := a.header.Get("Clerk-Trace-Id"); trace == "" || trace != a.object["clerk_trace_id"] {
			t.Errorf("%s: traced as %q and %v", row.name, trace, a.object["clerk_trace_id"])
		}
	}
}

// TestClerkUser takes a user through both dialects: created with Clerk's API, logged in
// and found with Kuzzle's, read and deleted with Clerk's.
func TestClerkUser(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	made := s.call(t, "POST", "/users", `{
		"external_id":"ext-1","email_address":["Jane@Example.com","work@example.com"],"email_address_identification_status":["verified","reserved"],
		"phone_number":["+12015550123"],"web3_wallet":["0x52908400098527886E0F7030069857D2E4169EE7"],"username":"jane_doe","password":"my-secure-password",
		"first_name":"Jane","last_name":"Doe","locale":"en-US","timezone":"Europe/Paris","public_metadata":{"plan":"pro"},"private_metadata":{"crm":7},
		"unsafe_metadata":{"theme":"dark"},"legal_accepted_at":"2024-01-01T00:00:00Z","created_at":"2023-05-06T07:08:09Z","delete_self_enabled":false,
		"create_organizations_limit":3,"bypass_client_trust":true}`)
	if made.status != 200 {
		t.Fatalf("created: %d %s", made.status, made.body)
	}
	id, _ := made.object["id"].(string)
	for field, want := range map[string]any{
		"object": "user", "external_id": "ext-1", "username": "jane_doe", "first_name": "Jane", "last_name": "Doe", "locale": "en-US", "timezone": "Europe/Paris",
		"created_at": 1683356889000.0, "legal_accepted_at": nil, "password_enabled": true, "two_factor_enabled": false, "delete_self_enabled": false,
		"create_organization_enabled": true, "create_organizations_limit": 3.0, "bypass_client_trust": true, "banned": false, "locked": false,
		"public_metadata": map[string]any{"plan": "pro"}, "private_metadata": map[string]any{"crm": 7.0}, "unsafe_metadata": map[string]any{"theme": "dark"},
		"passkeys": []any{}, "external_accounts": []any{}, "saml_accounts": []any{}, "enterprise_accounts": []any{}, "last_sign_in_at": nil,
	} {
		if diff := cmp.Diff(want, made.object[field]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", field, diff)
		}
	}
	emails := made.object["email_addresses"].([]any)
	first, second := emails[0].(map[string]any), emails[1].(map[string]any)
	if first["email_address"] != "Jane@example.com" || made.object["primary_email_address_id"] != first["id"] || second["reserved"] != true || second["verification"] != nil {
		t.Errorf("the addresses are %v, primary %v", emails, made.object["primary_email_address_id"])
	}
	for _, name := range []string{"jane_doe", "JANE@example.com", "+12015550123"} {
		a := s.kuzzle(t, "POST", "/_login/local", `{"username":"`+name+`","password":"my-secure-password"}`)
		if a.status != 200 || a.object["result"].(map[string]any)["_id"] != id {
			t.Errorf("login as %s: %d %s", name, a.status, a.body)
		}
	}
	found := s.operate(t, "security", "searchUsers", nil, map[string]any{"query": map[string]any{"term": map[string]any{"profileIds": "default"}}})
	if text, _ := json.Marshal(found); !strings.Contains(string(text), id) {
		t.Errorf("searchUsers finds %s, want %s among them", text, id)
	}
	read := s.call(t, "GET", "/users/"+id, "")
	if read.object["last_sign_in_at"] == nil || read.object["last_active_at"] == nil || read.object["id"] != id {
		t.Errorf("read: %d %s", read.status, read.body)
	}
	s.operate(t, "security", "refresh", map[string]any{"collection": "users"}, nil)
	before := fmt.Sprint(int64(read.object["last_active_at"].(float64)) - 1)
	if a := s.call(t, "GET", "/users?last_active_at_after="+before+"&order_by=-last_active_at", ""); !strings.Contains(string(a.body), id) {
		t.Errorf("active after %s: %s, want %s among them", before, a.body, id)
	}
	gone := s.call(t, "DELETE", "/users/"+id, "null")
	if diff := cmp.Diff(map[string]any{"object": "user", "id": id, "deleted": true, "external_id": "ext-1"}, gone.object); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	s.refuse(t, "DELETE", "/users/"+id, []clerkRefusal{{"again", "", 404, []string{"resource_not_found"}}})
	s.refuse(t, "GET", "/users/"+id, []clerkRefusal{{"read", "", 404, []string{"resource_not_found"}}})
	s.make(t, "/users", `{"email_address":["jane@example.com"],"password":"my-secure-password","username":"jane_doe","external_id":"ext-1"}`)
}

// kuzzle sends a request of Kuzzle's API. header are pairs.
func (s clerkServer) kuzzle(t *testing.T, verb, path, body string, header ...string) clerkAnswer {
	t.Helper()
	res, text := exchange(t, s.client.Do, verb, "http://"+s.addr+path, strings.NewReader(body), append([]string{"Content-Type", "application/json"}, header...)...)
	a := clerkAnswer{status: res.StatusCode, header: res.Header, body: text}
	if err := json.Unmarshal(a.body, &a.object); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestClerkCreateRefusals: every wrong parameter has Clerk's code and its name, those
// that are wrong together are told together, and nothing is written.
func TestClerkCreateRefusals(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	s.make(t, "/users", `{"email_address":["taken@example.com"],"phone_number":["+12015550100"],"username":"taken_name","external_id":"taken","web3_wallet":["0x52908400098527886E0F7030069857D2E4169EE7"],"password":"my-secure-password"}`)
	with := func(more string) string {
		return `{"email_address":["new@example.com"],"password":"my-secure-password",` + more + `}`
	}
	large := `{"a":"` + strings.Repeat("x", maxMetadata) + `"}`
	one := func(name, more string, status int, errors ...string) clerkRefusal {
		return clerkRefusal{name, with(more), status, errors}
	}
	rows := []clerkRefusal{
		{"nothing", `{}`, 422, []string{"form_data_missing email_address password"}},
		{"null", `null`, 422, []string{"form_data_missing email_address password"}},
		{"no body", ``, 422, []string{"form_data_missing email_address password"}},
		{"no JSON", `{`, 400, []string{"request_body_invalid request"}},
		{"a list", `[]`, 422, []string{"form_param_type_invalid body"}},
		{"no password", `{"email_address":["new@example.com"]}`, 422, []string{"form_data_missing password"}},
		{"no identifier at all", `{"password":"my-secure-password","skip_user_requirement":true}`, 422, []string{"form_param_missing email_address phone_number username web3_wallet"}},
		one("unknown", `"foo":1,"email":"x"`, 422, "form_param_unknown email", "form_param_unknown foo"),
		one("unknown in the query of no name", `"emailAddress":["a@example.com"]`, 422, "form_param_unknown emailAddress"),
		one("wrong types", `"first_name":1,"banned":"yes","phone_number":"+12015550123","public_metadata":[],"legal_accepted_at":5,"create_organizations_limit":1.5`, 422,
			"form_param_type_invalid first_name", "form_param_type_invalid phone_number", "form_param_value_invalid public_metadata",
			"form_param_type_invalid create_organizations_limit", "form_param_type_invalid legal_accepted_at", "form_param_type_invalid banned"),
		{"an address that is none", `{"email_address":["nowhere"],"password":"my-secure-password"}`, 422, []string{"form_param_format_invalid email_address"}},
		{"the same twice", `{"email_address":["new@example.com","NEW@example.com"],"password":"my-secure-password"}`, 422, []string{"form_param_duplicate email_address"}},
		{"taken in another spelling", `{"email_address":["TAKEN@example.com"],"password":"my-secure-password"}`, 422, []string{"form_identifier_exists email_address"}},
		one("states of another number", `"email_address_identification_status":["verified","verified"]`, 422, "form_param_array_length_mismatch email_address_identification_status"),
		one("an unknown state", `"email_address_identification_status":["maybe"]`, 422, "form_param_value_invalid email_address_identification_status"),
		one("a phone of no country", `"phone_number":["2015550123"]`, 422, "form_param_format_invalid phone_number"),
		one("a taken phone", `"phone_number":["+1 (201) 555-0100"]`, 422, "form_identifier_exists phone_number"),
		one("a wallet that is none", `"web3_wallet":["0x12"]`, 422, "form_param_format_invalid web3_wallet"),
		one("a taken wallet", `"web3_wallet":["0x52908400098527886e0f7030069857d2e4169ee7"]`, 422, "form_identifier_exists web3_wallet"),
		one("a taken name", `"username":"Taken_Name"`, 422, "form_identifier_exists username"),
		one("a taken external id", `"external_id":"taken"`, 422, "form_identifier_exists external_id"),
		one("a short name", `"username":"abc"`, 422, "form_username_invalid_length username"),
		one("a long name", `"username":"`+strings.Repeat("a", 65)+`"`, 422, "form_username_invalid_length username"),
		one("a name with a dot", `"username":"a.b.c"`, 422, "form_username_invalid_character username"),
		one("a name of digits", `"username":"12345"`, 422, "form_username_needs_non_number_char username"),
		one("a phone number as a name", `"username":"+12015550123"`, 422, "form_username_cannot_be_phone_number username"),
		one("a locale that is none", `"locale":"no locale"`, 422, "form_param_format_invalid locale"),
		one("a zone that is none", `"timezone":"Mars/Olympus"`, 422, "form_param_format_invalid timezone"),
		one("a long first name", `"first_name":"`+strings.Repeat("é", 257)+`"`, 422, "form_param_exceeds_allowed_size first_name"),
		one("too much metadata", `"private_metadata":`+large, 422, "form_param_exceeds_allowed_size private_metadata"),
		one("no time", `"created_at":"yesterday"`, 422, "form_param_invalid_time created_at"),
		one("a future", `"created_at":"2999-01-01T00:00:00Z"`, 422, "form_disallow_future_date created_at"),
		one("a secret that is none", `"totp_secret":"1"`, 422, "invalid_totp_secret_code totp_secret"),
		one("codes that are none", `"backup_codes":[""]`, 422, "form_param_value_invalid backup_codes"),
		{"short", `{"email_address":["new@example.com"],"password":"Sh0rt!x"}`, 422, []string{"form_password_length_too_short password"}},
		{"long", `{"email_address":["new@example.com"],"password":"` + strings.Repeat("x7", 37) + `"}`, 422, []string{"form_password_length_too_long password"}},
		{"many bytes", `{"email_address":["new@example.com"],"password":"` + strings.Repeat("é", 40) + `"}`, 422, []string{"form_password_size_in_bytes_exceeded password"}},
		{"common", `{"email_address":["new@example.com"],"password":"password"}`, 422, []string{"form_password_pwned password"}},
		{"the address itself", `{"email_address":["new@example.com"],"password":"New@Example.com"}`, 422, []string{"form_password_matches_identifier password"}},
		{"empty", `{"email_address":["new@example.com"],"password":""}`, 422, []string{"form_param_nil password"}},
		one("password and digest", `"password_digest":"x","password_hasher":"md5"`, 422, "form_conditional_param_disallowed password_digest"),
		{"no hasher", `{"email_address":["new@example.com"],"password_digest":"5f4dcc3b5aa765d61d8327deb882cf99"}`, 422, []string{"form_conditional_param_missing password_hasher"}},
		{"an unknown hasher", `{"email_address":["new@example.com"],"password_digest":"x","password_hasher":"rot13"}`, 422, []string{"form_param_value_invalid password_hasher"}},
		{"a bad digest", `{"email_address":["new@example.com"],"password_digest":"x","password_hasher":"bcrypt"}`, 422, []string{"form_password_digest_invalid_code password_digest"}},
		{"several at once", `{"email_address":["nowhere"],"password":"short","username":"a"}`, 422,
			[]string{"form_param_format_invalid email_address", "form_username_invalid_length username", "form_password_length_too_short password"}},
	}
	s.refuse(t, "POST", "/users", rows)
	s.make(t, "/users", with(`"username":"free_name","phone_number":["+12015550123"]`))
}

// TestClerkEdge tests the answers before an action is found, and without one.
func TestClerkEdge(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	tests := []struct {
		name, verb, path string
		header           []string
		status           int
		errors           []string
	}{
		{"no key", "POST", "/users", []string{"Authorization", ""}, 401, []string{"authentication_invalid request"}},
		{"no bearer", "GET", "/users/x", []string{"Authorization", "Basic x"}, 401, []string{"authorization_header_format_invalid"}},
		{"an unknown key", "GET", "/users/x", []string{"Authorization", "Bearer sk_test_unknown_key_of_nobody"}, 401, []string{"clerk_key_invalid"}},
		{"no such path", "GET", "/nowhere", nil, 404, []string{"resource_not_found"}},
		{"no such verb", "PUT", "/users/x", nil, 404, []string{"resource_not_found"}},
		{"no such version", "GET", "/users/x", []string{"Clerk-API-Version", "2020-01-01"}, 400, []string{"api_version_invalid"}},
		{"two versions", "GET", "/users/x?__clerk_api_version=2025-04-10", []string{"Clerk-API-Version", "2025-04-10"}, 400, []string{"api_version_invalid"}},
		{"a version to come", "GET", "/users/x", []string{"Clerk-API-Version", "2026-08-20"}, 404, []string{"resource_not_found"}},
		{"a version in the query", "GET", "/users/x?__clerk_api_version=2025-04-10", nil, 404, []string{"resource_not_found"}},
		{"text", "POST", "/users", []string{"Content-Type", "text/plain"}, 415, []string{"unsupported_content_type request"}},
		{"an unknown parameter", "GET", "/users/x?foo=1", nil, 422, []string{"form_param_unknown foo"}},
	}
	for _, test := range tests {
		body := ""
		if test.verb == "POST" {
			body = "{}"
		}
		a := s.call(t, test.verb, test.path, body, test.header...)
		if a.status != test.status || !slices.Equal(a.errors(), test.errors) || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: answered %d %v, want %d %v: %s", test.name, a.status, a.errors(), test.status, test.errors, a.body)
		}
	}
}

// TestClerkIsClosed: a caller without a key learns nothing, for every request, and
// without any key in the server nobody has one.
func TestClerkIsClosed(t *testing.T) {
	t.Parallel()
	requests := []struct {
		name, verb, path, body, kind string
		known                        int
	}{
		{"a path", "GET", "/users/x", "", "application/json", 404}, {"no path", "GET", "/nowhere", "", "application/json", 404},
		{"the prefix", "GET", "", "", "application/json", 404}, {"a path of Clerk's own", "GET", "/clients/x", "", "application/json", 404},
		{"no such verb", "PUT", "/users/x", "", "application/json", 404}, {"no verb of the server", "TRACE", "/users", "", "application/json", 400},
		{"no JSON", "POST", "/users", "{", "application/json", 400}, {"text", "POST", "/users", "x", "text/plain", 415},
		{"a broken query", "GET", "/users?a=%zz", "", "application/json", 422}, {"a broken path", "GET", "/users/%ff", "", "application/json", 422},
	}
	with, without := startClerk(t), startClerk(t, func(set *settings) { set.Clerk.SecretKey = "" })
	for _, r := range requests {
		if a := with.call(t, r.verb, r.path, r.body, "Content-Type", r.kind); a.status != r.known || len(a.errors()) == 0 {
			t.Errorf("%s, with the key: %d %s, want %d", r.name, a.status, a.body, r.known)
		}
		for _, s := range []clerkServer{with, without} {
			for header, code := range map[string]string{
				"": "authentication_invalid", "Basic eA==": "authorization_header_format_invalid", "Bearer ": "authorization_header_format_invalid",
				"Bearer sk_test_unknown_key_of_nobody": "clerk_key_invalid", "Bearer \xff": "clerk_key_invalid",
			} {
				a := s.call(t, r.verb, r.path, r.body, "Content-Type", r.kind, "Authorization", header)
				if a.status != 401 || len(a.errors()) != 1 || !strings.HasPrefix(a.errors()[0], code) {
					t.Errorf("%s, with %q: %d %s, want %s", r.name, header, a.status, a.body, code)
				}
			}
		}
	}
	if a := without.call(t, "GET", "/users", ""); a.status != 401 {
		t.Errorf("the key of another server: %d %s", a.status, a.body)
	}
}
