package systemtest

import (
	"encoding/json"
	"testing"
	"time"
)

// organizationsTable requests the organizations of users, and tests invalid requests.
func organizationsTable() []scenario {
	const of, badValue = "security:getUserOrganizations", "api.assert.invalid_argument"
	return []scenario{
		{name: "of a member of none", as: "admin", do: of, args: `{"_id":"user"}`, want: `{"total":0,"hits":[]}`},
		{name: "of nobody", as: "admin", do: of, args: `{"_id":"ghost"}`, status: 404, error: "security.user.not_found", props: `["ghost"]`},
		{name: "of the anonymous user", as: "admin", do: of, args: `{"_id":"-1"}`, status: 404, error: "security.user.not_found"},
		{name: "without an id", as: "admin", do: of, status: 400, error: "api.assert.missing_argument", props: `["_id"]`},
		{name: "a page of none", as: "admin", do: of, args: `{"_id":"user","size":0}`, status: 400, error: badValue, props: `["size","<any>"]`},
		{name: "a page of too many", as: "admin", do: of, args: `{"_id":"user","size":501}`, status: 400, error: badValue, props: `["size","<any>"]`},
		{name: "a size that is no number", as: "admin", do: of, args: `{"_id":"user","size":"few"}`, status: 400, error: "api.assert.invalid_type", props: `["size","integer"]`},
		{name: "from before the first", as: "admin", do: of, args: `{"_id":"user","from":-1}`, status: 400, error: "services.storage.unexpected_bad_request"},
		{name: "from behind all", as: "admin", do: of, args: `{"_id":"user","from":10000}`, status: 400, error: "services.storage.unexpected_bad_request"},
		{name: "without rights", as: "limited", do: of, args: `{"_id":"user"}`, status: 403, error: "security.rights.forbidden"},
		{name: "of a stranger", do: of, args: `{"_id":"user"}`, status: 401, error: "security.rights.unauthorized"},
	}
}

// TestUserOrganizations: users who manage others see a user's organizations, in pages,
// with the role and the time of joining; deleted and left organizations are not among
// them.
func TestUserOrganizations(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := startClerk(t)
		st := newStory(t, s.server, protocol)
		acme := s.make(t, "/organizations", `{"name":"Acme <b>Inc.</b>","slug":"acme","created_by":"user"}`)
		globex := s.make(t, "/organizations", `{"name":"Globex","created_by":"root"}`)
		s.make(t, "/organizations/"+globex+"/memberships", `{"user_id":"user","role":"org:member"}`)
		// await asks until an answer is as wanted, since an index is a moment behind.
		await := func(want string, args map[string]any) {
			t.Helper()
			args["_id"] = "user"
			var wanted any
			if err := json.Unmarshal([]byte(want), &wanted); err != nil {
				t.Fatal(err)
			}
			for late := time.Now().Add(answerWithin); ; time.Sleep(20 * time.Millisecond) {
				a := st.call(t, call{controller: "security", action: "getUserOrganizations", args: args, token: st.kept["admin"]})
				if _, ok := matches(wanted, a.result()); ok {
					return
				}
				if time.Now().After(late) {
					t.Fatalf("got %s, want %s", a.raw, want)
				}
			}
		}
		first := `{"_id":"` + acme + `","name":"Acme <b>Inc.</b>","slug":"acme","role":"org:admin","joinedAt":"<number>"}`
		second := `{"_id":"` + globex + `","name":"Globex","slug":"globex","role":"org:member","joinedAt":"<number>"}`
		await(`{"total":2,"hits":[`+first+`,`+second+`]}`, map[string]any{})
		await(`{"total":2,"hits":[`+second+`]}`, map[string]any{"from": 1, "size": 1})
		s.call(t, "DELETE", "/organizations/"+acme, "")
		await(`{"total":1,"hits":[`+second+`]}`, map[string]any{})
		s.call(t, "DELETE", "/organizations/"+globex+"/memberships/user", "")
		await(`{"total":0,"hits":[]}`, map[string]any{})
	})
}
