package systemtest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestClerkAddresses takes an e-mail address and a phone number through their lives.
func TestClerkAddresses(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	for _, kind := range []struct{ list, value, primary, first, second, third string }{
		{"email_addresses", "email_address", "primary_email_address_id", "one@example.com", "two@example.com", "three@example.com"},
		{"phone_numbers", "phone_number", "primary_phone_number_id", "+12015550151", "+12015550152", "+12015550153"},
	} {
		user := s.make(t, "/users", `{"`+kind.value+`":["`+kind.first+`"],"skip_user_requirement":true,"password":"my-secure-password"}`)
		made := s.call(t, "GET", "/users/"+user, "")
		first := made.contact(kind.list, 0)
		create := func(value, more string) clerkAnswer {
			t.Helper()
			return s.call(t, "POST", "/"+kind.list, `{"user_id":"`+user+`","`+kind.value+`":"`+value+`"`+more+`}`)
		}
		two := create(kind.second, "")
		two.want(t, "a second one", map[string]any{"object": kind.value, kind.value: kind.second, "verification": nil, "reserved": false, "linked_to": []any{}})
		second := two.object["id"].(string)
		path := "/" + kind.list + "/" + second
		s.call(t, "GET", path, "").want(t, "the second one", map[string]any{"id": second, kind.value: kind.second})
		admin := map[string]any{"object": "verification_admin", "status": "verified", "strategy": "admin", "attempts": nil, "expire_at": nil}
		s.call(t, "PATCH", path, `{}`).want(t, "nothing", map[string]any{"id": second, "verification": nil})
		s.call(t, "PATCH", path, `{"verified":true,"primary":null}`).want(t, "verified", map[string]any{"verification": admin})
		s.call(t, "GET", "/users/"+user, "").want(t, "with two", map[string]any{kind.primary: first})
		s.call(t, "PATCH", path, `{"primary":true}`).want(t, "primary", map[string]any{"id": second})
		s.call(t, "GET", "/users/"+user, "").want(t, "another primary", map[string]any{kind.primary: second})
		three := create(kind.third, `,"verified":true,"primary":true`)
		s.call(t, "GET", "/users/"+user, "").want(t, "the newest is primary", map[string]any{kind.primary: three.object["id"]})
		s.call(t, "DELETE", "/"+kind.list+"/"+three.object["id"].(string), "null").want(t, "deleted", map[string]any{"object": kind.value, "id": three.object["id"], "deleted": true})
		s.call(t, "GET", "/users/"+user, "").want(t, "the oldest is primary", map[string]any{kind.primary: first})
		s.call(t, "DELETE", path, "").want(t, "the second one", map[string]any{"deleted": true})
		one := "/" + kind.list + "/" + first
		s.refuse(t, "DELETE", one, []clerkRefusal{{"the last", "", 400, []string{"identification_deletion_failed"}}})
		for _, verb := range []string{"GET", "PATCH", "DELETE"} {
			other := map[string]string{"email_addresses": "/phone_numbers/", "phone_numbers": "/email_addresses/"}[kind.list]
			for _, gone := range []string{path, "/" + kind.list + "/idn_none", "/" + kind.list + "/" + strings.Repeat("x", 300), other + first} {
				s.refuse(t, verb, gone, []clerkRefusal{{verb + " of nothing", "", 404, []string{"resource_not_found"}}})
			}
		}
		taken := s.make(t, "/users", `{"email_address":["taken-`+kind.value+`@example.com"],"phone_number":["+1201555016`+map[string]string{"email_address": "1", "phone_number": "2"}[kind.value]+`"],"password":"my-secure-password"}`)
		theirs := s.call(t, "GET", "/users/"+taken, "").object[kind.list].([]any)[0].(map[string]any)[kind.value].(string)
		body := func(more string) string { return `{"user_id":"` + user + `",` + more + `}` }
		s.refuse(t, "POST", "/"+kind.list, []clerkRefusal{
			{"no user", `{"` + kind.value + `":"` + kind.third + `"}`, 422, []string{"form_param_missing user_id"}},
			{"no value", `{"user_id":"` + user + `"}`, 422, []string{"form_param_missing " + kind.value}},
			{"null", body(`"` + kind.value + `":null`), 422, []string{"form_param_nil " + kind.value}},
			{"empty", body(`"` + kind.value + `":""`), 422, []string{"form_param_nil " + kind.value}},
			{"a number", body(`"` + kind.value + `":1`), 422, []string{"form_param_type_invalid " + kind.value}},
			{"no address", body(`"` + kind.value + `":"nowhere"`), 422, []string{"form_param_format_invalid " + kind.value}},
			{"unknown", body(`"` + kind.value + `":"` + kind.third + `","foo":1`), 422, []string{"form_param_unknown foo"}},
			{"a wrong flag", body(`"` + kind.value + `":"` + kind.third + `","verified":"true"`), 422, []string{"form_param_type_invalid verified"}},
			{"the own again", body(`"` + kind.value + `":"` + kind.first + `"`), 422, []string{"form_identifier_exists " + kind.value}},
			{"somebody's", body(`"` + kind.value + `":"` + theirs + `","verified":true`), 422, []string{"form_identifier_exists " + kind.value}},
			{"primary, not verified", body(`"` + kind.value + `":"` + kind.third + `","primary":true`), 422, []string{"form_verification_needed primary"}},
			{"nobody", `{"user_id":"user_nobody","` + kind.value + `":"` + kind.third + `"}`, 404, []string{"resource_not_found"}},
		})
		s.refuse(t, "PATCH", one, []clerkRefusal{
			{"no longer primary", `{"primary":false}`, 422, []string{"form_param_value_invalid primary"}},
			{"the last not verified", `{"verified":false}`, 400, []string{"identification_deletion_failed"}},
			{"unknown", `{"` + kind.value + `":"x"}`, 422, []string{"form_param_unknown " + kind.value}},
			{"a wrong type", `{"verified":1}`, 422, []string{"form_param_type_invalid verified"}},
		})
		unproved := create(theirs, "")
		unproved.want(t, "somebody's, not verified", map[string]any{"verification": nil})
		s.refuse(t, "PATCH", "/"+kind.list+"/"+unproved.object["id"].(string), []clerkRefusal{{"verified although somebody's", `{"verified":true}`, 422, []string{"form_identifier_exists " + kind.value}}})
		replace := "/users/" + user + "/" + kind.value
		s.call(t, "PUT", replace, `{"`+kind.value+`":"`+kind.third+`"}`).want(t, "replaced", map[string]any{kind.value: kind.third, "verification": admin})
		now := s.call(t, "GET", "/users/"+user, "")
		if list := now.object[kind.list].([]any); len(list) != 1 || now.object[kind.primary] != now.contact(kind.list, 0) {
			t.Errorf("replaced by %v, primary %v", list, now.object[kind.primary])
		}
		s.refuse(t, "PUT", replace, []clerkRefusal{
			{"no value", `{}`, 422, []string{"form_param_missing " + kind.value}},
			{"null", `{"` + kind.value + `":null}`, 422, []string{"form_param_nil " + kind.value}},
			{"no address", `{"` + kind.value + `":"nowhere"}`, 422, []string{"form_param_format_invalid " + kind.value}},
			{"no state", `{"` + kind.value + `":"` + kind.first + `","identification_status":"maybe"}`, 422, []string{"form_param_value_invalid identification_status"}},
			{"no name left", `{"` + kind.value + `":"` + kind.first + `","identification_status":"unverified"}`, 400, []string{"identification_deletion_failed"}},
			{"somebody's", `{"` + kind.value + `":"` + theirs + `"}`, 422, []string{"form_identifier_exists " + kind.value}},
			{"unknown", `{"` + kind.value + `":"` + kind.first + `","primary":true}`, 422, []string{"form_param_unknown primary"}},
		})
		s.refuse(t, "PUT", "/users/user_nobody/"+kind.value, []clerkRefusal{{"nobody", `{"` + kind.value + `":"` + kind.first + `"}`, 404, []string{"resource_not_found"}}})
		s.call(t, "PATCH", "/users/"+user, `{"username":"name_of_`+kind.list+`"}`)
		s.call(t, "PUT", replace, `{"`+kind.value+`":"`+kind.third+`","identification_status":"reserved"}`).want(t, "the same, reserved",
			map[string]any{"id": now.contact(kind.list, 0), "reserved": true, "verification": nil})
		s.call(t, "GET", "/users/"+user, "").want(t, "nothing is primary", map[string]any{kind.primary: nil})
	}
}

