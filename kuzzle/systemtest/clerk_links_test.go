package systemtest

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// startLinking starts a server that sends links, and a mailbox.
func startLinking(t *testing.T, edits ...func(*settings)) (clerkServer, mailbox) {
	t.Helper()
	return startCoding(t, append(edits, func(set *settings) { set.Clerk.EmailLinks = true })...)
}

var linkInText = regexp.MustCompile(`(https?://\S+)/v1(/verify\?token=(\S+))`)

// sentLink is a link that was mailed.
type sentLink struct{ base, path, text string }

func linkOf(t *testing.T, mail string) sentLink {
	t.Helper()
	found := linkInText.FindStringSubmatch(mail)
	if found == nil {
		t.Fatalf("no link in %q", mail)
	}
	return sentLink{found[1], found[2], found[3]}
}

// look follows a link like a click in a mail.
func (b *visitor) look(t *testing.T, link sentLink) clerkAnswer {
	t.Helper()
	return b.send(t, "GET", link.path, nil, "Origin", "", "Accept", "text/html")
}

// press presses the button of a link's page.
func (b *visitor) press(t *testing.T, link sentLink) clerkAnswer {
	t.Helper()
	return b.send(t, "POST", "/verify", url.Values{"token": {link.text}}, "Origin", link.base, "Sec-Fetch-Site", "same-origin", "Accept", "text/html")
}

// leadsTo fails unless an answer leads to the page with a status, and returns the session that it names.
func (a clerkAnswer) leadsTo(t *testing.T, what, page, status string) string {
	t.Helper()
	to, err := url.Parse(a.header.Get("Location"))
	page, own, _ := strings.Cut(page, "?")
	if err != nil || a.status != 303 || !strings.HasPrefix(to.String(), page) || own != "" && !strings.Contains(to.RawQuery, own) || to.Query().Get("__clerk_status") != status {
		t.Fatalf("%s: %d leads to %q, want %s with %s: %.300s", what, a.status, a.header.Get("Location"), page, status, a.body)
	}
	return to.Query().Get("__clerk_created_session")
}

// shows fails unless an answer is a page, with or without a button.
func (a clerkAnswer) shows(t *testing.T, what string, button bool) {
	t.Helper()
	if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || strings.Contains(string(a.body), "<button>") != button ||
		!strings.Contains(a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: %d %v %.300s", what, a.status, a.header, a.body)
	}
}

