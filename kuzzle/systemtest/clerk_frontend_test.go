package systemtest

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

// visitor is a browser at Clerk's Frontend API, on a page of an origin.
type visitor struct {
	s       clerkServer
	origin  string
	cookies map[string]string
	// token is that of a browser without cookies.
	token string
	// set are the lines of the last answer's cookies.
	set []string
}

const (
	// page is an origin of a development instance, site one of the instance of production.
	page       = "http://localhost:3000"
	site       = "https://www.x.test"
	production = "clerk.x.test"
	// passwordOf is the password of the tests' users.
	passwordOf = "my-secure-password"
)

// startFrontend starts a server for browsers, with a user whose address is jane@example.com.
func startFrontend(t *testing.T, edits ...func(*settings)) clerkServer {
	t.Helper()
	s := startClerk(t, append([]func(*settings){func(set *settings) { set.Clerk.Frontend = "on" }}, edits...)...)
	s.make(t, "/users", `{"email_address":["jane@example.com"],"password":"`+passwordOf+`","first_name":"Jane","private_metadata":{"crm":7}}`)
	return s
}

// inProduction makes the instance one of production.
func inProduction(set *settings) { set.Clerk.FrontendAPI = production }

func (s clerkServer) visit(origin string) *visitor {
	return &visitor{s: s, origin: origin, cookies: map[string]string{}}
}

// develop returns a browser that is known by a token in addresses.
func (s clerkServer) develop(t *testing.T) *visitor {
	t.Helper()
	b := s.visit(page)
	a := b.send(t, "POST", "/dev_browser", nil)
	if b.token, _ = a.object["id"].(string); a.status != 200 || b.token == "" {
		t.Fatalf("a token for a browser: %d %s", a.status, a.body)
	}
	return b
}

// send sends a form. header are pairs; an empty value removes a header.
func (b *visitor) send(t *testing.T, verb, path string, form url.Values, header ...string) clerkAnswer {
	t.Helper()
	target, err := url.Parse("http://" + b.s.addr + "/v1" + path)
	if err != nil {
		t.Fatal(err)
	}
	query := target.Query()
	if b.token != "" {
		query.Set("__clerk_db_jwt", b.token)
	}
	if verb != "GET" && verb != "POST" && verb != "OPTIONS" {
		query.Set("_method", verb)
		verb = "POST"
	}
	target.RawQuery = query.Encode()
	req, err := http.NewRequest(verb, target.String(), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if verb == "POST" && form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Origin", b.origin)
	for name, value := range b.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	client := *b.s.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	a := clerkAnswer{status: res.StatusCode, header: res.Header}
	if a.body, err = io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(a.body, &a.object) // redirects have no body
	b.set = res.Header["Set-Cookie"]
	for _, cookie := range res.Cookies() {
		if b.cookies[cookie.Name] = cookie.Value; cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
		}
	}
	if token := res.Header.Get("Clerk-Db-Jwt"); token != "" {
		b.token = token
	}
	return a
}

// within returns a member of an answer, by a path of names and numbers.
func within(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// signIn signs the user of startFrontend in and returns the session's id.
func (b *visitor) signIn(t *testing.T) string {
	t.Helper()
	a := b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"jane@example.com"}, "password": {passwordOf}})
	id, _ := within(a.object, "response", "created_session_id").(string)
	if a.status != 200 || id == "" {
		t.Fatalf("signing in: %d %s", a.status, a.body)
	}
	return id
}

// answered fails if an answer has another status or other errors.
func (a clerkAnswer) answered(t *testing.T, what string, status int, errors ...string) {
	t.Helper()
	if a.status != status || !slices.Equal(a.errors(), errors) {
		t.Errorf("%s: answered %d %v, want %d %v: %.300s", what, a.status, a.errors(), status, errors, a.body)
	}
}

