package auth

import (
	"net/http"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
)

// ErrCookieUnsupported refuses cookies where the configuration has them off.
var ErrCookieUnsupported = fault.Declare(117899266, "security.cookie.unsupported", http.StatusBadRequest,
	"This server does not keep sessions in cookies. Leave out cookieAuth, or set http.cookieAuthentication.")

// ErrCookieForeign refuses to log a browser in because another site asked for it:
// whoever is behind that site would be whom the browser then speaks for.
var ErrCookieForeign = fault.Declare(0x40090002, "security.cookie.foreign_login", http.StatusUnauthorized,
	"A login into a cookie counts only from the server's own pages or an origin listed in http.accessControlAllowOrigin.")

// ownPage tells whether the request can come from a page that is trusted by
// name, or from no page at all.
func ownPage(peer *api.Peer) bool {
	if peer.Origin != "" {
		return peer.OriginTrusted
	}
	return peer.SameSite()
}

// forever is when the cookie of a session without end expires: browsers need a
// date and cut it down to what they allow.
const forever = 400 * 24 * time.Hour

// token is a session as clients get it: with the token, or without it when a
// cookie carries it.
type token struct {
	Kuid      string `json:"_id"`
	ExpiresAt int64  `json:"expiresAt"`
	JWT       string `json:"jwt,omitempty"`
	TTL       int64  `json:"ttl"`
	// PasswordChange is as in strategies.Session.
	PasswordChange string `json:"passwordChange,omitempty"`
}

func (c *controller) cookiesAllowed(wanted bool) error {
	if wanted && !c.Cookies {
		return ErrCookieUnsupported.New()
	}
	return nil
}

// hand gives a session to the client, in a cookie if it asked for one.
func (c *controller) hand(req *api.Request, s strategies.Session, inCookie bool) token {
	if c.LoggedIn != nil {
		c.LoggedIn(req, s)
	}
	t := token{Kuid: s.Kuid, ExpiresAt: s.ExpiresAt, JWT: s.JWT, TTL: s.TTL, PasswordChange: s.PasswordChange}
	if !inCookie {
		return t
	}
	expires := time.UnixMilli(s.ExpiresAt)
	if s.ExpiresAt < 0 {
		expires = c.Now().Add(forever)
	}
	setCookie(req, s.JWT, expires)
	t.JWT = ""
	return t
}

func setCookie(req *api.Request, value string, expires time.Time) {
	cookie := http.Cookie{
		Name: api.SessionCookie, Value: value, Path: "/", Expires: expires,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: req.Peer != nil && req.Peer.TLS,
	}
	req.SetCookie(cookie.String())
}
