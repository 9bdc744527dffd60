package systemtest

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/gorilla/websocket"
)

// foreignCookies are set by pages, scripts and other programs of a host. A
// browser sends them to every port of it.
var foreignCookies = []string{
	`consent={"ads":false}`,
	"filter[a]=1",
	"seen",
	"name=J\u00fcrgen",
	"name=J\xfcrgen",
	"\xff\xfe=\x80",
	`quoted="a b, c`,
	"a=1, authToken=other",
	"authToken",
	";; ;",
	// All at once, in the bytes that Chromium 156 sends.
	"latin=J\xfcrgen; consent={\"ads\":false}; filter[a]=1; name=J\u00fcrgen; quoted=\"a b, c\"; seen; spaced name=1, authToken=comma; trail=x = y",
}

// TestForeignCookies: cookies of others change nothing, for a request with its
// token in a header, in a frame or in the session's cookie, or with none.
func TestForeignCookies(t *testing.T) {
	t.Parallel()
	s := start(t, trustLoopback)
	token := newStory(t, s, "http").kept["user"]
	own := browser{newHTTPClient(t, s), t}.cookieLogin()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			s := s.at(way.to(t, s))
			b := browser{newHTTPClient(t, s), t}
			for _, foreign := range foreignCookies {
				if a := b.ask("GET", "/_me", "", http.Header{"Cookie": {foreign}, "Authorization": {"Bearer " + token}}); a.text("result._id") != "user" {
					t.Errorf("%q beside a token: %s", foreign, a.raw)
				}
				if a := b.ask("POST", "/_login/local", `{"username":"user","password":"`+canaryPassword+`"}`, http.Header{"Cookie": {foreign}}); a.text("result._id") != "user" {
					t.Errorf("%q at a login: %s", foreign, a.raw)
				}
				if a := b.ask("GET", "/_me", "", http.Header{"Cookie": {foreign}}); a.text("result._id") != "-1" {
					t.Errorf("%q alone: %s", foreign, a.raw)
				}
				socket := dialWith(t, s, http.Header{"Cookie": {foreign}, "Origin": {"http://" + s.addr}})
				if a := socket.send(t, call{id: "r", controller: "auth", action: "getCurrentUser", token: token}); a.text("result._id") != "user" {
					t.Errorf("%q at an upgrade: %s", foreign, a.raw)
				}
				for _, beside := range []string{foreign + "; " + own, own + "; " + foreign, own + "; Path=/; HttpOnly; SameSite=Strict; " + foreign} {
					header := http.Header{"Cookie": {beside}, "Origin": {"http://" + s.addr}}
					if a := b.ask("GET", "/_me", "", header.Clone()); a.text("result._id") != "user" {
						t.Errorf("the session's cookie beside %q: %s", foreign, a.raw)
					}
					socket := dialWith(t, s, header)
					if a := socket.send(t, call{id: "r", controller: "auth", action: "getCurrentUser"}); a.text("result._id") != "user" {
						t.Errorf("the session's cookie beside %q at an upgrade: %s", foreign, a.raw)
					}
				}
			}
		})
	}
}

// TestOwnCookieTwice: of two cookies of the session's name nobody can tell which
// is the user's.
func TestOwnCookieTwice(t *testing.T) {
	t.Parallel()
	s := start(t, trustLoopback)
	newStory(t, s, "http")
	own := browser{newHTTPClient(t, s), t}.cookieLogin()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			s := s.at(way.to(t, s))
			b := browser{newHTTPClient(t, s), t}
			for _, cookies := range [][]string{
				{own + "; authToken=kauth-other"}, {"authToken=null; seen; " + own}, {own, own}, {`authToken="kauth-other";` + own},
			} {
				header := func() http.Header { return http.Header{"Cookie": cookies, "Origin": {"http://" + s.addr}} }
				for _, a := range []answer{
					b.ask("GET", "/_me", "", header()),
					b.ask("POST", "/_login/local", `{"username":"user","password":"`+canaryPassword+`"}`, header()),
					b.ask("POST", "/_logout", "", header()),
				} {
					if a.status != 401 || a.text("error.id") != "security.cookie.invalid" || a.header.Get("Set-Cookie") != "" {
						t.Errorf("%q: %s", cookies, a.raw)
					}
				}
				conn, res, err := websocket.DefaultDialer.Dial("ws://"+s.addr, header())
				if err == nil {
					conn.Close()
					t.Errorf("a socket with %q was opened", cookies)
				} else if res == nil || res.StatusCode != 401 {
					t.Errorf("a socket with %q: %v", cookies, err)
				}
			}
			// Neither of them was used or ended.
			if a := b.ask("GET", "/_me", "", http.Header{"Cookie": {own}}); a.text("result._id") != "user" {
				t.Errorf("the session afterwards: %s", a.raw)
			}
		})
	}
}

// TestForeignPageSetsNoCookie: a form of another site neither puts a session of its choice into
// the browser's cookie nor clears the cookie. The server's own pages do both.
func TestForeignPageSetsNoCookie(t *testing.T) {
	t.Parallel()
	s := start(t)
	st := newStory(t, s, "http")
	b := browser{newHTTPClient(t, s), t}
	form := func(action, token string) string {
		return url.Values{"controller": {"auth"}, "action": {action}, "jwt": {token}, "cookieAuth": {"true"}}.Encode()
	}
	for _, from := range []http.Header{
		{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}},
		{"Origin": {"null"}},
		{"Sec-Fetch-Site": {"cross-site"}},
	} {
		for _, action := range []string{"refreshToken", "logout"} {
			token := st.login(t, "user")
			header := from.Clone()
			header.Set("Content-Type", "application/x-www-form-urlencoded")
			a := b.ask("POST", "/_query", form(action, token), header)
			wantError(t, action, a, 401, "security.cookie.foreign_login")
			if set := a.header.Get("Set-Cookie"); set != "" {
				t.Errorf("%s from %v sets the cookie: %s", action, from, set)
			}
			wantError(t, "the token afterwards", st.call(t, call{controller: "auth", action: "getCurrentUser", token: token}), 200, "")
		}
	}
	for _, action := range []string{"refreshToken", "logout"} {
		header := http.Header{"Origin": {"http://" + s.addr}, "Content-Type": {"application/x-www-form-urlencoded"}}
		a := b.ask("POST", "/_query", form(action, st.login(t, "user")), header)
		if a.status != 200 || a.header.Get("Set-Cookie") == "" {
			t.Errorf("%s from the own page: %s", action, a.raw)
		}
	}
}
