package systemtest

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// browser is an HTTP client that sends the headers of a browser.
type browser struct {
	*httpClient
	t *testing.T
}

func (b browser) ask(verb, path, body string, header http.Header) answer {
	b.t.Helper()
	var text []byte
	if body != "" {
		text = []byte(body)
	}
	return b.roundTrip(b.t, verb, path, header, text)
}

// cookieLogin logs the user in and answers the cookie.
func (b browser) cookieLogin() (cookie string) {
	b.t.Helper()
	a := b.ask("POST", "/_login/local?cookieAuth", `{"username":"user","password":"`+canaryPassword+`"}`, http.Header{})
	set := a.header.Get("Set-Cookie")
	if a.status != 200 || a.at("result.jwt") != nil || a.text("result._id") != "user" {
		b.t.Fatalf("cookie login: %s", a.raw)
	}
	for _, part := range []string{"authToken=kauth-", "; Path=/", "; HttpOnly", "; SameSite=Strict", "; Expires="} {
		if !strings.Contains(set, part) {
			b.t.Errorf("Set-Cookie has no %q", part)
		}
	}
	if strings.Contains(set, "Secure") {
		b.t.Error("Set-Cookie is Secure without TLS: browsers would drop it")
	}
	if strings.Contains(string(a.raw), "kauth-") {
		b.t.Error("the token is in the answer, where scripts can read it")
	}
	cookie, _, _ = strings.Cut(set, ";")
	return cookie
}

// TestCookies: a session in a cookie counts for pages of the server itself, and
// for reading; not for requests that another site could have caused.
func TestCookies(t *testing.T) {
	t.Parallel()
	s := start(t)
	newStory(t, s, "http")
	b := browser{newHTTPClient(t, s), t}
	cookie := b.cookieLogin()
	own, evil := "http://"+s.addr, "https://evil.example"
	cases := []struct {
		name, verb, path, body string
		header                 http.Header
		status                 int
		id, kuid               string
	}{
		{"read", "GET", "/_me", "", http.Header{}, 200, "", "user"},
		{"read from the own page", "GET", "/_me", "", http.Header{"Sec-Fetch-Site": {"same-origin"}}, 200, "", "user"},
		{"read from a foreign page", "GET", "/_me", "", http.Header{"Origin": {evil}}, 401, "security.cookie.untrusted_origin", ""},
		{"read for a foreign page", "GET", "/_me", "", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 401, "security.cookie.untrusted_origin", ""},
		{"change from the own page", "PUT", "/_me", `{"a":1}`, http.Header{"Origin": {own}}, 200, "", "user"},
		{"change from a foreign page", "PUT", "/_me", `{"a":2}`, http.Header{"Origin": {evil}}, 401, "security.cookie.untrusted_origin", ""},
		{"change from nowhere", "PUT", "/_me", `{"a":2}`, http.Header{}, 401, "security.cookie.untrusted_origin", ""},
		{"change by a query", "POST", "/_query", `{"controller":"auth","action":"updateSelf","body":{"a":2}}`, http.Header{"Origin": {evil}}, 401, "security.cookie.untrusted_origin", ""},
		{"with a token too", "GET", "/_me", "", http.Header{"Authorization": {"Bearer kauth-x"}}, 400, "security.token.verification_error", ""},
	}
	for _, c := range cases {
		c.header.Set("Cookie", "other=1; "+cookie)
		a := b.ask(c.verb, c.path, c.body, c.header)
		if a.status != c.status || a.text("error.id") != c.id || a.text("result._id") != c.kuid {
			t.Errorf("%s: got %s, want %d %s", c.name, a.raw, c.status, c.id)
		}
		if allowed := a.header.Get("Access-Control-Allow-Credentials"); allowed != "" && c.header.Get("Origin") == evil {
			t.Errorf("%s: credentials are allowed to a foreign origin: %s", c.name, allowed)
		}
	}
	if a := b.ask("GET", "/_me", "", http.Header{"Cookie": {"authToken=null"}}); a.text("result._id") != "-1" {
		t.Errorf("a cookie of who logged out: %s", a.raw)
	}
	b.checkCookieLogout(cookie, own)
}

// checkCookieLogout ends the session itself, not only the cookie.
func (b browser) checkCookieLogout(cookie, own string) {
	b.t.Helper()
	a := b.ask("POST", "/_logout?cookieAuth", "", http.Header{"Cookie": {cookie}, "Origin": {own}})
	if a.status != 200 || !strings.HasPrefix(a.header.Get("Set-Cookie"), "authToken=null;") {
		b.t.Errorf("logout: %s, Set-Cookie %q", a.raw, a.header.Get("Set-Cookie"))
	}
	if a := b.ask("GET", "/_me", "", http.Header{"Cookie": {cookie}}); a.status != 401 || a.text("error.id") != "security.token.invalid" {
		b.t.Errorf("the session lives on after the logout: %s", a.raw)
	}
}

