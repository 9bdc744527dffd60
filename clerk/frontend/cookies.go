package frontend

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/publishable"
)

// Cookies of applications, whose names also come with a suffix.
const (
	changedCookie = "__client_uat"
	sessionCookie = "__session"
	// cookieFor is how long browsers keep cookies.
	cookieFor = 365 * 24 * time.Hour
)

// Remember makes the browser keep a new token of its client, if token is not "". live is the number
// of the client's valid sessions: the application's pages learn when they changed last. The client's
// cookie is the last one, since some proxies keep only that.
func (v *Visit) Remember(c *clients.Client, live int, token string) {
	v.Client = c
	if v.Development {
		if token != "" {
			v.req.SetHeader(browserHeader, token)
		}
		return
	}
	v.tellChanged(ChangedAt(c, live))
	if token != "" {
		v.set(&http.Cookie{Name: clientCookie, Value: token, HttpOnly: true, MaxAge: int(cookieFor.Seconds())})
	}
}

// Share sets a cookie for a short time that the application's server reads.
func (v *Visit) Share(name, value string, within time.Duration) {
	v.set(&http.Cookie{Name: name, Value: value, Domain: v.domain(), HttpOnly: true, MaxAge: int(within.Seconds())})
}

// Cleared returns the line by which the application's server removes such a cookie.
func (v *Visit) Cleared(name string, secure bool) string {
	return line(http.Cookie{Name: name, Domain: v.domain(), HttpOnly: true, MaxAge: -1}, secure)
}

// ChangedLines returns the lines by which the application's server sets what Remember sets.
func (v *Visit) ChangedLines(at string, secure bool) (lines []string) {
	domain := v.domain()
	if v.Development {
		domain = "" // pages set it themselves
	}
	for _, name := range v.both(changedCookie) {
		lines = append(lines, line(http.Cookie{Name: name, Value: at, Domain: domain, MaxAge: int(cookieFor.Seconds())}, secure))
	}
	return lines
}

// SessionLines returns the lines by which the application's server sets a session token, or removes
// it if it is "".
func (v *Visit) SessionLines(token string, secure bool) (lines []string) {
	age := int(cookieFor.Seconds())
	if token == "" {
		age = -1
	}
	for _, name := range v.both(sessionCookie) {
		lines = append(lines, line(http.Cookie{Name: name, Value: token, MaxAge: age}, secure))
	}
	return lines
}

// BrowserLines returns the lines by which the application's server sets a browser's token.
func (v *Visit) BrowserLines(token string, secure bool) (lines []string) {
	for _, name := range v.both(browserParameter) {
		lines = append(lines, line(http.Cookie{Name: name, Value: token, MaxAge: int(cookieFor.Seconds())}, secure))
	}
	return lines
}

// line writes a cookie of the application.
func line(c http.Cookie, secure bool) string {
	c.Path, c.SameSite, c.Secure = "/", http.SameSiteLaxMode, secure
	return c.String()
}

// Renew makes the browser keep its client's cookie for longer.
func (v *Visit) Renew() {
	if token := cookieOf(v.req.Headers, clientCookie); token != "" && v.Client != nil && !v.Development {
		v.set(&http.Cookie{Name: clientCookie, Value: token, HttpOnly: true, MaxAge: int(cookieFor.Seconds())})
	}
}

// Forget makes the browser forget its client.
func (v *Visit) Forget() {
	v.Client = nil
	if v.Development {
		return
	}
	v.tellChanged(ChangedAt(nil, 0))
	v.set(&http.Cookie{Name: clientCookie, HttpOnly: true, MaxAge: -1})
}

// tellChanged sets the cookies by which an application knows since when somebody is signed in, unless
// the browser sent them.
func (v *Visit) tellChanged(at string) {
	for _, name := range v.both(changedCookie) {
		if cookieOf(v.req.Headers, name) != at {
			v.set(&http.Cookie{Name: name, Value: at, Domain: v.domain(), MaxAge: int(cookieFor.Seconds())})
		}
	}
}

// ChangedAt returns the seconds when the sessions of a client changed last, "0" if none is valid.
func ChangedAt(c *clients.Client, live int) string {
	if c == nil || live == 0 {
		return "0"
	}
	return strconv.FormatInt(c.ChangedAt/1000, 10)
}

// set adds a cookie.
func (v *Visit) set(c *http.Cookie) {
	c.Path, c.SameSite, c.Secure = "/", http.SameSiteLaxMode, v.req.Peer.TLS || strings.HasPrefix(v.proxied, "https:")
	v.req.SetCookie(c.String())
}

// both returns a name of a cookie without and with the suffix of the application's key.
func (v *Visit) both(name string) [2]string {
	keys := publishable.For(v.FrontendAPI)
	key := keys.Live
	if v.Development {
		key = keys.Test
	}
	return [2]string{name, name + "_" + publishable.Suffix(key)}
}

// domain returns the domain that the application and this server share, "" for only this server.
func (v *Visit) domain() string {
	name := publishable.Domain(v.FrontendAPI)
	if _, err := netip.ParseAddr(name); err == nil || !strings.Contains(name, ".") || v.proxied != "" {
		return ""
	}
	return name
}
