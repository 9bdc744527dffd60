package systemtest

import "testing"

// TestInstanceDemandStays: users who manage profiles cannot lift the second factor that the
// instance requires, in a profile that leaves it to the instance, or by another profile.
func TestInstanceDemandStays(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol, func(set *settings) { set.Factors.Policy = "required" })
		createManager(t, st.server)
		managing := []any{map[string]any{"roleId": "manager"}}
		st.server.operate(t, "security", "createProfile", map[string]any{"_id": "managing"}, map[string]any{"policies": managing})
		st.server.operate(t, "security", "createProfile", map[string]any{"_id": "lax"}, map[string]any{"policies": managing, "secondFactor": "optional"})
		token, other := st.member(t, "manager"), st.member(t, "other")
		st.give(t, "manager", "managing")
		st.give(t, "other", "managing")
		st.enrol(t, token)
		ask := func(action, id string, body map[string]any) answer {
			return st.call(t, call{controller: "security", action: action, token: token, args: map[string]any{"_id": id}, hasBody: true, body: body})
		}
		for _, policy := range []string{"off", "optional"} {
			wantError(t, "the own profile "+policy, ask("updateProfile", "managing", map[string]any{"secondFactor": policy}), 403, exceedsOwn)
		}
		wantError(t, "another profile for oneself", ask("updateUser", "manager", map[string]any{"profileIds": []any{"lax"}}), 403, exceedsOwn)
		asksToEnrol(t, "a holder without a factor", st.call(t, call{controller: "security", action: "listEvents", token: other}))
		wantError(t, "what the instance requires anyway", ask("updateProfile", "managing", map[string]any{"secondFactor": "required"}), 200, "")
	})
}

// TestSecondFactorDemandStays: users whose profiles require a second factor give the rights to change
// users only together with that demand, even with an API key, which proves no factor. Ordinary users
// may need none.
func TestSecondFactorDemandStays(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol)
		createManager(t, st.server)
		with := func(role, policy string) map[string]any {
			body := map[string]any{"policies": []any{map[string]any{"roleId": role}}}
			if policy != "" {
				body["secondFactor"] = policy
			}
			return body
		}
		st.server.operate(t, "security", "createProfile", map[string]any{"_id": "strict"}, with("manager", "required"))
		st.server.operate(t, "security", "createProfile", map[string]any{"_id": "twin"}, with("manager", ""))
		token := st.member(t, "manager")
		st.member(t, "other")
		st.give(t, "other", "twin")
		key := st.call(t, call{controller: "auth", action: "createApiKey", token: token, hasBody: true, body: map[string]any{"description": "d"}}).text("result._source.token")
		st.give(t, "manager", "strict")
		ask := func(action, id string, body map[string]any) answer {
			return st.call(t, call{controller: "security", action: action, args: map[string]any{"_id": id}, token: key, hasBody: true, body: body})
		}
		user := func(kuid, profile string) map[string]any {
			return map[string]any{
				"content":     map[string]any{"profileIds": []any{profile}},
				"credentials": map[string]any{"local": map[string]any{"username": kuid, "password": canaryPassword}},
			}
		}
		wantError(t, "a twin for oneself", ask("updateUser", "manager", map[string]any{"profileIds": []any{"twin"}}), 403, exceedsOwn)
		wantError(t, "a twin for another", ask("createUser", "puppet", user("puppet", "twin")), 403, exceedsOwn)
		wantError(t, "a change of a user with the twin", ask("updateUser", "other", map[string]any{"a": "b"}), 403, exceedsOwn)
		for _, policy := range []string{"", "optional", "off"} {
			wantError(t, "a new profile "+policy, ask("createProfile", "mine", with("manager", policy)), 403, exceedsOwn)
		}
		wantError(t, "a profile as strict", ask("createProfile", "mine", with("manager", "required")), 200, "")
		wantError(t, "a user as strict", ask("createUser", "deputy", user("deputy", "mine")), 200, "")
		wantError(t, "an ordinary profile", ask("createProfile", "members", with("default", "")), 200, "")
		wantError(t, "an ordinary user", ask("createUser", "ordinary", user("ordinary", "members")), 200, "")
	})
}

