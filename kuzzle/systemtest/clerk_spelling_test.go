package systemtest

import (
	"net/url"
	"testing"
)

// TestFrontendSpellings sends codes, links and resets to the spelling of an address that its user proved,
// whichever capitals somebody types. The proof works, as the password does.
func TestFrontendSpellings(t *testing.T) {
	t.Parallel()
	s, box := startLinking(t, func(set *settings) { set.Clerk.HideIdentifiers = "on" })
	s.colleague(t, "John")
	for proved, typed := range map[string]string{"jane@example.com": "Jane@example.com", "John@example.com": "john@EXAMPLE.com"} {
		for _, way := range []struct{ strategy, kind string }{{"email_code", "sign-in-code"}, {"reset_password_email_code", "reset-code"}, {"email_link", "sign-in-link"}} {
			b := s.develop(t)
			path := b.begin(t, typed)
			b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {way.strategy}, "redirect_url": {page}}).answered(t, way.strategy, 200)
			mail := box.next(t, way.kind, proved)
			if way.strategy == "email_link" {
				b.press(t, linkOf(t, mail)).leadsTo(t, "the button", page, "verified")
				continue
			}
			want := map[string]string{"email_code": "complete", "reset_password_email_code": "needs_new_password"}[way.strategy]
			a := b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {way.strategy}, "code": {sixDigits.FindString(mail)}})
			if within(a.object, "response", "status") != want {
				t.Errorf("%s by %s: %d %s", typed, way.strategy, a.status, a.body)
			}
		}
		b := s.develop(t)
		path := b.beginOr(t, typed)
		b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_code"}}).answered(t, "perhaps a newcomer", 200)
		code := sixDigits.FindString(box.next(t, "sign-in-code", proved))
		if a := b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_code"}, "code": {code}}); within(a.object, "response", "status") != "complete" {
			t.Errorf("%s, perhaps a newcomer: %d %s", typed, a.status, a.body)
		}
		b = s.develop(t)
		a := b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {typed}})
		id, _ := within(a.object, "response", "id").(string)
		b.send(t, "POST", "/client/sign_ups/"+id+"/prepare_verification", url.Values{"strategy": {"email_code"}}).answered(t, "signing up", 200)
		box.next(t, "contact-code", proved)
	}
}

// TestFrontendCodeForFormerOwner: a code does not let its reader in as somebody who meanwhile took the address as a
// mere name.
func TestFrontendCodeForFormerOwner(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t)
	id := s.make(t, "/users", `{"email_address":["kim@example.com"],"password":"`+passwordOf+`"}`)
	b := s.develop(t)
	path := b.begin(t, "kim@example.com")
	b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_code"}}).answered(t, "a code", 200)
	code := sixDigits.FindString(box.next(t, "sign-in-code", "kim@example.com"))
	s.call(t, "DELETE", "/users/"+id, "").answered(t, "the owner's end", 200)
	s.operate(t, "security", "createUser", map[string]any{"_id": "another"}, map[string]any{
		"content": map[string]any{"profileIds": []any{"default"}}, "credentials": map[string]any{"local": map[string]any{"username": "kim@example.com", "password": passwordOf}},
	})
	a := b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_code"}, "code": {code}})
	a.answered(t, "the code of the former owner", 422, "form_code_incorrect code")
}