// claimsOf returns the claims of a token, unverified.
func claimsOfToken(t *testing.T, token any) map[string]any {
	t.Helper()
	text, _ := token.(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("%v is no token", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	claims := map[string]any{}
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestFrontendSignsIn signs in with a cookie and with a token in addresses. The browser's token
// changes, and the former one is dead.
func TestFrontendSignsIn(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		edit   func(*settings)
		origin string
	}{"development": {func(*settings) {}, page}, "production": {inProduction, site}} {
		t.Run(name, func(t *testing.T) {
			s := startFrontend(t, of.edit)
			b := s.visit(of.origin)
			if name == "development" {
				b = s.develop(t)
			}
			if a := b.send(t, "GET", "/client", nil); a.status != 200 || a.object["response"] != nil {
				t.Errorf("a browser without state: %d %s", a.status, a.body)
			}
			b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"jane@example.com"}})
			before := *b
			before.cookies = map[string]string{"__client": b.cookies["__client"]}
			id := b.signIn(t)
			if name == "production" && !strings.HasPrefix(b.set[len(b.set)-1], "__client=") {
				t.Errorf("__client is not the last cookie: %v", b.set)
			}
			a := b.send(t, "GET", "/client", nil)
			token := claimsOfToken(t, within(a.object, "response", "sessions", 0, "last_active_token", "jwt"))
			if token["azp"] != of.origin || token["sid"] != id || token["sts"] != "active" {
				t.Errorf("the token says %v", token)
			}
			if changed := within(a.object, "response", "updated_at").(float64); token["iat"].(float64) < float64(int64(changed)/1000) {
				t.Errorf("the token of %v is older than the client of %v", token["iat"], changed)
			}
			if strings.Contains(string(a.body), `"crm"`) || strings.Contains(string(a.body), "private_metadata") {
				t.Errorf("private metadata is shown: %s", a.body)
			}
			if a := before.send(t, "GET", "/client", nil); strings.Contains(string(a.body), id) {
				t.Errorf("the former token still works: %d %s", a.status, a.body)
			}
			b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"jane@example.com"}, "password": {passwordOf}}).answered(t, "again", 400, "session_exists")
			me := b.send(t, "GET", "/me?_clerk_session_id="+id, nil)
			if within(me.object, "response", "first_name") != "Jane" {
				t.Errorf("the user: %d %s", me.status, me.body)
			}
			tokens := b.send(t, "POST", "/client/sessions/"+id+"/tokens", url.Values{"organization_id": {""}})
			if tokens.object["object"] != "token" || claimsOfToken(t, tokens.object["jwt"])["sid"] != id {
				t.Errorf("a token: %d %s", tokens.status, tokens.body)
			}
			touched := b.send(t, "POST", "/client/sessions/"+id+"/touch", url.Values{"active_organization_id": {""}})
			if within(touched.object, "response", "id") != id {
				t.Errorf("touched: %d %s", touched.status, touched.body)
			}
			b.send(t, "POST", "/client/sessions/sess_0123456789abcdef0123456789abcdef/tokens", nil).answered(t, "another's session", 404, "resource_not_found")
			gone := b.send(t, "POST", "/client/sessions/"+id+"/end", nil)
			if within(gone.object, "response", "status") != "ended" || within(gone.object, "client", "last_active_session_id") != nil {
				t.Errorf("ended: %d %s", gone.status, gone.body)
			}
			for _, path := range []string{"/client/sessions/" + id + "/tokens", "/client/sessions/" + id + "/touch"} {
				b.send(t, "POST", path, nil).answered(t, path, 401, "signed_out")
			}
			b.send(t, "GET", "/me?_clerk_session_id="+id, nil).answered(t, "the user of an ended session", 401, "signed_out")
			id = b.signIn(t)
			b.send(t, "DELETE", "/client", nil).answered(t, "signing out", 200)
			if a := s.call(t, "GET", "/sessions/"+id, ""); a.status != 404 {
				t.Errorf("after signing out the session is %d %s", a.status, a.body)
			}
		})
	}
}