// TestClerkSecondFactorPhones: a verified phone may be marked, the oldest is the default,
// and the mark goes with the verification and with all second factors.
func TestClerkSecondFactorPhones(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	user := s.make(t, "/users", `{"email_address":["factor@example.com"],"password":"my-secure-password"}`)
	create := func(value string) string {
		a := s.call(t, "POST", "/phone_numbers", `{"user_id":"`+user+`","phone_number":"`+value+`","verified":true,"reserved_for_second_factor":true}`)
		a.want(t, value, map[string]any{"reserved_for_second_factor": true})
		return "/phone_numbers/" + a.object["id"].(string)
	}
	first, second := create("+12015550171"), create("+12015550172")
	s.call(t, "GET", first, "").want(t, "the first", map[string]any{"default_second_factor": true})
	s.call(t, "GET", second, "").want(t, "the second", map[string]any{"default_second_factor": false})
	s.call(t, "PATCH", first, `{"reserved_for_second_factor":false}`).want(t, "the first", map[string]any{"reserved_for_second_factor": false, "default_second_factor": false})
	s.call(t, "GET", second, "").want(t, "the second", map[string]any{"default_second_factor": true})
	s.call(t, "PATCH", second, `{"verified":false}`).want(t, "not verified", map[string]any{"reserved_for_second_factor": false, "verification": nil})
	s.refuse(t, "PATCH", second, []clerkRefusal{{"marked, not verified", `{"reserved_for_second_factor":true}`, 400, []string{"identification_update_second_factor_unverified"}}})
	s.refuse(t, "POST", "/phone_numbers", []clerkRefusal{
		{"new, not verified", `{"user_id":"` + user + `","phone_number":"+12015550173","reserved_for_second_factor":true}`, 400, []string{"identification_create_second_factor_unverified"}},
		{"a wrong type", `{"user_id":"` + user + `","phone_number":"+12015550173","reserved_for_second_factor":1}`, 422, []string{"form_param_type_invalid reserved_for_second_factor"}},
	})
	s.call(t, "PATCH", first, `{"reserved_for_second_factor":true}`).want(t, "again", map[string]any{"reserved_for_second_factor": true})
	s.call(t, "DELETE", "/users/"+user+"/mfa", "")
	s.call(t, "GET", first, "").want(t, "without second factors", map[string]any{"reserved_for_second_factor": false})
	only := s.call(t, "POST", "/users", `{"phone_number":["+12015550174"],"skip_user_requirement":true,"password":"my-secure-password"}`)
	s.refuse(t, "PATCH", "/phone_numbers/"+only.contact("phone_numbers", 0), []clerkRefusal{{"the only name", `{"reserved_for_second_factor":true}`, 400, []string{"identification_update_failed"}}})
}

