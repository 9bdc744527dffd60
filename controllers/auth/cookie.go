package auth

import (
	"net/http"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
)

// ErrCookieUnsupported refuses cookies if the configuration does not allow them.
var ErrCookieUnsupported = fault.Declare(117899266, "security.cookie.unsupported", http.StatusBadRequest,
	"This server does not store sessions in cookies. Leave out cookieAuth, or set http.cookieAuthentication.")

// ErrCookieForeign refuses another site that sets the session's cookie: the browser would act under an
// account of that site's choice, or lose its session.
var ErrCookieForeign = fault.Declare(0x40090002, "security.cookie.foreign_login", http.StatusUnauthorized,
	"A request that sets or clears the session's cookie must come from one of the server's own pages, or from an origin listed in http.accessControlAllowOrigin.")

// ownPage reports whether the request comes from a trusted page, or from no page at all.
func ownPage(peer *api.Peer) bool {
	if peer.Origin != "" {
		return peer.OriginTrusted
	}
	return peer.SameSite()
}

// forever is the life of a cookie for a session without an end: browsers need a date, and shorten
// it to their own maximum.
const forever = 400 * 24 * time.Hour

// token is a session in the form for clients. The token is missing if a cookie carries it.
type token struct {
	Kuid      string `json:"_id"`
	ExpiresAt int64  `json:"expiresAt"`
	JWT       string `json:"jwt,omitempty"`
	TTL       int64  `json:"ttl"`
	// PasswordChange has the meaning of strategies.Session.
	PasswordChange string `json:"passwordChange,omitempty"`
}

// maySetCookie refuses a cookie that is not allowed, or that a foreign page asks for.
func (c *controller) maySetCookie(req *api.Request, wanted bool) error {
	switch {
	case !wanted:
		return nil
	case !c.Cookies:
		return ErrCookieUnsupported.New()
	case !ownPage(req.Peer):
		return ErrCookieForeign.New()
	}
	return nil
}

// hand returns a session to the client, and sets a cookie if the client asked for one.
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
