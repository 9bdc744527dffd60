package systemtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

// TestFrontendProfile changes names and metadata of the signed-in user, and refuses all else without
// a change.
func TestFrontendProfile(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	s.make(t, "/users", `{"email_address":["john@example.com"],"username":"taken","password":"`+passwordOf+`"}`)
	b := s.develop(t)
	b.send(t, "PATCH", "/me", url.Values{"first_name": {"X"}}).answered(t, "signed out", 401, "signed_out")
	b.signIn(t)
	a := b.send(t, "PATCH", "/me", url.Values{"first_name": {" Janet "}, "last_name": {"Doe"}, "username": {"jane-doe"}, "unsafe_metadata": {`{"theme":"dark"}`}})
	for _, at := range [][]any{{"response"}, {"client", "sessions", 0, "user"}} {
		u := within(a.object, at...)
		if within(u, "first_name") != "Janet" || within(u, "last_name") != "Doe" || within(u, "username") != "jane-doe" || within(u, "unsafe_metadata", "theme") != "dark" {
			t.Errorf("changed: %d %s", a.status, a.body)
		}
	}
	if strings.Contains(string(a.body), "private_metadata") || strings.Contains(string(a.body), `"crm"`) {
		t.Errorf("private metadata is shown: %s", a.body)
	}
	b.send(t, "PATCH", "/me/metadata", url.Values{"unsafe_metadata": {`{"size":{"x":1}}`}}).answered(t, "merged", 200)
	before := string(s.call(t, "GET", "/users?username=jane-doe", "").body)
	if !strings.Contains(before, `"unsafe_metadata":{"size":{"x":1},"theme":"dark"}`) {
		t.Errorf("merged: %s", before)
	}
	for _, row := range []struct {
		what, path, name, value string
		status                  int
		errors                  []string
	}{
		{"a taken name", "/me", "username", "Taken", 422, []string{"form_identifier_exists username"}},
		{"a short name", "/me", "username", "abc", 422, []string{"form_username_invalid_length username"}},
		{"a long name", "/me", "first_name", strings.Repeat("x", 300), 422, []string{"form_param_exceeds_allowed_size first_name"}},
		{"no JSON", "/me", "unsafe_metadata", "{", 422, []string{"form_param_value_invalid unsafe_metadata"}},
		{"a list", "/me/metadata", "unsafe_metadata", "[1]", 422, []string{"form_param_value_invalid unsafe_metadata"}},
		{"large metadata", "/me/metadata", "unsafe_metadata", `{"x":"` + strings.Repeat("x", 9000) + `"}`, 422, []string{"form_param_exceeds_allowed_size unsafe_metadata"}},
		{"metadata in a new version", "/me?__clerk_api_version=2026-05-12", "unsafe_metadata", "{}", 422, []string{"form_param_deprecated unsafe_metadata"}},
		{"a foreign contact", "/me", "primary_email_address_id", "idn_0123", 422, []string{"form_resource_not_found primary_email_address_id"}},
		{"public metadata", "/me", "public_metadata", `{"role":"admin"}`, 200, nil},
		{"a ban", "/me", "banned", "true", 200, nil},
		{"profiles", "/me", "profileIds", "admin", 200, nil},
	} {
		b.send(t, "PATCH", row.path, url.Values{row.name: {row.value}}).answered(t, row.what, row.status, row.errors...)
	}
	if after := string(s.call(t, "GET", "/users?username=jane-doe", "").body); after != before {
		t.Errorf("refusals changed the user:\n%s\n%s", before, after)
	}
	s.clock.advance(16 * time.Minute)
	b.send(t, "PATCH", "/me", url.Values{"username": {"jane-two"}}).answered(t, "another name later", 403, "session_reverification_required")
	b.send(t, "PATCH", "/me", url.Values{"first_name": {"Late"}}).answered(t, "another first name later", 200)
	b.send(t, "PATCH", "/me/nothing", nil).answered(t, "no route", 404, "resource_not_found")
}

