package systemtest

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// beginOr begins a sign-in of somebody who may have no account, and returns its path.
func (b *visitor) beginOr(t *testing.T, identifier string) string {
	t.Helper()
	a := b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {identifier}, "sign_up_if_missing": {"true"}})
	id, _ := within(a.object, "response", "id").(string)
	if a.status != 200 || within(a.object, "response", "status") != "needs_first_factor" {
		t.Fatalf("beginning: %d %s", a.status, a.body)
	}
	return "/client/sign_ins/" + id
}

// TestFrontendTransfersToSignUp lets somebody sign up by the proof of a sign-in, if nobody has the address.
func TestFrontendTransfersToSignUp(t *testing.T) {
	t.Parallel()
	for _, hidden := range []string{"on", "off"} {
		t.Run("hidden "+hidden, func(t *testing.T) {
			s, box := startLinking(t, func(set *settings) { set.Clerk.HideIdentifiers = hidden })
			// Somebody calls themself by an address that they never proved to read.
			s.operate(t, "security", "createUser", map[string]any{}, map[string]any{
				"content": map[string]any{"profileIds": []string{"default"}}, "credentials": map[string]any{"local": map[string]any{"username": "squat@example.com", "password": passwordOf}},
			})
			code := func(b *visitor, path, email string) string {
				t.Helper()
				b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_code"}}).answered(t, "asking", 200)
				return sixDigits.FindString(box.next(t, "sign-in-code", email))
			}
			prove := func(b *visitor, path, code string) clerkAnswer {
				return b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_code"}, "code": {code}})
			}
			transfer := url.Values{"transfer": {"true"}, "password": {"quite-a-new-password"}, "first_name": {"New"}}
			for _, email := range []string{"new@example.com", "squat@example.com"} {
				squatted := email == "squat@example.com"
				if squatted && hidden == "off" {
					continue // the name has no way by a code
				}
				b := s.develop(t)
				path := b.beginOr(t, email)
				b.send(t, "POST", "/client/sign_ups", transfer).answered(t, "before the proof", 400, "client_state_invalid")
				sent := code(b, path, email)
				prove(b, path, wrongCode(sent)).answered(t, "a wrong code", 422, "form_code_incorrect code")
				a := prove(b, path, sent)
				if within(a.object, "response", "first_factor_verification", "status") != "transferable" || within(a.object, "response", "status") != "needs_first_factor" || strings.Contains(string(a.body), "sess_") {
					t.Fatalf("%s: the right code: %d %s", email, a.status, a.body)
				}
				prove(b, path, sent).answered(t, "again", 400, "verification_not_sent")
				s.develop(t).send(t, "POST", "/client/sign_ups", transfer).answered(t, "another browser", 400, "client_state_invalid")
				a = b.send(t, "POST", "/client/sign_ups", transfer)
				if squatted {
					a.answered(t, "a name of somebody", 422, "form_identifier_exists email_address")
					continue
				}
				u := within(a.object, "client", "sessions", 0, "user")
				if within(a.object, "response", "status") != "complete" || within(u, "first_name") != "New" || within(u, "email_addresses", 0, "email_address") != email || within(u, "email_addresses", 0, "verification", "status") != "verified" {
					t.Fatalf("%s: signing up: %d %s", email, a.status, a.body)
				}
			}
			b := s.develop(t)
			path := b.beginOr(t, "jane@example.com")
			if a := prove(b, path, code(b, path, "jane@example.com")); within(a.object, "response", "status") != "complete" {
				t.Errorf("somebody with an account: %d %s", a.status, a.body)
			}
			late := s.develop(t)
			path = late.beginOr(t, "late@example.com")
			prove(late, path, code(late, path, "late@example.com")).answered(t, "the right code", 200)
			s.clock.advance(10 * time.Minute)
			late.send(t, "POST", "/client/sign_ups", transfer).answered(t, "a late sign-up", 400, "verification_expired")
			s.clock.advance(time.Hour) // there is a limit for messages
			linked := s.develop(t)
			path = linked.beginOr(t, "link@example.com")
			linked.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_link"}, "redirect_url": {page}}).answered(t, "asking for a link", 200)
			linked.press(t, linkOf(t, box.next(t, "sign-in-link", "link@example.com"))).leadsTo(t, "the button", page, "verified")
			if a := linked.send(t, "GET", path, nil); within(a.object, "response", "first_factor_verification", "status") != "transferable" {
				t.Errorf("after a link: %d %s", a.status, a.body)
			}
			if a := linked.send(t, "POST", "/client/sign_ups", transfer); within(a.object, "response", "status") != "complete" {
				t.Errorf("signing up after a link: %d %s", a.status, a.body)
			}
		})
	}
}

