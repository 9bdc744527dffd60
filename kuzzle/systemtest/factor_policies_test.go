package systemtest

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/strategies"
)

// careful is a strategy with an action that asks for a proof of the last minute.
type careful struct{ mailed }

func (careful) Name() string { return "careful" }

func (careful) Actions() []strategies.Action {
	return []strategies.Action{{
		Controller: "careful", Name: "pay", Routes: []string{"POST /_careful/pay"}, Summary: "Pays.",
		Authenticated: true, FactorWithin: time.Minute,
		Run: func(context.Context, strategies.Call) (any, error) { return map[string]any{"paid": true}, nil },
	}}
}

func withCareful(set *settings) {
	set.Options = append(set.Options, backend.Use("careful", func(_ json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
		return careful{mailed{host: host}}, nil
	}))
}

// profile writes a profile with the policies of the profile user and with demands
// of its own.
func (st *story) profile(t *testing.T, id string, demands map[string]any) {
	t.Helper()
	body := map[string]any{"policies": []any{map[string]any{"roleId": "user"}}}
	for name, value := range demands {
		body[name] = value
	}
	st.server.operate(t, "security", "createOrReplaceProfile", map[string]any{"_id": id}, body)
}

func (st *story) give(t *testing.T, kuid string, profiles ...any) {
	t.Helper()
	st.server.operate(t, "security", "updateUser", map[string]any{"_id": kuid}, map[string]any{"profileIds": profiles})
}

func me(token string) call {
	return call{controller: "auth", action: "getMyRights", token: token}
}

// asksFor checks a refusal that names the factors, and how old their proof may be.
func asksFor(t *testing.T, what string, a answer, age string, factors ...any) {
	t.Helper()
	wantError(t, what, a, 401, factorRequired)
	if path, ok := matches([]any{factors, age}, a.at("error.props")); !ok {
		t.Errorf("%s: props differ at %q: %s", what, path, a.raw)
	}
}

// asksToEnrol checks a refusal that names the factors, and the actions that enrol them.
func asksToEnrol(t *testing.T, what string, a answer) {
	t.Helper()
	wantError(t, what, a, 401, "security.token.factor_missing")
	want := []any{[]any{"backup-code", "totp"}, []any{"backup-code:draw", "totp:enrol"}}
	if path, ok := matches(want, a.at("error.props")); !ok {
		t.Errorf("%s: props differ at %q: %s", what, path, a.raw)
	}
	for _, action := range []string{"backup-code:draw", "totp:enrol", "auth:createMyCredentials"} {
		if !strings.Contains(a.text("error.message"), action) {
			t.Errorf("%s: the message does not name %s: %s", what, action, a.raw)
		}
	}
}

// TestFactorPolicies: instance and profiles decide whether a second factor is required,
// the strictest of a user's profiles counts, and a user who must have one but has none can
// only get one.
func TestFactorPolicies(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol, func(set *settings) { set.Factors.Policy = "required" })
		st.server.clock.freeze()
		for _, policy := range []string{"off", "optional", "required"} {
			st.profile(t, policy, map[string]any{"secondFactor": policy})
		}
		token := st.member(t, "stranger")
		asksToEnrol(t, "an instance that requires one", st.call(t, me(token)))
		for _, allowed := range []string{"getCurrentUser", "getStrategies"} {
			wantError(t, allowed, st.call(t, call{controller: "auth", action: allowed, token: token}), 200, "")
		}
		local := createTOTP(token, "", "")
		local.args["strategy"] = "local"
		asksToEnrol(t, "further credentials", st.call(t, local))
		other := st.login(t, "stranger")
		app := st.enrol(t, token)
		wantError(t, "after the enrolment", st.call(t, me(token)), 200, "")
		asksFor(t, "in another session", st.call(t, me(other)), "any age", "totp")
		wantError(t, "a session that proved it", st.call(t, me(st.enter(t, "stranger", app))), 200, "")
		made := st.call(t, call{controller: "auth", action: "createToken", token: token})
		wantError(t, "a token that it made", st.call(t, me(made.text("result.token"))), 200, "")

		for _, row := range []struct {
			profiles []any
			asks     bool
		}{{[]any{"off"}, false}, {[]any{"optional"}, true}, {[]any{"off", "optional"}, true}, {[]any{"off", "user"}, true}, {[]any{"required", "off"}, true}} {
			st.give(t, "stranger", row.profiles...)
			a := st.call(t, loginAs("stranger", canaryPassword, ""))
			if asked := a.text("result.challenge") != ""; a.status != 200 || asked != row.asks || asked == (a.text("result.jwt") != "") {
				t.Errorf("with the profiles %v: %s", row.profiles, a.raw)
			}
		}
		st.give(t, "limited", "optional")
		wantError(t, "optional for somebody without one", st.call(t, me(st.login(t, "limited"))), 200, "")
		st.give(t, "limited", "optional", "required")
		asksToEnrol(t, "required for somebody without one", st.call(t, me(st.login(t, "limited"))))
		for name, value := range map[string]any{"secondFactor": "maybe", "stepUp": map[string]any{"auth:logout": "soon"}} {
			a := st.call(t, call{
				controller: "security", action: "createProfile", token: st.kept["admin"], args: map[string]any{"_id": "odd"}, hasBody: true,
				body: map[string]any{"policies": []any{map[string]any{"roleId": "user"}}, name: value},
			})
			if a.status < 400 || a.status >= 500 {
				t.Errorf("a profile with %s %v: %s", name, value, a.raw)
			}
		}
	})
}