// TestFrontendContacts adds, verifies, promotes and deletes addresses of the signed-in user.
func TestFrontendContacts(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t)
	s.make(t, "/users", `{"email_address":["john@example.com"],"password":"`+passwordOf+`"}`)
	b := s.develop(t)
	b.signIn(t)
	first := within(b.send(t, "GET", "/me/email_addresses/", nil).object, "response", 0, "id").(string)
	add := func(address string) clerkAnswer {
		return b.send(t, "POST", "/me/email_addresses/", url.Values{"email_address": {address}})
	}
	add("john@example.com").answered(t, "another user's", 422, "form_identifier_exists email_address")
	add("JANE@example.com").answered(t, "the user's own", 422, "form_identifier_exists email_address")
	add("nobody").answered(t, "no address", 422, "form_param_format_invalid email_address")
	add("").answered(t, "nothing", 422, "form_param_nil email_address")
	b.send(t, "POST", "/me/phone_numbers/", url.Values{"phone_number": {"+12015550123"}}).answered(t, "a number where they are off", 422, "form_param_unknown phone_number")
	a := add("Two@Example.com")
	id, _ := within(a.object, "response", "id").(string)
	if within(a.object, "response", "object") != "email_address" || within(a.object, "response", "verification") != nil || within(a.object, "client", "sessions", 0, "user", "email_addresses", 1, "id") != id {
		t.Fatalf("added: %d %s", a.status, a.body)
	}
	box.next(t, "contact-changed", "jane@example.com")
	path := "/me/email_addresses/" + id
	attempt := func(code string) clerkAnswer {
		return b.send(t, "POST", path+"/attempt_verification", url.Values{"code": {code}})
	}
	primary := url.Values{"primary_email_address_id": {id}}
	attempt("123456").answered(t, "before it is sent", 422, "form_code_incorrect code")
	b.send(t, "PATCH", "/me", primary).answered(t, "an unverified one as primary", 422, "form_verification_needed primary_email_address_id")
	b.send(t, "POST", path+"/prepare_verification", url.Values{"strategy": {"phone_code"}}).answered(t, "another strategy", 400, "verification_strategy_invalid")
	a = b.send(t, "POST", path+"/prepare_verification", url.Values{"strategy": {"email_code"}})
	if within(a.object, "response", "verification", "status") != "unverified" || within(a.object, "response", "verification", "expire_at") == nil {
		t.Errorf("asked: %d %s", a.status, a.body)
	}
	code := sixDigits.FindString(box.next(t, "contact-code", "Two@example.com"))
	attempt(wrongCode(code)).answered(t, "a wrong code", 422, "form_code_incorrect code")
	attempt("abc").answered(t, "no code", 422, "form_code_incorrect code")
	a = attempt(code)
	if within(a.object, "response", "verification", "status") != "verified" || within(a.object, "response", "verification", "strategy") != "email_code" {
		t.Errorf("the right code: %d %s", a.status, a.body)
	}
	attempt(code).answered(t, "again", 400, "verification_already_verified")
	a = b.send(t, "PATCH", "/me", primary)
	if within(a.object, "response", "primary_email_address_id") != id {
		t.Errorf("primary: %d %s", a.status, a.body)
	}
	other := s.develop(t)
	john := other.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"john@example.com"}, "password": {passwordOf}})
	john.answered(t, "another user", 200)
	other.send(t, "DELETE", path, nil).answered(t, "another user's address", 404, "resource_not_found")
	other.send(t, "POST", "/me/email_addresses", url.Values{"email_address": {"two@example.com"}}).answered(t, "a verified address", 422, "form_identifier_exists email_address")
	a = b.send(t, "DELETE", "/me/email_addresses/"+first, nil)
	if within(a.object, "response", "deleted") != true || len(within(a.object, "client", "sessions", 0, "user", "email_addresses").([]any)) != 1 {
		t.Errorf("deleted: %d %s", a.status, a.body)
	}
	b.send(t, "DELETE", path, nil).answered(t, "the last name", 400, "identification_deletion_failed")
	s.clock.advance(16 * time.Minute)
	add("late@example.com").answered(t, "later", 403, "session_reverification_required")
	b.send(t, "DELETE", path, nil).answered(t, "later", 403, "session_reverification_required")
}

// TestFrontendContactsHidden tells nobody that somebody has an address, where that is hidden.
func TestFrontendContactsHidden(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t, func(set *settings) { set.Clerk.HideIdentifiers = "on" })
	s.make(t, "/users", `{"email_address":["john@example.com"],"password":"`+passwordOf+`"}`)
	b := s.develop(t)
	b.signIn(t)
	a := b.send(t, "POST", "/me/email_addresses", url.Values{"email_address": {"john@example.com"}})
	a.answered(t, "another user's", 200)
	box.next(t, "contact-changed", "jane@example.com")
	path := "/me/email_addresses/" + within(a.object, "response", "id").(string)
	b.send(t, "POST", path+"/prepare_verification", url.Values{"strategy": {"email_code"}}).answered(t, "a code", 200)
	code := sixDigits.FindString(box.next(t, "contact-code", "john@example.com"))
	b.send(t, "POST", path+"/attempt_verification", url.Values{"code": {code}}).answered(t, "whoever reads the mail learns it", 422, "form_identifier_exists email_address")
}

