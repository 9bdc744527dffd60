package systemtest

import (
	"fmt"
	"net/url"
	"testing"
	"time"
)

// TestFrontendMemberSearch: members find each other by what they see of each other, and not by hidden
// addresses and numbers. An application with a secret key finds members by those, too.
func TestFrontendMemberSearch(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	john := s.make(t, "/users", `{"email_address":["john@example.com","hidden.alias@private.example"],"phone_number":["+12025550147"],"username":"jdoe","first_name":"Jöhn","last_name":"Doe","skip_password_requirement":true}`)
	s.colleague(t, "plain")
	admin, plain := s.develop(t), s.develop(t)
	admin.signIn(t)
	plain.signInAs(t, "plain@example.com")
	acme := admin.found(t, "Acme")
	at := "/organizations/" + acme + "/memberships"
	s.make(t, at, `{"user_id":"`+john+`","role":"org:member"}`)
	s.make(t, at, `{"user_id":"`+within(plain.send(t, "GET", "/me", nil).object, "response", "id").(string)+`","role":"org:member"}`)
	for query, want := range map[string]struct{ frontend, backend float64 }{
		"":                {3, 3},
		"hidden.alias":    {0, 1},
		"private.example": {0, 1},
		"0147":            {0, 1},
		"+1202555":        {0, 1},
		"@EXAMPLE.com":    {3, 3},
		"john@":           {1, 1},
		"JDO":             {1, 1},
		"jöh":             {1, 1},
		"Jöhn Do":         {1, 1},
		john[4:]:          {1, 1},
		"nobody":          {0, 0},
	} {
		a := plain.send(t, "GET", at+"?limit=1&offset=0&query="+url.QueryEscape(query), nil)
		list, _ := within(a.object, "response", "data").([]any)
		if got := within(a.object, "response", "total_count"); got != want.frontend || float64(len(list)) != min(1, want.frontend) {
			t.Errorf("a member searches %q: %d, %v of %v, want %v", query, a.status, len(list), got, want.frontend)
		}
		if got := s.call(t, "GET", at+"?query="+url.QueryEscape(query), "").object["total_count"]; got != want.backend {
			t.Errorf("the application searches %q: %v, want %v", query, got, want.backend)
		}
	}
	a := plain.send(t, "GET", at+"?limit=2&offset=2&query=example.com", nil)
	if list, _ := within(a.object, "response", "data").([]any); len(list) != 1 || within(a.object, "response", "total_count") != 3.0 {
		t.Errorf("the second page: %d %s", a.status, a.body)
	}
	plain.send(t, "GET", at+"?query="+fmt.Sprintf("%0257d", 0), nil).answered(t, "a long text", 422, "form_param_exceeds_allowed_size query")
}

// TestFrontendInvitesHiddenAddress: an invitation does not show whether an address is another one of a
// member. That member may accept it, and keeps the role.
func TestFrontendInvitesHiddenAddress(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	john := s.make(t, "/users", `{"email_address":["john@example.com","hidden.alias@private.example"],"password":"`+passwordOf+`"}`)
	admin, b := s.develop(t), s.develop(t)
	admin.signIn(t)
	b.signInAs(t, "john@example.com")
	acme := admin.found(t, "Acme")
	at := "/organizations/" + acme
	s.make(t, at+"/memberships", `{"user_id":"`+john+`","role":"org:member"}`)
	invite := func(address string) clerkAnswer {
		return admin.send(t, "POST", at+"/invitations", url.Values{"email_address": {address}, "role": {"org:admin"}})
	}
	invite("John@example.com").answered(t, "the address that is shown", 400, "already_a_member_in_organization")
	invite("nobody@private.example").answered(t, "an address of nobody", 200)
	a := invite("hidden.alias@private.example")
	id, _ := within(a.object, "response", "id").(string)
	if a.status != 200 || within(a.object, "response", "status") != "pending" {
		t.Fatalf("a hidden address: %d %s", a.status, a.body)
	}
	s.call(t, "POST", at+"/invitations", `{"email_address":"hidden.alias@private.example","role":"org:member"}`).answered(t, "the application", 400, "already_a_member_in_organization")
	b.send(t, "POST", "/me/organization_invitations/"+id+"/accept", nil).answered(t, "accepting", 200)
	if a := b.send(t, "GET", "/me/organization_memberships", nil); within(a.object, "response", "total_count") != 1.0 || within(a.object, "response", "data", 0, "role") != "org:member" {
		t.Errorf("after accepting: %d %s", a.status, a.body)
	}
}

// TestFrontendAddsAcquaintances: an administrator makes members of users whom they see in another
// organization. Others are invited, and an answer about them does not show whether they exist.
func TestFrontendAddsAcquaintances(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, func(set *settings) { set.Clerk.RateLimit = "on" })
	john, mary := s.colleague(t, "john"), s.colleague(t, "mary")
	admin := s.develop(t)
	admin.signIn(t)
	acme, sister := admin.found(t, "Acme"), admin.found(t, "Sister")
	s.make(t, "/organizations", `{"name":"Foreign","created_by":"`+mary+`"}`)
	s.make(t, "/organizations/"+sister+"/memberships", `{"user_id":"`+john+`","role":"org:member"}`)
	add := func(kuid string) clerkAnswer {
		return admin.send(t, "POST", "/organizations/"+acme+"/memberships", url.Values{"user_id": {kuid}, "role": {"org:member"}})
	}
	refused := func(kuid string) string {
		t.Helper()
		a := add(kuid)
		a.answered(t, "adding "+kuid, 404, "resource_not_found")
		delete(a.object, "clerk_trace_id")
		return fmt.Sprint(a.object)
	}
	nobody := refused("user_nobody")
	if got := refused(mary); got != nobody {
		t.Errorf("a stranger is refused with %s, nobody with %s", got, nobody)
	}
	if a := add(john); a.status != 200 || within(a.object, "response", "public_user_data", "user_id") != john {
		t.Errorf("adding a member of another organization: %d %s", a.status, a.body)
	}
	add(john).answered(t, "adding twice", 400, "already_a_member_in_organization")
	s.call(t, "DELETE", "/users/"+john, "")
	if got := refused(john); got != nobody {
		t.Errorf("a former user is refused with %s, nobody with %s", got, nobody)
	}
	for range 45 {
		refused(mary)
	}
	add(mary).answered(t, "too many tries", 429, "too_many_requests")
	s.clock.advance(time.Hour)
	refused(mary)
}
