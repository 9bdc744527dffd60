package systemtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestClerkInstance reads and changes the instance, and checks the effect of each change.
func TestClerkInstance(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	read := s.call(t, "GET", "/instance", "")
	id, _ := read.object["id"].(string)
	if diff := cmp.Diff(map[string]any{
		"object": "instance", "id": id, "environment_type": "development", "allowed_origins": []any{}, "workspace_id": nil,
	}, read.object); diff != "" || !strings.HasPrefix(id, "ins_") {
		t.Errorf("%s (-want +got):\n%s", id, diff)
	}
	for _, body := range []string{"", "null", "{}", `{"hibp":null,"allowed_origins":null,"support_email":null}`,
		`{"hibp":false,"test_mode":true,"support_email":"help@example.com","clerk_js_version":"5","development_origin":"http://localhost:3000",
			"allowed_origins":["chrome-extension://abc","https://app.example.com"],"cookieless_dev":false,"url_based_session_syncing":true,"enhanced_email_deliverability":false,
			"preferred_sign_in_strategy_when_password_required":"otp"}`} {
		a := s.call(t, "PATCH", "/instance", body)
		if a.status != http.StatusNoContent || len(a.body) != 0 || a.header.Get("Content-Type") != "" || a.header.Get("Clerk-Trace-Id") == "" {
			t.Errorf("PATCH %s: %d %q %v", body, a.status, a.body, a.header)
		}
	}
	s.call(t, "GET", "/instance", "").want(t, "changed", map[string]any{"id": id, "allowed_origins": []any{"chrome-extension://abc", "https://app.example.com"}})
	pwned := `{"email_address":["pwned%d@example.com"],"password":"password"}`
	s.make(t, "/users", fmt.Sprintf(pwned, 1))
	s.call(t, "PATCH", "/instance", `{"hibp":true,"allowed_origins":[]}`)
	s.refuse(t, "POST", "/users", []clerkRefusal{{"leaked", fmt.Sprintf(pwned, 2), 422, []string{"form_password_pwned password"}}})
	s.call(t, "GET", "/instance", "").want(t, "no origins", map[string]any{"allowed_origins": []any{}})
	s.make(t, "/users", strings.Replace(fmt.Sprintf(pwned, 3), "{", `{"skip_password_checks":true,`, 1))
	if got := s.operate(t, "settings", "get", map[string]any{"_id": "clerk.hibp"}, nil)["result"].(map[string]any); got["value"] != true || got["from"] != "store" {
		t.Errorf("the setting is %v", got)
	}

	long := strings.Repeat("x", 256)
	origins, _ := json.Marshal(strings.Split(strings.Repeat("https://a.example.com ", 101), " ")[:101])
	s.refuse(t, "PATCH", "/instance", []clerkRefusal{
		{"no such parameter", `{"hibb":true}`, 422, []string{"form_param_unknown hibb"}},
		{"wrong types", `{"hibp":"no","test_mode":1,"support_email":{},"allowed_origins":"https://a.example.com"}`, 422,
			[]string{"form_param_type_invalid test_mode", "form_param_type_invalid hibp", "form_param_type_invalid support_email", "form_param_type_invalid allowed_origins"}},
		{"forms", `{"support_email":"help","development_origin":"localhost","allowed_origins":["https://a.example.com/"],"clerk_js_version":"a\nb"}`, 422,
			[]string{"form_param_format_invalid support_email", "form_param_format_invalid clerk_js_version", "form_param_format_invalid development_origin", "form_param_format_invalid allowed_origins"}},
		{"lengths", `{"clerk_js_version":"` + long + `","allowed_origins":` + string(origins) + `}`, 422,
			[]string{"form_param_exceeds_allowed_size clerk_js_version", "form_param_array_size_exceeded allowed_origins"}},
		{"no such choice", `{"preferred_sign_in_strategy_when_password_required":"magic","hibp":false}`, 422, []string{"form_param_value_invalid preferred_sign_in_strategy_when_password_required"}},
		{"what there is not", `{"hibp":false,"enhanced_email_deliverability":true}`, 403, []string{"feature_not_enabled enhanced_email_deliverability"}},
		{"no JSON", `{`, 400, []string{"request_body_invalid"}},
	})
	s.refuse(t, "POST", "/users", []clerkRefusal{{"a refused change changes nothing", fmt.Sprintf(pwned, 4), 422, []string{"form_password_pwned password"}}})
	s.refuse(t, "GET", "/instance?x=1", []clerkRefusal{{"an unknown parameter", "", 422, []string{"form_param_unknown x"}}})

	pinned := startClerk(t, func(set *settings) { set.Clerk.HIBP = false })
	pinned.refuse(t, "PATCH", "/instance", []clerkRefusal{{"a pinned setting", `{"hibp":true,"allowed_origins":["https://a.example.com"]}`, 400, []string{"request_invalid_for_instance"}}})
	pinned.call(t, "GET", "/instance", "").want(t, "nothing is left of it", map[string]any{"allowed_origins": []any{}})
}

