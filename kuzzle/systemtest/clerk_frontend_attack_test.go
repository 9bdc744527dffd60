package systemtest

import (
	"maps"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// together runs do many times at once and returns how often it succeeded.
func together(do func() bool) int {
	const many = 16
	var wait sync.WaitGroup
	var won atomic.Int64
	begin := make(chan struct{})
	for range many {
		wait.Add(1)
		go func() {
			defer wait.Done()
			<-begin
			if do() {
				won.Add(1)
			}
		}()
	}
	close(begin)
	wait.Wait()
	return int(won.Load())
}

// TestFrontendOnce uses each single-use proof in many requests at once; one succeeds, and one session
// exists.
func TestFrontendOnce(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t, func(set *settings) { set.Notify.FailedLogins = 0 })
	s.make(t, "/users", `{"email_address":["john@example.com"],"password":"`+passwordOf+`","backup_codes":["abcdefgh","ijklmnop"]}`)
	t.Run("code", func(t *testing.T) {
		b := s.develop(t)
		path := b.begin(t, "jane@example.com")
		b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_code"}})
		code := sixDigits.FindString(box.next(t, "sign-in-code", "jane@example.com"))
		if won := together(func() bool {
			each := *b
			each.cookies = map[string]string{}
			return each.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_code"}, "code": {code}}).status == 200
		}); won > 1 {
			t.Errorf("a code signed in %d times", won)
		}
	})
	t.Run("backup code", func(t *testing.T) {
		var half []*visitor
		var paths []string
		for range 2 {
			b := s.develop(t)
			path := b.begin(t, "john@example.com")
			b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"password"}, "password": {passwordOf}}).answered(t, "the first factor", 200)
			half, paths = append(half, b), append(paths, path)
		}
		var next atomic.Int64
		if won := together(func() bool {
			i := int(next.Add(1)) % 2
			each := *half[i]
			each.cookies = map[string]string{}
			return each.send(t, "POST", paths[i]+"/attempt_second_factor", url.Values{"strategy": {"backup_code"}, "code": {"abcdefgh"}}).status == 200
		}); won > 1 {
			t.Errorf("a backup code signed in %d times", won)
		}
	})
	t.Run("handshake", func(t *testing.T) {
		b := s.develop(t)
		b.signIn(t)
		a := b.send(t, "GET", "/client/handshake?format=nonce&redirect_url="+url.QueryEscape(page), nil, "Origin", "")
		to, err := url.Parse(a.header.Get("Location"))
		nonce := to.Query().Get("__clerk_handshake_nonce")
		if err != nil || nonce == "" {
			t.Fatalf("a handshake: %d %v", a.status, a.header)
		}
		if won := together(func() bool { return s.call(t, "GET", "/clients/handshake_payload?nonce="+nonce, "").status == 200 }); won != 1 {
			t.Errorf("a nonce was taken %d times", won)
		}
	})
	t.Run("sign-up", func(t *testing.T) {
		b := s.develop(t)
		a := b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"racer@example.com"}, "password": {passwordOf}})
		path := "/client/sign_ups/" + within(a.object, "response", "id").(string)
		b.send(t, "POST", path+"/prepare_verification", url.Values{"strategy": {"email_code"}})
		code := sixDigits.FindString(box.next(t, "contact-code", "racer@example.com"))
		together(func() bool {
			each := *b
			each.cookies = map[string]string{}
			return each.send(t, "POST", path+"/attempt_verification", url.Values{"strategy": {"email_code"}, "code": {code}}).status == 200
		})
		if users := s.call(t, "GET", "/users?email_address=racer@example.com", ""); strings.Count(string(users.body), `"object":"user"`) > 1 {
			t.Errorf("a sign-up made several users: %s", users.body)
		}
	})
}