// TestFrontendProofs proves both factors, and is refused in each step without moving on.
func TestFrontendProofs(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	s.make(t, "/users", `{"email_address":["john@example.com"],"password":"`+passwordOf+`","totp_secret":"JBSWY3DPEHPK3PXP"}`)
	b := s.develop(t)
	b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"nobody@example.com"}}).answered(t, "nobody", 422, "form_identifier_not_found identifier")
	a := b.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"john@example.com"}})
	id, _ := within(a.object, "response", "id").(string)
	path := "/client/sign_ins/" + id
	b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"password"}, "password": {"wrong-password"}}).answered(t, "a wrong password", 422, "form_password_incorrect password")
	b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"saml"}}).answered(t, "a strategy that is not here", 400, "verification_strategy_invalid")
	b.send(t, "POST", path+"/attempt_second_factor", url.Values{"strategy": {"totp"}, "code": {"123456"}}).answered(t, "the second factor first", 400, "client_state_invalid")
	other := s.develop(t)
	other.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"password"}, "password": {passwordOf}}).answered(t, "another browser", 404, "resource_not_found")
	a = b.send(t, "POST", path+"/attempt_first_factor", url.Values{"strategy": {"password"}, "password": {passwordOf}})
	if within(a.object, "response", "status") != "needs_second_factor" || within(a.object, "response", "supported_second_factors", 0, "strategy") != "totp" {
		t.Fatalf("after the first factor: %d %s", a.status, a.body)
	}
	if strings.Contains(string(a.body), "sess_") {
		t.Errorf("half a sign-in has a session: %s", a.body)
	}
	b.send(t, "POST", path+"/attempt_second_factor", url.Values{"strategy": {"totp"}, "code": {wrongCode(totptest.Code(t, "JBSWY3DPEHPK3PXP", s.clock.Now()))}}).answered(t, "a wrong code", 422, "form_code_incorrect code")
	other.token = b.token
	a = b.send(t, "POST", path+"/attempt_second_factor", url.Values{"strategy": {"totp"}, "code": {totptest.Code(t, "JBSWY3DPEHPK3PXP", s.clock.Now())}})
	if within(a.object, "response", "status") != "complete" || within(a.object, "client", "sign_in") != nil || within(a.object, "client", "sessions", 0, "factor_verification_age", 1) != 0.0 {
		t.Errorf("after the second factor: %d %s", a.status, a.body)
	}
	if a := other.send(t, "GET", "/client", nil); within(a.object, "response", "sign_in", "status") != "needs_second_factor" || strings.Contains(string(a.body), "sess_") {
		t.Errorf("the token from before, at once: %d %s", a.status, a.body)
	}
	s.clock.advance(clients.FormerFor)
	other.send(t, "GET", "/client", nil).answered(t, "the token from before", 401, "dev_browser_unauthenticated")
}

// TestFrontendOrigins lets only the application's pages call, and changes nothing for others.
func TestFrontendOrigins(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, inProduction)
	b := s.visit(site)
	id := b.signIn(t)
	for origin, allowed := range map[string]bool{
		site: true, "https://x.test": true, "https://deep.www.x.test": true,
		"http://www.x.test": false, "https://x.test.evil.example": false, "https://evilx.test": false, "null": false, "https://x.test:8443": true, "http://localhost:3000": false,
	} {
		a := b.send(t, "GET", "/client", nil, "Origin", origin)
		shown := a.header.Get("Access-Control-Allow-Origin") == origin && a.header.Get("Access-Control-Allow-Credentials") == "true"
		if shown != allowed || (a.status == 200) != allowed {
			t.Errorf("%s: %d, shown %v, want %v", origin, a.status, shown, allowed)
		}
		if !allowed {
			a.answered(t, origin, 400, "origin_invalid")
		}
		asked := b.send(t, "OPTIONS", "/client/sign_ins", nil, "Origin", origin, "Access-Control-Request-Headers", "x-any", "Access-Control-Request-Method", "POST")
		if got := asked.header.Get("Access-Control-Allow-Headers") == "x-any"; got != allowed {
			t.Errorf("%s: a preflight is let through %v, want %v", origin, got, allowed)
		}
	}
	path := "/client/sessions/" + id + "/end"
	b.send(t, "POST", path, nil, "Origin", "https://evil.example").answered(t, "a foreign page", 400, "origin_invalid")
	b.send(t, "POST", path, nil, "Origin", "").answered(t, "no origin", 400, "origin_missing")
	b.send(t, "POST", path, nil, "Origin", "", "Sec-Fetch-Site", "cross-site").answered(t, "a foreign form", 400, "origin_missing")
	b.send(t, "GET", "/client", nil, "Authorization", "Bearer "+clerkKey).answered(t, "both headers", 400, "origin_authorization_headers_conflict")
	b.send(t, "GET", "/client?__clerk_db_jwt=x", nil).answered(t, "a token in the address", 400, "url_based_session_syncing_disabled")
	b.send(t, "POST", "/dev_browser", nil).answered(t, "a token for addresses", 400, "url_based_session_syncing_disabled")
	b.send(t, "GET", "/client", nil, "Clerk-Proxy-Url", "https://evil.example/").answered(t, "a proxy without a key", 400, "proxy_request_missing_secret_key")
	b.send(t, "GET", "/client", nil, "Clerk-Proxy-Url", "https://evil.example/", "Clerk-Secret-Key", "sk_test_wrong").answered(t, "a proxy with a wrong key", 401, "proxy_request_invalid_secret_key")
	proxied := s.visit("https://app.other.example")
	proxied.send(t, "POST", "/client/sign_ins", url.Values{"identifier": {"jane@example.com"}, "password": {passwordOf}},
		"Clerk-Proxy-Url", "https://app.other.example/__clerk", "Clerk-Secret-Key", clerkKey).answered(t, "a proxy with the key", 200)
	for _, line := range proxied.set {
		if strings.Contains(line, "Domain=") || !strings.Contains(line, "Secure") {
			t.Errorf("behind a proxy a cookie is %q", line)
		}
	}
	for _, path := range []string{"/verify/nothing", "/tickets/nothing", "/me/nothing", "/client/sign_ins"} {
		b.send(t, "GET", path, nil).answered(t, path, 404, "resource_not_found")
	}
	b.send(t, "GET", "/client/sessions/"+id, nil).answered(t, "the session", 200)
	b.send(t, "GET", "/client/nowhere", nil).answered(t, "no route", 404, "resource_not_found")
}

