package systemtest

import (
	"net/url"
	"testing"
)

// TestFrontendSecondPhones: a phone that is reserved as a second factor is no first one: who holds it alone
// neither signs in nor sets a password. Nor does the answer tell that somebody has it.
func TestFrontendSecondPhones(t *testing.T) {
	t.Parallel()
	const phone = "+12025550147"
	for _, hidden := range []string{"on", "off"} {
		t.Run("hidden "+hidden, func(t *testing.T) {
			t.Parallel()
			s, box := startCoding(t, func(set *settings) {
				set.Clerk.HideIdentifiers, set.Notify.SMS = hidden, "webhook"
			})
			u := s.call(t, "POST", "/users", `{"email_address":["phoned@example.com"],"phone_number":["`+phone+`"],"password":"`+passwordOf+`"}`)
			number, _ := within(u.object, "phone_numbers", 0, "id").(string)
			ask := func(strategy string) (*visitor, string, clerkAnswer) {
				b := s.develop(t)
				path := b.begin(t, phone)
				return b, path, b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {strategy}})
			}
			b, path, a := ask("phone_code")
			a.answered(t, "a phone", 200)
			code := sixDigits.FindString(box.next(t, "sign-in-code", phone))
			s.call(t, "PATCH", "/phone_numbers/"+number, `{"reserved_for_second_factor":true}`).answered(t, "reserving it", 200)
			box.next(t, "contact-changed", "phoned@example.com")
			if a := b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"phone_code"}, "code": {code}}); a.status == 200 {
				t.Errorf("a code that was sent before: %d %s", a.status, a.body)
			}
			for _, strategy := range []string{"phone_code", "reset_password_phone_code"} {
				_, _, a := ask(strategy)
				if hidden == "on" {
					a.answered(t, strategy, 200)
				} else {
					a.answered(t, strategy, 400, "verification_strategy_invalid")
				}
			}
			const only = "+12025550148"
			s.set(t, "clerk.attributes.emailAddress", "on")
			u = s.call(t, "POST", "/users", `{"username":"phoned_only","phone_number":["`+only+`"],"password":"`+passwordOf+`"}`)
			number, _ = within(u.object, "phone_numbers", 0, "id").(string)
			if a := s.call(t, "PATCH", "/phone_numbers/"+number, `{"reserved_for_second_factor":true}`); a.status != 200 {
				t.Fatalf("reserving another: %s, after %s", a.body, u.body)
			}
			box.next(t, "contact-changed", only)
			s.operate(t, passwordController, "requestReset", nil, map[string]any{"username": "phoned_only"})
			// The next message is one to the address, which stays a first factor.
			b = s.develop(t)
			b.send(t, "POST", b.begin(t, "phoned@example.com")+"/prepare_first_factor", url.Values{"strategy": {"email_code"}}).answered(t, "the address", 200)
			box.next(t, "sign-in-code", "phoned@example.com")
		})
	}
}
