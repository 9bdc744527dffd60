package systemtest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// TestFrontendLateRequests answers requests that were under way when the browser's token was replaced,
// with the state from before. They neither change anything nor learn of the session.
func TestFrontendLateRequests(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		edit   func(*settings)
		origin string
		// unknown is the answer to a token that nobody has.
		unknown []string
	}{
		"development": {func(*settings) {}, page, []string{"dev_browser_unauthenticated"}},
		"production":  {inProduction, site, []string{"resource_not_found"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := startFrontend(t, of.edit)
			s.clock.freeze()
			b := s.visit(of.origin)
			if name == "development" {
				b = s.develop(t)
			}
			path := b.begin(t, "jane@example.com")
			late := *b
			late.cookies = map[string]string{"__client": b.cookies["__client"]}
			password := url.Values{"strategy": {"password"}, "password": {passwordOf}}
			b.send(t, "POST", path+"/attempt_first_factor", password).answered(t, "signing in", 200)
			session := within(b.send(t, "GET", "/client", nil).object, "response", "last_active_session_id").(string)

			for _, ask := range []string{path, "/client"} {
				a := late.send(t, "GET", ask, nil)
				a.answered(t, "late: "+ask, 200)
				if strings.Contains(string(a.body), session) || a.object["client"] != nil || len(late.set) > 0 {
					t.Errorf("late: %s: %s, with the cookies %v", ask, a.body, late.set)
				}
				if !strings.Contains(string(a.body), `"status":"needs_first_factor"`) {
					t.Errorf("late: %s is not the state from before: %s", ask, a.body)
				}
			}
			status := map[string]int{"development": 401, "production": 404}[name]
			late.send(t, "POST", path+"/attempt_first_factor", password).answered(t, "a late change", status, of.unknown...)
			for _, ask := range []string{"/me?_clerk_session_id=" + session, "/client/sessions/" + session} {
				if a := late.send(t, "GET", ask, nil); a.status != 401 {
					t.Errorf("late: %s: %d %s", ask, a.status, a.body)
				}
			}
			for _, verb := range []string{"POST /client/sessions/" + session + "/tokens", "POST /client/sessions/" + session + "/end", "DELETE /client/sessions"} {
				of, to, _ := strings.Cut(verb, " ")
				if a := late.send(t, of, to, nil); strings.Contains(string(a.body), session) {
					t.Errorf("late: %s: %d %s", verb, a.status, a.body)
				}
			}
			if a := b.send(t, "GET", "/client", nil); within(a.object, "response", "last_active_session_id") != session {
				t.Errorf("after late requests: %d %s", a.status, a.body)
			}
			s.clock.advance(clients.FormerFor)
			if a := late.send(t, "GET", path, nil); a.status != status {
				t.Errorf("too late: %d %s", a.status, a.body)
			}
		})
	}
}

// TestFrontendMostSessions ends the oldest session of a browser that has as many as one may have.
func TestFrontendMostSessions(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, func(set *settings) { set.Clerk.MultiSession = true })
	b := s.develop(t)
	var ids []string
	for i := range clients.MaxSessions {
		s.colleague(t, fmt.Sprintf("user%d", i))
		ids = append(ids, b.signInAs(t, fmt.Sprintf("user%d@example.com", i)))
	}
	if a := s.call(t, "GET", "/sessions/"+ids[0], ""); a.status != 200 {
		t.Fatalf("the first session before the last one: %d %s", a.status, a.body)
	}
	ids = append(ids, b.signIn(t))
	if a := s.call(t, "GET", "/sessions/"+ids[0], ""); a.status != 404 {
		t.Errorf("the first session stays valid: %d %s", a.status, a.body)
	}
	a := b.send(t, "GET", "/client", nil)
	var left []string
	for i := range within(a.object, "response", "sessions").([]any) {
		left = append(left, within(a.object, "response", "sessions", i, "id").(string))
	}
	if !slices.Equal(left, ids[1:]) {
		t.Errorf("the browser has %v, want %v", left, ids[1:])
	}
	b.send(t, "POST", "/client/sessions/"+ids[0]+"/tokens", nil).answered(t, "the first session", 401, "signed_out")
	if lines := s.audited(t, events.SessionRevoked, 1); len(lines) != 1 || lines[0].Actor.Addr != "127.0.0.1" {
		t.Errorf("the audit log has %+v", lines)
	}
}