// TestInstanceEvents: each change of the instance is told, and nothing else is.
func TestInstanceEvents(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	told := func(verb, path, body string, want ...string) (id string) {
		t.Helper()
		a := s.call(t, verb, path, body)
		if _, happened := s.trace.of(a.header.Get("Clerk-Trace-Id")); a.status > 299 || !slices.Equal(happened, want) {
			t.Errorf("%s %s %s: %d, and %v was told, want %v", verb, path, body, a.status, happened, want)
		}
		id, _ = a.object["id"].(string)
		return id
	}
	told("GET", "/instance", "")
	told("PATCH", "/instance", `{"hibp":false}`, "setting.changed")
	told("PATCH", "/instance", `{"test_mode":true}`, "instance.updated")
	told("PATCH", "/instance", `{"test_mode":true}`)
	told("PATCH", "/instance/restrictions", `{"allowlist":true,"blocklist":true,"allowlist_blocklist_disabled_on_sign_in":true}`, "setting.changed", "setting.changed", "instance.updated")
	told("GET", "/allowlist_identifiers", "")
	id := told("POST", "/allowlist_identifiers", `{"identifier":"a@example.com"}`, "allowlist.added")
	told("DELETE", "/allowlist_identifiers/"+id, "", "allowlist.removed")
	id = told("POST", "/blocklist_identifiers", `{"identifier":"a@example.com"}`, "blocklist.added")
	told("DELETE", "/blocklist_identifiers/"+id, "", "blocklist.removed")
}

// TestInstanceKeys: a key that is limited to organizations changes nothing of the whole
// instance.
func TestInstanceKeys(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	made := s.operate(t, "service-keys", "create", nil, map[string]any{"kind": "live", "organizations": []any{"org_x"}})["result"].(map[string]any)
	live := s.operate(t, "service-keys", "create", nil, map[string]any{"kind": "live"})["result"].(map[string]any)
	for _, row := range [][3]string{
		{"GET", "/instance", ""}, {"PATCH", "/instance", `{"hibp":false}`}, {"PATCH", "/instance/restrictions", `{"allowlist":true}`}, {"PATCH", "/beta_features/instance_settings", `{}`},
		{"GET", "/allowlist_identifiers", ""}, {"POST", "/allowlist_identifiers", `{"identifier":"a@example.com"}`}, {"DELETE", "/allowlist_identifiers/x", ""},
		{"GET", "/blocklist_identifiers", ""}, {"POST", "/blocklist_identifiers", `{"identifier":"a@example.com"}`}, {"DELETE", "/blocklist_identifiers/x", ""},
	} {
		a := s.call(t, row[0], row[1], row[2], "Authorization", "Bearer "+made["secret"].(string))
		if a.status != 403 || !slices.Equal(a.errors(), []string{"authorization_invalid"}) {
			t.Errorf("%v: %d %s", row, a.status, a.body)
		}
		if a := s.call(t, row[0], row[1], row[2], "Authorization", "Bearer sk_test_unknown_key_of_nobody"); a.status != 401 {
			t.Errorf("%v, with a wrong key: %d %s", row, a.status, a.body)
		}
	}
	s.call(t, "GET", "/instance", "", "Authorization", "Bearer "+live["secret"].(string)).want(t, "a live key", map[string]any{"environment_type": "production"})
}