// TestDeletedProfileKeepsDemands: users who may delete a profile do not take its demands from its
// holders. Without holders there is nothing to keep.
func TestDeletedProfileKeepsDemands(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol)
		createManager(t, st.server)
		managing, little := []any{map[string]any{"roleId": "manager"}}, []any{map[string]any{"roleId": "anonymous"}}
		profile := func(id string, body map[string]any) {
			st.server.operate(t, "security", "createOrReplaceProfile", map[string]any{"_id": id}, body)
		}
		profile("managing", map[string]any{"policies": managing})
		st.member(t, "top")
		profile("off", map[string]any{"policies": little, "secondFactor": "off"})
		for _, demand := range []map[string]any{
			{"policies": little, "secondFactor": "required"}, {"policies": little, "stepUp": map[string]any{"security:deleteUser": "1m"}},
		} {
			profile("asking", demand)
			token := st.member(t, "manager")
			st.give(t, "manager", "managing")
			ask := func(action string, args, body map[string]any) answer {
				return st.call(t, call{controller: "security", action: action, token: token, args: args, hasBody: body != nil, body: body})
			}
			remove := map[string]any{"_id": "asking", "onAssignedUsers": "remove"}
			st.give(t, "top", "admin", "asking")
			wantError(t, "a deletion", ask("deleteProfile", remove, nil), 403, exceedsOwn)
			wantError(t, "an update", ask("updateProfile", map[string]any{"_id": "asking"}, map[string]any{"secondFactor": nil, "stepUp": nil}), 403, exceedsOwn)
			held := st.server.operate(t, "security", "getUser", map[string]any{"_id": "top"}, nil)
			if path, ok := matches([]any{"admin", "asking"}, held["result"].(map[string]any)["_source"].(map[string]any)["profileIds"]); !ok {
				t.Errorf("the holder after the refused deletion differs at %q: %v", path, held)
			}
			st.give(t, "top", "admin")
			wantError(t, "a deletion without holders", ask("deleteProfile", remove, nil), 200, "")
			st.server.operate(t, "security", "deleteUser", map[string]any{"_id": "manager"}, nil)
		}
		profile("plain", map[string]any{"policies": little})
		token := st.member(t, "manager")
		st.give(t, "manager", "managing")
		st.member(t, "other")
		remove := call{controller: "security", action: "deleteProfile", token: token, args: map[string]any{"_id": "plain", "onAssignedUsers": "remove"}}
		st.give(t, "other", "plain", "off")
		wantError(t, "the one profile that asks of two", st.call(t, remove), 403, exceedsOwn)
		st.give(t, "other", "plain", "user")
		wantError(t, "a profile without demands", st.call(t, remove), 200, "")
	})
}

// TestRoleKeepsDemands: users who may change roles give no action to the holders of profiles that ask
// for fewer factors than their own. Other actions and other profiles stay free.
func TestRoleKeepsDemands(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol)
		createManager(t, st.server)
		allowing := func(controller, action string) map[string]any {
			return map[string]any{"controllers": map[string]any{controller: map[string]any{"actions": map[string]any{action: true}}}}
		}
		operate := func(action, id string, body map[string]any) {
			st.server.operate(t, "security", action, map[string]any{"_id": id}, body)
		}
		profile := func(id, role string, with map[string]any) {
			with["policies"] = []any{map[string]any{"roleId": role}}
			operate("createOrReplaceProfile", id, with)
		}
		token := st.member(t, "manager")
		key := st.call(t, call{controller: "auth", action: "createApiKey", token: token, hasBody: true, body: map[string]any{"description": "d"}}).text("result._source.token")
		ask := func(token, action, role string, body map[string]any) answer {
			return st.call(t, call{controller: "security", action: action, token: token, args: map[string]any{"_id": role}, hasBody: true, body: body})
		}
		login, deletion := allowing("auth", "login"), allowing("security", "deleteUser")
		for _, name := range []string{"stepUp", "secondFactor"} {
			demand := func() map[string]any {
				if name == "stepUp" {
					return map[string]any{"stepUp": map[string]any{"security:deleteUser": "1m"}}
				}
				return map[string]any{"secondFactor": "required"}
			}
			lax, strict := name+"-lax", name+"-strict"
			for _, role := range []string{lax, strict} {
				operate("createRole", role, login)
			}
			profile(lax, lax, map[string]any{})
			profile(strict, strict, demand())
			profile("managing", "manager", demand())
			st.give(t, "manager", "managing")
			for _, action := range []string{"updateRole", "createOrReplaceRole"} {
				wantError(t, name+": an action for a lax profile by "+action, ask(key, action, lax, deletion), 403, exceedsOwn)
			}
			wantError(t, name+": an ordinary action for a lax profile", ask(key, "updateRole", lax, allowing("auth", "*")), 200, "")
			wantError(t, name+": an action for a profile that asks as much", ask(key, "updateRole", strict, deletion), 200, "")
			wantError(t, name+": a role that no profile uses", ask(key, "createRole", name+"-new", deletion), 200, "")
			operate("updateRole", lax, deletion)
			wantError(t, name+": what the lax profile allows already", ask(key, "updateRole", lax, deletion), 200, "")
			wantError(t, name+": fewer actions for the lax profile", ask(key, "updateRole", lax, login), 200, "")
			wantError(t, name+": an action by an administrator", ask(st.kept["admin"], "updateRole", lax, deletion), 200, "")
		}
	})
}