// TestClerkOtherIdentities: wallets and accounts at providers are shown and go; there are
// no passkeys.
func TestClerkOtherIdentities(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	made := s.call(t, "POST", "/users", `{"email_address":["other@example.com"],"web3_wallet":["0x52908400098527886E0F7030069857D2E4169EE7"],"password":"my-secure-password"}`)
	user, wallet := made.object["id"].(string), made.contact("web3_wallets", 0)
	s.operate(t, "security", "createCredentials", map[string]any{"strategy": "external", "_id": user}, map[string]any{"accounts": []any{"google:123", "github:9"}})
	accounts := s.call(t, "GET", "/users/"+user, "")
	first := accounts.object["external_accounts"].([]any)[0].(map[string]any)
	for field, want := range map[string]any{"object": "external_account", "provider": "oauth_google", "provider_user_id": "123", "approved_scopes": "", "email_address": "", "public_metadata": map[string]any{}} {
		if diff := cmp.Diff(want, first[field]); diff != "" {
			t.Errorf("%s of an account (-want +got):\n%s", field, diff)
		}
	}
	path := "/users/" + user
	for _, row := range []struct{ path, object, code string }{
		{path + "/web3_wallets/" + wallet, "web3_wallet", "resource_not_found"},
		{path + "/external_accounts/" + accounts.contact("external_accounts", 0), "external_account", "external_account_not_found"},
		{path + "/external_accounts/" + accounts.contact("external_accounts", 1), "external_account", "external_account_not_found"},
	} {
		s.call(t, "DELETE", row.path, "null").want(t, row.path, map[string]any{"object": row.object, "deleted": true})
		s.refuse(t, "DELETE", row.path, []clerkRefusal{{"again", "", 404, []string{row.code}}})
	}
	s.call(t, "GET", path, "").want(t, "after", map[string]any{"web3_wallets": []any{}, "external_accounts": []any{}})
	s.refuse(t, "DELETE", path+"/passkeys/idn_1", []clerkRefusal{{"a passkey", "", 404, []string{"passkey_not_registered"}}})
	s.refuse(t, "DELETE", path+"/web3_wallets/"+made.contact("email_addresses", 0), []clerkRefusal{{"an address", "", 404, []string{"resource_not_found"}}})
	for _, what := range []string{"web3_wallets", "external_accounts", "passkeys"} {
		s.refuse(t, "DELETE", "/users/user_nobody/"+what+"/x", []clerkRefusal{{what + " of nobody", "", 404, []string{"resource_not_found"}}})
	}
}

