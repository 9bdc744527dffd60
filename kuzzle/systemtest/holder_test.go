package systemtest

import (
	"strings"
	"testing"
)

// TestConflictNamesTheHolder: a refusal because of a taken name says which user has it to callers
// who may read users, and to nobody else.
func TestConflictNamesTheHolder(t *testing.T) {
	s := start(t)
	s.administrator(t, "root")
	content := func(profile string) map[string]any { return map[string]any{"profileIds": []any{profile}} }
	local := func(name string) map[string]any {
		return map[string]any{"local": map[string]any{"username": name, "password": "correct horse"}}
	}
	may := func(actions map[string]any) map[string]any {
		return map[string]any{"controllers": map[string]any{"security": map[string]any{"actions": actions}}}
	}
	s.operate(t, "security", "createRole", map[string]any{"_id": "creator"}, may(map[string]any{"createUser": true, "updateCredentials": true}))
	s.operate(t, "security", "createProfile", map[string]any{"_id": "creator"}, map[string]any{"policies": []any{map[string]any{"roleId": "creator"}}})
	s.operate(t, "security", "createUser", map[string]any{"_id": "maker"}, map[string]any{"content": content("creator"), "credentials": local("maker")})
	s.operate(t, "security", "createUser", map[string]any{"_id": "holder-of-it"}, map[string]any{"content": content("creator"), "credentials": local("jane")})
	for _, protocol := range []string{"http", "websocket"} {
		c := s.client(t, protocol)
		for as, told := range map[string]bool{"root": true, "maker": false} {
			jwt := loggedIn(t, c, as)
			for action, got := range map[string]answer{
				"createUser":        perform(t, c, jwt, "security:createUser", nil, map[string]any{"content": content("creator"), "credentials": local("Jane")}),
				"updateCredentials": perform(t, c, jwt, "security:updateCredentials", map[string]any{"_id": "maker", "strategy": "local"}, map[string]any{"username": "Jane"}),
			} {
				wantError(t, as+" "+action, got, 412, "security.credentials.identifier_taken")
				text := got.text("error.message")
				if strings.Contains(text, `username "Jane" is already used by the user holder-of-it`) != told || strings.Contains(string(got.raw), "holder-of-it") != told {
					t.Errorf("%s over %s, %s: want the holder named: %v, got %s", as, protocol, action, told, got.raw)
				}
			}
		}
	}
}