// TestMovedUserKeepsDemands: users who may update others do not take a demand from them with its
// profile. They may take profiles without demands, and give stricter ones.
func TestMovedUserKeepsDemands(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol)
		createManager(t, st.server)
		profile := func(id, role string, with map[string]any) {
			with["policies"] = []any{map[string]any{"roleId": role}}
			st.server.operate(t, "security", "createOrReplaceProfile", map[string]any{"_id": id}, with)
		}
		profile("managing", "manager", map[string]any{})
		profile("plain", "default", map[string]any{})
		profile("required", "anonymous", map[string]any{"secondFactor": "required"})
		profile("asking", "anonymous", map[string]any{"stepUp": map[string]any{"auth:*": "1m"}})
		profile("off", "anonymous", map[string]any{"secondFactor": "off"})
		token := st.member(t, "manager")
		st.give(t, "manager", "managing")
		st.member(t, "other")
		ask := func(token, action string, body map[string]any) answer {
			return st.call(t, call{controller: "security", action: action, token: token, args: map[string]any{"_id": "other"}, hasBody: true, body: body})
		}
		holding := func(ids ...any) map[string]any { return map[string]any{"profileIds": ids} }
		for _, action := range []string{"updateUser", "replaceUser"} {
			for _, demanding := range []string{"required", "asking"} {
				st.give(t, "other", "plain", demanding)
				wantError(t, action+" without the profile "+demanding, ask(token, action, holding("plain")), 403, exceedsOwn)
				wantError(t, action+" with other content", ask(token, action, holding("plain", demanding)), 200, "")
				wantError(t, action+" without the profile that demands nothing", ask(token, action, holding(demanding)), 200, "")
				wantError(t, action+" by an administrator", ask(st.kept["admin"], action, holding("plain")), 200, "")
				wantError(t, action+" to a stricter profile", ask(token, action, holding("plain", demanding)), 200, "")
			}
			st.give(t, "other", "plain")
			wantError(t, action+" to logins without factors", ask(token, action, holding("off")), 403, exceedsOwn)
		}
		st.give(t, "other", "required")
		load := call{controller: "admin", action: "loadSecurities", token: token, hasBody: true, args: map[string]any{"onExistingUsers": "overwrite"}, body: map[string]any{
			"roles": map[string]any{"loaded": map[string]any{"controllers": map[string]any{"auth": map[string]any{"actions": map[string]any{"login": true}}}}},
			"users": map[string]any{"other": map[string]any{"content": holding("plain")}},
		}}
		wantError(t, "a load over the user", st.call(t, load), 403, exceedsOwn)
		load.controller, load.action, load.args, load.hasBody = "security", "getRole", map[string]any{"_id": "loaded"}, false
		wantError(t, "a role of the refused load", st.call(t, load), 404, "security.role.not_found")
	})
}
