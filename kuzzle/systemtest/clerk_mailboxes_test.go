package systemtest

import (
	"net/url"
	"regexp"
	"testing"
	"time"
)

// Two mailboxes, of two people, with one folded spelling.
const (
	victims = "kim@fass.example"
	others  = "kim@faß.example"
)

var ticketIn = regexp.MustCompile(`ticket=([^\s&"<>]+)`)

// userIn returns the id of the user whom an answer let in, nil for nobody.
func userIn(a clerkAnswer) any { return within(a.object, "client", "sessions", 0, "user", "id") }

// TestFrontendMailboxes: who reads one mailbox does not get into the account of another one, whose address folds
// alike.
func TestFrontendMailboxes(t *testing.T) {
	t.Parallel()
	made := func(t *testing.T, s clerkServer) string {
		return s.make(t, "/users", `{"email_address":["`+victims+`"],"password":"`+passwordOf+`"}`)
	}
	t.Run("invitation", func(t *testing.T) {
		t.Parallel()
		s, box := startCoding(t)
		victim := made(t, s)
		s.colleague(t, "mallory")
		m := s.develop(t)
		m.signInAs(t, "mallory@example.com")
		org := m.found(t, "Evil")
		m.send(t, "POST", "/organizations/"+org+"/invitations", url.Values{"email_address": {others}, "role": {"org:member"}}).answered(t, "an invitation", 200)
		s.clock.advance(10 * time.Second)
		found := ticketIn.FindStringSubmatch(box.next(t, "organization-invitation", others))
		if found == nil {
			t.Fatal("no ticket")
		}
		ticket, _ := url.QueryUnescape(found[1])
		if a := s.develop(t).send(t, "POST", "/client/sign_ins", url.Values{"strategy": {"ticket"}, "ticket": {ticket}}); userIn(a) == victim || a.status == 200 {
			t.Errorf("the invited one got in: %d %.300s", a.status, a.body)
		}
	})
	t.Run("own invitation", func(t *testing.T) {
		t.Parallel()
		s, box := startCoding(t)
		admin := s.develop(t)
		admin.signIn(t)
		acme := admin.found(t, "Acme")
		invited := admin.send(t, "POST", "/organizations/"+acme+"/invitations", url.Values{"email_address": {victims}, "role": {"org:admin"}})
		id, _ := within(invited.object, "response", "id").(string)
		box.next(t, "organization-invitation", victims)
		m := s.develop(t)
		m.signUp(t, box, url.Values{"email_address": {others}, "password": {"quite-a-new-password"}})
		if a := m.send(t, "GET", "/me/organization_invitations", nil); within(a.object, "response", "total_count") != 0.0 || within(a.object, "response", "data", 0) != nil {
			t.Errorf("the invitation of another is listed: %s", a.body)
		}
		m.send(t, "POST", "/me/organization_invitations/"+id+"/accept", nil).answered(t, "accepting it", 404, "resource_not_found")
	})
	t.Run("transfer", func(t *testing.T) {
		t.Parallel()
		s, box := startCoding(t)
		b := s.develop(t)
		b.signUp(t, box, url.Values{"email_address": {others}}) // a password is missing
		victim := made(t, s)
		if a := b.send(t, "POST", "/client/sign_ins", url.Values{"transfer": {"true"}}); userIn(a) == victim {
			t.Error("a proof of another mailbox got in")
		}
	})
	t.Run("perhaps a newcomer", func(t *testing.T) {
		t.Parallel()
		s, box := startCoding(t, func(set *settings) { set.Clerk.HideIdentifiers = "on" })
		b := s.develop(t)
		path := b.beginOr(t, others)
		b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_code"}}).answered(t, "asking", 200)
		code := sixDigits.FindString(box.next(t, "sign-in-code", others))
		victim := made(t, s)
		if a := b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_code"}, "code": {code}}); userIn(a) == victim {
			t.Error("a code to another mailbox got in")
		}
	})
}

// signUp begins a sign-up, and proves its address by a code.
func (b *visitor) signUp(t *testing.T, box mailbox, form url.Values) clerkAnswer {
	t.Helper()
	a := b.send(t, "POST", "/client/sign_ups", form)
	id, _ := within(a.object, "response", "id").(string)
	path := "/client/sign_ups/" + id
	b.send(t, "POST", path+"/prepare_verification", url.Values{"strategy": {"email_code"}}).answered(t, "a code", 200)
	code := sixDigits.FindString(box.next(t, "contact-code", form.Get("email_address")))
	return b.send(t, "POST", path+"/attempt_verification", url.Values{"strategy": {"email_code"}, "code": {code}})
}