// TestFrontendPassword changes the password by the present one or a fresh proof, and ends the other
// sessions.
func TestFrontendPassword(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	b, other := s.develop(t), s.develop(t)
	id, ended := b.signIn(t), other.signIn(t)
	change := func(current, next string) clerkAnswer {
		form := url.Values{"new_password": {next}, "sign_out_of_other_sessions": {"true"}}
		if current != "" {
			form.Set("current_password", current)
		}
		return b.send(t, "POST", "/me/change_password", form)
	}
	change("", "short").answered(t, "a short one", 422, "form_password_length_too_short new_password")
	change("", "").answered(t, "none", 422, "form_param_nil new_password")
	change("", "jane@example.com").answered(t, "a name", 422, "form_password_matches_identifier new_password")
	change("", "password123").answered(t, "a leaked one", 422, "form_password_pwned new_password")
	change("wrong-password", "another-secret-1").answered(t, "a wrong present one", 422, "form_password_incorrect current_password")
	s.clock.advance(16 * time.Minute)
	change("", "another-secret-1").answered(t, "later", 403, "session_reverification_required")
	other.send(t, "POST", "/client/sessions/"+ended+"/tokens", nil).answered(t, "after refusals", 200)
	change(passwordOf, "another-secret-1").answered(t, "with the present one", 200)
	other.send(t, "POST", "/client/sessions/"+ended+"/tokens", nil).answered(t, "the other session", 401, "signed_out")
	b.send(t, "POST", "/client/sessions/"+id+"/tokens", nil).answered(t, "the own session", 200)
	for password, status := range map[string]int{passwordOf: 422, "another-secret-1": 200} {
		if a := s.develop(t).send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"jane@example.com"}, "password": {password}}); a.status != status {
			t.Errorf("signing in by %s: %d %s", password, a.status, a.body)
		}
	}
	b.send(t, "POST", "/me/remove_password", nil).answered(t, "a password that is required", 400, "password_required")
}

// TestFrontendRemovesPassword removes the password of a user who can sign in by a code, where users
// need none.
func TestFrontendRemovesPassword(t *testing.T) {
	t.Parallel()
	s, _ := startCoding(t, func(set *settings) { set.Clerk.Attributes.Password = "on" })
	b := s.develop(t)
	b.signIn(t)
	s.clock.advance(16 * time.Minute)
	remove := func(current string) clerkAnswer {
		return b.send(t, "POST", "/me/remove_password", url.Values{"current_password": {current}})
	}
	remove("").answered(t, "later", 403, "session_reverification_required")
	remove("wrong-password").answered(t, "a wrong one", 422, "form_password_incorrect current_password")
	a := remove(passwordOf)
	if within(a.object, "response", "password_enabled") != false || within(a.object, "client", "sessions", 0, "id") == nil {
		t.Errorf("removed: %d %s", a.status, a.body)
	}
	remove("").answered(t, "again", 404, "resource_not_found")
}

