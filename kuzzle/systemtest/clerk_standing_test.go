package systemtest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

// TestClerkBanAndLock: a ban ends sessions in both dialects, a lock only refuses logins
// and for an hour, and neither affects requests with a secret key.
func TestClerkBanAndLock(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	id := s.make(t, "/users", `{"email_address":["ban@example.com"],"password":"my-secure-password"}`)
	path := "/users/" + id
	valid := func(token string) bool {
		a := s.kuzzle(t, "POST", "/_checkToken", `{"token":"`+token+`"}`)
		return a.object["result"].(map[string]any)["valid"] == true
	}
	_, token := s.loggedIn(t, "ban@example.com", "my-secure-password")
	s.call(t, "POST", path+"/lock", "null").want(t, "locked", map[string]any{"locked": true, "banned": false, "verification_attempts_remaining": 10.0})
	again := s.call(t, "POST", path+"/lock", "")
	if left, _ := again.object["lockout_expires_in_seconds"].(float64); left <= 3500 || left > 3600 {
		t.Errorf("a lock ends in %v s, want an hour", again.object["lockout_expires_in_seconds"])
	}
	if status, _ := s.loggedIn(t, "ban@example.com", "my-secure-password"); status != http.StatusForbidden || !valid(token) {
		t.Errorf("locked: a login got %d, the session before is valid: %v", status, valid(token))
	}
	s.call(t, "PATCH", path, `{"first_name":"Locked"}`).want(t, "a change of a locked user", map[string]any{"first_name": "Locked"})
	s.call(t, "POST", path+"/verify_password", `{"password":"my-secure-password"}`).want(t, "a locked user's password", map[string]any{"verified": true})
	s.call(t, "POST", path+"/unlock", "{}").want(t, "unlocked", map[string]any{"locked": false, "lockout_expires_in_seconds": nil})
	s.call(t, "POST", path+"/ban", "null").want(t, "banned", map[string]any{"banned": true})
	if status, _ := s.loggedIn(t, "ban@example.com", "my-secure-password"); status != http.StatusForbidden || valid(token) {
		t.Errorf("banned: a login got %d, the session before is valid: %v", status, valid(token))
	}
	s.call(t, "POST", path+"/ban", "null").want(t, "banned again", map[string]any{"banned": true})
	s.call(t, "POST", path+"/unban", "null").want(t, "let in again", map[string]any{"banned": false})
	if status, _ := s.loggedIn(t, "ban@example.com", "my-secure-password"); status != http.StatusOK {
		t.Errorf("after the ban a login got %d", status)
	}
	for _, action := range []string{"ban", "unban", "lock", "unlock"} {
		s.refuse(t, "POST", "/users/user_nobody/"+action, []clerkRefusal{
			{action + " nobody", "null", 404, []string{"resource_not_found"}}, {action + " with a parameter", `{"foo":1}`, 422, []string{"form_param_unknown foo"}},
		})
	}
}

