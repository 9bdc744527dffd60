package systemtest

import "testing"

// TestSignUpElsewhere: strangers who sign up choose neither another system that verifies their
// password nor an outside identity. Administrators choose both for them.
func TestSignUpElsewhere(t *testing.T) {
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		st.openSignUp(t)
		for id, credentials := range map[string]map[string]any{
			"security.credentials.asked_elsewhere": {"digest-import": map[string]any{"username": "squat", "passwordDigest": "awscognito#eu-west-3_abc#client#victim"}},
			"plugin.external.not_proven": {
				"local":    map[string]any{"username": "other", "password": canaryPassword},
				"external": map[string]any{"accounts": []any{"github:42"}, "email": []any{"ceo@victim.example"}},
			},
		} {
			c := call{controller: "security", action: "createRestrictedUser", hasBody: true, body: map[string]any{"content": map[string]any{}, "credentials": credentials}}
			wantError(t, "a stranger", st.call(t, c), 403, id)
			c.token = st.kept["admin"]
			wantError(t, "an administrator", st.call(t, c), 200, "")
		}
	})
}
