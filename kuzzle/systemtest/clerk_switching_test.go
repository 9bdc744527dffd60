package systemtest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// signInAs signs a user with the tests' password in, and returns the session's id.
func (b *visitor) signInAs(t *testing.T, identifier string) string {
	t.Helper()
	a := b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {identifier}, "password": {passwordOf}})
	id, _ := within(a.object, "response", "created_session_id").(string)
	if a.status != 200 || id == "" {
		t.Fatalf("signing in as %s: %d %s", identifier, a.status, a.body)
	}
	return id
}

// colleague makes a user with the tests' password.
func (s clerkServer) colleague(t *testing.T, name string) string {
	t.Helper()
	return s.make(t, "/users", `{"email_address":["`+name+`@example.com"],"first_name":"`+name+`","password":"`+passwordOf+`"}`)
}

// found makes an organization of the signed-in user, and returns its id.
func (b *visitor) found(t *testing.T, name string) string {
	t.Helper()
	a := b.send(t, "POST", "/organizations", url.Values{"name": {name}, "slug": {""}})
	id, _ := within(a.object, "response", "id").(string)
	if a.status != 200 || id == "" {
		t.Fatalf("founding: %d %s", a.status, a.body)
	}
	return id
}

// organizationIn is the claim about the organization in a fresh token of a session.
func (b *visitor) organizationIn(t *testing.T, session string, form url.Values) map[string]any {
	t.Helper()
	a := b.send(t, "POST", "/client/sessions/"+session+"/tokens", form)
	o, _ := claimsOfToken(t, a.object["jwt"])["o"].(map[string]any)
	return o
}