// TestFrontendAcceptsTickets leads from a ticket to the application's page, and to no page of another origin.
func TestFrontendAcceptsTickets(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, inProduction)
	b := s.visit(site)
	accept := func(ticket string) clerkAnswer {
		t.Helper()
		return b.send(t, "GET", "/tickets/accept?ticket="+url.QueryEscape(ticket), nil, "Origin", "", "Accept", "text/html")
	}
	ticketOf := func(path, body string) string {
		t.Helper()
		made := s.call(t, "POST", path, body)
		link, err := url.Parse(within(made.object, "url").(string))
		if made.status != 200 || err != nil {
			t.Fatalf("%s: %d %s", path, made.status, made.body)
		}
		return link.Query().Get("ticket")
	}
	boss := s.colleague(t, "boss")
	acme := s.make(t, "/organizations", `{"name":"Acme","created_by":"`+boss+`"}`)
	newcomer := ticketOf("/invitations", `{"email_address":"new@example.com","redirect_url":"`+site+`/sign-up?a=b#c"}`)
	member := ticketOf("/organizations/"+acme+"/invitations", `{"email_address":"jane@example.com","role":"org:member","redirect_url":"`+site+`/sign-in"}`)
	for ticket, want := range map[string]string{
		newcomer: site + "/sign-up?__clerk_status=sign_up&__clerk_ticket=" + newcomer + "&a=b#c",
		member:   site + "/sign-in?__clerk_status=sign_in&__clerk_ticket=" + member,
	} {
		for range 2 { // as a program that looks into mails does
			a := accept(ticket)
			if a.status != 303 || a.header.Get("Location") != want || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Referrer-Policy") != "no-referrer" || len(b.set) > 0 {
				t.Errorf("%d %v, want %s", a.status, a.header, want)
			}
		}
	}
	plain := ticketOf("/invitations", `{"email_address":"plain@example.com"}`)
	if a := accept(plain); a.status != 303 || a.header.Get("Location") != "http://"+s.addr+"/_login/ticket?ticket="+plain {
		t.Errorf("without a page: %d %v", a.status, a.header)
	}
	for what, wrong := range map[string]struct {
		ticket, code string
		status       int
	}{
		"another origin": {ticketOf("/invitations", `{"email_address":"far@example.com","redirect_url":"https://evil.example/`+site+`"}`), "redirect_url_domain_mismatch redirect_url", 422},
		"none":           {"", "form_param_missing ticket", 422},
		"unknown":        {"inv_none.none", "ticket_invalid_code", 400},
		"changed":        {newcomer + "x", "ticket_invalid_code", 400},
	} {
		a := accept(wrong.ticket)
		if a.answered(t, what, wrong.status, wrong.code); a.header.Get("Location") != "" {
			t.Errorf("%s: leads to %s", what, a.header.Get("Location"))
		}
	}
	form := url.Values{"strategy": {"ticket"}, "ticket": {newcomer}, "password": {passwordOf}}
	b.send(t, "POST", "/client/sign_ups", form).answered(t, "the page", 200)
	accept(newcomer).answered(t, "a used ticket", 400, "sign_in_token_already_used_code")
	s.clock.advance(40 * 24 * time.Hour)
	accept(plain).answered(t, "an old ticket", 400, "ticket_expired_code")
}