// TestFrontendOff answers nobody unless it is switched on.
func TestFrontendOff(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	b := s.visit(page)
	for _, path := range []string{"/client", "/environment", "/me"} {
		b.send(t, "GET", path, nil).answered(t, path, 403, "feature_not_enabled")
	}
}

// TestFrontendHandshake gives a server the browser's state once, and only servers of the
// application.
func TestFrontendHandshake(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		edit   func(*settings)
		origin string
	}{"development": {func(*settings) {}, page}, "production": {inProduction, site}} {
		t.Run(name, func(t *testing.T) {
			s := startFrontend(t, of.edit)
			b, reason := s.visit(of.origin), "session-token-expired"
			if name == "development" {
				b = s.develop(t)
			}
			id := b.signIn(t)
			shake := func(to string) clerkAnswer {
				return b.send(t, "GET", "/client/handshake?format=nonce&suffixed_cookies=true&__clerk_hs_reason="+reason+"&redirect_url="+url.QueryEscape(to), nil, "Origin", "")
			}
			nonce := func(a clerkAnswer) string {
				to, err := url.Parse(a.header.Get("Location"))
				if err != nil || a.status != 307 || a.header.Get("Cache-Control") != "no-store" {
					t.Fatalf("a handshake: %d %v %s", a.status, a.header, a.body)
				}
				if name == "production" {
					defer delete(b.cookies, "__clerk_handshake_nonce")
					return b.cookies["__clerk_handshake_nonce"]
				}
				return to.Query().Get("__clerk_handshake_nonce")
			}
			payload := func(nonce string) clerkAnswer {
				return s.call(t, "GET", "/clients/handshake_payload?nonce="+nonce, "")
			}
			once := nonce(shake(of.origin + "/private?a=b"))
			a := payload(once)
			lines := map[string]string{}
			for _, line := range within(a.object, "directives").([]any) {
				found, value, _ := strings.Cut(line.(string), "=")
				lines[found] = value
			}
			token, _, _ := strings.Cut(lines["__session"], ";")
			if claims := claimsOfToken(t, token); claims["sid"] != id || claims["azp"] != of.origin {
				t.Errorf("the handed token says %v", claims)
			}
			if !strings.HasPrefix(lines["__client_uat"], "1") && !strings.HasPrefix(lines["__client_uat"], "2") || strings.Contains(lines["__client_uat"], "Domain=x.test") != (name == "production") {
				t.Errorf("__client_uat=%s", lines["__client_uat"])
			}
			if _, has := lines["__clerk_db_jwt"]; has != (name == "development") {
				t.Errorf("the lines are %v", lines)
			}
			if name == "production" && !strings.Contains(lines["__clerk_handshake_nonce"], "Max-Age=0; Domain=x.test") && !strings.Contains(lines["__clerk_handshake_nonce"], "Domain=x.test; Max-Age=0") {
				t.Errorf("the nonce is not cleared: %v", lines)
			}
			payload(once).answered(t, "a replayed nonce", 400, "invalid_handshake")
			payload("wrong").answered(t, "a wrong nonce", 400, "invalid_handshake")
			late := nonce(shake(of.origin + "/"))
			s.clock.advance(time.Minute)
			payload(late).answered(t, "a late nonce", 400, "invalid_handshake")
			for _, to := range []string{
				"https://evil.example/", "//evil.example/", `\\evil.example`, "https:evil.example", "javascript:alert(1)", "https://www.x.test@evil.example/",
				"https://evil.example#.x.test", "", "/relative", "http://localhost.evil.example/", "data:text/html,x", of.origin + "\r\nX: y",
			} {
				a := shake(to)
				if a.answered(t, to, 400, "redirect_url_domain_mismatch redirect_url"); a.header.Get("Location") != "" {
					t.Errorf("%q leads to %q", to, a.header.Get("Location"))
				}
			}
			b.send(t, "POST", "/client/sessions/"+id+"/end", nil).answered(t, "signing out", 200)
			a = payload(nonce(shake(of.origin + "/")))
			text := string(a.body)
			if !strings.Contains(text, "__session=; ") || !strings.Contains(text, "__client_uat=0; ") {
				t.Errorf("the state after signing out: %s", text)
			}
			if name == "development" {
				b.token, reason = "", "dev-browser-missing"
				if text := string(payload(nonce(shake(of.origin + "/"))).body); !strings.Contains(text, "__clerk_db_jwt=") {
					t.Errorf("a browser without a token gets %s", text)
				}
			}
		})
	}
}

