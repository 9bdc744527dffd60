package systemtest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
)

// startCoding starts a server for browsers that mails codes.
func startCoding(t *testing.T, edits ...func(*settings)) (clerkServer, mailbox) {
	t.Helper()
	mailing, box := mailTo(t)
	return startFrontend(t, append(edits, mailing)...), box
}

// begin begins a sign-in and returns its path.
func (b *visitor) begin(t *testing.T, identifier string) string {
	t.Helper()
	a := b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {identifier}})
	id, _ := within(a.object, "response", "id").(string)
	if a.status != 200 {
		t.Fatalf("beginning: %d %s", a.status, a.body)
	}
	return "/client/sign_ins/" + id
}

// wrongCode is another code.
func wrongCode(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// TestFrontendCodes signs in by a code, which works once, for its attempt, for five tries and ten
// minutes.
func TestFrontendCodes(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t)
	b := s.develop(t)
	path := b.begin(t, "jane@example.com")
	form := url.Values{"strategy": {"email_code"}}
	b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_code"}, "code": {"123456"}}).answered(t, "before it is sent", 400, "client_state_invalid")
	b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"phone_code"}}).answered(t, "another kind", 400, "verification_strategy_invalid")
	a := b.send(t, "POST", path+"/prepare_first_factor", form)
	if within(a.object, "response", "first_factor_verification", "status") != "unverified" || within(a.object, "response", "status") != "needs_first_factor" {
		t.Fatalf("asking: %d %s", a.status, a.body)
	}
	first := sixDigits.FindString(box.next(t, "sign-in-code", "jane@example.com"))
	b.send(t, "POST", path+"/prepare_first_factor", form).answered(t, "asking again", 200)
	second := sixDigits.FindString(box.next(t, "sign-in-code", "jane@example.com"))
	try := func(b *visitor, code string) clerkAnswer {
		return b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_code"}, "code": {code}})
	}
	if first != second {
		try(b, first).answered(t, "a replaced code", 422, "form_code_incorrect code")
	}
	try(s.develop(t), second).answered(t, "another browser", 404, "resource_not_found")
	a = try(b, second)
	if within(a.object, "response", "status") != "complete" || within(a.object, "client", "last_authentication_strategy") != "email_code" {
		t.Fatalf("the right code: %d %s", a.status, a.body)
	}
	b.send(t, "DELETE", "/client/sessions", nil)

	path = b.begin(t, "jane@example.com")
	b.send(t, "POST", path+"/prepare_first_factor", form).answered(t, "asking", 200)
	code := sixDigits.FindString(box.next(t, "sign-in-code", "jane@example.com"))
	for range 5 {
		try(b, wrongCode(code)).answered(t, "a wrong code", 422, "form_code_incorrect code")
	}
	try(b, code).answered(t, "the right code after five wrong ones", 400, "verification_failed")
	s.clock.advance(time.Hour) // there is a limit for messages
	b.send(t, "POST", path+"/prepare_first_factor", form).answered(t, "asking", 200)
	code = sixDigits.FindString(box.next(t, "sign-in-code", "jane@example.com"))
	s.clock.advance(10 * time.Minute)
	try(b, code).answered(t, "a late code", 400, "verification_not_sent")
}

// TestFrontendResets chooses another password after a code, which ends all sessions.
func TestFrontendResets(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t)
	before := s.develop(t)
	session := before.signIn(t)
	b := s.develop(t)
	path := b.begin(t, "jane@example.com")
	b.send(t, "POST", path+"/reset_password", url.Values{"password": {"another-password"}}).answered(t, "without a code", 400, "client_state_invalid")
	b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"reset_password_email_code"}}).answered(t, "asking", 200)
	code := sixDigits.FindString(box.next(t, "reset-code", "jane@example.com"))
	a := b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"reset_password_email_code"}, "code": {code}})
	if within(a.object, "response", "status") != "needs_new_password" || strings.Contains(string(a.body), "sess_") {
		t.Fatalf("the right code: %d %s", a.status, a.body)
	}
	b.send(t, "POST", path+"/reset_password", url.Values{"password": {"short"}}).answered(t, "a short password", 422, "form_password_length_too_short password")
	b.send(t, "POST", path+"/reset_password", url.Values{"password": {"password1"}}).answered(t, "a leaked password", 422, "form_password_pwned password")
	a = b.send(t, "POST", path+"/reset_password", url.Values{"password": {"another-password"}})
	if within(a.object, "response", "status") != "complete" {
		t.Fatalf("another password: %d %s", a.status, a.body)
	}
	box.next(t, "password-changed", "jane@example.com")
	before.send(t, "POST", "/client/sessions/"+session+"/tokens", nil).answered(t, "a session from before", 401, "signed_out")
	s.develop(t).send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"jane@example.com"}, "password": {passwordOf}}).
		answered(t, "the former password", 422, "form_password_incorrect password")
}

