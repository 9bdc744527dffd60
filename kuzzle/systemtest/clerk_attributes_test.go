package systemtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// set changes a setting of the server.
func (s clerkServer) set(t *testing.T, key string, value any) {
	t.Helper()
	s.operate(t, "settings", "set", map[string]any{"_id": key}, map[string]any{"value": value})
}

// part is an attribute of users: its setting, its parameter, its default, and its value
// for the n-th user.
type part struct {
	setting, param, standard string
	value                    func(n int) string
}

func numbered(form string) func(int) string {
	return func(n int) string { return fmt.Sprintf(form, n) }
}

var parts = []part{
	{"emailAddress", "email_address", "required", numbered(`["part%d@example.com"]`)},
	{"phoneNumber", "phone_number", "on", numbered(`["+120155%05d"]`)},
	{"username", "username", "on", numbered(`"part_%d"`)},
	{"web3Wallet", "web3_wallet", "on", numbered(`["0x%040d"]`)},
	{"firstName", "first_name", "on", numbered(`"First%d"`)},
	{"lastName", "last_name", "on", numbered(`"Last%d"`)},
	{"password", "password", "required", numbered(`"my-secure-password-%d"`)},
	{"totp", "totp_secret", "on", func(int) string { return `"JBSWY3DPEHPK3PXP"` }},
	{"backupCodes", "backup_codes", "on", numbered(`["aaaa-bbbb-%d"]`)},
}

// parameters are the bodies' members of the n-th user, by parameter.
func parameters(n int) map[string]string {
	all := map[string]string{}
	for _, p := range parts {
		all[p.param] = p.value(n)
	}
	return all
}

func bodyOf(all map[string]string) string {
	var members []string
	for _, param := range slices.Sorted(maps.Keys(all)) {
		members = append(members, `"`+param+`":`+all[param])
	}
	return "{" + strings.Join(members, ",") + "}"
}

// TestClerkAttributes holds every attribute that is off, on and required against
// requests that give it and that do not.
func TestClerkAttributes(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	n := 0
	for _, p := range parts {
		for _, need := range []string{"off", "on", "required"} {
			s.set(t, "clerk.attributes."+p.setting, need)
			for _, given := range []bool{true, false} {
				n++
				all := parameters(n)
				status, want := 200, []string(nil)
				switch {
				case need == "off" && given:
					status, want = 422, []string{"form_param_unknown " + p.param}
				case need == "required" && !given:
					status, want = 422, []string{"form_data_missing " + p.param}
				}
				if !given {
					delete(all, p.param)
				}
				name := fmt.Sprintf("%s is %s, given %v", p.param, need, given)
				a := s.call(t, "POST", "/users", bodyOf(all))
				if a.status != status || !slices.Equal(a.errors(), want) {
					t.Errorf("%s: %d %v, want %d %v: %s", name, a.status, a.errors(), status, want, a.body)
				}
				s.changePart(t, p, need, 10_000+n, given)
			}
		}
		s.set(t, "clerk.attributes."+p.setting, p.standard)
	}
	if count := s.call(t, "GET", "/users/count", "").object["total_count"]; count != float64(len(parts)*4) {
		t.Errorf("there are %v users, want %d: those who were not refused", count, len(parts)*4)
	}
}

// changePart gives the newest user an attribute, or takes it away, where an update can.
func (s clerkServer) changePart(t *testing.T, p part, need string, n int, given bool) {
	t.Helper()
	value, status, want := "null", 200, []string(nil)
	if given {
		value = p.value(n)
	}
	switch {
	case strings.HasSuffix(p.value(n), "]") && p.setting != "backupCodes": // addresses have requests of their own
		return
	case !given && !strings.Contains(p.param, "name"): // null changes nothing else
		return
	case need == "off" && given:
		status, want = 422, []string{"form_param_unknown " + p.param}
	case need == "required" && !given:
		status, want = 422, []string{"form_data_missing " + p.param}
	}
	a := s.call(t, "PATCH", "/users/"+s.newest(t), `{"`+p.param+`":`+value+`}`)
	if a.status != status || !slices.Equal(a.errors(), want) {
		t.Errorf("PATCH, %s is %s, given %v: %d %v, want %d %v: %s", p.param, need, given, a.status, a.errors(), status, want, a.body)
	}
}