// TestFrontendLinks signs in by a link, which works once, after a button is pressed, for ten minutes; in
// production only in the browser that asked for it.
func TestFrontendLinks(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		edit   func(*settings)
		origin string
	}{"development": {func(*settings) {}, page}, "production": {func(set *settings) {
		inProduction(set)
		set.Clerk.HideIdentifiers = "off"
	}, site}} {
		t.Run(name, func(t *testing.T) {
			s, box := startLinking(t, of.edit)
			b, other := s.visit(of.origin), s.visit(of.origin)
			if name == "development" {
				b = s.develop(t)
			}
			path := b.begin(t, "jane@example.com")
			to := of.origin + "/sign-in/verify?a=b"
			ask := func(to string) clerkAnswer {
				return b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_link"}, "redirect_url": {to}})
			}
			poll := func() string {
				t.Helper()
				a := b.send(t, "GET", path, nil)
				status, _ := within(a.object, "response", "first_factor_verification", "status").(string)
				return status
			}
			ask("").answered(t, "no page", 422, "form_param_missing redirect_url")
			ask(of.origin+"/"+strings.Repeat("x", 3000)).answered(t, "a long page", 422, "form_param_exceeds_allowed_size redirect_url")
			for _, foreign := range []string{"https://evil.example/", "//evil.example", "javascript:alert(1)", "/relative", of.origin + "@evil.example/", of.origin + ".evil.example/"} {
				ask(foreign).answered(t, foreign, 422, "redirect_url_domain_mismatch redirect_url")
			}
			a := ask(to)
			if within(a.object, "response", "first_factor_verification", "object") != "verification_email_link" || within(a.object, "response", "first_factor_verification", "status") != "unverified" {
				t.Fatalf("asking: %d %s", a.status, a.body)
			}
			replaced := linkOf(t, box.next(t, "sign-in-link", "jane@example.com"))
			if want := map[string]string{"development": "http://" + s.addr, "production": "https://" + production}[name]; replaced.base != want {
				t.Errorf("the link is on %s, want %s", replaced.base, want)
			}
			ask(to).answered(t, "asking again", 200)
			link := linkOf(t, box.next(t, "sign-in-link", "jane@example.com"))
			b.look(t, replaced).shows(t, "a replaced link", false)
			b.press(t, replaced).shows(t, "a replaced link", false)
			b.look(t, sentLink{path: "/verify?token=x.y"}).shows(t, "no link", false)
			for range 2 { // as a program that looks into mails does
				b.look(t, link).shows(t, "a link", true)
			}
			b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_link"}, "code": {link.text}}).answered(t, "the link as a code", 400, "client_state_invalid")
			b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"email_code"}, "code": {link.text}}).answered(t, "the link as a code", 400, "client_state_invalid")
			b.send(t, "POST", "/verify", url.Values{"token": {link.text}}, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site").answered(t, "a foreign form", 400, "origin_invalid")
			if status := poll(); status != "unverified" {
				t.Errorf("before the button the link is %s", status)
			}

			session := ""
			if name == "production" {
				other.look(t, link).leadsTo(t, "another browser", to, "client_mismatch")
				other.press(t, link).leadsTo(t, "another browser", to, "client_mismatch")
				if status := poll(); status != "unverified" {
					t.Errorf("after another browser's button the link is %s", status)
				}
				session = b.press(t, link).leadsTo(t, "the button", to, "verified")
			} else {
				other.look(t, link).shows(t, "another browser", true)
				if id := other.press(t, link).leadsTo(t, "another browser", to, "verified"); id != "" {
					t.Errorf("another browser learns of the session %s", id)
				}
			}
			if len(other.set) > 0 {
				t.Errorf("another browser gets cookies: %v", other.set)
			}
			for range 2 {
				a = b.send(t, "GET", path, nil)
				id, _ := within(a.object, "response", "created_session_id").(string)
				if within(a.object, "response", "status") != "complete" || within(a.object, "response", "first_factor_verification", "status") != "verified" || id == "" || session != "" && id != session ||
					within(a.object, "client", "sessions", 0, "id") != id || within(a.object, "client", "sign_in") != nil || within(a.object, "client", "last_authentication_strategy") != "email_link" {
					t.Fatalf("the page that waits: %d %s", a.status, a.body)
				}
				session = id
			}
			if all := within(a.object, "client", "sessions").([]any); len(all) != 1 {
				t.Errorf("the browser has %d sessions", len(all))
			}
			b.look(t, link).shows(t, "a used link", false)
			b.press(t, link).shows(t, "a used link", false)
			b.send(t, "DELETE", "/client/sessions", nil)
			b.send(t, "GET", path, nil).answered(t, "after the sign-out", 404, "resource_not_found")

			s.clock.advance(time.Hour) // there is a limit for messages
			path = b.begin(t, "jane@example.com")
			ask(to).answered(t, "asking", 200)
			late := linkOf(t, box.next(t, "sign-in-link", "jane@example.com"))
			s.clock.advance(10 * time.Minute)
			b.look(t, late).leadsTo(t, "a late link", to, "expired")
			b.press(t, late).leadsTo(t, "a late link", to, "expired")
			if status := poll(); status != "expired" {
				t.Errorf("late the link is %s", status)
			}
			s.clock.advance(25 * time.Hour)
			other.look(t, late).shows(t, "a forgotten link", false)
		})
	}
}

// TestFrontendLinkSecondFactor asks for the second factor after a link.
func TestFrontendLinkSecondFactor(t *testing.T) {
	t.Parallel()
	s, box := startLinking(t)
	s.make(t, "/users", `{"email_address":["john@example.com"],"password":"`+passwordOf+`","totp_secret":"JBSWY3DPEHPK3PXP"}`)
	b := s.develop(t)
	path := b.begin(t, "john@example.com")
	b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_link"}, "redirect_url": {page + "/verify"}}).answered(t, "asking", 200)
	b.press(t, linkOf(t, box.next(t, "sign-in-link", "john@example.com"))).leadsTo(t, "the button", page, "verified")
	a := b.send(t, "GET", path, nil)
	if within(a.object, "response", "status") != "needs_second_factor" || within(a.object, "response", "first_factor_verification", "status") != "verified" || strings.Contains(string(a.body), "sess_") {
		t.Errorf("after the link: %d %s", a.status, a.body)
	}
}