// TestClerkSelfNamed: a user who takes an address or a phone number as a name does not block it for the user
// to whom a key gives it, verified or reserved, at a creation or later; an unverified one
// takes nothing away.
func TestClerkSelfNamed(t *testing.T) {
	t.Parallel()
	s := startClerk(t, func(set *settings) { set.Logins.FreeSignUps = 1000 })
	newStory(t, s.server, "http").openSignUp(t)
	signUp := func(name string) (login func() int) {
		t.Helper()
		if a := s.kuzzle(t, "POST", "/users/_createRestricted", `{"content":{},"credentials":{"local":{"username":"`+name+`","password":"my-secure-password"}}}`); a.status != 200 {
			t.Fatalf("%s: %d %s", name, a.status, a.body)
		}
		return func() int {
			status, _ := s.loggedIn(t, name, "my-secure-password")
			return status
		}
	}
	other := s.member(t, "other")
	for name, row := range map[string]struct {
		path, body string
		taken      bool
	}{
		"created@self.example":    {"/users", `{"email_address":["created@self.example"],"skip_password_requirement":true}`, true},
		"reserved@self.example":   {"/users", `{"email_address":["reserved@self.example"],"email_address_identification_status":["reserved"],"skip_password_requirement":true}`, true},
		"verified@self.example":   {"/email_addresses", `{"user_id":"` + other + `","email_address":"Verified@self.example","verified":true}`, true},
		"unverified@self.example": {"/email_addresses", `{"user_id":"` + other + `","email_address":"unverified@self.example"}`, false},
		"+12015550123":            {"/phone_numbers", `{"user_id":"` + other + `","phone_number":"+12015550123","verified":true}`, true},
		"+12015550124":            {"/phone_numbers", `{"user_id":"` + other + `","phone_number":"+12015550124","verified":false}`, false},
	} {
		login := signUp(name)
		if a := s.call(t, "POST", row.path, row.body); a.status != 200 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if got := login() != 200; got != row.taken {
			t.Errorf("%s: the name is gone: %v, want %v", name, got, row.taken)
		}
	}
	s.make(t, "/users", `{"email_address":["theirs@self.example"],"skip_password_requirement":true}`)
	if a := s.kuzzle(t, "POST", "/users/_createRestricted", `{"content":{},"credentials":{"local":{"username":"theirs@self.example","password":"my-secure-password"}}}`); a.status != 412 {
		t.Errorf("an address that somebody has: %d %s", a.status, a.body)
	}
}
