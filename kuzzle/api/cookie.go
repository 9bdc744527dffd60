package api

import (
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// SessionCookie is the name of the cookie that holds a session's token, and
// LoggedOutCookie its value after a logout, which is the same as no cookie.
const (
	SessionCookie   = "authToken"
	LoggedOutCookie = "null"
)

// ErrCookieInvalid refuses a request that has the session's cookie more than
// once. Another host of the same domain may have set one of them, and the server
// cannot tell which one is the user's.
var ErrCookieInvalid = fault.Declare(117899265, "security.cookie.invalid", 401,
	"The Cookie header holds "+SessionCookie+" more than once. Send it once: clear the cookies of this domain and log in again.")

// OwnCookies reduces the Cookie headers of a request to the pairs of the
// session, as they were sent, in the form of one header. It returns "" if there
// are none.
//
// A server shares its cookies with every other program of its host, on any port,
// and with scripts. So browsers send many pairs that are not cookies by RFC
// 6265: values with quotes, brackets and bytes of any encoding, and names alone.
// Some clients also send back the attributes of Set-Cookie. OwnCookies skips all
// of these. Pairs end at a semicolon only, as in browsers.
func OwnCookies(headers []string) string {
	own := ""
	for _, header := range headers {
		if !strings.Contains(header, SessionCookie) {
			continue
		}
		for pair := range strings.SplitSeq(header, ";") {
			if _, ok := ownCookie(pair); !ok {
				continue
			}
			if own != "" {
				own += "; "
			}
			own += strings.Trim(pair, blanks)
		}
	}
	return own
}

// CookieToken returns the token in the session's cookie, or "". A repeated
// cookie is ErrCookieInvalid.
func (p *Peer) CookieToken() (string, error) {
	token, times := "", 0
	for pair := range strings.SplitSeq(p.Cookie, ";") {
		if value, ok := ownCookie(pair); ok {
			token = value
			times++
		}
	}
	switch {
	case times > 1:
		return "", ErrCookieInvalid.New()
	case token == LoggedOutCookie:
		return "", nil
	}
	return token, nil
}

const blanks = " \t"

// ownCookie returns the value of a pair if the pair is the session's cookie.
func ownCookie(pair string) (value string, ok bool) {
	name, value, found := strings.Cut(pair, "=")
	if !found || strings.Trim(name, blanks) != SessionCookie {
		return "", false
	}
	value = strings.Trim(value, blanks)
	if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	return value, true
}