// TestFrontendLinksHidden sends nothing to strangers, and answers them like everybody, where it is hidden
// who has an account.
func TestFrontendLinksHidden(t *testing.T) {
	t.Parallel()
	s, box := startLinking(t, func(set *settings) { set.Clerk.HideIdentifiers = "on" })
	answers := map[string]string{}
	for _, email := range []string{"nobody@example.com", "jane@example.com"} {
		b := s.develop(t)
		path := b.begin(t, email)
		a := b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_link"}, "redirect_url": {page}})
		polled := b.send(t, "GET", path, nil)
		answers[email] = shape(a.object["response"]) + shape(polled.object["response"])
	}
	if answers["nobody@example.com"] != answers["jane@example.com"] {
		t.Errorf("the answers differ: %v", answers)
	}
	box.next(t, "sign-in-link", "jane@example.com")
}

// shape is a value without its texts and numbers, except those of statuses and strategies.
func shape(value any) string {
	switch value := value.(type) {
	case map[string]any:
		out := "{"
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if text, is := value[name].(string); is && (name == "status" || name == "strategy" || name == "object") {
				out += name + "=" + text + " "
			} else {
				out += name + shape(value[name]) + " "
			}
		}
		return out + "}"
	case []any:
		out := "["
		for _, one := range value {
			out += shape(one)
		}
		return out + "]"
	case nil:
		return "null"
	}
	return "_"
}

// TestFrontendSignUpLink signs up by a link, in the browser that asked for it or, in development, another.
func TestFrontendSignUpLink(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		edit   func(*settings)
		origin string
	}{"development": {func(*settings) {}, page}, "production": {inProduction, site}} {
		t.Run(name, func(t *testing.T) {
			s, box := startLinking(t, of.edit)
			b := s.visit(of.origin)
			if name == "development" {
				b = s.develop(t)
			}
			a := b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"new@example.com"}, "password": {"quite-a-new-password"}})
			id, _ := within(a.object, "response", "id").(string)
			if within(a.object, "response", "verifications", "email_address", "supported_strategies", 1) != "email_link" || within(a.object, "response", "verifications", "email_address", "status") != nil {
				t.Fatalf("begun: %d %s", a.status, a.body)
			}
			path := "/client/sign_ups/" + id
			ask := func(to string) clerkAnswer {
				return b.send(t, "POST", path+"/prepare_verification", url.Values{"strategy": {"email_link"}, "redirect_url": {to}})
			}
			ask("https://evil.example/").answered(t, "a foreign page", 422, "redirect_url_domain_mismatch redirect_url")
			a = ask(of.origin)
			if within(a.object, "response", "verifications", "email_address", "strategy") != "email_link" || within(a.object, "response", "verifications", "email_address", "status") != "unverified" {
				t.Fatalf("asked: %d %s", a.status, a.body)
			}
			first := linkOf(t, box.next(t, "contact-link", "new@example.com"))
			b.send(t, "PATCH", path, url.Values{"email_address": {"other@example.com"}}).answered(t, "another address", 200)
			b.press(t, first)
			if a := b.send(t, "GET", path, nil); within(a.object, "response", "verifications", "email_address", "status") != nil {
				t.Errorf("the link to another address counts: %s", a.body)
			}
			ask(of.origin).answered(t, "asking", 200)
			link := linkOf(t, box.next(t, "contact-link", "other@example.com"))
			if name == "production" {
				waits := *b
				waits.cookies = maps.Clone(b.cookies)
				ended := make(chan bool)
				go func() {
					// With the first answer that has the address verified the page stops asking.
					for {
						a := waits.send(t, "GET", path, nil)
						state, status := within(a.object, "response", "verifications", "email_address", "status"), within(a.object, "response", "status")
						if state == "verified" && status != "complete" {
							t.Errorf("the page that waits stops before the end: %s", a.body)
						}
						if state != "unverified" {
							ended <- status == "complete"
							return
						}
					}
				}()
				session := b.press(t, link).leadsTo(t, "the button", of.origin, "verified")
				// The page may complete it, or the button: then the page has the token of before.
				if byPage := <-ended; byPage {
					b.cookies = waits.cookies
				} else if session == "" {
					t.Error("the button created no session")
				}
			} else {
				s.visit(of.origin).press(t, link).leadsTo(t, "the button", of.origin, "verified")
			}
			for range 2 {
				a = b.send(t, "GET", path, nil)
				if within(a.object, "response", "status") != "complete" || within(a.object, "response", "verifications", "email_address", "status") != "verified" ||
					within(a.object, "response", "created_session_id") == nil || within(a.object, "client", "sessions", 0, "user", "email_addresses", 0, "email_address") != "other@example.com" {
					t.Fatalf("the page that waits: %d %s", a.status, a.body)
				}
			}
		})
	}
}