// TestClerkOlderSettings holds the endpoint that has some settings by older names.
func TestClerkOlderSettings(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	id := s.call(t, "GET", "/instance", "").object["id"]
	a := s.call(t, "PATCH", "/beta_features/instance_settings", `{"restricted_to_allowlist":true,"from_email_address":"noreply","progressive_sign_up":true,"test_mode":false}`)
	if diff := cmp.Diff(map[string]any{
		"object": "instance_settings", "id": id, "restricted_to_allowlist": true, "from_email_address": "noreply", "progressive_sign_up": true, "enhanced_email_deliverability": false,
	}, a.object); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.call(t, "PATCH", "/instance/restrictions", "{}").want(t, "the restrictions", map[string]any{"allowlist": true})
	s.refuse(t, "PATCH", "/beta_features/instance_settings", []clerkRefusal{
		{"a wrong type", `{"restricted_to_allowlist":"yes"}`, 422, []string{"form_param_type_invalid restricted_to_allowlist"}},
		{"no such parameter", `{"restricted":true}`, 422, []string{"form_param_unknown restricted"}},
		{"a form", `{"from_email_address":"a\u0000"}`, 422, []string{"form_param_format_invalid from_email_address"}},
	})
}

// TestClerkSignUpLists keeps both lists.
func TestClerkSignUpLists(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	instance := s.call(t, "GET", "/instance", "").object["id"]
	for _, list := range []string{"allowlist", "blocklist"} {
		path, object := "/"+list+"_identifiers", list+"_identifier"
		var ids []string
		for _, row := range [][3]string{
			{"Jane@Example.com", "Jane@example.com", "email_address"}, {"*@Example.org", "*@example.org", "email_address"}, {"*@*.example.org", "*@*.example.org", "email_address"},
			{"+1 201 555 0123", "+12015550123", "phone_number"}, {"0x52908400098527886E0F7030069857D2E4169EE7", "0x52908400098527886E0F7030069857D2E4169EE7", "web3_wallet"},
		} {
			a := s.call(t, "POST", path, `{"identifier":"`+row[0]+`"}`)
			a.want(t, row[0], map[string]any{"object": object, "identifier": row[1], "identifier_type": row[2], "instance_id": instance, "updated_at": a.object["created_at"]})
			ids = append([]string{a.object["id"].(string)}, ids...)
		}
		prefix := map[string]string{"allowlist": "alid_", "blocklist": "blid_"}[list]
		if !strings.HasPrefix(ids[0], prefix) {
			t.Errorf("an id is %s", ids[0])
		}
		s.refuse(t, "POST", path, []clerkRefusal{
			{"nothing", `{}`, 422, []string{"form_param_missing identifier"}}, {"null", `{"identifier":null}`, 422, []string{"form_param_nil identifier"}},
			{"empty", `{"identifier":""}`, 422, []string{"form_param_nil identifier"}}, {"a number", `{"identifier":1}`, 422, []string{"form_param_type_invalid identifier"}},
			{"a name", `{"identifier":"jane"}`, 422, []string{"form_param_format_invalid identifier"}}, {"a domain", `{"identifier":"example.com"}`, 422, []string{"form_param_format_invalid identifier"}},
			{"all", `{"identifier":"*"}`, 422, []string{"form_param_format_invalid identifier"}}, {"all mail", `{"identifier":"*@"}`, 422, []string{"form_param_format_invalid identifier"}},
			{"a star elsewhere", `{"identifier":"*@a.*.com"}`, 422, []string{"form_param_format_invalid identifier"}}, {"two", `{"identifier":"*@a@b.com"}`, 422, []string{"form_param_format_invalid identifier"}},
			{"again", `{"identifier":"JANE@EXAMPLE.COM"}`, 400, []string{"duplicate_record"}}, {"a domain again", `{"identifier":"*@EXAMPLE.org"}`, 400, []string{"duplicate_record"}},
			{"no such parameter", `{"identifier":"b@example.com","comment":"x"}`, 422, []string{"form_param_unknown comment"}},
		})
		s.checkList(t, path, ids)
		s.call(t, "DELETE", path+"/"+ids[1], "null").want(t, "deleted", map[string]any{"object": object, "id": ids[1], "deleted": true})
		s.refuse(t, "DELETE", path+"/"+ids[1], []clerkRefusal{{"again", "", 404, []string{"resource_not_found"}}})
		if a := s.call(t, "GET", path+"?paginated=true", ""); a.object["total_count"] != 4.0 || strings.Contains(string(a.body), ids[1]) {
			t.Errorf("after a deletion: %s", a.body)
		}
	}
	s.checkNotices(t)
	s.make(t, "/allowlist_identifiers", `{"identifier":"new@example.com","notify":false}`)
	s.refuse(t, "POST", "/blocklist_identifiers", []clerkRefusal{{"no notices here", `{"identifier":"new@example.com","notify":false}`, 422, []string{"form_param_unknown notify"}}})
}

