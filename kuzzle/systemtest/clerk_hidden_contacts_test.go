package systemtest

import (
	"fmt"
	"strings"
	"testing"
)

// TestClerkLimitedHiddenContacts: a key that is limited to organizations finds out no address and no number of a
// member that it does not see.
func TestClerkLimitedHiddenContacts(t *testing.T) {
	t.Parallel()
	mailing, _ := mailTo(t)
	s := startClerk(t, mailing)
	made := s.call(t, "POST", "/users", `{"email_address":["shown@example.com","hidden@example.org"],"phone_number":["+12025550147"],"username":"anna_a","first_name":"Anna","password":"`+passwordOf+`"}`)
	anna, _ := made.object["id"].(string)
	hidden := "hidden@example.org"
	if within(made.object, "primary_email_address_id") != within(made.object, "email_addresses", 0, "id") {
		hidden = "shown@example.com"
	}
	own := s.make(t, "/organizations", `{"name":"Own","created_by":"`+anna+`"}`)
	key := s.limitedKey(t, map[string]any{"organizations": []any{own}})
	members := func(query, key string) clerkAnswer {
		header := []string{"Authorization", key}
		if key == "" {
			header = nil
		}
		return s.call(t, "GET", "/organizations/"+own+"/memberships?"+query, "", header...)
	}
	for _, query := range []string{
		"email_address=" + hidden, "email_address_query=" + hidden[:5], "phone_number=%2B12025550147", "phone_number_query=550147", "web3_wallet=0x1",
		"order_by=phone_number", "order_by=-email_address", "last_active_at_after=1", "last_active_at_before=9000000000000",
	} {
		if a := members(query, key); a.status != 403 || strings.Join(a.errors(), ",") != "authorization_invalid" {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
		members(query, "").answered(t, query+" with a whole key", 200)
	}
	for query, want := range map[string]int{"query=" + hidden[:5]: 0, "query=550147": 0, "query=anna": 1, "query=anna_a": 1, "user_id=" + anna: 1, "role=org:admin&order_by=created_at": 1} {
		a := members(query, key)
		if _, total := a.data(t); a.status != 200 || total != want {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	invite := func(address string) string {
		a := s.call(t, "POST", "/organizations/"+own+"/invitations", `{"email_address":"`+address+`","role":"org:member"}`, "Authorization", key)
		return fmt.Sprint(a.status, a.errors())
	}
	if there, gone := invite(hidden), invite("nobody@example.net"); there != gone {
		t.Errorf("an invitation to a hidden address of a member is answered %s, to nobody's %s", there, gone)
	}
}