// TestClerkBanMany bans up to fifty users, in the order asked for, or none.
func TestClerkBanMany(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	var ids []string
	for i := range 3 {
		ids = append(ids, s.make(t, "/users", fmt.Sprintf(`{"email_address":["many%d@example.com"],"password":"my-secure-password"}`, i)))
	}
	list := func(ids ...string) string { return `{"user_ids":["` + strings.Join(ids, `","`) + `"]}` }
	over := make([]string, 51)
	for i := range over {
		over[i] = fmt.Sprint("user_", i)
	}
	for _, action := range []string{"ban", "unban"} {
		s.refuse(t, "POST", "/users/"+action, []clerkRefusal{
			{"absent", `{}`, 422, []string{"form_param_missing user_ids"}},
			{"null", `{"user_ids":null}`, 422, []string{"form_param_missing user_ids"}},
			{"empty", `{"user_ids":[]}`, 422, []string{"form_param_nil user_ids"}},
			{"a text", `{"user_ids":"x"}`, 422, []string{"form_param_type_invalid user_ids"}},
			{"a number in it", `{"user_ids":[1]}`, 422, []string{"form_param_type_invalid user_ids"}},
			{"one too many", list(over...), 400, []string{"bulk_size_exceeded user_ids"}},
			{"fifty of nobody", list(over[:50]...), 404, []string{"resource_not_found"}},
			{"one twice", list(ids[0], ids[0]), 422, []string{"form_param_duplicate user_ids"}},
			{"one of nobody", list(ids[0], "user_nobody"), 404, []string{"resource_not_found"}},
			{"unknown", `{"user_ids":["` + ids[0] + `"],"foo":1}`, 422, []string{"form_param_unknown foo"}},
		})
		s.call(t, "GET", "/users/"+ids[0], "").want(t, "after refusals of "+action, map[string]any{"banned": action == "unban"})
		a := s.call(t, "POST", "/users/"+action, list(ids[2], ids[0]))
		if a.status != 200 || !strings.HasPrefix(string(a.body), `[{"id":"`+ids[2]) || strings.Count(string(a.body), fmt.Sprintf(`"banned":%v`, action == "ban")) != 2 {
			t.Errorf("%s: %d %s", action, a.status, a.body)
		}
		s.call(t, "GET", "/users/"+ids[1], "").want(t, "who was not named", map[string]any{"banned": false})
	}
}

// TestClerkVerifyPassword: a right password is never refused, wrong ones lock once there
// are ten, and a weak digest is renewed by the first right one.
func TestClerkVerifyPassword(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	id := s.make(t, "/users", `{"email_address":["verify@example.com"],"password_digest":"5f4dcc3b5aa765d61d8327deb882cf99","password_hasher":"md5"}`)
	path := "/users/" + id
	verify := path + "/verify_password"
	before := s.call(t, "GET", path, "")
	s.call(t, "POST", verify, `{"password":"password"}`).want(t, "right", map[string]any{"verified": true})
	after := s.call(t, "GET", path, "")
	if before.object["password_last_updated_at"] != after.object["password_last_updated_at"] || after.object["password_last_updated_at"] == nil {
		t.Errorf("a renewal changed password_last_updated_at from %v to %v", before.object["password_last_updated_at"], after.object["password_last_updated_at"])
	}
	a := s.operate(t, "security", "hasCredentials", map[string]any{"strategy": "local", "_id": id}, nil)
	if a["result"] != true {
		t.Errorf("after a right password the user has credentials of local: %v", a["result"])
	}
	s.refuse(t, "POST", verify, []clerkRefusal{
		{"wrong", `{"password":"wrong"}`, 422, []string{"incorrect_password password"}},
		{"empty", `{"password":""}`, 422, []string{"form_param_nil password"}},
		{"null", `{"password":null}`, 422, []string{"form_param_nil password"}},
		{"absent", `{}`, 422, []string{"form_param_missing password"}},
		{"a number", `{"password":1}`, 422, []string{"form_param_type_invalid password"}},
		{"unknown", `{"password":"x","foo":1}`, 422, []string{"form_param_unknown foo"}},
		{"as long as may be", `{"password":"` + strings.Repeat("x", 4096) + `"}`, 422, []string{"incorrect_password password"}},
		{"too long", `{"password":"` + strings.Repeat("x", 4097) + `"}`, 422, []string{"form_param_exceeds_allowed_size password"}},
	})
	s.refuse(t, "POST", "/users/user_nobody/verify_password", []clerkRefusal{{"nobody", `{"password":"x"}`, 404, []string{"resource_not_found"}}})
	s.call(t, "GET", path, "").want(t, "after two wrong ones", map[string]any{"verification_attempts_remaining": 8.0, "locked": false})
	s.call(t, "POST", verify, `{"password":"password"}`).want(t, "right again", map[string]any{"verified": true})
	s.call(t, "GET", path, "").want(t, "after a right one", map[string]any{"verification_attempts_remaining": 10.0})
	var wrong sync.WaitGroup
	for range 10 {
		wrong.Go(func() { s.call(t, "POST", verify, `{"password":"wrong"}`) })
	}
	wrong.Wait()
	s.call(t, "GET", path, "").want(t, "after ten wrong ones at once", map[string]any{"locked": true})
	s.call(t, "POST", verify, `{"password":"password"}`).want(t, "right while locked", map[string]any{"verified": true})
	if status, _ := s.loggedIn(t, "verify@example.com", "password"); status != http.StatusForbidden {
		t.Errorf("a login of the locked user: %d", status)
	}
}