// TestFrontendFixation plants tokens in a browser before its user signs in.
func TestFrontendFixation(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, inProduction)
	attacker := s.visit(site)
	attacker.begin(t, "jane@example.com")
	planted := attacker.cookies["__client"]
	victim := s.visit(site)
	victim.cookies["__client"] = planted
	id := victim.signIn(t)
	if victim.cookies["__client"] == planted {
		t.Error("signing in keeps the browser's token")
	}
	attacker.send(t, "POST", "/client/sessions/"+id+"/tokens", nil).answered(t, "the attacker", 401, "signed_out")
	if a := attacker.send(t, "GET", "/client", nil); strings.Contains(string(a.body), id) {
		t.Errorf("the attacker sees %s", a.body)
	}
	// Two cookies of one name: one is another site's on the same domain.
	twice := s.visit(site)
	a := twice.send(t, "GET", "/client", nil, "Cookie", "__client="+planted+"; __client="+victim.cookies["__client"])
	if a.status != 200 || a.object["response"] != nil {
		t.Errorf("two cookies are %d %s", a.status, a.body)
	}
	for _, wrong := range []string{"", "x", strings.Repeat("A", 64), strings.Repeat("A", 10_000), planted[:63] + "!", victim.cookies["__client"] + "A", "../../etc/passwd"} {
		if a := twice.send(t, "GET", "/client", nil, "Cookie", "__client="+wrong); a.status != 200 || a.object["response"] != nil {
			t.Errorf("__client=%.80s: %d %s", wrong, a.status, a.body)
		}
	}
}

// TestFrontendFixationHalfway: whoever planted a token in a browser does not choose the password after its
// user's reset code, nor sees the rest of the sign-in.
func TestFrontendFixationHalfway(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t, inProduction)
	attacker, victim := s.visit(site), s.visit(site)
	attacker.begin(t, "nobody@example.com")
	victim.cookies["__client"] = attacker.cookies["__client"]
	path := victim.begin(t, "jane@example.com")
	way := url.Values{"strategy": {"reset_password_email_code"}}
	victim.send(t, "POST", path+"/prepare_first_factor", way).answered(t, "asking", 200)
	way.Set("code", sixDigits.FindString(box.next(t, "reset-code", "jane@example.com")))
	if a := victim.send(t, "POST", path+"/attempt_first_factor", way); within(a.object, "response", "status") != "needs_new_password" {
		t.Fatalf("the code: %d %s", a.status, a.body)
	}
	form := url.Values{"password": {"another-good-password"}}
	attacker.send(t, "POST", path+"/reset_password", form).answered(t, "the attacker", 404, "resource_not_found")
	if a := victim.send(t, "POST", path+"/reset_password", form); within(a.object, "response", "status") != "complete" {
		t.Errorf("the user: %d %s", a.status, a.body)
	}
}

// TestFrontendFixationBefore: whoever planted a browser's token cannot change a sign-up that begins in it.
func TestFrontendFixationBefore(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t, inProduction)
	attacker, victim := s.visit(site), s.visit(site)
	attacker.begin(t, "nobody@example.com")
	planted := attacker.cookies["__client"]
	victim.cookies["__client"] = planted
	a := victim.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"new@example.com"}, "password": {passwordOf}})
	path := "/client/sign_ups/" + within(a.object, "response", "id").(string)
	if victim.cookies["__client"] == planted {
		t.Error("the browser keeps its planted token")
	}
	attacker.send(t, "PATCH", path, url.Values{"password": {"another-good-password"}}).answered(t, "the attacker", 404, "resource_not_found")
	victim.send(t, "POST", path+"/prepare_verification", url.Values{"strategy": {"email_code"}}).answered(t, "asking", 200)
	code := sixDigits.FindString(box.next(t, "contact-code", "new@example.com"))
	if a := victim.send(t, "POST", path+"/attempt_verification", url.Values{"strategy": {"email_code"}, "code": {code}}); within(a.object, "response", "status") != "complete" {
		t.Errorf("the user: %d %s", a.status, a.body)
	}
}

// TestFrontendForgesNoBrowser refuses tokens of browsers that nobody made, and old ones.
func TestFrontendForgesNoBrowser(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	b := s.develop(t)
	real := b.token
	for name, token := range map[string]string{"cut": real[:63], "changed": real[:62] + strings.Repeat(string(rune('A'+(real[62]-'A'+1)%26)), 2), "nothing": strings.Repeat("A", 64)} {
		b.token = token
		b.send(t, "GET", "/client", nil).answered(t, name, 401, "dev_browser_unauthenticated")
		b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"jane@example.com"}}).answered(t, name, 401, "dev_browser_unauthenticated")
	}
	b.token = real
	b.send(t, "GET", "/client", nil).answered(t, "the right one", 200)
	s.clock.advance(31 * 24 * time.Hour)
	b.send(t, "GET", "/client", nil).answered(t, "an old one", 401, "dev_browser_unauthenticated")
}