// TestFrontendLinksOff sends no links unless they are switched on.
func TestFrontendLinksOff(t *testing.T) {
	t.Parallel()
	s, _ := startCoding(t)
	b := s.develop(t)
	path := b.begin(t, "jane@example.com")
	form := url.Values{"strategy": {"email_link"}, "redirect_url": {page}}
	b.send(t, "POST", path+"/prepare_first_factor", form).answered(t, "signing in", 400, "verification_strategy_invalid")
	a := b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"new@example.com"}})
	b.send(t, "POST", "/client/sign_ups/"+within(a.object, "response", "id").(string)+"/prepare_verification", form).answered(t, "signing up", 400, "verification_strategy_invalid")
	for _, at := range []clerkAnswer{a, b.send(t, "GET", "/environment", nil), b.send(t, "GET", path, nil)} {
		if strings.Contains(string(at.body), `"email_link"`) && strings.Contains(strings.ReplaceAll(string(at.body), `"email_link":{`, ""), `"email_link"`) {
			t.Errorf("links are offered: %s", at.body)
		}
	}
}

// TestFrontendContactLinks verifies another address of the signed-in user by a link.
func TestFrontendContactLinks(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		edit   func(*settings)
		origin string
	}{"development": {func(*settings) {}, page}, "production": {inProduction, site}} {
		t.Run(name, func(t *testing.T) {
			s, box := startLinking(t, of.edit)
			b, other := s.visit(of.origin), s.visit(of.origin)
			if name == "development" {
				b = s.develop(t)
			}
			b.signIn(t)
			a := b.send(t, "POST", "/me/email_addresses", url.Values{"email_address": {"two@example.com"}})
			id, _ := within(a.object, "response", "id").(string)
			box.next(t, "contact-changed", "jane@example.com")
			path := "/me/email_addresses/" + id
			ask := func(to string) clerkAnswer {
				return b.send(t, "POST", path+"/prepare_verification", url.Values{"strategy": {"email_link"}, "redirect_url": {to}})
			}
			ask("https://evil.example/").answered(t, "a foreign page", 422, "redirect_url_domain_mismatch redirect_url")
			a = ask(of.origin + "/user")
			if within(a.object, "response", "verification", "strategy") != "email_link" || within(a.object, "response", "verification", "status") != "unverified" {
				t.Fatalf("asked: %d %s", a.status, a.body)
			}
			link := linkOf(t, box.next(t, "contact-link", "two@example.com"))
			b.look(t, link).shows(t, "a link", true)
			if a := b.send(t, "GET", path, nil); within(a.object, "response", "verification") != nil {
				t.Errorf("before the button: %d %s", a.status, a.body)
			}
			if name == "production" {
				other.press(t, link).leadsTo(t, "another browser", of.origin, "client_mismatch")
				b.press(t, link).leadsTo(t, "the button", of.origin+"/user", "verified")
			} else {
				other.press(t, link).leadsTo(t, "another browser", of.origin+"/user", "verified")
			}
			for range 2 {
				if a := b.send(t, "GET", path, nil); within(a.object, "response", "verification", "status") != "verified" {
					t.Errorf("the page that waits: %d %s", a.status, a.body)
				}
			}
			ask(of.origin).answered(t, "again", 400, "verification_already_verified")
		})
	}
}

// TestFrontendLateLinks: a page that waits for a link, and whose browser's token was replaced meanwhile, does
// not use the link up.
func TestFrontendLateLinks(t *testing.T) {
	t.Parallel()
	s, box := startLinking(t)
	s.clock.freeze()
	b := s.develop(t)
	path := b.begin(t, "jane@example.com")
	form := url.Values{"strategy": {"email_link"}, "redirect_url": {page}}
	b.send(t, "POST", path+"/prepare_first_factor", form).answered(t, "asking", 200)
	link := linkOf(t, box.next(t, "sign-in-link", "jane@example.com"))
	late := *b
	b.begin(t, "jane@example.com")
	s.visit(page).press(t, link).leadsTo(t, "the button", page, "verified")
	for range 2 {
		a := late.send(t, "GET", path, nil)
		if a.status != 200 || within(a.object, "response", "status") != "needs_first_factor" || within(a.object, "response", "created_session_id") != nil {
			t.Errorf("a late poll: %d %s", a.status, a.body)
		}
	}
	if a := b.send(t, "GET", "/client", nil); len(within(a.object, "response", "sessions").([]any)) != 0 {
		t.Errorf("the browser: %d %s", a.status, a.body)
	}
}