// TestClerkVerifyTOTP: codes of the app count once, backup codes are used up, and each
// kind can be taken away.
func TestClerkVerifyTOTP(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	const secret = "JBSWY3DPEHPK3PXP"
	id := s.make(t, "/users", `{"email_address":["totp@example.com"],"password":"my-secure-password","totp_secret":"`+secret+`","backup_codes":["aaaa-bbbb","cccc-dddd"]}`)
	path := "/users/" + id
	verify := path + "/verify_totp"
	code := totptest.Code(t, secret, s.clock.Now())
	s.call(t, "POST", verify, `{"code":"`+code+`"}`).want(t, "a code", map[string]any{"verified": true, "code_type": "totp"})
	s.call(t, "POST", verify, `{"code":"AAAA bbbb"}`).want(t, "a backup code", map[string]any{"verified": true, "code_type": "backup_code"})
	s.refuse(t, "POST", verify, []clerkRefusal{
		{"the code again", `{"code":"` + code + `"}`, 422, []string{"totp_incorrect_code code"}},
		{"the backup code again", `{"code":"aaaa-bbbb"}`, 422, []string{"totp_incorrect_code code"}},
		{"another", `{"code":"zzzz"}`, 422, []string{"totp_incorrect_code code"}},
		{"empty", `{"code":""}`, 422, []string{"form_param_nil code"}},
		{"absent", `{}`, 422, []string{"form_param_missing code"}},
		{"a number", `{"code":123456}`, 422, []string{"form_param_type_invalid code"}},
		{"unknown", `{"code":"1","foo":1}`, 422, []string{"form_param_unknown foo"}},
	})
	s.refuse(t, "POST", "/users/user_nobody/verify_totp", []clerkRefusal{{"nobody", `{"code":"1"}`, 404, []string{"resource_not_found"}}})
	remove := func(what string, want map[string]any) {
		t.Helper()
		a := s.call(t, "DELETE", path+"/"+what, "null")
		if diff := cmp.Diff(map[string]any{"user_id": id}, a.object); diff != "" || a.status != 200 {
			t.Errorf("%s: %d (-want +got):\n%s", what, a.status, diff)
		}
		s.call(t, "GET", path, "").want(t, "without "+what, want)
		s.refuse(t, "DELETE", "/users/user_nobody/"+what, []clerkRefusal{{what + " of nobody", "", 404, []string{"resource_not_found"}}})
	}
	remove("backup_code", map[string]any{"totp_enabled": true, "backup_code_enabled": false, "two_factor_enabled": true})
	remove("totp", map[string]any{"totp_enabled": false, "two_factor_enabled": false})
	s.refuse(t, "POST", verify, []clerkRefusal{{"none", `{"code":"123456"}`, 400, []string{"totp_disabled"}}})
	s.call(t, "PATCH", path, `{"totp_secret":"`+secret+`","backup_codes":["eeee-ffff"]}`).want(t, "both again", map[string]any{"totp_enabled": true, "backup_code_enabled": true})
	remove("mfa", map[string]any{"totp_enabled": false, "backup_code_enabled": false, "two_factor_enabled": false, "password_enabled": true})
	if status, token := s.loggedIn(t, "totp@example.com", "my-secure-password"); status != http.StatusOK || token == "" {
		t.Errorf("a login without second factors: %d", status)
	}
}