// TestFrontendKeepsSecrets looks for passwords, codes and tokens in the log and in the events.
func TestFrontendKeepsSecrets(t *testing.T) {
	t.Parallel()
	s, box := startCoding(t)
	b := s.develop(t)
	first := b.token
	path := b.begin(t, "jane@example.com")
	b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_code"}})
	code := sixDigits.FindString(box.next(t, "sign-in-code", "jane@example.com"))
	b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_code"}, "code": {code}}).answered(t, "the code", 200)
	b.send(t, "DELETE", "/client/sessions", nil)
	b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"jane@example.com"}, "password": {"secret-wrong-password"}})
	b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"new@example.com"}, "password": {"secret-new-password"}})
	logged := s.log.String()
	for _, secret := range []string{first, b.token, "secret-wrong-password", "secret-new-password"} {
		if strings.Contains(logged, secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

// TestFrontendBounds: what a stranger has stored is small.
func TestFrontendBounds(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, inProduction, func(set *settings) { set.Clerk.RateLimit = "on" })
	b := s.visit(site)
	b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {strings.Repeat("a", 1025)}}).answered(t, "a long identifier", 422, "form_param_exceeds_allowed_size identifier")
	s.clock.freeze()
	b.send(t, "POST", "/client/sign_ups", url.Values{"unsafe_metadata": {`{"a":"` + strings.Repeat("a", 9<<10) + `"}`}}).answered(t, "large metadata", 422, "form_param_exceeds_allowed_size unsafe_metadata")
	for try := range 6 {
		a := s.visit(site).send(t, "POST", "/client", nil)
		if try < 5 && a.status != 200 || try == 5 && a.status != 429 {
			t.Errorf("browser %d: %d %s", try+1, a.status, a.body)
		}
	}
}

// TestFrontendLimitedProxy: a key with limits does not make its holder a proxy, which chooses the address
// for which tries count.
func TestFrontendLimitedProxy(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, inProduction)
	key := strings.TrimPrefix(s.limitedKey(t, map[string]any{"endpoints": []any{"GET /v1/users"}}), "Bearer ")
	b := s.visit(site)
	b.send(t, "GET", "/client", nil, "Clerk-Proxy-Url", site+"/__clerk", "Clerk-Secret-Key", key, "X-Forwarded-For", "192.0.2.1").answered(t, "a limited key", 401, "proxy_request_invalid_secret_key")
}

// TestFrontendSquatting: nobody signs up with another's address as a username, which would take it away, nor
// with names that no other action lets users choose.
func TestFrontendSquatting(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	b := s.develop(t)
	form := url.Values{"email_address": {"new@example.com"}, "username": {"boss@example.com"}}
	b.send(t, "POST", "/client/sign_ups", form).answered(t, "an address as a username", 422, "form_username_invalid_character username")
	form.Set("username", "newcomer")
	a := b.send(t, "POST", "/client/sign_ups", form)
	path := "/client/sign_ups/" + within(a.object, "response", "id").(string)
	b.send(t, "PATCH", path, url.Values{"username": {"boss@example.com"}}).answered(t, "a change to an address", 422, "form_username_invalid_character username")
	form = url.Values{"ticket": {"any"}, "strategy": {"ticket"}, "username": {"boss@example.com"}}
	b.send(t, "POST", "/client/sign_ups", form).answered(t, "with an invitation", 422, "form_username_invalid_character username")
	made := s.call(t, "POST", "/invitations", `{"email_address":"invited@example.com"}`)
	_, ticket, _ := strings.Cut(within(made.object, "url").(string), "ticket=")
	form = url.Values{"ticket": {ticket}, "strategy": {"ticket"}, "username": {"boss@example.com"}, "password": {passwordOf}}
	if a := b.send(t, "POST", "/client/sign_ins", form); a.status < 400 || a.status >= 500 {
		t.Errorf("signing up by signing in: %d %s", a.status, a.body)
	}
	for name, wrong := range map[string]string{"form_param_exceeds_allowed_size first_name": strings.Repeat("a", 257), "form_param_format_invalid first_name": "a\x1b[31m"} {
		b.send(t, "POST", "/client/sign_ups", url.Values{"first_name": {wrong}}).answered(t, "a first name", 422, name)
	}
	a = b.send(t, "POST", "/client/sign_ups", url.Values{"locale": {"<script>"}, "timezone": {"Mars/Crater"}})
	if a.status != 200 || within(a.object, "response", "locale") != nil {
		t.Errorf("a locale that is none: %d %s", a.status, a.body)
	}
}

