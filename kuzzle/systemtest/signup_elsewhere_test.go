package systemtest

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
)

// TestSignUpElsewhere: strangers who sign up choose neither another system that verifies their
// password nor an outside identity. Administrators choose both for them.
func TestSignUpElsewhere(t *testing.T) {
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		st.openSignUp(t)
		for id, credentials := range map[string]map[string]any{
			"security.digest.administrators_only": {"digest-import": map[string]any{"username": "squat", "passwordDigest": "awscognito#eu-west-3_abc#client#victim"}},
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

// TestNobodyGivesThemselvesDigests: no rule for passwords can check a digest, so neither strangers
// nor users give themselves one, not even in place of a password that they deleted.
func TestNobodyGivesThemselvesDigests(t *testing.T) {
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		st.openSignUp(t)
		weak := map[string]any{"username": "weakling", "passwordHasher": "bcrypt", "passwordDigest": digest.Bcrypt{Rounds: 4}.Hash("123456")}
		const refused = "security.digest.administrators_only"
		wantError(t, "a sign-up", st.call(t, call{controller: "security", action: "createRestrictedUser", hasBody: true, body: map[string]any{
			"content": map[string]any{}, "credentials": map[string]any{"digest-import": weak},
		}}), 403, refused)
		own := func(action, strategy string, body map[string]any) answer {
			args := map[string]any{"strategy": strategy}
			return st.call(t, call{controller: "auth", action: action, token: st.kept["user"], args: args, hasBody: body != nil, body: body})
		}
		wantError(t, "a digest besides", own("updateMyCredentials", "digest-import", weak), 403, refused)
		wantError(t, "deleting the password", own("deleteMyCredentials", "local", nil), 200, "")
		wantError(t, "a digest instead", own("createMyCredentials", "digest-import", weak), 403, refused)
	})
}
