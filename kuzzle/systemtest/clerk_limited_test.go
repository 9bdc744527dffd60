package systemtest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// limitedKey makes a key with limits, and returns the header that it is sent in.
func (s clerkServer) limitedKey(t *testing.T, limits map[string]any) string {
	t.Helper()
	limits["kind"] = "test"
	made := s.operate(t, "service-keys", "create", nil, limits)["result"].(map[string]any)["secret"].(string)
	s.seen.note(made)
	return "Bearer " + made
}

// TestClerkLimitedKnowsMembers: a key that is limited to organizations can only add users
// whom it sees as members of another of its organizations. It learns of no others: a user of
// another organization is answered as unknown, and so is another organization, by its id and
// by its slug.
func TestClerkLimitedKnowsMembers(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	boss, colleague, stranger := s.member(t, "boss"), s.member(t, "colleague"), s.member(t, "stranger")
	acme, sister := s.make(t, "/organizations", `{"name":"Acme","created_by":"`+boss+`"}`), s.make(t, "/organizations", `{"name":"Sister","created_by":"`+colleague+`"}`)
	foreign := s.make(t, "/organizations", `{"name":"Foreign","slug":"foreign","created_by":"`+stranger+`"}`)
	key := s.limitedKey(t, map[string]any{"organizations": []any{acme, sister}})
	refused := func(verb, path, body string) string {
		t.Helper()
		a := s.call(t, verb, path, body, "Authorization", key)
		if a.status != 404 || strings.Contains(string(a.body), "example.com") {
			t.Errorf("%s %s %s: %d %s", verb, path, body, a.status, a.body)
		}
		delete(a.object, "clerk_trace_id")
		return fmt.Sprint(a.status, a.object)
	}
	add := func(id string) string { return `{"user_id":"` + id + `","role":"org:admin"}` }
	for what, of := range map[string]func(id string) (verb, path, body string){
		"a new member": func(id string) (string, string, string) {
			return "POST", "/organizations/" + acme + "/memberships", add(id)
		},
		"a role": func(id string) (string, string, string) {
			return "PATCH", "/organizations/" + acme + "/memberships/" + id, `{"role":"org:member"}`
		},
		"metadata": func(id string) (string, string, string) {
			return "PATCH", "/organizations/" + acme + "/memberships/" + id + "/metadata", `{"public_metadata":{}}`
		},
		"a removal": func(id string) (string, string, string) {
			return "DELETE", "/organizations/" + acme + "/memberships/" + id, ""
		},
	} {
		if there, gone := refused(of(stranger)), refused(of("user_nobody")); there != gone {
			t.Errorf("%s: a stranger is %s, nobody %s", what, there, gone)
		}
	}
	for _, verb := range []string{"GET", "DELETE"} {
		gone := refused(verb, "/organizations/org_nothing", "")
		for _, id := range []string{foreign, "foreign", "nothing"} {
			if got := refused(verb, "/organizations/"+id, ""); got != gone {
				t.Errorf("%s %s is %s, what is not there %s", verb, id, got, gone)
			}
		}
	}
	if _, total := s.call(t, "GET", "/organizations/"+acme+"/memberships", "", "Authorization", key).data(t); total != 1 {
		t.Errorf("%d members, want the first alone", total)
	}
	if a := s.call(t, "POST", "/organizations/"+acme+"/memberships", add(colleague), "Authorization", key); a.status != 200 {
		t.Errorf("a member of the other organization: %d %s", a.status, a.body)
	}
	if a := s.call(t, "DELETE", "/organizations/"+sister+"/memberships/"+colleague, ""); a.status != 400 {
		t.Errorf("the last administrator: %d %s", a.status, a.body)
	}
	if a := s.call(t, "DELETE", "/users/"+colleague, ""); a.status != 200 {
		t.Errorf("a deletion: %d %s", a.status, a.body)
	}
	if there, gone := refused("POST", "/organizations/"+acme+"/memberships", add(colleague)), refused("POST", "/organizations/"+acme+"/memberships", add("user_nobody")); there != gone {
		t.Errorf("a former member is %s, nobody %s", there, gone)
	}
}

