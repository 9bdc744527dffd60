package backend

import (
	"context"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/auth"
	"github.com/gokuzzle/kuzzle/controllers/security"
	"github.com/gokuzzle/kuzzle/controllers/wire"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/profiles"
)

// gate answers the dispatcher's three questions: who is it, may they, and are
// they asking too often.
type gate struct {
	accounts *accounts.Accounts
	rights   *rights.Compiler
	rates    *throttle.Rate
	links    *links
	boot     *bootstrapToken
	cookies  bool
	failsafe bool
	// factors is whether logins ask for a second factor, where profiles say nothing;
	// enrolling are the actions by which users get one.
	factors   profiles.FactorPolicy
	enrolling map[string]bool
	// dev opens the server to this machine while there is no administrator.
	dev bool
}

var (
	_ api.Authenticator = (*gate)(nil)
	_ api.Rights        = (*gate)(nil)
	_ api.Limiter       = (*gate)(nil)
)

var anonymous = api.Caller{Kuid: api.AnonymousKuid, Principal: &users.Anonymous}

// Authenticate implements api.Authenticator.
func (g *gate) Authenticate(ctx context.Context, req *api.Request) (api.Caller, error) {
	if req.Peer.Operator {
		return api.Caller{Kuid: api.AnonymousKuid, Via: api.ViaOperator, Principal: &users.Anonymous}, nil
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
		return anonymous, nil
	}
	if isBootstrapToken(tok) {
		return g.boot.caller(ctx, tok)
	}
	v, err := g.accounts.Sessions.Verify(ctx, tok)
	if err != nil && via == api.ViaCookie && survivesBadCookie(req) && errors.Is(err, token.ErrInvalid) {
		return anonymous, nil
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

func (g *gate) caller(req *api.Request, v sessions.Verified, via api.Via) api.Caller {
	caller := api.Caller{Kuid: v.User.Kuid, TokenID: v.SessionID, Token: v.Token, SingleUse: v.SingleUse, Factors: v.Factors, Via: via, Principal: &v.User}
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

// cookie answers the token that a browser sent along, "" for none. It counts
// only where another site could not have caused it: for requests that read, and
// for those of pages whose origin is trusted by name.
func (g *gate) cookie(req *api.Request) (string, error) {
	tok, err := req.Peer.CookieToken()
	switch {
	case err != nil || tok == "":
		return "", err
	case !g.cookies:
		return "", auth.ErrCookieUnsupported.New()
	case req.HasToken:
		return "", token.ErrVerification.New("it came both as a cookie and in the request; send one of them")
	case !cookieCounts(req):
		return "", ErrForeignCookie.New()
	}
	return tok, nil
}

// survivesBadCookie holds for what a browser with an outdated cookie has to be
// able to call: it cannot take the cookie out itself.
func survivesBadCookie(req *api.Request) bool {
	controller, action := req.Route()
	return controller == auth.Name && (action == auth.Login || action == auth.Logout || action == auth.CheckToken)
}

// endsReused reports whether the request would replace its token or end it: a
// token that was replaced before then ends the one in its place.
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

// Allowed implements api.Rights.
func (g *gate) Allowed(ctx context.Context, req *api.Request, controller, action string) (bool, error) {
	open, err := g.open(ctx, req.Peer)
	if err != nil {
		return false, err
	}
	req.Caller.Open = open
	switch {
	case req.Caller.Unbounded():
		return true, nil
	case req.Caller.Via == api.ViaBootstrap:
		return controller == security.Name && action == security.CreateFirstAdmin, nil
	}
	user := req.Caller.Principal.(*users.User)
	allowed, err := g.may(ctx, req, user, controller, action)
	if err != nil || !allowed {
		return allowed, err
	}
	if err := g.checkFactors(ctx, req, user, controller, action); err != nil {
		return false, err
	}
	if !g.failsafe {
		return true, nil
	}
	return true, g.failsafeRefusal(user, controller, action)
}

func (g *gate) may(ctx context.Context, req *api.Request, user *users.User, controller, action string) (bool, error) {
	compiled, err := g.rights.Compiled(ctx, user.Profiles)
	if err != nil {
		return false, err
	}
	req.Caller.Rights = compiled
	var target profiles.Target
	if len(req.Args) > 0 {
		target = wire.Target(req.Args)
	}
	return compiled.Allowed(controller, action, target), nil
}

// checkFactors refuses a caller who may call the action and has not proved the
// factors that the caller's profiles, the instance or the action ask for. An API
// key was made by a session that had, and proves nothing by itself.
func (g *gate) checkFactors(ctx context.Context, req *api.Request, user *users.User, controller, action string) error {
	if req.Caller.Anonymous() {
		return nil
	}
	compiled := req.Caller.Rights.(*profiles.Compiled)
	second := compiled.SecondFactor(g.factors) == profiles.FactorRequired && req.Caller.Via != api.ViaAPIKey
	if second && !g.getsFactor(req, controller, action) {
		if err := g.accounts.Sessions.CheckSecond(user, req.Caller.Factors); err != nil {
			return err
		}
	}
	within := compiled.StepUp(controller, action)
	if own := req.FactorWithin(); own > 0 && (within == 0 || own < within) {
		within = own
	}
	if within == 0 || controller == auth.Name && proves(action) {
		return nil
	}
	return g.accounts.Sessions.CheckFactor(ctx, user, req.Caller.Factors, within)
}

// proves lists what is never kept from somebody who has to prove a factor first.
func proves(action string) bool {
	switch action {
	case auth.Login, auth.Logout, auth.CheckToken, auth.ProveFactor:
		return true
	}
	return false
}

// getsFactor reports whether an action is one of those by which somebody gets to
// have, and to prove, a second factor.
func (g *gate) getsFactor(req *api.Request, controller, action string) bool {
	if controller != auth.Name {
		return g.enrolling[controller+":"+action]
	}
	switch action {
	case "createMyCredentials", "validateMyCredentials", "credentialsExist":
		strategy, _ := req.Args["strategy"].(string)
		return g.accounts.Registry.SecondFactor(strategy) != nil
	case "getCurrentUser", "getStrategies":
		return true
	}
	return proves(action)
}

func (g *gate) failsafeRefusal(user *users.User, controller, action string) error {
	if controller == auth.Name && action == auth.Login {
		return nil
	}
	for _, id := range user.Profiles {
		if id == profiles.Admin {
			return nil
		}
	}
	return ErrFailsafe.New()
}

// Allow implements api.Limiter: logins have limits of their own, and logging
// out has none.
func (g *gate) Allow(ctx context.Context, req *api.Request, controller, action string) error {
	user, ok := req.Caller.Principal.(*users.User)
	if !ok || req.Caller.Unbounded() {
		return nil
	}
	if controller == auth.Name && (action == auth.Login || action == auth.Logout) && (action == auth.Login || !req.Caller.Anonymous()) {
		return nil
	}
	compiled, known := req.Caller.Rights.(*profiles.Compiled)
	if !known {
		var err error
		if compiled, err = g.rights.Compiled(ctx, user.Profiles); err != nil {
			return err
		}
	}
	if !g.rates.Allow(req.Caller.Kuid, compiled.RateLimit()) {
		return api.ErrTooManyRequests.New().RetryIn(time.Second)
	}
	return nil
}