// TestFrontendProofsReplaceTokens: who planted a browser's token with an attempt that somebody goes on with gets
// nothing of what that somebody proves: neither the sign-up, nor the account that the address has.
func TestFrontendProofsReplaceTokens(t *testing.T) {
	t.Parallel()
	planted := func(b *visitor) *visitor { return &visitor{s: b.s, origin: b.origin, cookies: maps.Clone(b.cookies)} }
	refused := func(t *testing.T, what string, a clerkAnswer) {
		t.Helper()
		if a.status == 200 || strings.Contains(string(a.body), "sess_") {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	prove := func(t *testing.T, b *visitor, box mailbox, path, address string) clerkAnswer {
		t.Helper()
		b.send(t, "POST", path+"/prepare_verification", url.Values{"strategy": {"email_code"}}).answered(t, "a code", 200)
		code := sixDigits.FindString(box.next(t, "contact-code", address))
		return b.send(t, "POST", path+"/attempt_verification", url.Values{"strategy": {"email_code"}, "code": {code}})
	}
	signUp := func(t *testing.T, b *visitor, address string) string {
		t.Helper()
		a := b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {address}})
		id, _ := within(a.object, "response", "id").(string)
		return "/client/sign_ups/" + id
	}
	t.Run("a new address", func(t *testing.T) {
		t.Parallel()
		s, box := startCoding(t, inProduction)
		b := s.visit(site)
		path := signUp(t, b, "new@example.com")
		other := planted(b)
		prove(t, b, box, path, "new@example.com").answered(t, "the proof", 200)
		refused(t, "the planted token chooses the password", other.send(t, "PATCH", path, url.Values{"password": {passwordOf}}))
		a := b.send(t, "PATCH", path, url.Values{"password": {"a-password-of-my-own"}})
		if within(a.object, "response", "status") != "complete" {
			t.Errorf("going on: %d %s", a.status, a.body)
		}
	})
	t.Run("the address of an account", func(t *testing.T) {
		t.Parallel()
		s, box := startCoding(t, inProduction, func(set *settings) { set.Clerk.HideIdentifiers = "on" })
		b := s.visit(site)
		path := signUp(t, b, "jane@example.com")
		b.send(t, "PATCH", path, url.Values{"password": {passwordOf}}).answered(t, "a password", 200)
		other := planted(b)
		prove(t, b, box, path, "jane@example.com").answered(t, "the proof", 422, "form_identifier_exists email_address")
		refused(t, "the planted token signs in", other.send(t, "POST", "/client/sign_ins", url.Values{"transfer": {"true"}}))
		a := b.send(t, "POST", "/client/sign_ins", url.Values{"transfer": {"true"}})
		if within(a.object, "response", "status") != "complete" {
			t.Errorf("signing in by the proof: %d %s", a.status, a.body)
		}
	})
	t.Run("a sign-in without an account", func(t *testing.T) {
		t.Parallel()
		s, box := startCoding(t, inProduction)
		b := s.visit(site)
		path := b.beginOr(t, "new@example.com")
		other := planted(b)
		b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_code"}}).answered(t, "a code", 200)
		code := sixDigits.FindString(box.next(t, "sign-in-code", "new@example.com"))
		b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_code"}, "code": {code}}).answered(t, "the proof", 200)
		form := url.Values{"transfer": {"true"}, "password": {passwordOf}}
		refused(t, "the planted token signs up", other.send(t, "POST", "/client/sign_ups", form))
		if a := b.send(t, "POST", "/client/sign_ups", form); within(a.object, "response", "status") != "complete" {
			t.Errorf("signing up by the proof: %d %s", a.status, a.body)
		}
	})
}

// TestFrontendPolledLinks: who planted a browser's token, and asks for the sign-in again and again, does not get
// the session when somebody opens the link in that browser.
func TestFrontendPolledLinks(t *testing.T) {
	t.Parallel()
	for range 20 { // the time between the opening and the session is short
		s, box := startLinking(t, inProduction, func(set *settings) { set.Clerk.HideIdentifiers = "off" })
		b := s.visit(site)
		path := b.begin(t, "jane@example.com")
		b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_link"}, "redirect_url": {site + "/done"}}).answered(t, "a link", 200)
		link := linkOf(t, box.next(t, "sign-in-link", "jane@example.com"))
		var over atomic.Bool
		var polls sync.WaitGroup
		for range 4 {
			other := &visitor{s: s, origin: b.origin, cookies: maps.Clone(b.cookies)}
			polls.Go(func() {
				for !over.Load() {
					if a := other.send(t, "GET", path, nil); within(a.object, "response", "status") == "complete" {
						t.Errorf("the planted token signs in: %s", a.body)
						return
					}
				}
			})
		}
		b.press(t, link)
		over.Store(true)
		polls.Wait()
	}
}
