package systemtest

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestClerkOrganizationInvitations takes an invitation to an organization from its mail to
// the membership.
func TestClerkOrganizationInvitations(t *testing.T) {
	t.Parallel()
	mailing, box := mailTo(t)
	s := startClerk(t, mailing)
	boss := s.make(t, "/users", `{"email_address":["boss@example.com"],"password":"my-secure-password"}`)
	acme := s.make(t, "/organizations", `{"name":"Acme","created_by":"`+boss+`"}`)
	path := "/organizations/" + acme + "/invitations"
	made := s.call(t, "POST", path, `{"email_address":"jane@example.com","role":"org:member","inviter_user_id":"`+boss+`","public_metadata":{"team":"red"},"private_metadata":{"crm":7},"expires_in_days":2}`)
	link, _ := made.object["url"].(string)
	at, err := url.Parse(link)
	if made.status != 200 || err != nil || !strings.HasPrefix(link, "http://"+s.addr+"/_login/ticket?ticket=org_") {
		t.Fatalf("made: %d %s", made.status, made.body)
	}
	ticket := at.Query().Get("ticket")
	s.seen.note(ticket[strings.LastIndex(ticket, ".")+1:])
	if made.object["object"] != "organization_invitation" || made.object["status"] != "pending" || made.object["inviter_id"] != boss || made.object["role_name"] != "Member" ||
		made.object["private_metadata"].(map[string]any)["crm"] != 7.0 || made.object["expires_at"].(float64)-made.object["created_at"].(float64) != 2*24*3600*1000 {
		t.Errorf("made: %s", made.body)
	}
	if text := box.next(t, "organization-invitation", "jane@example.com"); !strings.Contains(text, link) {
		t.Errorf("the mail says %s", text)
	}
	if page := s.follow(t, link); !strings.Contains(page, `name="password"`) {
		t.Errorf("the page is %s", page)
	}
	s.redeemsNew(t, ticket)
	members := s.call(t, "GET", "/organizations/"+acme+"/memberships?order_by=-created_at&limit=1", "")
	m, _ := members.object["data"].([]any)[0].(map[string]any)
	if members.object["total_count"] != 2.0 || m["role"] != "org:member" || m["public_metadata"].(map[string]any)["team"] != "red" || m["public_user_data"].(map[string]any)["identifier"] != "jane@example.com" {
		t.Errorf("members: %s", members.body)
	}
	id := made.object["id"].(string)
	if a := s.call(t, "GET", path+"/"+id, ""); a.object["status"] != "accepted" || a.object["url"] != nil {
		t.Errorf("accepted: %s", a.body)
	}
	s.refuse(t, "POST", path+"/"+id+"/revoke", []clerkRefusal{{"accepted", "{}", 404, []string{"organization_invitation_not_pending"}}})

	many := s.call(t, "POST", path+"/bulk", `[{"email_address":"a@example.com","role":"org:member","notify":false},{"email_address":"b@example.com","role":"org:admin","notify":false}]`)
	if many.status != 200 || many.object["total_count"] != 2.0 || len(many.object["data"].([]any)) != 2 {
		t.Errorf("many: %d %s", many.status, many.body)
	}
	with := func(more string) string { return `{"email_address":"x@example.com","role":"org:member",` + more + `}` }
	rows := []clerkRefusal{
		{"nothing", `{}`, 422, []string{"form_param_missing email_address", "form_param_missing role"}},
		{"no address", `{"email_address":"x","role":"org:member"}`, 422, []string{"form_param_format_invalid email_address"}},
		{"no role", `{"email_address":"x@example.com","role":"king"}`, 422, []string{"form_param_value_invalid role"}},
		{"a number", with(`"redirect_url":1`), 422, []string{"form_param_type_invalid redirect_url"}},
		{"a script", with(`"redirect_url":"javascript:x"`), 422, []string{"form_param_format_invalid redirect_url"}},
		{"no days", with(`"expires_in_days":0`), 422, []string{"form_param_value_invalid expires_in_days"}},
		{"too many days", with(`"expires_in_days":366`), 422, []string{"form_param_value_too_large expires_in_days"}},
		{"no object", with(`"private_metadata":[]`), 422, []string{"form_param_value_invalid private_metadata"}},
		{"too much", with(`"public_metadata":{"x":"` + strings.Repeat("x", 8190) + `"}`), 422, []string{"form_param_exceeds_allowed_size public_metadata"}},
		{"unknown", with(`"x":1`), 422, []string{"form_param_unknown x"}},
		{"a stranger invites", with(`"inviter_user_id":"ghost"`), 404, []string{"organization_not_found_or_unauthorized inviter_user_id"}},
		{"invited", `{"email_address":"A@example.com","role":"org:member"}`, 400, []string{"organization_invitation_not_unique"}},
		{"a member", `{"email_address":"Jane@example.com","role":"org:member"}`, 400, []string{"already_a_member_in_organization"}},
	}
	s.refuse(t, "POST", path, rows)
	for i := range rows {
		rows[i].body = `[{"email_address":"first@example.com","role":"org:member","notify":false},` + rows[i].body + `]`
	}
	s.refuse(t, "POST", path+"/bulk", append(rows,
		clerkRefusal{"none", `[]`, 422, []string{"form_param_missing email_address"}}, clerkRefusal{"no list", `{}`, 400, []string{"request_body_invalid"}},
		clerkRefusal{"too many", "[" + strings.Repeat(`{"email_address":"x@example.com","role":"org:member"},`, 10) + `{}]`, 400, []string{"bulk_size_exceeded invitations"}},
	))
	none := []clerkRefusal{{"no organization", `{"email_address":"x@example.com","role":"org:member"}`, 404, []string{"resource_not_found"}}}
	s.refuse(t, "POST", "/organizations/org_none/invitations", none)
	if a := s.call(t, "POST", path, `{}`, "Authorization", "Bearer sk_test_of_nobody_at_all"); a.status != 401 || !slices.Equal(a.errors(), []string{"clerk_key_invalid"}) {
		t.Errorf("a wrong key: %d %v", a.status, a.errors())
	}
	if a := s.call(t, "GET", path+"?status=pending&order_by=email_address", ""); a.object["total_count"] != 2.0 {
		t.Errorf("open: %s", a.body)
	}
}