// checkNotices lists addresses that are told of it by an invitation.
func (s clerkServer) checkNotices(t *testing.T) {
	t.Helper()
	a := s.call(t, "POST", "/allowlist_identifiers", `{"identifier":"told@example.com","notify":true}`)
	list, invitations := string(s.call(t, "GET", "/allowlist_identifiers", "").body), string(s.call(t, "GET", "/invitations", "").body)
	if id, _ := a.object["invitation_id"].(string); id == "" || !strings.Contains(list, `"`+id+`"`) || !strings.Contains(invitations, `"`+id+`"`) || !strings.Contains(invitations, "told@example.com") {
		t.Errorf("told with %s, listed as %s, invited as %s", a.body, list, invitations)
	}
	s.make(t, "/users", `{"email_address":["user@example.com"],"password":"my-secure-password"}`)
	s.make(t, "/invitations", `{"email_address":"invited@example.com"}`)
	s.refuse(t, "POST", "/allowlist_identifiers", []clerkRefusal{
		{"a domain is told nothing", `{"identifier":"*@example.edu","notify":true}`, 422, []string{"form_param_value_invalid notify"}},
		{"nor is a phone", `{"identifier":"+12015550199","notify":true}`, 422, []string{"form_param_value_invalid notify"}},
		{"no identifier", `{"notify":true}`, 422, []string{"form_param_missing identifier"}},
		{"a user", `{"identifier":"user@example.com","notify":true}`, 422, []string{"form_identifier_exists identifier"}},
		{"who is invited", `{"identifier":"invited@example.com","notify":true}`, 400, []string{"duplicate_record"}},
		{"again", `{"identifier":"told@example.com","notify":true}`, 400, []string{"duplicate_record"}},
	})
	live := s.operate(t, "service-keys", "create", nil, map[string]any{"kind": "live"})["result"].(map[string]any)["secret"].(string)
	s.seen.note(live)
	if a := s.call(t, "POST", "/allowlist_identifiers", `{"identifier":"late@example.com","notify":true}`, "Authorization", "Bearer "+live); a.status != 503 {
		t.Errorf("where nothing can be sent: %d %s", a.status, a.body)
	}
	if now := string(s.call(t, "GET", "/allowlist_identifiers", "").body); now != list {
		t.Errorf("refused, and listed are %s, want %s", now, list)
	}
}