// TestStepUp: a profile, or an action itself, requires a recent proof, by a second factor
// if the user has one.
func TestStepUp(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol, withCareful)
		st.server.operate(t, "security", "createOrReplaceRole", map[string]any{"_id": "payer"}, map[string]any{"controllers": map[string]any{
			"careful": map[string]any{"actions": map[string]any{"*": true}},
		}})
		st.server.operate(t, "security", "createOrReplaceProfile", map[string]any{"_id": "stepping"}, map[string]any{
			"policies": []any{map[string]any{"roleId": "user"}, map[string]any{"roleId": "payer"}},
			"stepUp":   map[string]any{"auth:updateSelf": "5m", "auth:*": "10m"},
		})
		st.server.clock.freeze()
		token := st.member(t, "stepper")
		st.give(t, "stepper", "stepping")
		update := call{controller: "auth", action: "updateSelf", token: token, hasBody: true, body: map[string]any{"a": "b"}}
		pay := call{controller: "careful", action: "pay", token: token}
		key := st.call(t, call{controller: "auth", action: "createApiKey", token: token, hasBody: true, body: map[string]any{"description": "d"}})
		byKey := update
		byKey.token = key.text("result._source.token")
		wantError(t, "with the login's proof", st.call(t, update), 200, "")
		asksFor(t, "with an API key", st.call(t, byKey), "at most 5m0s", "local")
		wantError(t, "paying", st.call(t, pay), 200, "")
		st.server.clock.advance(61 * time.Second)
		asksFor(t, "paying a minute later", st.call(t, pay), "at most 1m0s", "local")
		wantError(t, "five minutes are not over", st.call(t, update), 200, "")
		st.server.clock.advance(4 * time.Minute)
		asksFor(t, "after five minutes", st.call(t, update), "at most 5m0s", "local")
		wantError(t, "ten are not over", st.call(t, me(token)), 200, "")
		password := prove(token, "local", "")
		password.body = map[string]any{"username": "stepper", "password": canaryPassword}
		wantError(t, "the password again", st.call(t, password), 200, "")
		wantError(t, "after the password", st.call(t, update), 200, "")

		app := st.enrol(t, token)
		wantError(t, "with the enrolment's proof", st.call(t, update), 200, "")
		st.server.clock.advance(6 * time.Minute)
		wantError(t, "the password again", st.call(t, password), 200, "")
		asksFor(t, "with the password alone", st.call(t, update), "at most 5m0s", "totp")
		asksFor(t, "paying with it", st.call(t, pay), "at most 1m0s", "totp")
		wantError(t, "the code", st.call(t, prove(token, "totp", st.next(t, app))), 200, "")
		wantError(t, "after the code", st.call(t, update), 200, "")
		wantError(t, "paying after the code", st.call(t, pay), 200, "")
		st.server.clock.advance(11 * time.Minute)
		asksFor(t, "anything of auth", st.call(t, me(token)), "at most 10m0s", "totp")
		for _, never := range []string{"checkToken", "logout"} {
			wantError(t, never, st.call(t, call{controller: "auth", action: never, token: token}), 200, "")
		}
	})
}