// TestFrontendSwitchesOrganization lets a session act for organizations of its user, until the
// membership ends.
func TestFrontendSwitchesOrganization(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	john := s.colleague(t, "john")
	admin, b := s.develop(t), s.develop(t)
	admin.signIn(t)
	acme := admin.found(t, "Acme Inc.")
	s.call(t, "PATCH", "/organizations/"+acme+"/metadata", `{"private_metadata":{"crm":7},"public_metadata":{"plan":"pro"}}`)
	foreign := admin.found(t, "Foreign")
	id := b.signInAs(t, "john@example.com")
	touch := func(organization string) clerkAnswer {
		return b.send(t, "POST", "/client/sessions/"+id+"/touch", url.Values{"active_organization_id": {organization}})
	}
	touch(acme).answered(t, "before joining", 404, "organization_not_found_or_unauthorized")
	s.make(t, "/organizations/"+acme+"/memberships", `{"user_id":"`+john+`","role":"org:member"}`)

	a := b.send(t, "GET", "/me/organization_memberships?limit=10&offset=0&paginated=true", nil)
	if within(a.object, "response", "total_count") != 1.0 || within(a.object, "response", "data", 0, "organization", "id") != acme || within(a.object, "response", "data", 0, "role") != "org:member" ||
		within(a.object, "response", "data", 0, "organization", "public_metadata", "plan") != "pro" || within(a.object, "response", "data", 0, "public_user_data", "user_id") != john {
		t.Errorf("the memberships: %d %s", a.status, a.body)
	}
	if strings.Contains(string(a.body), "private_metadata") || strings.Contains(string(a.body), `"crm"`) {
		t.Errorf("private metadata is shown: %s", a.body)
	}
	if o := b.organizationIn(t, id, nil); o != nil {
		t.Errorf("before switching the token says %v", o)
	}
	if o := b.organizationIn(t, id, url.Values{"organization_id": {acme}}); o["id"] != acme {
		t.Errorf("a token for an organization says %v", o)
	}
	a = touch(acme)
	o, _ := claimsOfToken(t, within(a.object, "response", "last_active_token", "jwt"))["o"].(map[string]any)
	if within(a.object, "response", "last_active_organization_id") != acme || within(a.object, "client", "sessions", 0, "last_active_organization_id") != acme ||
		o["id"] != acme || o["rol"] != "member" || o["slg"] != "acme-inc" || o["per"] != "read" {
		t.Errorf("switched: %d %v %s", a.status, o, a.body)
	}
	if o := b.organizationIn(t, id, nil); o["id"] != acme {
		t.Errorf("after switching the token says %v", o)
	}
	touch(foreign).answered(t, "an organization of others", 404, "organization_not_found_or_unauthorized")
	touch("org_nothing").answered(t, "no organization", 404, "organization_not_found_or_unauthorized")
	if o := b.organizationIn(t, id, nil); o["id"] != acme {
		t.Errorf("a refused switch changed the token to %v", o)
	}
	b.send(t, "POST", "/client/sessions/"+id+"/touch", nil).answered(t, "only seen", 200)
	if o := b.organizationIn(t, id, nil); o["id"] != acme {
		t.Errorf("after a touch without an organization the token says %v", o)
	}

	admin.send(t, "PATCH", "/organizations/"+acme+"/memberships/"+john, url.Values{"role": {"org:admin"}}).answered(t, "another role", 200)
	if o := b.organizationIn(t, id, nil); o["rol"] != "admin" {
		t.Errorf("with another role the token says %v", o)
	}
	admin.send(t, "DELETE", "/organizations/"+acme+"/memberships/"+john, nil).answered(t, "removing", 200)
	if o := b.organizationIn(t, id, nil); o != nil {
		t.Errorf("a removed member's token says %v", o)
	}
	if o := b.organizationIn(t, id, url.Values{"organization_id": {acme}}); o != nil {
		t.Errorf("a removed member's token for the organization says %v", o)
	}
	touch(acme).answered(t, "a removed member", 404, "organization_not_found_or_unauthorized")
	if a := b.send(t, "GET", "/client", nil); within(a.object, "response", "sessions", 0, "last_active_organization_id") != nil {
		t.Errorf("a removed member's browser: %d %s", a.status, a.body)
	}
	s.make(t, "/organizations/"+acme+"/memberships", `{"user_id":"`+john+`","role":"org:member"}`)
	if o := b.organizationIn(t, id, nil); o != nil {
		t.Errorf("after coming back without switching the token says %v", o)
	}
	touch(acme).answered(t, "switching again", 200)
	if a := touch(""); within(a.object, "response", "last_active_organization_id") != nil {
		t.Errorf("switched to none: %d %s", a.status, a.body)
	}
	if o := b.organizationIn(t, id, nil); o != nil {
		t.Errorf("after switching to none the token says %v", o)
	}
}

