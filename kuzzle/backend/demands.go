package backend

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/admin"
	"github.com/gokuzzle/kuzzle/controllers/auth"
	"github.com/gokuzzle/kuzzle/controllers/imports"
	"github.com/gokuzzle/kuzzle/controllers/security"
	"github.com/gokuzzle/kuzzle/controllers/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/profiles"
	localstrategy "github.com/gokuzzle/kuzzle/strategies/local"
)

// checkFactors refuses a user who may call the action but has not proved the factors
// that the user's profiles, the instance or the action require. An API key needs no
// proof: the session that made it had one, and the key proves nothing itself.
func (p *person) checkFactors(ctx context.Context, req *api.Request, compiled *profiles.Compiled, controller, action string) error {
	if req.Caller.Anonymous() {
		return nil
	}
	second := compiled.SecondFactor(p.factors) == profiles.FactorRequired && req.Caller.Via != api.ViaAPIKey
	if second && !p.getsFactor(req, controller, action) {
		if err := p.sessions.CheckSecond(&p.user, req.Caller.Factors); err != nil {
			return err
		}
	}
	within := stricter(compiled.StepUp(controller, action), req.FactorWithin())
	for _, reached := range reaching[[2]string{controller, action}] {
		within = stricter(within, compiled.StepUp(security.Name, reached))
	}
	if within == 0 || controller == auth.Name && proves(action) {
		return nil
	}
	return p.sessions.CheckFactor(ctx, &p.user, req.Caller.Factors, within)
}

// reaching are actions outside the controller security that have the same effect as
// its actions, and require a proof of the same age.
var reaching = map[[2]string][]string{
	{admin.Name, "loadSecurities"}:                      {"createOrReplaceRole", "createOrReplaceProfile", "createUser", "replaceUser", "updateCredentials"},
	{admin.Name, "resetSecurity"}:                       {"deleteRole", "deleteProfile", "deleteUser"},
	{imports.Name, "create"}:                            imported,
	{imports.Name, "upload"}:                            imported, // the job may be from an earlier session
	{localstrategy.Controller, "getResetPasswordToken"}: {"updateCredentials"},
	{servicekeys.Name, "create"}:                        {"createApiKey"},
}

// imported are the actions that the rows of an import stand for.
var imported = []string{"createUser", "updateUser", "updateCredentials", "createApiKey", "createOrReplaceRole", "createOrReplaceProfile"}

// governing returns the controllers and actions that change other users or their rights.
func governing() [][2]string {
	return slices.AppendSeq([][2]string{{security.Name, profiles.Any}}, maps.Keys(reaching))
}

// stricter returns the shorter of two ages, where 0 requires nothing.
func stricter(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// proves reports whether an action is always allowed to a user who must prove a factor
// first.
func proves(action string) bool {
	switch action {
	case auth.Login, auth.Logout, auth.CheckToken, auth.ProveFactor:
		return true
	}
	return false
}

// getsFactor reports whether an action adds or proves a second factor.
func (p *person) getsFactor(req *api.Request, controller, action string) bool {
	if controller != auth.Name {
		return p.enrolling[controller+":"+action]
	}
	switch action {
	case "createMyCredentials", "validateMyCredentials", "credentialsExist":
		strategy, _ := req.Args["strategy"].(string)
		return p.registry.SecondFactor(strategy) != nil
	case "getCurrentUser", "getStrategies":
		return true
	}
	return proves(action)
}