// TestFrontendRestrictedMeanwhile: a sign-up that began before only invited people may sign up does not complete.
func TestFrontendRestrictedMeanwhile(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t)
	b := s.develop(t)
	a := b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"new@example.com"}, "password": {"quite-a-new-password"}})
	id, _ := within(a.object, "response", "id").(string)
	s.set(t, "clerk.signUp", "restricted")
	b.send(t, "POST", "/client/sign_ups/"+id+"/prepare_verification", url.Values{"strategy": {"email_code"}})
	code := sixDigits.FindString(box.next(t, "contact-code", "new@example.com"))
	b.send(t, "POST", "/client/sign_ups/"+id+"/attempt_verification", url.Values{"strategy": {"email_code"}, "code": {code}}).answered(t, "completing it", 403, "sign_up_mode_restricted")
}

// TestResetsDieWithTheirAddress: who could read a message to an address that its user removed sets no password.
func TestResetsDieWithTheirAddress(t *testing.T) {
	t.Parallel()
	two := func(t *testing.T, s clerkServer) (user, first, second string) {
		u := s.call(t, "POST", "/users", `{"email_address":["kim@one.example","kim@two.example"],"password":"`+passwordOf+`"}`)
		user, _ = u.object["id"].(string)
		for i := range 2 {
			id, _ := within(u.object, "email_addresses", i, "id").(string)
			if within(u.object, "email_addresses", i, "email_address") == "kim@one.example" {
				first = id
			} else {
				second = id
			}
		}
		return user, first, second
	}
	t.Run("in a browser", func(t *testing.T) {
		t.Parallel()
		s, box := startCoding(t)
		_, _, second := two(t, s)
		b := s.develop(t)
		path := b.begin(t, "kim@two.example")
		b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"reset_password_email_code"}, "email_address_id": {second}}).answered(t, "asking", 200)
		code := sixDigits.FindString(box.next(t, "reset-code", "kim@two.example"))
		b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"reset_password_email_code"}, "code": {code}}).answered(t, "the code", 200)
		s.call(t, "DELETE", "/email_addresses/"+second, "").answered(t, "removing the address", 200)
		b.send(t, "POST", path+"/reset_password", url.Values{"password": {"the-thief-chose-this"}}).answered(t, "the password", 400, "verification_expired")
	})
	t.Run("by a token", func(t *testing.T) {
		t.Parallel()
		s, box := startCoding(t)
		s.letReset(t)
		user, first, second := two(t, s)
		s.kuzzle(t, "POST", "/_/password/requestReset", `{"username":"kim@one.example"}`)
		token := regexp.MustCompile(`[A-Z2-7]{48}`).FindString(box.any(t)["text"])
		s.call(t, "PATCH", "/users/"+user, `{"primary_email_address_id":"`+second+`"}`).answered(t, "another primary address", 200)
		s.call(t, "DELETE", "/email_addresses/"+first, "").answered(t, "removing the address", 200)
		if a := s.kuzzle(t, "POST", "/_/password/reset", `{"password":"the-thief-chose-this","token":"`+token+`"}`); token == "" || a.status == 200 {
			t.Errorf("the token %q set the password: %d %s", token, a.status, a.body)
		}
	})
}

// TestFrontendCompromisedMeanwhile: a password that is told to be leaked between the two factors does not let in.
func TestFrontendCompromisedMeanwhile(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	id := s.make(t, "/users", `{"email_address":["kim@one.example"],"password":"`+passwordOf+`","totp_secret":"JBSWY3DPEHPK3PXP","backup_codes":["aaaa-bbbb-1"]}`)
	b := s.develop(t)
	a := b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"kim@one.example"}, "password": {passwordOf}})
	path, _ := within(a.object, "response", "id").(string)
	s.call(t, "POST", "/users/"+id+"/password/set_compromised", "null").answered(t, "the leak", 200)
	if a = b.send(t, "POST", "/client/sign_ins/"+path+"/attempt_second_factor", url.Values{"strategy": {"backup_code"}, "code": {"aaaa-bbbb-1"}}); userIn(a) == id || a.status == 200 {
		t.Errorf("the leaked password let in: %d %.300s", a.status, a.body)
	}
}