// TestFrontendOrganizations does what each role allows, and refuses the rest without a change.
func TestFrontendOrganizations(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	john, mary := s.colleague(t, "john"), s.colleague(t, "mary")
	admin, member, stranger := s.develop(t), s.develop(t), s.develop(t)
	member.send(t, "GET", "/me/organization_memberships", nil).answered(t, "signed out", 401, "signed_out")
	member.send(t, "POST", "/organizations", url.Values{"name": {"X"}}).answered(t, "signed out", 401, "signed_out")
	admin.signIn(t)
	member.signInAs(t, "john@example.com")
	stranger.signInAs(t, "mary@example.com")
	jane := within(admin.send(t, "GET", "/me", nil).object, "response", "id").(string)

	env := admin.send(t, "GET", "/environment", nil)
	if within(env.object, "organization_settings", "enabled") != true || within(env.object, "user_settings", "actions", "create_organization") != true {
		t.Errorf("the environment: %s", env.body)
	}
	a := admin.send(t, "POST", "/organizations", url.Values{"name": {"Acme Inc."}, "slug": {"acme"}, "private_metadata": {`{"a":1}`}, "max_allowed_memberships": {"0"}})
	acme, _ := within(a.object, "response", "id").(string)
	if within(a.object, "response", "slug") != "acme" || within(a.object, "response", "created_by") != jane || within(a.object, "response", "members_count") != 1.0 ||
		within(a.object, "client", "sessions", 0, "user", "organization_memberships", 0, "organization", "id") != acme || strings.Contains(string(a.body), "private_metadata") {
		t.Fatalf("created: %d %s", a.status, a.body)
	}
	at := "/organizations/" + acme
	admin.send(t, "POST", "/organizations", url.Values{"name": {"Other"}, "slug": {"acme"}}).answered(t, "a taken slug", 422, "form_identifier_exists slug")
	admin.send(t, "POST", "/organizations", url.Values{"name": {" "}}).answered(t, "no name", 422, "form_param_nil name")
	s.make(t, at+"/memberships", `{"user_id":"`+john+`","role":"org:member"}`)
	before := string(s.call(t, "GET", at+"/memberships", "").body) + string(s.call(t, "GET", at, "").body)

	for _, row := range []struct {
		verb, path string
		form       url.Values
		member     string
	}{
		{"GET", at, nil, ""},
		{"GET", at + "/memberships", nil, ""},
		{"GET", at + "/roles", nil, ""},
		{"GET", at + "/domains?enrollment_mode=automatic_invitation", nil, ""},
		{"GET", at + "/membership_requests", nil, "not_an_admin_in_organization"},
		{"GET", at + "/invitations", nil, "not_an_admin_in_organization"},
		{"PATCH", at, url.Values{"name": {"Mine"}}, "not_an_admin_in_organization"},
		{"DELETE", at, nil, "not_an_admin_in_organization"},
		{"DELETE", at + "/logo", nil, "not_an_admin_in_organization"},
		{"PUT", at + "/logo", nil, "not_an_admin_in_organization"},
		{"POST", at + "/memberships", url.Values{"user_id": {mary}, "role": {"org:admin"}}, "not_an_admin_in_organization"},
		{"PATCH", at + "/memberships/" + john, url.Values{"role": {"org:admin"}}, "not_an_admin_in_organization"},
		{"DELETE", at + "/memberships/" + jane, nil, "not_an_admin_in_organization"},
		{"POST", at + "/invitations", url.Values{"email_address": {"x@example.com"}, "role": {"org:admin"}}, "not_an_admin_in_organization"},
		{"POST", at + "/invitations/bulk", url.Values{"email_address": {"x@example.com"}, "role": {"org:admin"}}, "not_an_admin_in_organization"},
		{"POST", at + "/invitations/orginv_0/revoke", nil, "not_an_admin_in_organization"},
	} {
		if row.member == "" {
			member.send(t, row.verb, row.path, row.form).answered(t, "a member: "+row.verb+" "+row.path, 200)
		} else {
			member.send(t, row.verb, row.path, row.form).answered(t, "a member: "+row.verb+" "+row.path, 403, row.member)
		}
		stranger.send(t, row.verb, row.path, row.form).answered(t, "a stranger: "+row.verb+" "+row.path, 404, "organization_not_found_or_unauthorized")
		s.visit(page).send(t, row.verb, row.path, row.form).answered(t, "nobody: "+row.verb+" "+row.path, 401, "signed_out")
	}
	if after := string(s.call(t, "GET", at+"/memberships", "").body) + string(s.call(t, "GET", at, "").body); after != before {
		t.Errorf("refusals changed the organization:\n%s\n%s", before, after)
	}

	members := func(query string) []string {
		t.Helper()
		a := admin.send(t, "GET", at+"/memberships?paginated=true"+query, nil)
		list, _ := within(a.object, "response", "data").([]any)
		all := []map[string]any{}
		for _, one := range list {
			all = append(all, one.(map[string]any))
		}
		return column(all, "public_user_data.user_id")
	}
	for query, want := range map[string]string{
		"": john + " " + jane, "&role=org:admin": jane, "&role=org:admin&role=org:member": john + " " + jane, "&query=joh": john, "&query=nobody": "", "&limit=1&offset=1": jane,
	} {
		if got := strings.Join(members(query), " "); got != want {
			t.Errorf("members %q: got %s, want %s", query, got, want)
		}
	}
	admin.send(t, "GET", at+"/memberships?limit=501", nil).answered(t, "a large page", 422, "form_param_value_too_large limit")
	roles := admin.send(t, "GET", at+"/roles?limit=20&offset=0", nil)
	if within(roles.object, "response", "total_count") != 2.0 || within(roles.object, "response", "data", 1, "permissions", 0, "key") != "org:sys_memberships:read" {
		t.Errorf("the roles: %d %s", roles.status, roles.body)
	}
	a = admin.send(t, "PATCH", at, url.Values{"name": {"Acme Ltd."}, "slug": {"acme-ltd"}})
	if within(a.object, "response", "name") != "Acme Ltd." || within(a.object, "client", "sessions", 0, "user", "organization_memberships", 0, "organization", "slug") != "acme-ltd" {
		t.Errorf("renamed: %d %s", a.status, a.body)
	}
	admin.send(t, "PATCH", at, url.Values{"slug": {"No Slug"}}).answered(t, "a bad slug", 422, "form_param_format_invalid slug")
	admin.send(t, "DELETE", "/me/organization_memberships/"+acme, nil).answered(t, "the last administrator leaves", 400, "organization_minimum_permissions_needed")
	admin.send(t, "PATCH", at+"/memberships/"+jane, url.Values{"role": {"org:member"}}).answered(t, "the last administrator steps down", 400, "organization_minimum_permissions_needed")
	admin.send(t, "PATCH", at+"/memberships/"+john, url.Values{"role": {"org:king"}}).answered(t, "an unknown role", 422, "form_param_value_invalid role")
	a = member.send(t, "DELETE", "/me/organization_memberships/"+acme, nil)
	if within(a.object, "response", "deleted") != true || len(within(a.object, "client", "sessions", 0, "user", "organization_memberships").([]any)) != 0 {
		t.Errorf("left: %d %s", a.status, a.body)
	}
	member.send(t, "GET", at, nil).answered(t, "after leaving", 404, "organization_not_found_or_unauthorized")
	member.send(t, "DELETE", "/me/organization_memberships/"+acme, nil).answered(t, "leaving twice", 404, "organization_not_found_or_unauthorized")

	s.call(t, "PATCH", at, `{"admin_delete_enabled":false}`)
	admin.send(t, "DELETE", at, nil).answered(t, "where administrators may not delete", 403, "not_an_admin_in_organization")
	s.call(t, "PATCH", at, `{"admin_delete_enabled":true}`)
	a = admin.send(t, "DELETE", at, nil)
	if within(a.object, "response", "deleted") != true || len(within(a.object, "client", "sessions", 0, "user", "organization_memberships").([]any)) != 0 {
		t.Errorf("deleted: %d %s", a.status, a.body)
	}
	s.call(t, "GET", at, "").answered(t, "after the deletion", 404, "resource_not_found")
	s.call(t, "PATCH", "/users/"+jane, `{"create_organization_enabled":false}`)
	admin.send(t, "POST", "/organizations", url.Values{"name": {"Again"}}).answered(t, "a user who may not", 403, "user_create_organization_not_enabled")
}