// TestFrontendFactors enrols an authenticator app and backup codes, and asks for them afterwards.
func TestFrontendFactors(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	b := s.develop(t)
	id := b.signIn(t)
	b.send(t, "POST", "/me/backup_codes/", nil).answered(t, "codes without a factor", 400, "backup_codes_not_available")
	b.send(t, "POST", "/me/totp/attempt_verification", url.Values{"code": {"123456"}}).answered(t, "before it began", 400, "verification_not_sent")
	b.send(t, "DELETE", "/me/totp", nil).answered(t, "no app", 404, "resource_not_found")
	a := b.send(t, "POST", "/me/totp", nil)
	secret, _ := within(a.object, "response", "secret").(string)
	if secret == "" || within(a.object, "response", "verified") != false || !strings.HasPrefix(within(a.object, "response", "uri").(string), "otpauth://") {
		t.Fatalf("a secret: %d %s", a.status, a.body)
	}
	attempt := func(code string) clerkAnswer {
		return b.send(t, "POST", "/me/totp/attempt_verification", url.Values{"code": {code}})
	}
	code := totptest.Code(t, secret, s.clock.Now())
	attempt(wrongCode(code)).answered(t, "a wrong code", 422, "form_code_incorrect code")
	a = attempt(code)
	if within(a.object, "response", "verified") != true || within(a.object, "response", "secret") != nil || within(a.object, "client", "sessions", 0, "user", "totp_enabled") != true {
		t.Fatalf("the right code: %d %s", a.status, a.body)
	}
	first, _ := within(a.object, "response", "backup_codes").([]any)
	if len(first) != 10 || within(a.object, "client", "sessions", 0, "user", "backup_code_enabled") != true {
		t.Fatalf("codes with the app: %d %s", a.status, a.body)
	}
	b.send(t, "POST", "/me/totp", nil).answered(t, "a second app", 400, "totp_already_enabled")
	a = b.send(t, "POST", "/me/backup_codes/", nil)
	codes, _ := within(a.object, "response", "codes").([]any)
	if len(codes) != 10 || within(a.object, "client", "sessions", 0, "user", "backup_code_enabled") != true {
		t.Fatalf("backup codes: %d %s", a.status, a.body)
	}
	s.clock.advance(16 * time.Minute)
	b.send(t, "DELETE", "/me/totp", nil).answered(t, "later", 403, "session_reverification_required")
	b.send(t, "POST", "/me/change_password", url.Values{"current_password": {passwordOf}, "new_password": {"another-secret-1"}}).answered(t, "only the password", 403, "session_reverification_required")
	verify := "/client/sessions/" + id + "/verify"
	a = b.send(t, "POST", verify, url.Values{"level": {"second_factor"}})
	if within(a.object, "response", "status") != "needs_second_factor" || within(a.object, "response", "supported_second_factors", 0, "strategy") == nil {
		t.Errorf("proving again: %d %s", a.status, a.body)
	}
	for what, code := range map[string]string{"a wrong code": "zzzzzz", "a code that others replaced": first[1].(string)} {
		b.send(t, "POST", verify+"/attempt_second_factor", url.Values{"strategy": {"backup_code"}, "code": {code}}).answered(t, what, 422, "form_code_incorrect code")
	}
	a = b.send(t, "POST", verify+"/attempt_second_factor", url.Values{"strategy": {"backup_code"}, "code": {codes[0].(string)}})
	if within(a.object, "response", "status") != "complete" || within(a.object, "response", "session", "id") != id {
		t.Errorf("proved again: %d %s", a.status, a.body)
	}
	a = b.send(t, "DELETE", "/me/totp", nil)
	if within(a.object, "response", "deleted") != true || within(a.object, "client", "sessions", 0, "user", "two_factor_enabled") != false {
		t.Errorf("removed: %d %s", a.status, a.body)
	}
	s.set(t, "clerk.attributes.backupCodes", "off")
	secret, _ = within(b.send(t, "POST", "/me/totp", nil).object, "response", "secret").(string)
	a = attempt(totptest.Code(t, secret, s.clock.Now()))
	if within(a.object, "response", "verified") != true || within(a.object, "response", "backup_codes") != nil || within(a.object, "client", "sessions", 0, "user", "backup_code_enabled") != false {
		t.Errorf("an app where users have no codes: %d %s", a.status, a.body)
	}
}

// TestFrontendOwnSessions lists and ends the user's sessions, and no other user's.
func TestFrontendOwnSessions(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	s.make(t, "/users", `{"email_address":["john@example.com"],"password":"`+passwordOf+`"}`)
	b, other, foreign := s.develop(t), s.develop(t), s.develop(t)
	id, second := b.signIn(t), other.signIn(t)
	third := within(foreign.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"john@example.com"}, "password": {passwordOf}}).object, "response", "created_session_id").(string)
	var all []map[string]any
	var a clerkAnswer
	var err error
	for late := time.Now().Add(time.Minute); len(all) != 2 && time.Now().Before(late); { // the store lists new ones a moment later
		a = b.send(t, "GET", "/me/sessions/active", nil)
		err = json.Unmarshal(a.body, &all)
	}
	if err != nil || len(all) != 2 || all[0]["id"] != id || all[1]["id"] != second || all[0]["latest_activity"] == nil {
		t.Errorf("the sessions: %d %s", a.status, a.body)
	}
	b.send(t, "POST", "/me/sessions/"+third+"/revoke", nil).answered(t, "another user's", 404, "resource_not_found")
	a = b.send(t, "POST", "/me/sessions/"+second+"/revoke", nil)
	if within(a.object, "response", "status") != "revoked" {
		t.Errorf("revoked: %d %s", a.status, a.body)
	}
	other.send(t, "POST", "/client/sessions/"+second+"/tokens", nil).answered(t, "the ended session", 401, "signed_out")
	foreign.send(t, "POST", "/client/sessions/"+third+"/tokens", nil).answered(t, "another user's session", 200)
}