// checkList reads a list whole and in parts. ids are those listed, the newest first.
func (s clerkServer) checkList(t *testing.T, path string, ids []string) {
	t.Helper()
	for query, want := range map[string][]string{
		"?paginated=true": ids, "?paginated=true&limit=2": ids[:2], "?paginated=true&limit=2&offset=4": ids[4:], "?paginated=true&offset=99": {}, "?paginated=true&limit=500": ids,
	} {
		a := s.call(t, "GET", path+query, "")
		got := []string{}
		data, _ := a.object["data"].([]any)
		for _, one := range data {
			got = append(got, one.(map[string]any)["id"].(string))
		}
		if diff := cmp.Diff(want, got); diff != "" || a.object["total_count"] != float64(len(ids)) {
			t.Errorf("%s%s: %v (-want +got):\n%s", path, query, a.object["total_count"], diff)
		}
	}
	bare := strings.HasPrefix(string(s.call(t, "GET", path, "").body), "[")
	if want := path == "/allowlist_identifiers"; bare != want {
		t.Errorf("%s is bare: %v", path, bare)
	}
	for query, want := range map[string]string{
		"limit=0": "form_param_value_invalid limit", "limit=501": "form_param_value_too_large limit", "offset=-1": "form_param_value_invalid offset",
		"limit=x": "form_param_type_invalid limit", "paginated=maybe": "form_param_type_invalid paginated", "order_by=id": "form_param_unknown order_by",
	} {
		s.refuse(t, "GET", path+"?"+query, []clerkRefusal{{query, "", 422, []string{want}}})
	}
}

// refuseOwnNames: a user who signed up tries to add names that sign-ups cannot have, and
// others.
func (s clerkServer) refuseOwnNames(t *testing.T) {
	t.Helper()
	s.operate(t, "security", "updateRole", map[string]any{"_id": "default"}, map[string]any{"controllers": map[string]any{"auth": map[string]any{"actions": map[string]any{"*": true}}}})
	_, token := s.loggedIn(t, "somebody", "my-secure-password")
	for _, test := range []struct {
		verb, path, body string
		want             int
	}{
		{"POST", "/_me/contacts/_create", `{"kind":"email","value":"b@evil.example"}`, 403},
		{"POST", "/_me/contacts/_create", `{"kind":"email","value":"b@evil。example"}`, 403},
		{"POST", "/_me/contacts/_create", `{"kind":"phone","value":"+1 201 555 0123"}`, 403},
		{"POST", "/_me/contacts/_create", `{"kind":"email","value":"somebody@example.com"}`, 200},
		{"PUT", "/_me/credentials/local/_update", `{"username":"b@evil.example"}`, 403},
		{"PUT", "/_me/credentials/local/_update", `{"username":"<b@evil.example>"}`, 403},
		{"PUT", "/_me/credentials/local/_update", `{"username":"somebody-else"}`, 200},
	} {
		if a := s.kuzzle(t, test.verb, test.path, test.body, "Authorization", "Bearer "+token); a.status != test.want || a.status == 403 && !strings.Contains(string(a.body), "security.user.sign_up_refused") {
			t.Errorf("own %s %s: %d %s, want %d", test.path, test.body, a.status, a.body, test.want)
		}
	}
}