// TestFrontendOrganizationInvitations invites by mail, and lets the owner of the verified address
// accept without the mail.
func TestFrontendOrganizationInvitations(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t)
	s.colleague(t, "john")
	s.colleague(t, "mary")
	admin, b, other := s.develop(t), s.develop(t), s.develop(t)
	admin.signIn(t)
	b.signInAs(t, "john@example.com")
	other.signInAs(t, "mary@example.com")
	acme := admin.found(t, "Acme")
	at := "/organizations/" + acme + "/invitations"
	invite := func(address, role string) clerkAnswer {
		return admin.send(t, "POST", at, url.Values{"email_address": {address}, "role": {role}})
	}
	a := invite("John@example.com", "org:member")
	id, _ := within(a.object, "response", "id").(string)
	if within(a.object, "response", "status") != "pending" || within(a.object, "response", "organization_id") != acme || strings.Contains(string(a.body), "private_metadata") || strings.Contains(string(a.body), `"url"`) {
		t.Fatalf("invited: %d %s", a.status, a.body)
	}
	box.next(t, "organization-invitation", "John@example.com")
	invite("john@example.com", "org:member").answered(t, "twice", 400, "organization_invitation_not_unique")
	invite("jane@example.com", "org:member").answered(t, "a member", 400, "already_a_member_in_organization")
	invite("nobody", "org:member").answered(t, "no address", 422, "form_param_format_invalid email_address")
	invite("x@example.com", "org:king").answered(t, "no role", 422, "form_param_value_invalid role")
	admin.send(t, "POST", at, url.Values{"role": {"org:member"}}).answered(t, "nobody", 422, "form_param_missing email_address")
	admin.send(t, "POST", at, url.Values{"email_address": {"x@example.com"}, "role": {"org:member"}, "redirect_url": {"https://evil.example/"}}).answered(t, "a foreign page", 422, "redirect_url_domain_mismatch redirect_url")
	bulk := admin.send(t, "POST", at+"/bulk", url.Values{"email_address": {"one@example.com", "two@example.com"}, "role": {"org:admin"}})
	if list, _ := bulk.object["response"].([]any); len(list) != 2 || within(bulk.object, "response", 1, "role") != "org:admin" {
		t.Errorf("invited two: %d %s", bulk.status, bulk.body)
	}
	two := within(bulk.object, "response", 1, "id").(string)
	box.gather(t, "organization-invitation one@example.com", "organization-invitation two@example.com")
	admin.send(t, "POST", at+"/bulk", url.Values{"email_address": {"three@example.com", "one@example.com"}, "role": {"org:admin"}}).answered(t, "all or none", 400, "organization_invitation_not_unique")
	if a := admin.send(t, "POST", at+"/"+two+"/revoke", nil); within(a.object, "response", "status") != "revoked" {
		t.Errorf("revoked: %d %s", a.status, a.body)
	}
	admin.send(t, "POST", at+"/"+two+"/revoke", nil).answered(t, "revoked twice", 404, "organization_invitation_not_pending")
	for query, want := range map[string]float64{"?status=pending&limit=10": 2, "?status=revoked": 1, "": 3} {
		if a := admin.send(t, "GET", at+query, nil); within(a.object, "response", "total_count") != want {
			t.Errorf("invitations %s: %d %s", query, a.status, a.body)
		}
	}

	a = b.send(t, "GET", "/me/organization_invitations?status=pending", nil)
	if within(a.object, "response", "total_count") != 1.0 || within(a.object, "response", "data", 0, "id") != id || within(a.object, "response", "data", 0, "public_organization_data", "name") != "Acme" || strings.Contains(string(a.body), `"url"`) {
		t.Errorf("invitations to the user: %d %s", a.status, a.body)
	}
	if a := other.send(t, "GET", "/me/organization_invitations", nil); within(a.object, "response", "total_count") != 0.0 {
		t.Errorf("invitations to another user: %d %s", a.status, a.body)
	}
	accept := "/me/organization_invitations/" + id + "/accept"
	other.send(t, "POST", accept, nil).answered(t, "another user", 404, "resource_not_found")
	b.send(t, "POST", "/me/organization_invitations/*/accept", nil).answered(t, "a pattern", 404, "resource_not_found")
	a = b.send(t, "POST", accept, nil)
	if within(a.object, "response", "status") != "accepted" || within(a.object, "client", "sessions", 0, "user", "organization_memberships", 0, "organization", "id") != acme {
		t.Errorf("accepted: %d %s", a.status, a.body)
	}
	b.send(t, "POST", accept, nil).answered(t, "accepted twice", 404, "organization_invitation_not_pending")
	if a := b.send(t, "GET", "/me/organization_suggestions", nil); within(a.object, "response", "total_count") != 0.0 {
		t.Errorf("suggestions: %d %s", a.status, a.body)
	}
	again := within(invite("mary@example.com", "org:member").object, "response", "id").(string)
	s.clock.advance(31 * 24 * time.Hour)
	other.signInAs(t, "mary@example.com")
	other.send(t, "POST", "/me/organization_invitations/"+again+"/accept", nil).answered(t, "too late", 404, "organization_invitation_not_pending")
}