// TestFrontendSignsUp signs up in several requests. Nothing exists before the address is verified.
func TestFrontendSignsUp(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t)
	b := s.develop(t)
	b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"jane@example.com"}}).answered(t, "a taken address", 422, "form_identifier_exists email_address")
	b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"nowhere"}}).answered(t, "no address", 422, "form_param_value_invalid email_address")
	b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"new@example.com"}, "password": {"short"}}).answered(t, "a short password", 422, "form_password_length_too_short password")
	for name, value := range map[string]string{"public_metadata": `{"role":"admin"}`, "private_metadata": "{}", "external_id": "x", "banned": "false", "profileIds": "admin", "created_at": "0"} {
		a := b.send(t, "POST", "/client/sign_ups", url.Values{name: {value}})
		if text := string(a.body); strings.Contains(text, `"role"`) {
			t.Errorf("%s is taken: %s", name, text)
		}
	}
	a := b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"New@Example.com"}, "first_name": {""}, "unsafe_metadata": {`{"theme":"dark"}`}})
	id, _ := within(a.object, "response", "id").(string)
	path := "/client/sign_ups/" + id
	missing, _ := json.Marshal(within(a.object, "response", "missing_fields"))
	unverified, _ := json.Marshal(within(a.object, "response", "unverified_fields"))
	proof := within(a.object, "response", "verifications", "email_address")
	if diff := cmp.Diff([]any{"missing_requirements", `["password"]`, `["email_address"]`, map[string]any{"next_action": "needs_prepare", "supported_strategies": []any{"email_code"}}},
		[]any{within(a.object, "response", "status"), string(missing), string(unverified), proof}); diff != "" {
		t.Errorf("begun (-want +got):\n%s\n%s", diff, a.body)
	}
	b.send(t, "PATCH", path, url.Values{"password": {passwordOf}}).answered(t, "the password", 200)
	a = b.send(t, "POST", path+"/prepare_verification", url.Values{"strategy": {"email_code"}})
	if within(a.object, "response", "verifications", "email_address", "next_action") != "needs_attempt" || within(a.object, "response", "verifications", "email_address", "status") != "unverified" {
		t.Errorf("asking: %d %s", a.status, a.body)
	}
	code := sixDigits.FindString(box.next(t, "contact-code", "New@example.com"))
	attempt := func(code string) clerkAnswer {
		return b.send(t, "POST", path+"/attempt_verification", url.Values{"strategy": {"email_code"}, "code": {code}})
	}
	attempt(wrongCode(code)).answered(t, "a wrong code", 422, "form_code_incorrect code")
	if users := s.call(t, "GET", "/users?email_address=new@example.com", ""); string(users.body) != "[]" {
		t.Errorf("before the proof there is %s", users.body)
	}
	former := *b
	a = attempt(code)
	if within(a.object, "response", "status") != "complete" || within(a.object, "client", "sign_up") != nil || within(a.object, "client", "sessions", 0, "user", "unsafe_metadata", "theme") != "dark" {
		t.Fatalf("the right code: %d %s", a.status, a.body)
	}
	s.clock.advance(clients.FormerFor)
	former.send(t, "GET", "/client", nil).answered(t, "the token from before", 401, "dev_browser_unauthenticated")
	if id := within(a.object, "response", "created_session_id"); id != within(a.object, "client", "sessions", 0, "id") {
		t.Errorf("the session is %v: %s", id, a.body)
	}
	login := s.kuzzle(t, "POST", "/_login/local", `{"username":"new@example.com","password":"`+passwordOf+`"}`)
	if login.status != 200 || within(login.object, "result", "_id") != within(a.object, "response", "created_user_id") {
		t.Errorf("the user by another door: %d %s", login.status, login.body)
	}
}

