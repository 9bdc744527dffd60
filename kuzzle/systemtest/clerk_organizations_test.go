package systemtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// member makes a user for organizations.
func (s clerkServer) member(t *testing.T, name string) string {
	t.Helper()
	return s.make(t, "/users", fmt.Sprintf(`{"email_address":["%[1]s@example.com"],"first_name":"%[1]s","username":"user_%[1]s","skip_password_requirement":true}`, name))
}

// data are the members of a list, and how many there are in all.
func (a clerkAnswer) data(t *testing.T) (all []map[string]any, total int) {
	t.Helper()
	list, isList := a.object["data"].([]any)
	count, isCount := a.object["total_count"].(float64)
	if a.status != 200 || !isList || !isCount {
		t.Fatalf("no list: %d %s", a.status, a.body)
	}
	for _, one := range list {
		all = append(all, one.(map[string]any))
	}
	return all, int(count)
}

// column is a member of each object of a list; a dot leads into an object.
func column(all []map[string]any, path string) []string {
	values := []string{}
	for _, one := range all {
		at := one
		names := strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			at, _ = at[name].(map[string]any)
		}
		values = append(values, fmt.Sprint(at[names[len(names)-1]]))
	}
	return values
}

// TestClerkOrganizations takes an organization through its life.
func TestClerkOrganizations(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	anna, bert, cleo := s.member(t, "anna"), s.member(t, "bert"), s.member(t, "cleo")
	made := s.call(t, "POST", "/organizations", `{"name":"Acme Inc.","created_by":"`+anna+`","public_metadata":{"plan":"pro"},"private_metadata":{"crm":{"id":7}},
		"max_allowed_memberships":3,"created_at":"2023-05-06T07:08:09Z"}`)
	if made.status != 200 {
		t.Fatalf("created: %d %s", made.status, made.body)
	}
	id := made.object["id"].(string)
	for field, want := range map[string]any{
		"object": "organization", "name": "Acme Inc.", "slug": "acme-inc", "max_allowed_memberships": 3.0, "admin_delete_enabled": true, "created_by": anna,
		"created_at": 1683356889000.0, "members_count": 1.0, "has_image": false, "image_url": "", "role_set_key": nil,
		"public_metadata": map[string]any{"plan": "pro"}, "private_metadata": map[string]any{"crm": map[string]any{"id": 7.0}},
	} {
		if diff := cmp.Diff(want, made.object[field]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", field, diff)
		}
	}
	if read := s.call(t, "GET", "/organizations/acme-inc?include_missing_member_with_elevated_permissions=true", ""); read.object["id"] != id ||
		read.object["missing_member_with_elevated_permissions"] != false || read.object["members_count"] != nil {
		t.Errorf("read by slug: %d %s", read.status, read.body)
	}

	at := "/organizations/" + id
	later()
	joined := s.call(t, "POST", at+"/memberships", `{"user_id":"`+bert+`","role":"org:member","public_metadata":{"desk":4}}`)
	for field, want := range map[string]any{
		"object": "organization_membership", "role": "org:member", "role_name": "Member", "permissions": []any{"org:sys_memberships:read"},
		"public_metadata": map[string]any{"desk": 4.0}, "private_metadata": map[string]any{},
	} {
		if diff := cmp.Diff(want, joined.object[field]); diff != "" {
			t.Errorf("membership: %s (-want +got):\n%s", field, diff)
		}
	}
	person, _ := joined.object["public_user_data"].(map[string]any)
	inside, _ := joined.object["organization"].(map[string]any)
	if person["user_id"] != bert || person["identifier"] != "bert@example.com" || person["first_name"] != "bert" || inside["id"] != id || inside["members_count"] != 2.0 {
		t.Errorf("membership: %s", joined.body)
	}
	s.refuse(t, "POST", at+"/memberships", []clerkRefusal{
		{"again", `{"user_id":"` + bert + `","role":"org:member"}`, 400, []string{"already_a_member_in_organization"}},
		{"nothing", `{}`, 422, []string{"form_param_missing user_id", "form_param_missing role"}},
		{"empty", `{"user_id":"","role":null}`, 422, []string{"form_param_nil user_id", "form_param_nil role"}},
		{"an unknown role", `{"user_id":"` + cleo + `","role":"org:king"}`, 422, []string{"form_param_value_invalid role"}},
		{"an unknown user", `{"user_id":"user_nobody","role":"org:member"}`, 404, []string{"resource_not_found"}},
		{"wrong types", `{"user_id":1,"role":[],"public_metadata":[]}`, 422, []string{"form_param_type_invalid user_id", "form_param_type_invalid role", "form_param_value_invalid public_metadata"}},
		{"unknown", `{"user_id":"x","role":"org:member","foo":1}`, 422, []string{"form_param_unknown foo"}},
		{"too much metadata", `{"user_id":"x","role":"org:member","private_metadata":{"a":"` + strings.Repeat("x", maxMetadata) + `"}}`, 422, []string{"form_param_exceeds_allowed_size private_metadata"}},
	})
	later()
	if a := s.call(t, "POST", at+"/memberships", `{"user_id":"`+cleo+`","role":"org:admin"}`); a.status != 200 {
		t.Fatalf("the third of three: %d %s", a.status, a.body)
	}
	dora := s.member(t, "dora")
	s.refuse(t, "POST", at+"/memberships", []clerkRefusal{{"beyond the limit", `{"user_id":"` + dora + `","role":"org:member"}`, 403, []string{"organization_membership_quota_exceeded"}}})

	for query, want := range map[string][]string{
		"":                              {cleo, bert, anna},
		"?order_by=%2Bcreated_at":       {anna, bert, cleo},
		"?order_by=-email_address":      {cleo, bert, anna},
		"?order_by=first_name&offset=1": {bert, cleo},
		"?limit=1&offset=1":             {bert},
		"?role=org:admin":               {cleo, anna},
		"?query=BERT":                   {bert},
		"?email_address=ANNA@example.com&email_address=cleo@example.com": {cleo, anna},
		"?name_query=ann":                          {anna},
		"?username_query=user_c":                   {cleo},
		"?user_id=-" + anna + "&order_by=username": {bert, cleo},
		"?user_id= " + anna:                        {anna},
		"?query=nobody":                            {},
		"?created_at_after=4000000000000":          {},
	} {
		list, _ := s.call(t, "GET", at+"/memberships"+strings.ReplaceAll(query, " ", "%20"), "").data(t)
		if got := column(list, "public_user_data.user_id"); !slices.Equal(got, want) {
			t.Errorf("members %s: got %v, want %v", query, got, want)
		}
	}
	s.refuse(t, "GET", at+"/memberships?limit=0", []clerkRefusal{{"no limit", "", 422, []string{"form_param_value_invalid limit"}}})
	s.refuse(t, "GET", at+"/memberships?limit=501&foo=1", []clerkRefusal{{"a large limit", "", 422, []string{"form_param_unknown foo"}}})
	s.refuse(t, "GET", at+"/memberships?limit=501", []clerkRefusal{{"a large limit", "", 422, []string{"form_param_value_too_large limit"}}})
	s.refuse(t, "GET", at+"/memberships?offset=-1&order_by=shoe_size", []clerkRefusal{{"before the beginning", "", 422, []string{"form_param_value_invalid offset", "form_param_value_invalid order_by"}}})

	for _, pages := range []string{"?page=%d", "?limit=1&page=%d"} {
		ends, seen := false, 0
		for page := 1; page < 5 && !ends; page++ {
			list, total := s.call(t, "GET", "/users/"+anna+"/organization_memberships"+fmt.Sprintf(pages, page), "").data(t)
			if ends, seen = len(list) == 0, seen+len(list); total != 1 {
				t.Errorf("page %d: %d in all", page, total)
			}
		}
		if !ends || seen != 1 {
			t.Errorf("%s: ends %t, saw %d", pages, ends, seen)
		}
	}
	s.refuse(t, "GET", "/users/user_nobody/organization_memberships", []clerkRefusal{{"of nobody", "", 404, []string{"resource_not_found"}}})

	// Users are listed by their organizations too.
	for query, want := range map[string][]string{"organization_id=" + id: {cleo, bert, anna}, "organization_id=-" + id: {dora}, "organization_id=org_nothing": {}} {
		text := string(s.call(t, "GET", "/users?"+query, "").body)
		for _, kuid := range []string{anna, bert, cleo, dora} {
			if strings.Contains(text, `"id":"`+kuid+`"`) != slices.Contains(want, kuid) {
				t.Errorf("users by %s: %s, want %v", query, text, want)
			}
		}
		if count := s.call(t, "GET", "/users/count?"+query, ""); count.object["total_count"] != float64(len(want)) {
			t.Errorf("users by %s: counted %s, want %d", query, count.body, len(want))
		}
	}

	// Roles, and the last administrator.
	member := at + "/memberships/"
	if a := s.call(t, "PATCH", member+cleo, `{"role":"org:member"}`); a.status != 200 || a.object["role"] != "org:member" {
		t.Errorf("another role: %d %s", a.status, a.body)
	}
	last := []string{"organization_minimum_permissions_needed"}
	s.refuse(t, "PATCH", member+anna, []clerkRefusal{
		{"the last administrator", `{"role":"org:member"}`, 400, last}, {"no role", `{}`, 422, []string{"form_param_missing role"}},
	})
	s.refuse(t, "DELETE", member+anna, []clerkRefusal{{"the last administrator", "", 400, last}})
	s.refuse(t, "PATCH", member+dora, []clerkRefusal{{"no member", `{"role":"org:member"}`, 404, []string{"organization_not_found_or_unauthorized"}}})
	if a := s.call(t, "PATCH", member+bert+"/metadata", `{"public_metadata":{"desk":null,"seat":"b"}}`); !cmp.Equal(a.object["public_metadata"], any(map[string]any{"seat": "b"})) {
		t.Errorf("metadata of a member: %d %s", a.status, a.body)
	}
	if a := s.call(t, "DELETE", member+bert, "null"); a.status != 200 || a.object["object"] != "organization_membership" {
		t.Errorf("removed: %d %s", a.status, a.body)
	}
	s.refuse(t, "DELETE", member+bert, []clerkRefusal{{"again", "", 404, []string{"organization_not_found_or_unauthorized"}}})

	// The deletion of a user removes the membership.
	s.call(t, "DELETE", "/users/"+cleo, "")
	if list, total := s.call(t, "GET", "/organization_memberships", "").data(t); total != 1 || column(list, "public_user_data.user_id")[0] != anna {
		t.Errorf("all memberships: %v of %d", list, total)
	}
	if gone := s.call(t, "DELETE", at, "null"); !cmp.Equal(gone.object, map[string]any{"object": "organization", "id": id, "deleted": true}) {
		t.Errorf("deleted: %d %s", gone.status, gone.body)
	}
	s.refuse(t, "DELETE", at, []clerkRefusal{{"again", "", 404, []string{"resource_not_found"}}})
	s.refuse(t, "GET", "/organizations/acme-inc", []clerkRefusal{{"by slug", "", 404, []string{"resource_not_found"}}})
	if _, total := s.call(t, "GET", "/users/"+anna+"/organization_memberships", "").data(t); total != 0 {
		t.Errorf("%d memberships are left", total)
	}
}

