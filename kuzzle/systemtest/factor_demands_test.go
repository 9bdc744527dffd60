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