// TestFrontendEnded signs a browser out whose session or user is gone.
func TestFrontendEnded(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, clerkServer, string, string){
		"revoked": func(t *testing.T, s clerkServer, session, _ string) {
			s.call(t, "POST", "/sessions/"+session+"/revoke", "")
		},
		"banned":  func(t *testing.T, s clerkServer, _, user string) { s.call(t, "POST", "/users/"+user+"/ban", "") },
		"deleted": func(t *testing.T, s clerkServer, _, user string) { s.call(t, "DELETE", "/users/"+user, "") },
		"expired": func(_ *testing.T, s clerkServer, _, _ string) { s.clock.advance(8 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			s := startFrontend(t)
			b := s.develop(t)
			id := b.signIn(t)
			user := within(b.send(t, "GET", "/client", nil).object, "response", "sessions", 0, "user", "id").(string)
			end(t, s, id, user)
			b.send(t, "POST", "/client/sessions/"+id+"/tokens", nil).answered(t, "a token", 401, "signed_out")
			b.send(t, "POST", "/client/sessions/"+id+"/touch", nil).answered(t, "a touch", 401, "signed_out")
			b.send(t, "GET", "/me?_clerk_session_id="+id, nil).answered(t, "the user", 401, "signed_out")
			if a := b.send(t, "GET", "/client", nil); a.status != 200 || len(within(a.object, "response", "sessions").([]any)) != 0 {
				t.Errorf("the browser's sessions: %d %s", a.status, a.body)
			}
		})
	}
}

// Forms ask for the first identifier that the environment names.
func TestClerkFrontendEnvironmentIsTheSame(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	b := s.develop(t)
	first := b.send(t, "GET", "/environment", nil)
	for range 8 {
		if again := b.send(t, "GET", "/environment", nil); again.status != 200 || string(again.body) != string(first.body) {
			t.Fatalf("environment %d %s\nafter %s", again.status, again.body, first.body)
		}
	}
}

// The doctor knows the instance's name, keys, mail and scripts.
func TestFrontendIsExamined(t *testing.T) {
	t.Parallel()
	remarks := func(s clerkServer) (all []string) {
		found, err := s.app.Checkup(t.Context(), backend.Checkup{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found.Findings {
			if f.About == "Frontend API" {
				all = append(all, f.Problem)
			}
		}
		return all
	}
	for _, row := range []struct {
		name string
		edit func(*settings)
		want []string
	}{
		{"off", func(set *settings) { set.Clerk.Frontend = "off" }, []string{"it is off"}},
		{"development", func(*settings) {}, []string{"nobody can sign up", "the vendor's scripts"}},
		{"production", inProduction, []string{"https://clerk.x.test, and this server has no certificate", "nobody can sign up", "the vendor's scripts"}},
	} {
		got := remarks(startFrontend(t, row.edit))
		if !slices.EqualFunc(got, row.want, strings.Contains) {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}