// TestFrontendWithoutOrganizations refuses them where the instance has none.
func TestFrontendWithoutOrganizations(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, func(set *settings) { set.Clerk.Organizations.Enabled = false })
	b := s.develop(t)
	b.signIn(t)
	for _, path := range []string{"/me/organization_memberships", "/me/organization_invitations", "/organizations/org_1"} {
		b.send(t, "GET", path, nil).answered(t, path, 403, "organization_not_enabled_in_instance")
	}
	if env := b.send(t, "GET", "/environment", nil); within(env.object, "organization_settings", "enabled") != false {
		t.Errorf("the environment: %s", env.body)
	}
}

// TestFrontendOrganizationLimits bounds the organizations that a user makes, and the mails that their
// invitations cause.
func TestFrontendOrganizationLimits(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, func(set *settings) { set.Clerk.RateLimit = "on" })
	b := s.develop(t)
	b.signIn(t)
	acme := b.found(t, "Acme")
	for range 19 {
		b.found(t, "More")
	}
	a := b.send(t, "POST", "/organizations", url.Values{"name": {"Too many"}})
	if a.answered(t, "too many organizations", 429, "too_many_requests"); a.header.Get("Retry-After") == "" {
		t.Errorf("no Retry-After: %v", a.header)
	}
	bulk := func(n int) clerkAnswer {
		form := url.Values{"role": {"org:member"}}
		for i := range 10 {
			form.Add("email_address", fmt.Sprintf("invited-%d-%d@example.com", n, i))
		}
		return b.send(t, "POST", "/organizations/"+acme+"/invitations/bulk", form)
	}
	for n := range 5 {
		bulk(n).answered(t, "inviting", 200)
	}
	bulk(5).answered(t, "too many invitations", 429, "too_many_requests")
	if a := b.send(t, "GET", "/organizations/"+acme+"/invitations", nil); within(a.object, "response", "total_count") != 50.0 {
		t.Errorf("the invitations: %d %.300s", a.status, a.body)
	}
	s.clock.advance(time.Hour)
	bulk(6).answered(t, "later", 200)
}

// TestFrontendSlugsAreLimited: an administrator does not find out by slugs which other organizations exist.
// Saving the profile with the same slug counts for nothing.
func TestFrontendSlugsAreLimited(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, func(set *settings) { set.Clerk.RateLimit = "on" })
	s.make(t, "/organizations", `{"name":"Taken","slug":"taken"}`)
	b := s.develop(t)
	b.signIn(t)
	path := "/organizations/" + b.found(t, "Acme")
	update := func(slug string) clerkAnswer {
		return b.send(t, "PATCH", path, url.Values{"name": {"Acme"}, "slug": {slug}})
	}
	for range 19 {
		update("taken").answered(t, "a taken slug", 422, "form_identifier_exists slug")
		update("acme").answered(t, "the same slug", 200)
	}
	update("taken").answered(t, "too many slugs", 429, "too_many_requests")
	update("acme").answered(t, "the same slug afterwards", 200)
	s.clock.advance(time.Hour)
	update("acme-2").answered(t, "another slug later", 200)
}