// TestStepUpReaches: actions of another controller with the effect of actions of the
// controller security require a proof of the same age.
func TestStepUpReaches(t *testing.T) {
	t.Parallel()
	st := startFactors(t, "http")
	st.server.operate(t, "security", "createOrReplaceProfile", map[string]any{"_id": "stepping"}, map[string]any{
		"policies": []any{map[string]any{"roleId": "admin"}}, "stepUp": map[string]any{"security:*": "1m"},
	})
	st.server.clock.freeze()
	token := st.member(t, "stepper")
	st.give(t, "stepper", "stepping")
	wantError(t, "a reset token with the login's proof", st.call(t, resetTokenOf("user", token)), 200, "")
	job := st.call(t, call{controller: "import", action: "create", token: token, hasBody: true, body: map[string]any{}}).text("result._id")
	rows := map[string]any{"text": "kuid,username,profiles\nnew,new,admin\n"}
	upload := call{controller: "import", action: "upload", token: token, args: map[string]any{"_id": job}, hasBody: true, body: rows}
	wantError(t, "an upload with the login's proof", st.call(t, upload), 200, "")
	st.server.clock.advance(61 * time.Second)
	for do, body := range map[string]map[string]any{
		"admin:loadSecurities":  {"profiles": map[string]any{"stepping": map[string]any{"policies": []any{map[string]any{"roleId": "admin"}}}}},
		"admin:resetSecurity":   nil,
		"import:create":         {},
		"service-keys:create":   {"kind": "test"},
		"security:deleteUser":   nil,
		"user:delete":           nil,
		"security:createApiKey": {"description": "x"},
	} {
		controller, action, _ := strings.Cut(do, ":")
		a := st.call(t, call{controller: controller, action: action, token: token, args: map[string]any{"_id": "user", "userId": "user"}, hasBody: body != nil, body: body})
		asksFor(t, do, a, "at most 1m0s", "local")
	}
	asksFor(t, "a reset token", st.call(t, resetTokenOf("user", token)), "at most 1m0s", "local")
	asksFor(t, "an upload into the job from before", st.call(t, upload), "at most 1m0s", "local")
}

func resetTokenOf(kuid, token string) call {
	return call{controller: passwordController, action: "getResetPasswordToken", token: token, args: map[string]any{"_id": kuid}}
}

// TestStalePassword: users with a second factor change their password in a session with a
// recent proof of it.
func TestStalePassword(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol)
		st.server.clock.freeze()
		token := st.member(t, "stale")
		update := func(password string) answer {
			return st.call(t, call{controller: "auth", action: "updateMyCredentials", token: token, args: map[string]any{"strategy": "local"}, hasBody: true, body: map[string]any{"password": password}})
		}
		other := st.member(t, "other")
		app := st.enrol(t, token)
		wantError(t, "after the enrolment", update(canaryPassword), 200, "")
		st.server.clock.advance(16 * time.Minute)
		without := call{controller: "auth", action: "updateMyCredentials", token: other, args: map[string]any{"strategy": "local"}, hasBody: true, body: map[string]any{"password": canaryPassword}}
		wantError(t, "without a second factor", st.call(t, without), 200, "")
		asksFor(t, "later", update("another correct horse"), "at most 15m0s", "totp")
		gone := call{controller: "auth", action: "deleteMyCredentials", token: token, args: map[string]any{"strategy": "local"}}
		asksFor(t, "a removal", st.call(t, gone), "at most 15m0s", "totp")
		wantError(t, "the code", st.call(t, prove(token, "totp", st.next(t, app))), 200, "")
		wantError(t, "after the code", update("another correct horse"), 200, "")
	})
}

// createManager makes the role manager, which may do all that there is to do with
// users, profiles and factors.
func createManager(t *testing.T, s *server) {
	t.Helper()
	all := map[string]any{"actions": map[string]any{"*": true}}
	s.operate(t, "security", "createRole", map[string]any{"_id": "manager"}, map[string]any{"controllers": map[string]any{
		"security": all, "auth": all, "totp": all, "backup-code": all, "server": all, "admin": all,
	}})
}