// TestFrontendAcceptsTicketsWithoutPage leads to the application's pages for signing in and up, which the settings
// name.
func TestFrontendAcceptsTicketsWithoutPage(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, func(set *settings) {
		set.Clerk.SignInURL, set.Clerk.SignUpURL = page+"/in?a=b", page+"/up"
	})
	b := s.develop(t)
	token := s.call(t, "POST", "/sign_in_tokens", `{"user_id":"`+s.colleague(t, "john")+`"}`)
	invited := s.call(t, "POST", "/invitations", `{"email_address":"new@example.com","redirect_url":null}`)
	link, err := url.Parse(within(invited.object, "url").(string))
	if err != nil {
		t.Fatal(err)
	}
	for ticket, want := range map[string]string{
		within(token.object, "token").(string): page + "/in?__clerk_status=sign_in&__clerk_ticket=TICKET&a=b",
		link.Query().Get("ticket"):             page + "/up?__clerk_status=sign_up&__clerk_ticket=TICKET",
	} {
		a := s.visit(page).send(t, "GET", "/tickets/accept?ticket="+url.QueryEscape(ticket), nil, "Origin", "")
		if got := strings.Replace(a.header.Get("Location"), ticket, "TICKET", 1); a.status != 303 || got != want {
			t.Errorf("leads to %d %s, want %s: %s", a.status, got, want, a.body)
		}
	}
	form := url.Values{"strategy": {"ticket"}, "ticket": {within(token.object, "token").(string)}}
	if a := b.send(t, "POST", "/client/sign_ins", form); within(a.object, "response", "status") != "complete" {
		t.Errorf("the page: %d %s", a.status, a.body)
	}
	env := b.send(t, "GET", "/environment", nil)
	if got := within(env.object, "display_config", "sign_in_url"); got != page+"/in?a=b" {
		t.Errorf("the environment names %v", got)
	}
}

// TestFrontendSendsNothing names the missing setting where a code or a link cannot be sent, and does not
// offer it.
func TestFrontendSendsNothing(t *testing.T) {
	t.Parallel()
	refused := func(t *testing.T, a clerkAnswer, what, setting string) {
		t.Helper()
		if a.answered(t, what, 400, "verification_strategy_invalid"); !strings.Contains(string(a.body), "must set "+setting) {
			t.Errorf("%s: %s does not name %s", what, a.body, setting)
		}
	}
	link := url.Values{"strategy": {"email_link"}, "redirect_url": {page}}
	s := startFrontend(t)
	b := s.develop(t)
	path := b.begin(t, "jane@example.com")
	for strategy, setting := range map[string]string{
		"email_code": "notify.mail", "reset_password_email_code": "notify.mail", "email_link": "notify.mail", "phone_code": "notify.sms", "reset_password_phone_code": "notify.sms",
	} {
		refused(t, b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {strategy}, "redirect_url": {page}}), strategy, setting)
	}
	a := b.send(t, "POST", "/client/sign_ups", url.Values{"email_address": {"new@example.com"}, "password": {passwordOf}})
	if offered, is := within(a.object, "response", "verifications", "email_address", "supported_strategies").([]any); !is || len(offered) != 0 {
		t.Errorf("a sign-up offers %s", a.body)
	}
	up := "/client/sign_ups/" + within(a.object, "response", "id").(string)
	refused(t, b.send(t, "POST", up+"/prepare_verification", url.Values{"strategy": {"email_code"}}), "signing up", "notify.mail")
	refused(t, b.send(t, "POST", up+"/prepare_verification", link), "signing up", "notify.mail")
	b.signIn(t)
	added := b.send(t, "POST", "/me/email_addresses", url.Values{"email_address": {"two@example.com"}})
	own := "/me/email_addresses/" + within(added.object, "response", "id").(string)
	refused(t, b.send(t, "POST", own+"/prepare_verification", url.Values{"strategy": {"email_code"}}), "another address", "notify.mail")
	env := b.send(t, "GET", "/environment", nil)
	offers := []any{within(env.object, "auth_config", "first_factors"), within(env.object, "auth_config", "email_address_verification_strategies")}
	for _, attribute := range []string{"email_address", "phone_number"} {
		offers = append(offers, within(env.object, "user_settings", "attributes", attribute, "first_factors"), within(env.object, "user_settings", "attributes", attribute, "verifications"))
	}
	if got, want := string(mustJSON(offers)), `[["password"],[],[],[],[],[]]`; got != want {
		t.Errorf("the environment offers %s, want %s", got, want)
	}
	if got := within(env.object, "auth_config", "identification_strategies"); !slices.Equal(got.([]any), []any{"email_address", "username"}) {
		t.Errorf("people sign in by %v", got)
	}

	s, box := startCoding(t)
	b = s.develop(t)
	path = b.begin(t, "jane@example.com")
	refused(t, b.send(t, "POST", path+"/prepare_first_factor", link), "a link", "clerk.emailLinks")
	b.send(t, "POST", path+"/prepare_first_factor", url.Values{"strategy": {"email_code"}}).answered(t, "a code", 200)
	box.next(t, "sign-in-code", "jane@example.com")
}
