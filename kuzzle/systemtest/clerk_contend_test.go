package systemtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// atOnce has several ask for the same at once, and returns their answers.
func (s clerkServer) atOnce(t *testing.T, many int, ask func(i int) (verb, path, body string)) []clerkAnswer {
	t.Helper()
	answers := make([]clerkAnswer, many)
	var all sync.WaitGroup
	for i := range answers {
		verb, path, body := ask(i)
		all.Go(func() { answers[i] = s.call(t, verb, path, body) })
	}
	all.Wait()
	return answers
}

// TestClerkContended: of many that want a unique value at once, one gets it, and values for
// all are lost by nobody.
func TestClerkContended(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	const many = 24
	same := func(verb, path, body string) func(int) (string, string, string) {
		return func(int) (string, string, string) { return verb, path, body }
	}
	once := func(what string, answers []clerkAnswer, refusal string) (won clerkAnswer) {
		t.Helper()
		made := 0
		for _, a := range answers {
			if a.status == 200 {
				made, won = made+1, a
			} else if got := strings.Join(a.errors(), ","); !strings.HasPrefix(got, refusal) {
				t.Errorf("%s: %d %s", what, a.status, a.body)
			}
		}
		if made != 1 {
			t.Errorf("%s: %d were made", what, made)
		}
		return won
	}
	for what, row := range map[string]struct{ path, body, refusal string }{
		"an external id":  {"/users", `{"external_id":"once","email_address":["ext%d@once.example"],"skip_password_requirement":true}`, "form_identifier_exists external_id"},
		"a username":      {"/users", `{"username":"once_upon","email_address":["name%d@once.example"],"skip_password_requirement":true}`, "form_identifier_exists username"},
		"a phone number":  {"/users", `{"phone_number":["+12015550111"],"email_address":["phone%d@once.example"],"skip_password_requirement":true}`, "form_identifier_exists phone_number"},
		"a wallet":        {"/users", `{"web3_wallet":["0x52908400098527886E0F7030069857D2E4169EE7"],"email_address":["wallet%d@once.example"],"skip_password_requirement":true}`, "form_identifier_exists web3_wallet"},
		"an organization": {"/organizations", `{"name":"Once %d","slug":"once"}`, "form_identifier_exists slug"},
		"a template":      {"/jwt_templates", `{"name":"once","claims":{"n":%d}}`, "form_already_exists name"},
		"an allowed one":  {"/allowlist_identifiers", `{"identifier":"once@once.example","notify":false}`, "duplicate_record"},
		"an invitation":   {"/invitations", `{"email_address":"invited@once.example","notify":false,"public_metadata":{"n":%d}}`, "duplicate_record"},
	} {
		t.Run(what, func(t *testing.T) {
			won := once(what, s.atOnce(t, many, func(i int) (string, string, string) {
				body := row.body
				if strings.Contains(body, "%d") {
					body = fmt.Sprintf(body, i)
				}
				return "POST", row.path, body
			}), row.refusal)
			if row.path == "/users" {
				list := s.call(t, "GET", "/users?limit=500&user_id="+fmt.Sprint(won.object["id"]), "")
				var all []map[string]any
				if err := json.Unmarshal(list.body, &all); err != nil || len(all) != 1 {
					t.Errorf("listed are %s", list.body)
				}
			}
		})
	}
	var left []map[string]any
	if err := json.Unmarshal(s.call(t, "GET", "/users?limit=500&query=once.example", "").body, &left); err != nil || len(left) != 4 {
		t.Errorf("%d users of those who were refused stay, %v", len(left), err)
	}

	boss := s.member(t, "boss")
	acme := s.make(t, "/organizations", `{"name":"Acme","created_by":"`+boss+`"}`)
	once("an invitation to an organization", s.atOnce(t, many, same("POST", "/organizations/"+acme+"/invitations", `{"email_address":"in@once.example","role":"org:member","notify":false}`)), "organization_invitation_not_unique")
	bulk := s.atOnce(t, 12, func(i int) (string, string, string) {
		return "POST", "/invitations/bulk", fmt.Sprintf(`[{"email_address":"own%d@bulk.example","notify":false},{"email_address":"shared@bulk.example","notify":false}]`, i)
	})
	made := 0
	for _, a := range bulk {
		if a.status == 200 {
			made++
		} else if !strings.HasPrefix(strings.Join(a.errors(), ","), "duplicate_record") {
			t.Errorf("bulk: %d %s", a.status, a.body)
		}
	}
	var open []map[string]any
	if err := json.Unmarshal(s.call(t, "GET", "/invitations?limit=500&query=bulk.example", "").body, &open); err != nil || made != 1 || len(open) != 2 {
		t.Errorf("%d bulks were taken, and there are %d invitations of them, %v", made, len(open), err)
	}

	user := s.member(t, "merged")
	for _, path := range []string{"/users/" + user + "/metadata", "/organizations/" + acme + "/metadata", "/organizations/" + acme + "/memberships/" + boss + "/metadata"} {
		taken := map[string]bool{}
		for i, a := range s.atOnce(t, 8, func(i int) (string, string, string) {
			return "PATCH", path, fmt.Sprintf(`{"public_metadata":{"k%d":%d}}`, i, i)
		}) {
			if a.status == 200 {
				taken[fmt.Sprint("k", i)] = true
			} else if a.status != 409 {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
		a := s.call(t, "PATCH", path, `{"public_metadata":{}}`)
		has, _ := a.object["public_metadata"].(map[string]any)
		for key := range taken {
			if _, is := has[key]; !is {
				t.Errorf("%s lost %s: %v", path, key, has)
			}
		}
		if len(taken) == 0 || len(has) != len(taken) {
			t.Errorf("%s: %d were taken, there are %v", path, len(taken), has)
		}
	}

	first, second := s.member(t, "first"), s.member(t, "second")
	for _, a := range s.atOnce(t, many, func(i int) (string, string, string) {
		of := []string{first, second}[i%2]
		return "POST", "/email_addresses", `{"user_id":"` + of + `","email_address":"both@once.example","verified":true}`
	}) {
		if a.status != 200 && strings.Join(a.errors(), ",") != "form_identifier_exists email_address" {
			t.Errorf("an address of two: %d %s", a.status, a.body)
		}
	}
	holders := 0
	for _, of := range []string{first, second} {
		holders += strings.Count(string(s.call(t, "GET", "/users/"+of, "").body), `"both@once.example"`)
	}
	if holders != 1 {
		t.Errorf("%d have the address", holders)
	}

	gone := s.member(t, "gone")
	for i, a := range s.atOnce(t, 12, func(i int) (string, string, string) {
		switch i % 3 {
		case 0:
			return "DELETE", "/users/" + gone, ""
		case 1:
			return "POST", "/organizations/" + acme + "/memberships", `{"user_id":"` + gone + `","role":"org:member"}`
		}
		return "POST", "/sign_in_tokens", `{"user_id":"` + gone + `"}`
	}) {
		if a.status != 200 && a.status != 404 && a.status != 400 && a.status != 409 {
			t.Errorf("a deletion amid others, %d: %d %s", i, a.status, a.body)
		}
	}
	if body := string(s.call(t, "GET", "/organizations/"+acme+"/memberships", "").body); strings.Contains(body, gone) {
		t.Errorf("a deleted user is a member: %s", body)
	}
	if a := s.call(t, "GET", "/organizations/"+acme+"?include_members_count=true", ""); a.object["members_count"] != 1.0 {
		t.Errorf("members are counted as %v", a.object["members_count"])
	}
}