// TestClerkLimitedInvitations: the link of an invitation lets in everybody who has it. So a
// limited key can only have it sent to the mailbox, and gets it neither in the answer nor by
// a page that the link leads to.
func TestClerkLimitedInvitations(t *testing.T) {
	t.Parallel()
	mailing, box := mailTo(t)
	s := startClerk(t, mailing)
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	root := s.make(t, "/users", `{"email_address":["root@example.com"],"password":"my-secure-password"}`)
	boss := s.make(t, "/users", `{"email_address":["boss@example.com"],"password":"my-secure-password"}`)
	acme := s.make(t, "/organizations", `{"name":"Acme","created_by":"`+boss+`"}`)
	key := s.limitedKey
	inside := "/organizations/" + acme + "/invitations"
	toAcme, toInvite := key(t, map[string]any{"organizations": []any{acme}}), key(t, map[string]any{"endpoints": []any{"POST /v1/invitations", "POST /v1/invitations/bulk"}})
	for name, row := range map[string]struct{ key, path, more, kind string }{
		"an organization": {toAcme, inside, `"role":"org:member"`, "organization-invitation"},
		"an endpoint":     {toInvite, "/invitations", `"ignore_existing":true`, "invitation"},
	} {
		for address, bulk := range map[string]bool{"root@example.com": false, "new@example.com": true} {
			path, wrap := row.path, func(body string) string { return body }
			if bulk {
				path, wrap = path+"/bulk", func(body string) string { return "[" + body + "]" }
			}
			ask := func(more string) clerkAnswer {
				return s.call(t, "POST", path, wrap(`{"email_address":"`+address+`",`+row.more+more+`}`), "Authorization", row.key)
			}
			for _, more := range []string{`,"notify":false`, `,"redirect_url":"https://evil.example.com/"`} {
				if a := ask(more); a.status != 403 || strings.Join(a.errors(), ",") != "authorization_invalid" {
					t.Errorf("%s, %s: %d %s", path, more, a.status, a.body)
				}
			}
			a := ask("")
			if a.status != 200 || strings.Contains(string(a.body), "ticket=") {
				t.Errorf("limited to %s, %s: %d %s", name, path, a.status, a.body)
			}
			if text := box.next(t, row.kind, address); !strings.Contains(text, "/_login/ticket?ticket=") {
				t.Errorf("%s: the mail says %s", path, text)
			}
		}
	}
	if one := s.call(t, "GET", "/users/"+root, ""); one.object["last_sign_in_at"] != nil {
		t.Errorf("root logged in: %s", one.body)
	}
	silent := startClerk(t)
	limited := silent.operate(t, "service-keys", "create", nil, map[string]any{"kind": "test", "endpoints": []any{"POST /v1/invitations"}})["result"].(map[string]any)["secret"].(string)
	silent.seen.note(limited)
	if a := silent.call(t, "POST", "/invitations", `{"email_address":"new@example.com"}`, "Authorization", "Bearer "+limited); a.status != 403 {
		t.Errorf("where no mail is sent: %d %s", a.status, a.body)
	}
	if got := silent.invited(t, ""); len(got) != 0 {
		t.Errorf("a refused invitation stays: %v", got)
	}
}

// TestClerkLimitedContainment: a key with one permission can use it only on users who have
// no more rights than those created by Clerk's API. With a password, a ticket or a session
// of an administrator the holder of the key would be the administrator.
func TestClerkLimitedContainment(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	s.administrator(t, "boss")
	login := loggedIn(t, s.server.client(t, "http"), "boss")
	s.seen.note(login)
	user := s.member(t, "anna")
	sessionOf := map[string]string{"boss": s.session(t, "boss", ""), user: s.session(t, user, "")}
	template := "one"
	s.make(t, "/jwt_templates", `{"name":"`+template+`","claims":{}}`)
	for _, row := range []struct{ endpoint, path, body string }{
		{"PATCH /v1/users/{user_id}", "/users/ID", `{"password":"another-secure-password"}`},
		{"PATCH /v1/users/{user_id}", "/users/ID", `{"first_name":"Eve"}`},
		{"PATCH /v1/users/{user_id}/metadata", "/users/ID/metadata", `{"public_metadata":{"a":1}}`},
		{"POST /v1/email_addresses", "/email_addresses", `{"user_id":"ID","email_address":"ID@evil.example.com","verified":true}`},
		{"POST /v1/sign_in_tokens", "/sign_in_tokens", `{"user_id":"ID"}`},
		{"POST /v1/actor_tokens", "/actor_tokens", `{"user_id":"ID","actor":{"sub":"x"},"expires_in_seconds":60}`},
		{"POST /v1/sessions", "/sessions", `{"user_id":"ID"}`},
		{"POST /v1/sessions/{session_id}/tokens", "/sessions/SESSION/tokens", ``},
		{"POST /v1/sessions/{session_id}/tokens/{template_name}", "/sessions/SESSION/tokens/" + template, ``},
		{"POST /v1/sessions/{session_id}/revoke", "/sessions/SESSION/revoke", ``},
		{"POST /v1/users/{user_id}/verify_password", "/users/ID/verify_password", `{"password":"another-secure-password"}`},
		{"DELETE /v1/users/{user_id}/mfa", "/users/ID/mfa", ``},
		{"POST /v1/users/{user_id}/lock", "/users/ID/lock", ``},
		{"POST /v1/users/{user_id}/unlock", "/users/ID/unlock", ``},
		{"POST /v1/users/{user_id}/ban", "/users/ID/ban", ``},
		{"DELETE /v1/users/{user_id}", "/users/ID", ``},
	} {
		verb, _, _ := strings.Cut(row.endpoint, " ")
		key := s.limitedKey(t, map[string]any{"endpoints": []any{row.endpoint}})
		for _, kuid := range []string{"boss", user} {
			fill := strings.NewReplacer("ID", kuid, "SESSION", sessionOf[kuid])
			a := s.call(t, verb, fill.Replace(row.path), fill.Replace(row.body), "Authorization", key)
			for _, secret := range []string{"token", "jwt"} {
				if text, is := a.object[secret].(string); is {
					s.seen.note(text)
				}
			}
			switch {
			case kuid == user && a.status != 200:
				t.Errorf("%s %s: %d %s, want what the key is for", verb, row.path, a.status, a.body)
			case kuid == "boss" && (a.status != 403 || strings.Join(a.errors(), ",") != "authorization_invalid"):
				t.Errorf("%s %s of an administrator: %d %s, want 403", verb, row.path, a.status, a.body)
			}
		}
	}
	if said := perform(t, s.server.client(t, "http"), login, "auth:getCurrentUser", nil, nil).failure(); said != nil {
		t.Errorf("the administrator's session afterwards: %v", said)
	}
}
