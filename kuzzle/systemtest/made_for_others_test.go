package systemtest

import (
	"testing"
	"time"
)

// supported starts a server with an administrator root, a user sup who may do the given actions and
// all of auth, and the users bob and tim of the profile default, which allows all of auth.
func supported(t *testing.T, controllers map[string]any, edits ...func(*settings)) (s *server, c client, sup string) {
	t.Helper()
	s = start(t, edits...)
	s.administrator(t, "root")
	c = s.client(t, "http")
	all := map[string]any{"actions": map[string]any{"*": true}}
	controllers["auth"] = all
	s.operate(t, "security", "createRole", map[string]any{"_id": "support"}, map[string]any{"controllers": controllers})
	s.operate(t, "security", "createProfile", map[string]any{"_id": "support"}, map[string]any{"policies": []any{map[string]any{"roleId": "support"}, map[string]any{"roleId": "default"}}})
	s.operate(t, "security", "updateRole", map[string]any{"_id": "default"}, map[string]any{"controllers": map[string]any{"auth": all}})
	s.operate(t, "security", "updateRole", map[string]any{"_id": "anonymous"}, map[string]any{"controllers": map[string]any{"auth": all, passwordController: all}})
	for kuid, profile := range map[string]string{"sup": "support", "peer": "support", "bob": "default", "tim": "default"} {
		s.operate(t, "security", "createUser", map[string]any{"_id": kuid}, map[string]any{
			"content": map[string]any{"profileIds": []any{profile}}, "credentials": map[string]any{"local": map[string]any{"username": kuid, "password": "correct horse"}},
		})
	}
	return s, c, loggedIn(t, c, "sup")
}

// actions is a controller of a role.
func actions(names ...string) map[string]any {
	of := map[string]any{}
	for _, name := range names {
		of[name] = true
	}
	return map[string]any{"actions": of}
}

// hold gives a user a profile.
func hold(t *testing.T, s *server, kuid, profile string) {
	t.Helper()
	s.operate(t, "security", "updateUser", map[string]any{"_id": kuid}, map[string]any{"profileIds": []any{profile}})
}

// made is the value of an answer to an action, which must be right.
func made(t *testing.T, c client, jwt, do string, args, body map[string]any, path string) string {
	t.Helper()
	a := perform(t, c, jwt, do, args, body)
	if a.status != 200 || a.text(path) == "" {
		t.Fatalf("%s: %s", do, a.raw)
	}
	return a.text(path)
}

// TestKeysForOthersEndAtMoreRights: an API key that somebody made for another user, and a token made
// by it, are refused while that user has more rights than the maker.
func TestKeysForOthersEndAtMoreRights(t *testing.T) {
	t.Parallel()
	s, c, sup := supported(t, map[string]any{"security": actions("createApiKey", "searchUsers")})
	key := func(of string) string {
		return made(t, c, sup, "security:createApiKey", map[string]any{"userId": of}, map[string]any{"description": "d"}, "result._source.token")
	}
	status := func(what, token string, want int) {
		t.Helper()
		if a := perform(t, c, token, "auth:getCurrentUser", nil, nil); a.status != want {
			t.Errorf("%s: %s", what, a.raw)
		}
	}
	bobs, peers := key("bob"), key("peer")
	own := made(t, c, loggedIn(t, c, "bob"), "auth:createApiKey", nil, map[string]any{"description": "d"}, "result._source.token")
	token := made(t, c, bobs, "auth:createToken", nil, nil, "result.token")
	status("the key", bobs, 200)
	status("its token", token, 200)
	status("the key of an equal", peers, 200)
	hold(t, s, "bob", "admin")
	status("the key of a promoted user", bobs, 401)
	status("its token then", token, 401)
	status("the user's own key", own, 200)
	hold(t, s, "bob", "default")
	status("the key after the promotion", bobs, 200)
	hold(t, s, "sup", "default")
	status("the key of a user with more rights than the demoted maker", peers, 401)
}

// TestResetTokensForOthersEnd: a reset token that somebody made for another user is unknown when that
// user has more rights than the maker, and when the maker is gone.
func TestResetTokensForOthersEnd(t *testing.T) {
	t.Parallel()
	s, c, sup := supported(t, map[string]any{passwordController: actions("getResetPasswordToken")})
	token := func(of string) string {
		return made(t, c, sup, passwordController+":getResetPasswordToken", map[string]any{"_id": of}, nil, "result.resetToken")
	}
	reset := func(token string) answer {
		return perform(t, c, "", passwordController+":reset", nil, map[string]any{"token": token, "password": "another correct horse"})
	}
	bobs, tims := token("bob"), token("tim")
	if a := reset(token("peer")); a.status != 200 {
		t.Errorf("a token: %s", a.raw)
	}
	hold(t, s, "bob", "admin")
	if a := reset(bobs); a.status != 400 {
		t.Errorf("the token of a promoted user: %s", a.raw)
	}
	s.operate(t, "security", "deleteUser", map[string]any{"_id": "sup"}, nil)
	if a := reset(tims); a.status != 400 {
		t.Errorf("the token of a maker who is gone: %s", a.raw)
	}
}