// foreignPagesOpenNoSocket: a WebSocket that a foreign page opens has no session.
func foreignPagesOpenNoSocket(t *testing.T) {
	t.Parallel()
	s := start(t)
	newStory(t, s, "http")
	cookie := browser{newHTTPClient(t, s), t}.cookieLogin()
	update := []byte(`{"requestId":"r","controller":"auth","action":"updateSelf","body":{"a":1}}`)
	socket := dialWith(t, s, http.Header{"Cookie": {cookie}, "Origin": {"http://" + s.addr}})
	if a := socket.roundTrip(t, update, "r"); a.status != 200 {
		t.Errorf("a socket of the own page: %s", a.raw)
	}
	for _, origin := range []string{"https://evil.example", "null", ""} {
		header := http.Header{"Cookie": {cookie}}
		if origin != "" {
			header.Set("Origin", origin)
		}
		conn, res, err := websocket.DefaultDialer.Dial("ws://"+s.addr, header)
		if err == nil {
			conn.Close()
			t.Errorf("a socket of %q was opened", origin)
			continue
		}
		if res == nil {
			t.Errorf("a socket of %q: %v", origin, err)
			continue
		}
		// Kuzzle's clients know this id, whose status is 401 and not 403.
		text, _ := io.ReadAll(res.Body)
		if res.StatusCode != 401 || !bytes.Contains(text, []byte("api.process.unauthorized_origin")) {
			t.Errorf("a socket of %q: %d %s", origin, res.StatusCode, text)
		}
	}
}

// TestForeignLogin: no other site can make a browser speak for somebody of that
// site's choice.
func TestForeignLogin(t *testing.T) {
	t.Parallel()
	s := start(t)
	newStory(t, s, "http")
	b := browser{newHTTPClient(t, s), t}
	const to = "/_login/local?cookieAuth"
	form := "username=user&password=" + url.QueryEscape(canaryPassword)
	for name, test := range map[string]struct {
		verb   string
		header http.Header
		want   int
	}{
		"a link on another site":   {"GET", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 401},
		"a sibling site":           {"GET", http.Header{"Sec-Fetch-Site": {"same-site"}}, 401},
		"a form on another site":   {"POST", http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}, 401},
		"the server's own page":    {"POST", http.Header{"Origin": {"http://" + s.addr}, "Sec-Fetch-Site": {"same-origin"}}, 200},
		"typed into the browser":   {"GET", http.Header{"Sec-Fetch-Site": {"none"}}, 400},
		"a program, not a browser": {"POST", http.Header{}, 200},
	} {
		path, body := to+"&"+form, ""
		if test.verb == "POST" {
			path, body = to, form
			test.header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		a := b.ask(test.verb, path, body, test.header)
		if a.status != test.want || (a.header.Get("Set-Cookie") != "") != (test.want == 200) {
			t.Errorf("%s: %s, cookie %q", name, a.raw, a.header.Get("Set-Cookie"))
		}
	}
}

// TestCookiesOff refuses cookies, those that are asked for and those that come.
func TestCookiesOff(t *testing.T) {
	t.Parallel()
	s := start(t, func(set *settings) { set.HTTP.CookieAuthentication = false })
	newStory(t, s, "http")
	b := browser{newHTTPClient(t, s), t}
	for _, a := range []answer{
		b.ask("POST", "/_login/local?cookieAuth", `{"username":"user","password":"`+canaryPassword+`"}`, http.Header{}),
		b.ask("GET", "/_me", "", http.Header{"Cookie": {"authToken=kauth-x"}}),
	} {
		if a.status != 400 || a.text("error.id") != "security.cookie.unsupported" || a.header.Get("Set-Cookie") != "" {
			t.Errorf("got %s", a.raw)
		}
	}
}

// TestQueryStringDecidesNothing: the query of a URL can name neither the action
// nor the caller.
func TestQueryStringDecidesNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	st := newStory(t, s, "http")
	b := browser{newHTTPClient(t, s), t}
	if a := b.ask("GET", "/_me?jwt="+st.kept["user"], "", http.Header{}); a.text("result._id") != "-1" {
		t.Errorf("a token in the query: %s", a.raw)
	}
	header := http.Header{"Authorization": {"Bearer " + st.kept["user"]}}
	if a := b.ask("GET", "/_me?controller=auth&action=logout", "", header); a.text("action") != "getCurrentUser" {
		t.Errorf("an action in the query: %s", a.raw)
	}
	if a := b.ask("GET", "/_me", "", header); a.text("result._id") != "user" {
		t.Errorf("the session after it: %s", a.raw)
	}
}
