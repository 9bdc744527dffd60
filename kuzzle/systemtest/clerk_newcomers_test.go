package systemtest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// askNewcomer begins a sign-in of somebody who may have no account, from another browser, and asks for a
// message.
func (s clerkServer) askNewcomer(t *testing.T, identifier, strategy string) clerkAnswer {
	t.Helper()
	b := s.develop(t)
	return b.send(t, "POST", b.beginOr(t, identifier)+"/prepare_first_factor", url.Values{"strategy": {strategy}, "redirect_url": {page}})
}

// TestFrontendNewcomersAreLimited: a sign-in that may become a sign-up sends as few messages to strangers
// as a sign-up, and both share the limit. The answers do not depend on the recipients.
func TestFrontendNewcomersAreLimited(t *testing.T) {
	t.Parallel()
	const free = 5
	for _, strategy := range []string{"email_code", "email_link", "phone_code"} {
		t.Run(strategy, func(t *testing.T) {
			s, box := startLinking(t, func(set *settings) {
				set.Clerk.HideIdentifiers, set.Notify.SMS = "on", "webhook"
			})
			to := func(i int) string {
				if strategy == "phone_code" {
					return fmt.Sprintf("+1202555010%d", i)
				}
				return fmt.Sprintf("stranger%d@example.com", i)
			}
			kind := map[bool]string{false: "sign-in-code", true: "sign-in-link"}[strategy == "email_link"]
			for i := range free {
				s.askNewcomer(t, to(i), strategy).answered(t, "asking", 200)
				box.next(t, kind, to(i))
			}
			refused := s.askNewcomer(t, to(free), strategy)
			if refused.status != 429 {
				t.Errorf("another stranger: %d %s", refused.status, refused.body)
			}
			if strategy != "email_code" {
				return
			}
			if owner := s.askNewcomer(t, "jane@example.com", strategy); owner.status != 429 || strings.Join(owner.errors(), " ") != strings.Join(refused.errors(), " ") {
				t.Errorf("somebody with an account: %d %s", owner.status, owner.body)
			}
			b := s.develop(t)
			a := b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"another@example.com"}})
			id, _ := within(a.object, "response", "id").(string)
			if a := b.send(t, "POST", "/client/sign_ups/"+id+"/prepare_verification", url.Values{"strategy": {strategy}}); a.status != 429 {
				t.Errorf("a sign-up: %d %s", a.status, a.body)
			}
			b = s.develop(t)
			for _, strategy := range []string{"email_code", "reset_password_email_code"} {
				b.send(t, "POST", b.begin(t, "jane@example.com")+"/prepare_first_factor", url.Values{"strategy": {strategy}}).answered(t, "a sign-in", 200)
			}
		})
	}
}

// TestFrontendNewcomersWithoutPhones: where nobody may sign up with a phone number, no message goes to a
// stranger's.
func TestFrontendNewcomersWithoutPhones(t *testing.T) {
	t.Parallel()
	const stranger, owner = "+12025550100", "+12025550147"
	for _, hidden := range []string{"on", "off"} {
		t.Run("hidden "+hidden, func(t *testing.T) {
			s, box := startCoding(t, func(set *settings) {
				set.Clerk.HideIdentifiers, set.Notify.SMS = hidden, "webhook"
			})
			s.make(t, "/users", `{"email_address":["phoned@example.com"],"phone_number":["`+owner+`"],"password":"`+passwordOf+`"}`)
			s.set(t, "clerk.attributes.phoneNumber", "off")
			if hidden == "off" {
				s.develop(t).send(t, "POST", "/client/sign_ins", url.Values{"identifier": {stranger}, "sign_up_if_missing": {"true"}}).
					answered(t, "a stranger", 422, "form_identifier_not_found identifier")
			} else {
				s.askNewcomer(t, stranger, "phone_code").answered(t, "a stranger", 200)
			}
			s.askNewcomer(t, owner, "phone_code").answered(t, "the owner", 200)
			box.next(t, "sign-in-code", owner)
		})
	}
}