// TestFrontendTransferKeepsSecret answers everybody alike until somebody proves an address.
func TestFrontendTransferKeepsSecret(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t, func(set *settings) { set.Clerk.HideIdentifiers = "on" })
	answers := map[string]string{}
	for _, email := range []string{"nobody@example.com", "jane@example.com"} {
		b := s.develop(t)
		path := b.beginOr(t, email)
		for _, a := range []clerkAnswer{
			b.send(t, "GET", path, nil), b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_code"}}),
			b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_code"}, "code": {"abc"}}),
		} {
			answers[email] += shape(a.object["response"]) + strings.Join(a.errors(), " ")
		}
		box.next(t, "sign-in-code", email)
	}
	if answers["nobody@example.com"] != answers["jane@example.com"] {
		t.Errorf("the answers differ: %v", answers)
	}
	closed := startFrontend(t, func(set *settings) { set.Clerk.SignUp = "restricted" })
	closed.develop(t).send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"nobody@example.com"}, "sign_up_if_missing": {"true"}}).
		answered(t, "where nobody may sign up", 422, "form_identifier_not_found identifier")
}

// TestFrontendTransfersToSignIn signs somebody in who signs up with an address of their account, by the
// proof of the sign-up.
func TestFrontendTransfersToSignIn(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t, func(set *settings) { set.Clerk.HideIdentifiers = "on" })
	s.make(t, "/users", `{"email_address":["john@example.com"],"password":"`+passwordOf+`","totp_secret":"JBSWY3DPEHPK3PXP"}`)
	transfer := url.Values{"transfer": {"true"}}
	for email, status := range map[string]string{"jane@example.com": "complete", "john@example.com": "needs_second_factor"} {
		b := s.develop(t)
		b.send(t, "POST", "/client/sign_ins", transfer).answered(t, "without a sign-up", 400, "client_state_invalid")
		a := b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {email}, "password": {"quite-a-new-password"}})
		path := "/client/sign_ups/" + within(a.object, "response", "id").(string)
		b.send(t, "POST", path+"/prepare_verification", url.Values{"strategy": {"email_code"}}).answered(t, "asking", 200)
		code := sixDigits.FindString(box.next(t, "contact-code", email))
		b.send(t, "POST", "/client/sign_ins", transfer).answered(t, "before the proof", 400, "client_state_invalid")
		b.send(t, "POST", path+"/attempt_verification", url.Values{"strategy": {"email_code"}, "code": {code}}).answered(t, "a taken address", 422, "form_identifier_exists email_address")
		a = b.send(t, "POST", "/client/sign_ins", transfer)
		if within(a.object, "response", "status") != status || within(a.object, "response", "first_factor_verification", "strategy") != "email_code" || (within(a.object, "response", "created_session_id") != nil) != (status == "complete") {
			t.Errorf("%s: transferred: %d %s", email, a.status, a.body)
		}
		if status != "complete" {
			s.clock.advance(10 * time.Minute)
			b.send(t, "POST", "/client/sign_ins", transfer).answered(t, "late", 400, "verification_expired")
		}
	}
	// The password of the sign-up changed nothing.
	s.develop(t).signIn(t)
}