// TestDemandsStay: users who manage profiles cannot lift the demands of their own profiles
// in any profile, not even with an API key, which proves no factor.
func TestDemandsStay(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol)
		createManager(t, st.server)
		with := func(more map[string]any) map[string]any {
			body := map[string]any{"policies": []any{map[string]any{"roleId": "manager"}}}
			maps.Copy(body, more)
			return body
		}
		stepUp := map[string]any{"security:deleteUser": "1m"}
		profile := func(id string, more map[string]any) {
			st.server.operate(t, "security", "createOrReplaceProfile", map[string]any{"_id": id}, with(more))
		}
		profile("strict", map[string]any{"stepUp": stepUp, "secondFactor": "required"})
		profile("twin", nil)
		token := st.member(t, "manager")
		key := st.call(t, call{controller: "auth", action: "createApiKey", token: token, hasBody: true, body: map[string]any{"description": "d"}}).text("result._source.token")
		st.give(t, "manager", "strict")

		ask := func(action, id string, body map[string]any) answer {
			return st.call(t, call{controller: "security", action: action, args: map[string]any{"_id": id}, token: key, hasBody: true, body: body})
		}
		for name, a := range map[string]func() answer{
			"without stepUp": func() answer {
				return ask("createOrReplaceProfile", "strict", with(map[string]any{"secondFactor": "required"}))
			},
			"a longer stepUp": func() answer {
				return ask("createOrReplaceProfile", "strict", with(map[string]any{"secondFactor": "required", "stepUp": map[string]any{"security:*": "2m"}}))
			},
			"without the policy": func() answer { return ask("createOrReplaceProfile", "strict", with(map[string]any{"stepUp": stepUp})) },
			"a new profile":      func() answer { return ask("createProfile", "mine", with(nil)) },
			"one without logins' factors": func() answer {
				return ask("createProfile", "mine", with(map[string]any{"stepUp": stepUp, "secondFactor": "off"}))
			},
			"a twin for oneself": func() answer { return ask("updateUser", "manager", map[string]any{"profileIds": []any{"twin"}}) },
			"a twin for another": func() answer {
				return ask("createUser", "puppet", map[string]any{"content": map[string]any{"profileIds": []any{"twin"}}})
			},
		} {
			wantError(t, name, a(), 403, exceedsOwn)
		}
		wantError(t, "a stricter profile", ask("createProfile", "mine", with(map[string]any{"secondFactor": "required", "stepUp": map[string]any{"security:*": "30s"}})), 200, "")
		wantError(t, "ordinary users", ask("createUser", "ordinary", map[string]any{"content": map[string]any{"profileIds": []any{"default"}}}), 200, "")
	})
}

// TestDemandsStayTogether: the demands of several profiles of a user stay in force
// together, and a stepUp names existing actions.
func TestDemandsStayTogether(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol)
		createManager(t, st.server)
		managing, nothing := []any{map[string]any{"roleId": "manager"}}, []any{map[string]any{"roleId": "anonymous"}}
		stepUp := map[string]any{"security:deleteUser": "1m"}
		for id, body := range map[string]map[string]any{
			"strict": {"policies": managing, "stepUp": stepUp}, "twin": {"policies": managing}, "required": {"policies": managing, "secondFactor": "required"},
			"off": {"policies": managing, "secondFactor": "off"}, "asking": {"policies": nothing, "stepUp": stepUp},
		} {
			st.server.operate(t, "security", "createOrReplaceProfile", map[string]any{"_id": id}, body)
		}
		token := st.member(t, "manager")
		key := st.call(t, call{controller: "auth", action: "createApiKey", token: token, hasBody: true, body: map[string]any{"description": "d"}}).text("result._source.token")
		holding := func(ids ...any) map[string]any { return map[string]any{"profileIds": ids} }
		for _, try := range []struct {
			name, action, id string
			holds            []any
			body             map[string]any
		}{
			{"the strict one of two dropped", "updateUser", "manager", []any{"strict", "twin"}, holding("twin")},
			{"the laxer one of two given", "createUser", "puppet", []any{"strict", "twin"}, map[string]any{"content": holding("twin")}},
			{"logins without factors", "updateUser", "manager", []any{"required"}, holding("off")},
			{"a profile that only asks, changed", "createOrReplaceProfile", "asking", []any{"twin", "asking"}, map[string]any{"policies": nothing}},
			{"a profile that only asks, deleted", "deleteProfile", "asking", []any{"twin", "asking"}, nil},
		} {
			st.give(t, "manager", try.holds...)
			args := map[string]any{"_id": try.id}
			if try.action == "deleteProfile" {
				args["onAssignedUsers"] = "remove"
			}
			wantError(t, try.name, st.call(t, call{controller: "security", action: try.action, args: args, token: key, hasBody: try.body != nil, body: try.body}), 403, exceedsOwn)
		}
		for name, status := range map[string]int{"security:deleteUsr": 400, "ghost:x": 400, "*:deleteUser": 400, "user:delete": 200, "security:*": 200, "*:*": 200} {
			a := st.call(t, call{
				controller: "security", action: "createOrReplaceProfile", token: st.kept["admin"], args: map[string]any{"_id": "odd"}, hasBody: true,
				body: map[string]any{"policies": managing, "stepUp": map[string]any{name: "5m"}},
			})
			if a.status != status {
				t.Errorf("a stepUp of %s: %s", name, a.raw)
			}
		}
	})
}
