package backend

import (
	"context"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/auth"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/bootstrap"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// gate implements the dispatcher's Authenticator, Rights and Limiter.
type gate struct {
	accounts *accounts.Accounts
	// persons makes the principals of users; nobody is the principal of callers
	// without a token.
	persons *persons
	nobody  *person
	rates   *throttle.Rate
	links   *links
	boot    *bootstrap.Token
	cookies bool
	// dev opens the server to this machine while there is no administrator.
	dev bool
}

var (
	_ api.Authenticator = (*gate)(nil)
	_ api.Rights        = (*gate)(nil)
	_ api.Limiter       = (*gate)(nil)
)

// Authenticate implements api.Authenticator.
func (g *gate) Authenticate(ctx context.Context, req *api.Request) (api.Caller, error) {
	if req.Peer.Operator {
		return api.Caller{Kuid: api.AnonymousKuid, Via: api.ViaOperator, Principal: operatorPrincipal{g.nobody}}, nil
	}
	tok, via := req.Token, api.ViaSession
	if req.Peer.Cookie != "" {
		cookie, err := g.cookie(req)
		if err != nil {
			return api.Caller{}, err
		}
		if cookie != "" {
			tok, via = cookie, api.ViaCookie
		}
	}
	if tok == "" && !req.HasToken {
		return g.anonymous(), nil
	}
	if bootstrap.Is(tok) {
		if err := g.boot.Check(ctx, tok); err != nil {
			return api.Caller{}, err
		}
		return api.Caller{Kuid: api.AnonymousKuid, Via: api.ViaBootstrap, Principal: firstComer{g.nobody}}, nil
	}
	v, err := g.accounts.Sessions.Verify(ctx, tok)
	if err != nil && via == api.ViaCookie && survivesBadCookie(req) && errors.Is(err, token.ErrInvalid) {
		return g.anonymous(), nil
	}
	if errors.Is(err, token.ErrInvalid) && endsReused(req) {
		if failed := g.accounts.Sessions.EndReused(ctx, tok); failed != nil {
			err = failed
		}
	}
	if err != nil {
		return api.Caller{}, err
	}
	return g.caller(req, v, via), nil
}

func (g *gate) anonymous() api.Caller {
	return api.Caller{Kuid: api.AnonymousKuid, Principal: g.nobody}
}

func (g *gate) caller(req *api.Request, v sessions.Verified, via api.Via) api.Caller {
	caller := api.Caller{Kuid: v.User.Kuid, TokenID: v.SessionID, Token: v.Token, SingleUse: v.SingleUse, Factors: v.Factors, Act: v.Act, Via: via, Principal: &person{v.User, g.persons}}
	if v.APIKey {
		caller.Via = api.ViaAPIKey
	}
	if v.ExpiresAt >= 0 {
		caller.ExpiresAt = time.UnixMilli(v.ExpiresAt)
	}
	if req.Peer.Link != nil && !caller.Anonymous() {
		g.links.attach(req.Peer, caller.Kuid, caller.TokenID, caller.ExpiresAt)
	}
	return caller
}

// cookie returns the token of a browser's cookie, or "". The cookie counts only
// if another site cannot have caused the request: for requests that only read,
// and for pages of an origin that is trusted by name.
func (g *gate) cookie(req *api.Request) (string, error) {
	tok, err := req.Peer.CookieToken()
	switch {
	case err != nil || tok == "":
		return "", err
	case !g.cookies:
		return "", auth.ErrCookieUnsupported.New()
	case req.HasToken:
		return "", token.ErrVerification.New("it came both as a cookie and in the request; send only one of them")
	case !cookieCounts(req):
		return "", ErrForeignCookie.New()
	}
	return tok, nil
}

// survivesBadCookie reports whether a browser with an invalid cookie must be able
// to make the request: it cannot remove the cookie itself.
func survivesBadCookie(req *api.Request) bool {
	controller, action := req.Route()
	return controller == auth.Name && (action == auth.Login || action == auth.Logout || action == auth.CheckToken)
}

// endsReused reports whether the request would replace or end its token. If that
// token was replaced before, the request ends the token that replaced it.
func endsReused(req *api.Request) bool {
	controller, action := req.Route()
	return controller == auth.Name && (action == auth.RefreshToken || action == auth.Logout)
}

func cookieCounts(req *api.Request) bool {
	peer := req.Peer
	if peer.Origin != "" || !req.ReadOnly() {
		return peer.OriginTrusted
	}
	return peer.SameSite()
}

// principal returns the caller's principal, or nobody if the authenticator set
// none.
func (g *gate) principal(req *api.Request) api.Principal {
	if req.Caller.Principal == nil {
		return g.nobody
	}
	return req.Caller.Principal
}

// Allowed implements api.Rights.
func (g *gate) Allowed(ctx context.Context, req *api.Request, controller, action string) (bool, error) {
	open, err := g.open(ctx, req.Peer)
	if err != nil {
		return false, err
	}
	if req.Caller.Open = open; open {
		return true, nil
	}
	return g.principal(req).Allowed(ctx, req, controller, action)
}

// Allow implements api.Limiter. Logins have their own limits, and logouts have
// none.
func (g *gate) Allow(ctx context.Context, req *api.Request, controller, action string) error {
	if req.Caller.Open {
		return nil
	}
	if controller == auth.Name && (action == auth.Login || action == auth.Logout && !req.Caller.Anonymous()) {
		return nil
	}
	key, perSecond, err := g.principal(req).Rate(ctx, req)
	if err != nil {
		return err
	}
	if !g.rates.Allow(key, perSecond) {
		return api.ErrTooManyRequests.New().RetryIn(time.Second)
	}
	return nil
}