// newest returns the id of the newest user.
func (s clerkServer) newest(t *testing.T) string {
	t.Helper()
	_, rest, _ := strings.Cut(string(s.call(t, "GET", "/users?limit=1", "").body), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// TestClerkRequirements: all missing attributes are one error, a waiver waives its own
// requirement only, and a user needs some identifier.
func TestClerkRequirements(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	s.refuse(t, "POST", "/users", []clerkRefusal{
		{"nothing", `{}`, 422, []string{"form_data_missing email_address password"}},
		{"no password", `{"email_address":["a@example.com"]}`, 422, []string{"form_data_missing password"}},
		{"nobody", `{"skip_user_requirement":true,"password":"my-secure-password"}`, 422, []string{"form_param_missing email_address phone_number username web3_wallet"}},
		{"nobody, with a password to come", `{"skip_user_requirement":true,"skip_password_requirement":true,"first_name":"A"}`, 422, []string{"form_param_missing email_address phone_number username web3_wallet"}},
		{"a lift of the other", `{"skip_user_requirement":true,"username":"somebody"}`, 422, []string{"form_data_missing password"}},
		{"a lift of the one", `{"skip_password_requirement":true,"username":"somebody"}`, 422, []string{"form_data_missing email_address"}},
	})
	for _, key := range []string{"emailAddress", "phoneNumber", "username", "web3Wallet", "firstName", "lastName", "password", "totp", "backupCodes"} {
		s.set(t, "clerk.attributes."+key, "required")
	}
	s.refuse(t, "POST", "/users", []clerkRefusal{
		{"nothing of all", `{}`, 422, []string{"form_data_missing email_address phone_number username web3_wallet first_name last_name password totp_secret backup_codes"}},
		{"names are no identifiers", `{"skip_user_requirement":true,"skip_password_requirement":true,"email_address":["a@example.com"],"first_name":" ","last_name":""}`, 422,
			[]string{"form_data_missing first_name last_name totp_secret backup_codes"}},
		{"beside what is wrong", `{"email_address":["a"]}`, 422, []string{"form_data_missing phone_number username web3_wallet first_name last_name password totp_secret backup_codes", "form_param_format_invalid email_address"}},
	})
	digest := parameters(1)
	delete(digest, "password")
	digest["password_digest"], digest["password_hasher"] = `"`+strings.Repeat("a", 32)+`"`, `"md5"`
	s.make(t, "/users", bodyOf(digest))
	for _, key := range []string{"phoneNumber", "username", "web3Wallet", "password"} {
		s.set(t, "clerk.attributes."+key, "off")
	}
	s.set(t, "clerk.attributes.emailAddress", "on")
	s.refuse(t, "POST", "/users", []clerkRefusal{
		{"what is off, before its form", `{"phone_number":["x"],"phone_number_identification_status":["y"],"username":"!","web3_wallet":["z"],"password":"a","password_digest":"b","password_hasher":"c",
			"email_address":["a@example.com"],"first_name":"A","last_name":"B","totp_secret":"JBSWY3DPEHPK3PXP","backup_codes":["aaaa-bbbb"]}`, 422, []string{
			"form_param_unknown phone_number", "form_param_unknown phone_number_identification_status", "form_param_unknown username", "form_param_unknown web3_wallet",
			"form_param_unknown password", "form_param_unknown password_digest", "form_param_unknown password_hasher"}},
		{"nobody of those who may be", `{"first_name":"A","last_name":"B","totp_secret":"JBSWY3DPEHPK3PXP","backup_codes":["aaaa-bbbb"]}`, 422, []string{"form_param_missing email_address"}},
	})
	s.refuse(t, "PATCH", "/users/"+s.newest(t), []clerkRefusal{{"a password", `{"password":"my-secure-password","skip_password_checks":true}`, 422, []string{"form_param_unknown password"}}})
	made := s.make(t, "/users", `{"email_address":["alone@example.com"],"first_name":"A","last_name":"B","totp_secret":"JBSWY3DPEHPK3PXP","backup_codes":["aaaa-bbbb"]}`)
	s.refuse(t, "POST", "/phone_numbers", []clerkRefusal{{"a phone", `{"user_id":"` + made + `","phone_number":"+12015550123"}`, 422, []string{"form_param_unknown phone_number"}}})
	s.refuse(t, "PUT", "/users/"+made+"/phone_number", []clerkRefusal{{"another phone", `{"phone_number":"+12015550123"}`, 422, []string{"form_param_unknown phone_number"}}})
	s.set(t, "clerk.attributes.phoneNumber", "on")
	s.set(t, "clerk.attributes.emailAddress", "off")
	s.refuse(t, "POST", "/email_addresses", []clerkRefusal{{"an address", `{"user_id":"` + made + `","email_address":"b@example.com"}`, 422, []string{"form_param_unknown email_address"}}})
	s.refuse(t, "PUT", "/users/"+made+"/email_address", []clerkRefusal{{"another address", `{"email_address":"b@example.com"}`, 422, []string{"form_param_unknown email_address"}}})
	s.refuse(t, "PATCH", "/users/"+made, []clerkRefusal{{"a primary address", `{"primary_email_address_id":"idn_x"}`, 422, []string{"form_param_unknown primary_email_address_id"}}})
}

// TestClerkRules holds the settings that are no attributes.
func TestClerkRules(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	without := func(n int, more string) string {
		return fmt.Sprintf(`{"email_address":["rules%d@example.com"],"skip_password_requirement":true%s}`, n, more)
	}
	s.make(t, "/users", without(1, ""))
	s.set(t, "clerk.firstFactors", []any{"password"})
	s.refuse(t, "POST", "/users", []clerkRefusal{{"a password is the only way in", without(2, ""), 422, []string{"form_param_value_invalid skip_password_requirement"}}})
	s.make(t, "/users", without(3, `,"password":"my-secure-password"`))
	s.set(t, "clerk.firstFactors", []any{"password", "ticket"})
	s.make(t, "/users", without(4, ""))

	leaked := func(n int) string {
		return fmt.Sprintf(`{"email_address":["leaked%d@example.com"],"password":"password"}`, n)
	}
	s.refuse(t, "POST", "/users", []clerkRefusal{{"leaked", leaked(1), 422, []string{"form_password_pwned password"}}})
	s.set(t, "clerk.hibp", false)
	s.make(t, "/users", leaked(1))
	s.set(t, "clerk.hibp", nil)
	s.refuse(t, "POST", "/users", []clerkRefusal{{"leaked again", leaked(2), 422, []string{"form_password_pwned password"}}})

	consented := s.make(t, "/users", without(5, `,"legal_accepted_at":"2024-01-01T00:00:00Z"`))
	shown := func(want any) {
		t.Helper()
		s.call(t, "GET", "/users/"+consented, "").want(t, "consent", map[string]any{"legal_accepted_at": want})
	}
	shown(nil)
	s.set(t, "clerk.legalConsent", "required")
	shown(1704067200000.0)
	s.refuse(t, "POST", "/users", []clerkRefusal{{"without consent", without(6, ""), 422, []string{"legal_not_accepted legal_accepted_at"}}})
	s.make(t, "/users", without(7, `,"skip_legal_checks":true`))
	s.make(t, "/users", without(8, `,"legal_accepted_at":"2025-01-01T00:00:00Z"`))
	s.set(t, "clerk.legalConsent", nil)
	shown(nil)

	flagged := s.make(t, "/users", without(9, `,"create_organization_enabled":true,"delete_self_enabled":true`))
	s.set(t, "clerk.deleteSelf", false)
	s.set(t, "clerk.createOrganizations", false)
	s.call(t, "GET", "/users/"+consented, "").want(t, "no flags", map[string]any{"delete_self_enabled": false, "create_organization_enabled": false})
	s.call(t, "GET", "/users/"+flagged, "").want(t, "flags", map[string]any{"delete_self_enabled": true, "create_organization_enabled": true})
	s.refuse(t, "POST", "/organizations", []clerkRefusal{{"no creation of organizations", `{"name":"A","created_by":"` + consented + `"}`, 403, []string{"org_creation_limit_exceeded"}}})
	s.make(t, "/organizations", `{"name":"B","created_by":"`+flagged+`"}`)
}

// TestClerkHidesNameless: users of Kuzzle's API may have no identifier, and a setting
// leaves them out of Clerk's lists.
func TestClerkHidesNameless(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	s.operate(t, "security", "createUser", map[string]any{"_id": "nameless"}, map[string]any{"content": map[string]any{"profileIds": []any{"default"}}})
	s.operate(t, "security", "createUser", map[string]any{"_id": "named"}, map[string]any{
		"content": map[string]any{"profileIds": []any{"default"}}, "credentials": map[string]any{"local": map[string]any{"username": "named", "password": "my-secure-password"}},
	})
	s.make(t, "/users", `{"phone_number":["+12015550123"],"skip_user_requirement":true,"password":"my-secure-password"}`)
	for _, hide := range []bool{false, true} {
		s.set(t, "clerk.hideUsersWithoutIdentifier", hide)
		want := 3.0
		if hide {
			want = 2
		}
		list := string(s.call(t, "GET", "/users", "").body)
		if got := s.call(t, "GET", "/users/count", "").object["total_count"]; got != want || strings.Contains(list, `"nameless"`) == hide || !strings.Contains(list, `"named"`) {
			t.Errorf("hidden %v: %v users, %s", hide, got, list)
		}
	}
}
