package backend

import (
	"context"
	"slices"

	"github.com/gokuzzle/kuzzle/controllers/acting"
	"github.com/gokuzzle/kuzzle/controllers/auth"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/controllers/security"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/profiles"
)

// persons has the data that the principals of all users share.
type persons struct {
	rights   *rights.Compiler
	sessions *sessions.Sessions
	registry *registry.Registry
	// failsafe allows only administrators.
	failsafe bool
	// factors tells whether logins require a second factor, for profiles without their own
	// rule; enrolling are the actions by which users add one.
	factors   profiles.FactorPolicy
	enrolling map[string]bool
}

// person is a principal with profiles: a user, or the anonymous user.
type person struct {
	user users.User
	*persons
}

var _ api.Principal = (*person)(nil)

// Kind implements api.Principal.
func (p *person) Kind() api.Kind {
	if p.user.Kuid == users.AnonymousKuid {
		return api.KindAnonymous
	}
	return api.KindUser
}

// Name implements api.Principal.
func (p *person) Name() string { return p.user.Kuid }

// User returns the user, for actions on the caller's own data.
func (p *person) User() *users.User { return &p.user }

// Allowed implements api.Principal.
func (p *person) Allowed(ctx context.Context, req *api.Request, controller, action string) (bool, error) {
	compiled, err := p.rights.Compiled(ctx, p.user.Profiles)
	if err != nil {
		return false, err
	}
	req.Caller.Rights = compiled
	var target profiles.Target
	if len(req.Args) > 0 {
		target = kuzzleview.Target(req.Args)
	}
	if !compiled.Allowed(controller, action, target) {
		return false, nil
	}
	if err := p.checkFactors(ctx, req, compiled, controller, action); err != nil {
		return false, err
	}
	if req.Caller.Act != "" && acting.Outlasts(controller, action) {
		return false, users.ErrActing.New()
	}
	login := controller == auth.Name && action == auth.Login
	if p.failsafe && !login && !slices.Contains(p.user.Profiles, profiles.Admin) {
		return true, ErrFailsafe.New()
	}
	return true, nil
}

// Rate implements api.Principal.
func (p *person) Rate(ctx context.Context, req *api.Request) (key string, perSecond int, err error) {
	if known := req.Caller.Rights; known != nil {
		return p.user.Kuid, known.RateLimit(), nil
	}
	compiled, err := p.rights.Compiled(ctx, p.user.Profiles)
	if err != nil {
		return "", 0, err
	}
	return p.user.Kuid, compiled.RateLimit(), nil
}

// firstComer is the anonymous user with the token for the first administrator.
type firstComer struct{ *person }

// Allowed implements api.Principal.
func (firstComer) Allowed(_ context.Context, _ *api.Request, controller, action string) (bool, error) {
	return controller == security.Name && action == security.CreateFirstAdmin, nil
}

// operatorPrincipal is the program's own command line. For actions on the caller's own
// data it is the anonymous user.
type operatorPrincipal struct{ *person }

// Kind implements api.Principal.
func (operatorPrincipal) Kind() api.Kind { return api.KindService }

// Name implements api.Principal.
func (operatorPrincipal) Name() string { return "operator" }

// Allowed implements api.Principal.
func (operatorPrincipal) Allowed(context.Context, *api.Request, string, string) (bool, error) {
	return true, nil
}

// Rate implements api.Principal.
func (operatorPrincipal) Rate(context.Context, *api.Request) (key string, perSecond int, err error) {
	return "", 0, nil
}