// TestFrontendDeletesSelf deletes the user only where users may, after a fresh proof by the password.
func TestFrontendDeletesSelf(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	b := s.develop(t)
	id := b.signIn(t)
	user := within(b.send(t, "GET", "/me", nil).object, "response", "id").(string)
	s.call(t, "PATCH", "/users/"+user, `{"delete_self_enabled":false}`)
	b.send(t, "DELETE", "/me", nil).answered(t, "where users may not", 403, "user_delete_self_not_enabled")
	s.call(t, "PATCH", "/users/"+user, `{"delete_self_enabled":true}`)
	s.clock.advance(16 * time.Minute)
	b.send(t, "DELETE", "/me", nil).answered(t, "later", 403, "session_reverification_required")
	path := "/client/sessions/" + id + "/verify"
	if a := b.send(t, "POST", path, nil); within(a.object, "response", "status") != "needs_first_factor" {
		t.Errorf("proving again: %d %s", a.status, a.body)
	}
	proof := url.Values{"strategy": {"password"}, "password": {"wrong-password"}}
	b.send(t, "POST", path+"/attempt_first_factor", proof).answered(t, "a wrong password", 422, "form_password_incorrect password")
	proof.Set("password", passwordOf)
	if a := b.send(t, "POST", path+"/attempt_first_factor", proof); within(a.object, "response", "status") != "complete" {
		t.Errorf("proved again: %d %s", a.status, a.body)
	}
	a := b.send(t, "DELETE", "/me", nil)
	if within(a.object, "response", "deleted") != true || len(within(a.object, "client", "sessions").([]any)) != 0 {
		t.Errorf("deleted: %d %s", a.status, a.body)
	}
	s.call(t, "GET", "/users/"+user, "").answered(t, "the deleted user", 404, "resource_not_found")
}

// TestFrontendImage sets the picture by the text that pages send, and removes it. Who has none is drawn.
func TestFrontendImage(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	b := s.develop(t)
	b.signIn(t)
	drawn := func(what, below, letters string) {
		t.Helper()
		address, _ := within(b.send(t, "GET", "/me", nil).object, "response", "image_url").(string)
		path, ok := strings.CutPrefix(address, "http://"+s.addr)
		if want := "/_images/avatar_placeholder" + below; !ok || path != want {
			t.Fatalf("%s is drawn at %q, want %q", what, address, want)
		}
		a := s.file(t, "GET", path, "Origin", page)
		if h := a.header; a.status != 200 || h.Get("Content-Type") != "image/svg+xml" || h.Get("Access-Control-Allow-Origin") != page || h.Get("Content-Security-Policy") == "" ||
			!strings.Contains(string(a.body), ">"+letters+"</text>") {
			t.Errorf("%s: %d %v %s", what, a.status, a.header, a.body)
		}
	}
	drawn("a first name", "/J", "J")
	b.send(t, "PATCH", "/me", url.Values{"last_name": {"ärger"}}).answered(t, "a last name", 200)
	drawn("names", "/J%C3%84", "JÄ")
	b.send(t, "PATCH", "/me", url.Values{"first_name": {""}, "last_name": {"<b>"}}).answered(t, "no letters", 200)
	drawn("no letters", "", "")
	for _, path := range []string{"/JKL", "/%3Cb", "/1", "/J/K"} {
		if a := s.file(t, "GET", "/_images/avatar_placeholder"+path); a.status != 404 {
			t.Errorf("%s is drawn: %d %s", path, a.status, a.body)
		}
	}
	b.send(t, "DELETE", "/me/profile_image", nil).answered(t, "no picture", 404, "image_not_found")
	send := func(text string) clerkAnswer {
		path := "http://" + s.addr + "/v1/me/profile_image?__clerk_db_jwt=" + b.token
		req, _ := http.NewRequest("POST", path, strings.NewReader(text))
		req.Header.Set("Content-Type", "application/octet-stream")
		req.Header.Set("Origin", page)
		res, err := s.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		a := clerkAnswer{status: res.StatusCode}
		a.body, _ = io.ReadAll(res.Body)
		_ = json.Unmarshal(a.body, &a.object)
		return a
	}
	for _, text := range []string{"bm90IGEgcGljdHVyZQ==", "R0lGODlh!!!!", "R0lGODlhR0lGODlhR0lGODlhR", "data:image/gif;base64,\x00"} {
		send(text).answered(t, text, 400, "request_body_invalid")
	}
	const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	a := send("data:image/png;base64," + pixel)
	if at, _ := within(a.object, "response", "public_url").(string); at == "" || within(a.object, "client", "sessions", 0, "user", "has_image") != true {
		t.Errorf("a picture: %d %s", a.status, a.body)
	}
	b.send(t, "DELETE", "/me/profile_image", nil).answered(t, "removed", 200)
	if a := b.send(t, "GET", "/me", nil); within(a.object, "response", "has_image") != false {
		t.Errorf("removed: %s", a.body)
	}
	drawn("the picture is removed", "", "")
}
