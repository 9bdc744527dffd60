package systemtest

import (
	"net/http"
	"strings"
	"testing"
)

// TestClerkLimitedInvitations: the link of an invitation lets in whoever has the address, so
// that a limited key has it sent to the mailbox and does not get it, neither by the answer
// nor by a page that the link leads to.
func TestClerkLimitedInvitations(t *testing.T) {
	t.Parallel()
	mailing, box := mailTo(t)
	s := startClerk(t, mailing)
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	root := s.make(t, "/users", `{"email_address":["root@example.com"],"password":"my-secure-password"}`)
	boss := s.make(t, "/users", `{"email_address":["boss@example.com"],"password":"my-secure-password"}`)
	acme := s.make(t, "/organizations", `{"name":"Acme","created_by":"`+boss+`"}`)
	key := func(limits map[string]any) string {
		t.Helper()
		limits["kind"] = "test"
		made := s.operate(t, "service-keys", "create", nil, limits)["result"].(map[string]any)["secret"].(string)
		s.seen.note(made)
		return "Bearer " + made
	}
	inside := "/organizations/" + acme + "/invitations"
	toAcme, toInvite := key(map[string]any{"organizations": []any{acme}}), key(map[string]any{"endpoints": []any{"POST /v1/invitations", "POST /v1/invitations/bulk"}})
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