// TestFrontendSignUpModes refuses sign-ups without an invitation where they need one, and takes one
// with it, once.
func TestFrontendSignUpModes(t *testing.T) {
	t.Parallel()
	for mode, code := range map[string]string{"restricted": "sign_up_mode_restricted", "waitlist": "sign_up_restricted_waitlist"} {
		t.Run(mode, func(t *testing.T) {
			s, _ := startCoding(t, func(set *settings) {
				set.Clerk.SignUp, set.PublicURL, set.Clerk.FrontendAPI = mode, "http://127.0.0.1:1", "127.0.0.1:1/kuzzle.clerk.accounts.dev"
			})
			b := s.develop(t)
			b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"new@example.com"}}).answered(t, "uninvited", 403, code)
			invited := s.call(t, "POST", "/invitations", `{"email_address":"guest@example.com","notify":false,"public_metadata":{"plan":"pro"}}`)
			link, _ := url.Parse(fmt.Sprint(invited.object["url"]))
			ticket := link.Query().Get("ticket")
			if ticket == "" {
				t.Fatalf("invited: %d %s", invited.status, invited.body)
			}
			form := url.Values{"strategy": {"ticket"}, "ticket": {ticket}, "password": {passwordOf}}
			a := b.send(t, "POST", "/client/sign_ups", form)
			if within(a.object, "response", "status") != "complete" || within(a.object, "client", "sessions", 0, "user", "public_metadata", "plan") != "pro" {
				t.Fatalf("invited: %d %s", a.status, a.body)
			}
			s.develop(t).send(t, "POST", "/client/sign_ups", form).answered(t, "a replayed invitation", 400, "sign_in_token_already_used_code")
		})
	}
}

// TestFrontendTickets signs in by a ticket, once.
func TestFrontendTickets(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	var all []map[string]any
	if err := json.Unmarshal(s.call(t, "GET", "/users", "").body, &all); err != nil || len(all) != 1 {
		t.Fatal(err, all)
	}
	user := all[0]["id"].(string)
	made := s.call(t, "POST", "/sign_in_tokens", `{"user_id":"`+user+`"}`)
	form := url.Values{"strategy": {"ticket"}, "ticket": {made.object["token"].(string)}}
	a := s.develop(t).send(t, "POST", "/client/sign_ins", form)
	if within(a.object, "response", "status") != "complete" {
		t.Fatalf("a ticket: %d %s", a.status, a.body)
	}
	s.develop(t).send(t, "POST", "/client/sign_ins", form).answered(t, "a replayed ticket", 400, "sign_in_token_already_used_code")
}

// TestFrontendHides answers the same for identifiers that exist and those that do not.
func TestFrontendHides(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t, inProduction)
	shape := regexp.MustCompile(`(jane|nobody)@|"(id|email_address_id|clerk_trace_id)":"[^"]*"|"[a-z_]*at":\d+|client_[0-9a-f]*|[jn]\*\*\*@|"identifier":"[^"]*"`)
	walk := func(identifier string) (all []string) {
		b := s.visit(site)
		note := func(a clerkAnswer) {
			all = append(all, fmt.Sprint(a.status, " ", shape.ReplaceAllString(string(a.body), "")))
		}
		a := b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {identifier}})
		note(a)
		path := "/client/sign_ins/" + fmt.Sprint(within(a.object, "response", "id"))
		note(b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"password"}, "password": {"wrong-password"}}))
		for _, way := range []string{"email_code", "reset_password_email_code"} {
			path := b.begin(t, identifier) // in one attempt, the second code may take the first one's place before it is sent
			note(b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {way}}))
			note(b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {way}, "code": {"x"}}))
		}
		a = b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {identifier}, "password": {"a-good-password"}})
		note(a)
		note(b.send(t, "POST", "/client/sign_ups/"+fmt.Sprint(within(a.object, "response", "id"))+"/prepare_verification", url.Values{"strategy": {"email_code"}}))
		return all
	}
	known, unknown := walk("jane@example.com"), walk("nobody@example.com")
	if diff := cmp.Diff(known, unknown); diff != "" {
		t.Errorf("jane (-) and nobody (+) are told apart:\n%s", diff)
	}
	if !slices.ContainsFunc(known, func(one string) bool { return strings.Contains(one, "form_password_or_identifier_incorrect") }) {
		t.Errorf("the answers are %v", known)
	}
	// Codes to sign in went to Jane only; both addresses got one that nobody can use without it.
	got := box.gather(t, "sign-in-code jane@example.com", "reset-code jane@example.com", "contact-code jane@example.com", "contact-code nobody@example.com")
	if len(got) != 4 {
		t.Errorf("the mails are %v", got)
	}
}

// TestFrontendLimits slows an address down.
func TestFrontendLimits(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, func(set *settings) { set.Clerk.RateLimit = "on" })
	b := s.develop(t)
	s.clock.freeze()
	form := url.Values{"identifier": {"jane@example.com"}}
	for range 5 {
		b.send(t, "POST", "/client/sign_ins", form).answered(t, "a sign-in", 200)
	}
	a := b.send(t, "POST", "/client/sign_ins", form)
	a.answered(t, "the sixth", 429, "too_many_requests")
	if a.header.Get("Retry-After") == "" {
		t.Errorf("there is no Retry-After: %v", a.header)
	}
	s.clock.advance(11 * time.Second)
	b.send(t, "POST", "/client/sign_ins", form).answered(t, "later", 200)
}
