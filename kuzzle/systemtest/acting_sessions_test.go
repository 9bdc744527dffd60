package systemtest

import "testing"

// TestActingEnds: an actor in a user's place stays one only while the actor's own session
// is valid, and while the user has no more rights than the actor; the same applies to
// unused tickets, and to tokens that the actor made in the user's place.
func TestActingEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, c client, root, acts string){
		"logout": func(t *testing.T, c client, _, acts string) {
			perform(t, c, acts, "auth:logout", nil, nil)
		},
		"a ban": func(t *testing.T, c client, root, _ string) {
			perform(t, c, root, "security:banUser", map[string]any{"_id": "sup"}, nil)
		},
		"a deletion": func(t *testing.T, c client, root, _ string) {
			perform(t, c, root, "security:deleteUser", map[string]any{"_id": "sup"}, nil)
		},
		"the end of all sessions": func(t *testing.T, c client, root, _ string) {
			perform(t, c, root, "security:revokeTokens", map[string]any{"_id": "sup"}, nil)
		},
		"fewer rights": func(t *testing.T, c client, root, _ string) {
			perform(t, c, root, "security:updateUser", map[string]any{"_id": "sup"}, map[string]any{"profileIds": []any{"default"}})
		},
		"a user of more rights": func(t *testing.T, c client, root, _ string) {
			perform(t, c, root, "security:updateUser", map[string]any{"_id": "bob"}, map[string]any{"profileIds": []any{"admin"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.administrator(t, "root")
			c := s.client(t, "http")
			root := loggedIn(t, c, "root")
			make := func(action string, args, body map[string]any) {
				t.Helper()
				if got := perform(t, c, root, "security:"+action, args, body); got.failure() != nil {
					t.Fatalf("%s: %v", action, got.env)
				}
			}
			make("createRole", map[string]any{"_id": "support"}, map[string]any{"controllers": map[string]any{
				"auth": map[string]any{"actions": map[string]any{"*": true}}, "security": map[string]any{"actions": map[string]any{"impersonate": true, "getUser": true}},
			}})
			make("createProfile", map[string]any{"_id": "support"}, map[string]any{"policies": []any{map[string]any{"roleId": "support"}, map[string]any{"roleId": "default"}}})
			make("updateRole", map[string]any{"_id": "default"}, map[string]any{"controllers": map[string]any{"auth": map[string]any{"actions": map[string]any{"*": true}}}})
			for kuid, profile := range map[string]string{"sup": "support", "bob": "default"} {
				make("createUser", map[string]any{"_id": kuid}, map[string]any{
					"content": map[string]any{"profileIds": []any{profile}}, "credentials": map[string]any{"local": map[string]any{"username": kuid, "password": "correct horse"}},
				})
			}
			acts := loggedIn(t, c, "sup")
			ticket := func() string {
				t.Helper()
				got := perform(t, c, acts, "security:impersonate", map[string]any{"_id": "bob"}, nil)
				result, _ := got.result().(map[string]any)
				text, _ := result["ticket"].(string)
				if text == "" {
					t.Fatalf("no ticket: %v", got.env)
				}
				return text
			}
			redeem := func(ticket string) (jwt, refusal string) {
				t.Helper()
				got := perform(t, c, "", "auth:login", map[string]any{"strategy": "ticket"}, map[string]any{"ticket": ticket})
				result, _ := got.result().(map[string]any)
				jwt, _ = result["jwt"].(string)
				refusal, _ = got.failure()["id"].(string)
				return jwt, refusal
			}
			waiting := ticket()
			session, _ := redeem(ticket())
			said := func() string {
				t.Helper()
				id, _ := perform(t, c, session, "auth:getCurrentUser", nil, nil).failure()["id"].(string)
				return id
			}
			if got := said(); session == "" || got != "" {
				t.Fatalf("acting is answered %q", got)
			}
			token := func(by string, singleUse bool) string {
				t.Helper()
				got := perform(t, c, by, "auth:createToken", map[string]any{"singleUse": singleUse}, nil)
				if got.failure() != nil {
					t.Fatalf("no token: %s", got.raw)
				}
				return got.text("result.token")
			}
			child, single := token(session, false), token(session, true)
			grandchild := token(child, false)
			end(t, c, root, acts)
			for name, jwt := range map[string]string{"a token": child, "a single-use token": single, "a token's token": grandchild} {
				for _, do := range []string{"auth:getCurrentUser", "auth:refreshToken"} {
					if got := perform(t, c, jwt, do, nil, nil); got.status != 401 {
						t.Errorf("%s by %s afterwards: %s", do, name, got.raw)
					}
				}
			}
			if got := said(); got != "security.token.invalid" {
				t.Errorf("the session afterwards is answered %q", got)
			}
			if jwt, got := redeem(waiting); jwt != "" || got != "security.token.invalid" {
				t.Errorf("the ticket afterwards is answered %q, %q", jwt, got)
			}
		})
	}
}