// TestActorsEndNothingOfTheUser: an actor in a user's place ends neither the user's API keys nor
// sessions, by a logout everywhere or by many tokens. The user's own logout ends them.
func TestActorsEndNothingOfTheUser(t *testing.T) {
	t.Parallel()
	s, c, sup := supported(t, map[string]any{"security": actions("impersonate", "getUser")}, func(set *settings) { set.Sessions.PerUser = 5 })
	bob := loggedIn(t, c, "bob")
	key := made(t, c, bob, "auth:createApiKey", nil, map[string]any{"description": "d"}, "result._source.token")
	ticket := made(t, c, sup, "security:impersonate", map[string]any{"_id": "bob"}, nil, "result.ticket")
	acting := made(t, c, "", "auth:login", map[string]any{"strategy": "ticket"}, map[string]any{"ticket": ticket}, "result.jwt")
	if a := perform(t, c, acting, "auth:logout", map[string]any{"global": true}, nil); a.status != 403 || a.text("error.id") != "security.token.acting" {
		t.Errorf("a logout everywhere: %s", a.raw)
	}
	hits, _ := perform(t, c, bob, "auth:getSessions", nil, nil).at("result.hits").([]any)
	for _, hit := range hits {
		own, _ := hit.(map[string]any)
		if own["current"] != true {
			continue
		}
		a := perform(t, c, acting, "auth:deleteSession", map[string]any{"_id": own["_id"]}, nil)
		if a.status != 403 || a.text("error.id") != "security.token.acting" {
			t.Errorf("the end of the user's session: %s", a.raw)
		}
	}
	for range 6 {
		s.clock.advance(time.Second)
		perform(t, c, acting, "auth:createToken", nil, nil)
	}
	for name, token := range map[string]string{"the session": bob, "the API key": key} {
		if a := perform(t, c, token, "auth:getCurrentUser", nil, nil); a.status != 200 {
			t.Errorf("%s of the user: %s", name, a.raw)
		}
	}
	// The limit counts the sessions that a search finds.
	oldest := perform(t, c, acting, "auth:getCurrentUser", nil, nil)
	for deadline := time.Now().Add(30 * time.Second); oldest.status != 401 && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		perform(t, c, acting, "auth:createToken", nil, nil)
		oldest = perform(t, c, acting, "auth:getCurrentUser", nil, nil)
	}
	if oldest.status != 401 {
		t.Errorf("the actor's oldest session: %s", oldest.raw)
	}
	if a := perform(t, c, bob, "auth:logout", map[string]any{"global": true}, nil); a.status != 200 {
		t.Errorf("the user's logout everywhere: %s", a.raw)
	}
	if a := perform(t, c, key, "auth:getCurrentUser", nil, nil); a.status != 401 {
		t.Errorf("the API key after it: %s", a.raw)
	}
}

// TestResetTokensOfKeysEnd: a reset token that an API key made, for its own user or for another one,
// is unknown once the key is deleted.
func TestResetTokensOfKeysEnd(t *testing.T) {
	t.Parallel()
	_, c, sup := supported(t, map[string]any{passwordController: actions("getResetPasswordToken")})
	key := made(t, c, sup, "auth:createApiKey", map[string]any{"_id": "a-key"}, map[string]any{"description": "d"}, "result._source.token")
	var tokens []string
	for _, of := range []string{"sup", "bob", "tim"} {
		tokens = append(tokens, made(t, c, key, passwordController+":getResetPasswordToken", map[string]any{"_id": of}, nil, "result.resetToken"))
	}
	reset := func(token string) answer {
		return perform(t, c, "", passwordController+":reset", nil, map[string]any{"token": token, "password": "another correct horse"})
	}
	if a := reset(tokens[2]); a.status != 200 {
		t.Errorf("a token of the key: %s", a.raw)
	}
	if a := perform(t, c, sup, "auth:deleteApiKey", map[string]any{"_id": "a-key"}, nil); a.status != 200 {
		t.Fatalf("the deletion: %s", a.raw)
	}
	for _, token := range tokens[:2] {
		if a := reset(token); a.status != 400 {
			t.Errorf("a token of the deleted key: %s", a.raw)
		}
	}
}