// TestClerkOrganizationChanges tests other changes of organizations: updates, metadata,
// lists, and refusals.
func TestClerkOrganizationChanges(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	anna := s.make(t, "/users", `{"email_address":["anna@example.com"],"skip_password_requirement":true,"create_organizations_limit":1}`)
	bert := s.make(t, "/users", `{"email_address":["bert@example.com"],"skip_password_requirement":true,"create_organization_enabled":false}`)
	first := s.make(t, "/organizations", `{"name":"First","slug":"first","created_by":"`+anna+`"}`)
	second := s.make(t, "/organizations", `{"name":"Second","private_metadata":{"a":1}}`)
	large := `{"a":"` + strings.Repeat("x", maxMetadata) + `"}`
	s.refuse(t, "POST", "/organizations", []clerkRefusal{
		{"no name", `{}`, 422, []string{"form_param_missing name"}},
		{"an empty name", `{"name":" "}`, 422, []string{"form_param_nil name"}},
		{"a long name", `{"name":"` + strings.Repeat("é", 257) + `"}`, 422, []string{"form_param_exceeds_allowed_size name"}},
		{"a slug in capitals", `{"name":"A","slug":"Abc"}`, 422, []string{"form_param_format_invalid slug"}},
		{"a taken slug", `{"name":"A","slug":"first"}`, 422, []string{"form_identifier_exists slug"}},
		{"a negative limit", `{"name":"A","max_allowed_memberships":-1}`, 422, []string{"form_param_value_invalid max_allowed_memberships"}},
		{"a future", `{"name":"A","created_at":"2999-01-01T00:00:00Z"}`, 422, []string{"form_disallow_future_date created_at"}},
		{"no time", `{"name":"A","created_at":"yesterday"}`, 422, []string{"form_param_invalid_time created_at"}},
		{"a set of roles", `{"name":"A","role_set_key":"x"}`, 422, []string{"form_param_value_invalid role_set_key"}},
		{"nobody's", `{"name":"A","created_by":"user_nobody"}`, 400, []string{"organization_creator_not_found created_by"}},
		{"one too many", `{"name":"A","created_by":"` + anna + `"}`, 403, []string{"org_creation_limit_exceeded"}},
		{"who may not", `{"name":"A","created_by":"` + bert + `"}`, 403, []string{"org_creation_limit_exceeded"}},
		{"too much metadata", `{"name":"A","public_metadata":` + large + `}`, 422, []string{"form_param_exceeds_allowed_size public_metadata"}},
		{"wrong types", `{"name":1,"public_metadata":7,"max_allowed_memberships":"x"}`, 422,
			[]string{"form_param_type_invalid name", "form_param_type_invalid max_allowed_memberships", "form_param_value_invalid public_metadata"}},
		{"unknown", `{"name":"A","foo":1}`, 422, []string{"form_param_unknown foo"}},
	})
	at := "/organizations/" + second
	if a := s.call(t, "PATCH", at, `{"name":"Third","slug":"third","max_allowed_memberships":5,"admin_delete_enabled":false,"private_metadata":{"b":2},"created_at":"2020-01-01T00:00:00Z"}`); a.object["slug"] != "third" ||
		a.object["name"] != "Third" || a.object["max_allowed_memberships"] != 5.0 || a.object["admin_delete_enabled"] != false ||
		!cmp.Equal(a.object["private_metadata"], any(map[string]any{"b": 2.0})) || a.object["created_at"] != 1577836800000.0 {
		t.Errorf("changed: %d %s", a.status, a.body)
	}
	if a := s.call(t, "PATCH", at, `{"name":null,"slug":null}`); a.object["name"] != "Third" || a.object["slug"] != "third" {
		t.Errorf("null is no change: %s", a.body)
	}
	s.refuse(t, "PATCH", at, []clerkRefusal{
		{"a taken slug", `{"slug":"first"}`, 422, []string{"form_identifier_exists slug"}},
		{"an empty slug", `{"slug":""}`, 422, []string{"form_param_nil slug"}},
		{"unknown", `{"foo":1}`, 422, []string{"form_param_unknown foo"}},
	})
	if a := s.call(t, "PATCH", at, `{"public_metadata":{}}`, "Clerk-API-Version", "2026-05-12"); a.status != 422 || !slices.Equal(a.errors(), []string{"form_param_deprecated public_metadata"}) {
		t.Errorf("metadata in a new version: %d %s", a.status, a.body)
	}
	s.make(t, "/organizations", `{"name":"Former","slug":"second"}`) // nobody has it any more
	for _, step := range []struct{ verb, body, private, public string }{
		{"PATCH", `{"public_metadata":{"x":{"y":1,"z":2}}}`, `{"b":2}`, `{"x":{"y":1,"z":2}}`},
		{"PATCH", `{"public_metadata":{"x":{"y":null}},"private_metadata":{"c":[1]}}`, `{"b":2,"c":[1]}`, `{"x":{"z":2}}`},
		{"PUT", `{"private_metadata":{"d":1}}`, `{"d":1}`, `{"x":{"z":2}}`},
		{"PUT", `{"public_metadata":{}}`, `{"d":1}`, `{}`},
	} {
		a := s.call(t, step.verb, at+"/metadata", step.body)
		if !strings.Contains(string(a.body), `"public_metadata":`+step.public) || !strings.Contains(string(a.body), `"private_metadata":`+step.private) {
			t.Errorf("%s %s: %d %s", step.verb, step.body, a.status, a.body)
		}
	}
	// A merge that grows beyond the limit is refused whole; at the limit it is not.
	half := strings.Repeat("x", maxMetadata/2)
	s.call(t, "PUT", at+"/metadata", `{"public_metadata":{"a":"`+half+`"}}`)
	s.refuse(t, "PATCH", at+"/metadata", []clerkRefusal{
		{"grown", `{"public_metadata":{"b":"` + half + `"},"private_metadata":{"e":1}}`, 422, []string{"form_param_exceeds_allowed_size public_metadata"}},
		{"unknown", `{"unsafe_metadata":{}}`, 422, []string{"form_param_unknown unsafe_metadata"}},
		{"no object", `{"public_metadata":"x"}`, 422, []string{"form_param_value_invalid public_metadata"}},
	})
	fits := strings.Repeat("x", maxMetadata-len(`{"a":""}`))
	if a := s.call(t, "PUT", at+"/metadata", `{"public_metadata":{"a":"`+fits+`"}}`); a.status != 200 {
		t.Errorf("at the limit: %d", a.status)
	}
	for query, want := range map[string][]string{
		"":                                      {"second", "first", "third"},
		"?order_by=name":                        {"first", "second", "third"},
		"?order_by=-members_count&limit=1":      {"first"},
		"?query=THIR":                           {"third"},
		"?query=" + first:                       {"first"},
		"?user_id=" + anna:                      {"first"},
		"?user_id=-" + anna + "&order_by=-name": {"third", "second"},
		"?organization_id=" + first + "&organization_id=" + second + "&order_by=name": {"first", "third"},
		"?organization_id=-" + first + "&limit=1":                                     {"second"},
	} {
		list, _ := s.call(t, "GET", "/organizations"+query, "").data(t)
		if got := column(list, "slug"); !slices.Equal(got, want) {
			t.Errorf("organizations %s: got %v, want %v", query, got, want)
		}
	}
	for _, path := range []string{"/organizations/org_nothing", "/organizations/nothing", "/organizations/org_x%2Fy"} {
		s.refuse(t, "GET", path, []clerkRefusal{{path, "", 404, []string{"resource_not_found"}}})
	}
	if a := s.call(t, "GET", "/organizations", "", "Authorization", "Bearer sk_test_unknown_key_of_nobody"); a.status != 401 {
		t.Errorf("a wrong key: %d", a.status)
	}
}

// later waits for a new millisecond: everything made then comes after everything made
// before, in every order by time.
func later() {
	for at := time.Now().UnixMilli(); time.Now().UnixMilli() <= at; {
		time.Sleep(time.Millisecond / 4)
	}
}