// TestSignUpRestrictions tests the restrictions of Clerk's API: they apply to sign-ups,
// and not to users created with a key.
func TestSignUpRestrictions(t *testing.T) {
	t.Parallel()
	s := startClerk(t, func(set *settings) { set.Logins.FreeSignUps = 1000 })
	s.operate(t, "security", "updateRole", map[string]any{"_id": "anonymous"}, map[string]any{"controllers": map[string]any{
		"auth": map[string]any{"actions": map[string]any{"login": true}}, "security": map[string]any{"actions": map[string]any{"createRestrictedUser": true}},
	}})
	signUp := func(name string) int {
		t.Helper()
		return s.kuzzle(t, "POST", "/users/_createRestricted", `{"content":{},"credentials":{"local":{"username":"`+name+`","password":"my-secure-password"}}}`).status
	}
	check := func(what string, want int, names ...string) {
		t.Helper()
		for _, name := range names {
			if got := signUp(name); got != want {
				t.Errorf("%s: %s got %d, want %d", what, name, got, want)
			}
		}
	}
	restrict := func(body string, want map[string]any) {
		t.Helper()
		all := map[string]any{"object": "instance_restrictions", "allowlist": false, "blocklist": false, "allowlist_blocklist_disabled_on_sign_in": false,
			"block_email_subaddresses": false, "block_disposable_email_domains": false, "ignore_dots_for_gmail_addresses": false}
		for name, value := range want {
			all[name] = value
		}
		a := s.call(t, "PATCH", "/instance/restrictions", body)
		if diff := cmp.Diff(all, a.object); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
	restrict(`{}`, nil)
	s.make(t, "/blocklist_identifiers", `{"identifier":"*@evil.example"}`)
	s.make(t, "/blocklist_identifiers", `{"identifier":"*@*.evil.example"}`)
	s.make(t, "/blocklist_identifiers", `{"identifier":"+12015550123"}`)
	s.make(t, "/allowlist_identifiers", `{"identifier":"friend@example.com"}`)
	s.make(t, "/allowlist_identifiers", `{"identifier":"*@*.friends.example"}`)
	check("without restrictions", 200, "a@evil.example")

	restrict(`{"blocklist":true}`, map[string]any{"blocklist": true})
	check("blocked", 403, "b@evil.example", "B@EVIL.example", "b@deep.er.evil.example", "+12015550123", "+1 201 555 0123")
	check("blocked however it is spelled", 403, "b@evil.example.", "b@evil。example", "b＠evil.example", `\"b\"@evil.example`, "<b@evil.example>", "b@evil.example\\u200b")
	check("not blocked", 200, "b@notevil.example", "somebody", "evil.example")
	s.refuseOwnNames(t)
	s.make(t, "/users", `{"email_address":["by-key@evil.example"],"password":"my-secure-password"}`)

	restrict(`{"blocklist":false,"allowlist":true,"allowlist_blocklist_disabled_on_sign_in":true}`, map[string]any{"allowlist": true, "allowlist_blocklist_disabled_on_sign_in": true})
	check("not allowed", 403, "stranger@example.com", "nobody", "x@friends.example", "+12015550199")
	check("allowed", 200, "Friend@EXAMPLE.com", "x@a.friends.example")
	if a := s.kuzzle(t, "POST", "/_login/local", `{"username":"a@evil.example","password":"my-secure-password"}`); a.status != 200 {
		t.Errorf("a login of who is not on the list: %d %s", a.status, a.body)
	}
	s.make(t, "/users", `{"email_address":["by-key@example.com"],"password":"my-secure-password"}`)

	restrict(`{"allowlist":false,"block_email_subaddresses":true,"block_disposable_email_domains":true,"allowlist_blocklist_disabled_on_sign_in":false}`,
		map[string]any{"block_email_subaddresses": true, "block_disposable_email_domains": true})
	check("subaddresses and disposable ones", 403, "c+1@example.com", "c=1@example.com", "c@mailinator.com", "c@sub.mailinator.com")
	check("others", 200, "c@example.com", "c+name", "c@notmailinator.org")
	s.refuse(t, "PATCH", "/instance/restrictions", []clerkRefusal{
		{"a wrong type", `{"allowlist":"on"}`, 422, []string{"form_param_type_invalid allowlist"}},
		{"no such parameter", `{"waitlist":true}`, 422, []string{"form_param_unknown waitlist"}},
		{"what there is not", `{"allowlist":true,"ignore_dots_for_gmail_addresses":true}`, 403, []string{"feature_not_enabled ignore_dots_for_gmail_addresses"}},
	})
	restrict(`{"block_email_subaddresses":null,"ignore_dots_for_gmail_addresses":false}`, map[string]any{"block_email_subaddresses": true, "block_disposable_email_domains": true})
}

// TestClerkOrganizationSettings reads and changes the settings of organizations, and
// checks their effect.
func TestClerkOrganizationSettings(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	const path = "/instance/organization_settings"
	check := func(a clerkAnswer, changed map[string]any) {
		t.Helper()
		all := map[string]any{
			"object": "organization_settings", "enabled": true, "max_allowed_memberships": 0.0, "max_allowed_roles": 2.0, "max_allowed_permissions": 6.0,
			"creator_role": "org:admin", "admin_delete_enabled": true, "domains_enabled": false, "slug_disabled": false,
			"domains_enrollment_modes": []any{}, "domains_default_role": "org:member",
		}
		for name, value := range changed {
			all[name] = value
		}
		if diff := cmp.Diff(all, a.object); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	check(s.call(t, "GET", path, ""), nil)
	check(s.call(t, "PATCH", path, `{"enabled":null,"creator_role_id":"org:admin","domains_default_role_id":"org:member","domains_enabled":false,"domains_enrollment_modes":[]}`), nil)
	before := s.make(t, "/organizations", `{"name":"Before","slug":"before"}`)
	changed := map[string]any{"max_allowed_memberships": 3.0, "admin_delete_enabled": false, "slug_disabled": true}
	check(s.call(t, "PATCH", path, `{"max_allowed_memberships":3,"admin_delete_enabled":false,"slug_disabled":true}`), changed)
	slugless := []clerkRefusal{{"a slug", `{"name":"After","slug":"after"}`, 403, []string{"organization_slugs_disabled slug"}}}
	s.refuse(t, "POST", "/organizations", slugless)
	s.refuse(t, "PATCH", "/organizations/"+before, slugless)
	s.call(t, "POST", "/organizations", `{"name":"After"}`).want(t, "a new one", map[string]any{"max_allowed_memberships": 3.0, "admin_delete_enabled": false})
	s.call(t, "POST", "/organizations", `{"name":"Wide","max_allowed_memberships":0}`).want(t, "one that says", map[string]any{"max_allowed_memberships": 0.0})
	s.call(t, "GET", "/organizations/"+before, "").want(t, "an older one", map[string]any{"slug": "before", "max_allowed_memberships": 0.0, "admin_delete_enabled": true})
	s.refuse(t, "PATCH", path, []clerkRefusal{
		{"no such parameter", `{"enable":true}`, 422, []string{"form_param_unknown enable"}}, {"a wrong type", `{"enabled":1}`, 422, []string{"form_param_type_invalid enabled"}},
		{"too few", `{"max_allowed_memberships":-1}`, 422, []string{"form_param_value_invalid max_allowed_memberships"}},
		{"too many", `{"max_allowed_memberships":1000001}`, 422, []string{"form_param_value_invalid max_allowed_memberships"}},
		{"other roles", `{"creator_role_id":"org:member","domains_default_role_id":"role_x"}`, 422, []string{"form_resource_not_found creator_role_id", "form_resource_not_found domains_default_role_id"}},
		{"domains", `{"enabled":false,"domains_enabled":true,"domains_enrollment_modes":["automatic_invitation"]}`, 403, []string{"feature_not_enabled domains_enabled", "feature_not_enabled domains_enrollment_modes"}},
	})
	check(s.call(t, "PATCH", path, `{"enabled":false}`), map[string]any{"enabled": false, "max_allowed_memberships": 3.0, "admin_delete_enabled": false, "slug_disabled": true})
	off := []clerkRefusal{{"without organizations", "", 403, []string{"organization_not_enabled_in_instance"}}}
	s.refuse(t, "GET", "/organizations", off)
	s.refuse(t, "GET", "/organizations/"+before, off)
	s.call(t, "PATCH", path, `{"enabled":true}`)
	s.call(t, "GET", "/organizations/"+before, "").want(t, "on again", map[string]any{"slug": "before"})
}
