package api

import (
	"errors"
	"strings"
	"testing"
)

// chromium is the header that Chromium 156 sent after pages and answers of its
// host had set these cookies; its own nameless one came from document.cookie.
const chromium = "latin=J\xfcrgen; authToken=kauth-x; consent={\"ads\":false}; filter[a]=1; name=J\u00fcrgen; " +
	"quoted=\"a b, c\"; authToken; spaced name=1, authToken=comma; trail=x = y"

// TestOwnCookie tests that the session's cookie is found among any other
// cookies, and that a repeated one is refused.
func TestOwnCookie(t *testing.T) {
	for _, c := range []struct {
		name    string
		headers []string
		want    string
		twice   bool
	}{
		{name: "none"},
		{name: "alone", headers: []string{"authToken=kauth-x"}, want: "kauth-x"},
		{name: "as Chromium sends it", headers: []string{chromium}, want: "kauth-x"},
		{name: "JSON before it", headers: []string{`consent={"ads":false}; authToken=kauth-x`}, want: "kauth-x"},
		{name: "brackets", headers: []string{"filter[a]=1; authToken=kauth-x"}, want: "kauth-x"},
		{name: "a name alone", headers: []string{"seen; authToken=kauth-x"}, want: "kauth-x"},
		{name: "UTF-8", headers: []string{"name=J\u00fcrgen; authToken=kauth-x"}, want: "kauth-x"},
		{name: "raw bytes", headers: []string{"\xff\xfe=\x80; authToken=kauth-x; \xc3"}, want: "kauth-x"},
		{name: "no blank after the semicolon", headers: []string{"a=1;authToken=kauth-x;b"}, want: "kauth-x"},
		{name: "nothing between semicolons", headers: []string{";; ;authToken=kauth-x;;"}, want: "kauth-x"},
		{name: "blanks around", headers: []string{"a=1;\t authToken = kauth-x \t"}, want: "kauth-x"},
		{name: "quoted", headers: []string{`authToken="kauth-x"`}, want: "kauth-x"},
		{name: "one quote", headers: []string{`authToken="kauth-x`}, want: `"kauth-x`},
		{name: "with what Set-Cookie said", headers: []string{"authToken=kauth-x; Path=/; Expires=Thu, 01 Jan 2037 00:00:00 GMT; HttpOnly; SameSite=Strict"}, want: "kauth-x"},
		{name: "with the attributes of RFC 2109", headers: []string{`$Version="1"; authToken="kauth-x"; $Path="/"`}, want: "kauth-x"},
		{name: "in a second header", headers: []string{"seen", "authToken=kauth-x"}, want: "kauth-x"},
		{name: "an equals sign in it", headers: []string{"authToken=kauth-x=="}, want: "kauth-x=="},
		{name: "logged out", headers: []string{"seen; authToken=null"}},
		{name: "empty", headers: []string{"authToken="}},
		{name: "another's name ends alike", headers: []string{"my-authToken=a; authToken2=b; AUTHTOKEN=c"}},
		{name: "a value that speaks of it", headers: []string{"a=authToken=evil; b=1, authToken=evil; c=\"authToken=evil\""}},
		{name: "a cookie without a name", headers: []string{"authToken"}},
		{name: "twice", headers: []string{"authToken=kauth-x; seen; authToken=kauth-y"}, twice: true},
		{name: "twice the same", headers: []string{"authToken=kauth-x; authToken=kauth-x"}, twice: true},
		{name: "twice in two headers", headers: []string{"authToken=kauth-x", "authToken=kauth-y"}, twice: true},
		{name: "twice, one logged out", headers: []string{"authToken=null; authToken=kauth-y"}, twice: true},
		{name: "twice, one quoted", headers: []string{`seen; authToken="kauth-x";authToken =kauth-y`}, twice: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			peer := Peer{Cookie: OwnCookies(c.headers)}
			got, err := peer.CookieToken()
			if got != c.want || errors.Is(err, ErrCookieInvalid) != c.twice {
				t.Errorf("got %q, %v", got, err)
			}
			// A program that embeds the server gives the header as it came.
			whole := Peer{Cookie: strings.Join(c.headers, "; ")}
			if got, err := whole.CookieToken(); got != c.want || errors.Is(err, ErrCookieInvalid) != c.twice {
				t.Errorf("of the whole header: got %q, %v", got, err)
			}
		})
	}
}

// FuzzOwnCookie puts the session's cookie between cookies of others. Unless
// those contain the session's cookie too, the answer is the same as without
// them.
func FuzzOwnCookie(f *testing.F) {
	for _, foreign := range strings.Split(chromium, "; ") {
		f.Add(foreign, "seen", "kauth-x")
	}
	f.Add(`consent={"ads":false}`, "Path=/; HttpOnly", "kauth-x")
	f.Add("a=1, b", "authToken=kauth-y", "kauth-x")
	f.Add(";authToken", "\xff", "")
	f.Fuzz(func(t *testing.T, before, after, token string) {
		token = strings.Map(func(r rune) rune {
			if r <= ' ' || r >= 0x7f || r == ';' || r == '"' {
				return -1
			}
			return r
		}, token)
		alone := Peer{Cookie: OwnCookies([]string{before, after})}
		others, err := alone.CookieToken()
		foreign := alone.Cookie == ""
		if foreign && (others != "" || err != nil) {
			t.Errorf("%q, %q without the cookie: %q, %v", before, after, others, err)
		}
		peer := Peer{Cookie: OwnCookies([]string{before + ";authToken=" + token + "; " + after})}
		got, err := peer.CookieToken()
		switch {
		case !foreign:
			if !errors.Is(err, ErrCookieInvalid) {
				t.Errorf("%q, %q have the cookie as well: %q, %v", before, after, got, err)
			}
		case err != nil, token == LoggedOutCookie && got != "", token != LoggedOutCookie && got != token:
			t.Errorf("%q, %q around %q: %q, %v", before, after, token, got, err)
		}
		if again := OwnCookies([]string{peer.Cookie}); again != peer.Cookie {
			t.Errorf("%q is reduced to %q", peer.Cookie, again)
		}
	})
}
