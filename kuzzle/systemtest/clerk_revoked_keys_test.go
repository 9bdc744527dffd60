package systemtest

import (
	"testing"
	"time"
)

// madeByKey is what a service key made for a user: tickets that wait, and tokens of those that were
// used, by their names, with a session of the key's own.
type madeByKey struct {
	waiting, tokens map[string]string
	session         string
}

// makes lets a key make everything that it can for a user.
func (s clerkServer) makes(t *testing.T, c client, key, kuid string) madeByKey {
	t.Helper()
	object := func(path, body, field string) string {
		t.Helper()
		a := s.call(t, "POST", path, body, "Authorization", key)
		text, _ := a.object[field].(string)
		if a.status != 200 || text == "" {
			t.Fatalf("%s: %d %s", path, a.status, a.body)
		}
		return text
	}
	signIn := func() string { return object("/sign_in_tokens", `{"user_id":"`+kuid+`"}`, "token") }
	acting := func() string {
		return object("/actor_tokens", `{"user_id":"`+kuid+`","actor":{"sub":"user_boss"}}`, "token")
	}
	redeemed := func(ticket string) string {
		t.Helper()
		return made(t, c, "", "auth:login", map[string]any{"strategy": "ticket"}, map[string]any{"ticket": ticket}, "result.jwt")
	}
	m := madeByKey{
		waiting: map[string]string{"a sign-in token": signIn(), "an actor token": acting()},
		tokens:  map[string]string{"a session": redeemed(signIn()), "an actor": redeemed(acting())},
		session: object("/sessions", `{"user_id":"`+kuid+`"}`, "id"),
	}
	for _, of := range []string{"a session", "an actor"} {
		s.clock.advance(time.Second) // for the rate limit of the profile
		child := made(t, c, m.tokens[of], "auth:createToken", nil, nil, "result.token")
		m.tokens["a token of "+of], m.tokens["a token of a token of "+of] = child, made(t, c, child, "auth:createToken", nil, nil, "result.token")
	}
	s.clock.advance(time.Second)
	m.tokens["an API key of a session"] = made(t, c, m.tokens["a session"], "auth:createApiKey", nil, map[string]any{"description": "d"}, "result._source.token")
	m.tokens["a token of an API key of a session"] = made(t, c, m.tokens["an API key of a session"], "auth:createToken", nil, nil, "result.token")
	return m
}

// check wants each thing to be valid, or not.
func (m madeByKey) check(t *testing.T, s clerkServer, c client, when string, waiting, acting, signedIn, own bool) {
	t.Helper()
	s.clock.advance(time.Second)
	status := map[bool]int{true: 200, false: 401}
	for what, token := range m.tokens {
		valid := signedIn
		if what == "an actor" || what == "a token of an actor" || what == "a token of a token of an actor" {
			valid = acting
		}
		if a := perform(t, c, token, "auth:getCurrentUser", nil, nil); a.status != status[valid] {
			t.Errorf("%s, %s: %s", when, what, a.raw)
		}
	}
	for what, ticket := range m.waiting {
		a := perform(t, c, "", "auth:login", map[string]any{"strategy": "ticket"}, map[string]any{"ticket": ticket})
		if waiting != (a.status == 200) || !waiting && a.text("error.id") != "security.ticket.revoked" {
			t.Errorf("%s, %s: %s", when, what, a.raw)
		}
	}
	if a := s.call(t, "POST", "/sessions/"+m.session+"/tokens", ""); (a.status == 200) != own {
		t.Errorf("%s, the key's session: %d %s", when, a.status, a.body)
	}
}

// TestRevokedKeysLeaveNothing: with a service key end its unused tickets, its sessions and those of
// actors. The session of a used sign-in token is the user's own, unless the key was limited. What
// other keys made stays.
func TestRevokedKeysLeaveNothing(t *testing.T) {
	t.Parallel()
	s := startClerk(t)
	s.operate(t, "security", "updateRole", map[string]any{"_id": "default"}, map[string]any{"controllers": map[string]any{"auth": map[string]any{"actions": map[string]any{"*": true}}}})
	s.operate(t, "security", "updateRole", map[string]any{"_id": "anonymous"}, map[string]any{"controllers": map[string]any{"auth": map[string]any{"actions": map[string]any{"*": true}}}})
	c := s.server.client(t, "http")
	for name, limits := range map[string]map[string]any{"limited": {"endpoints": []any{"* /v1/**"}}, "unlimited": {}} {
		t.Run(name, func(t *testing.T) {
			kuid := s.make(t, "/users", `{"email_address":["`+name+`@example.com"],"password":"my-secure-password"}`)
			limits["kind"] = "test"
			key := func() (id, header string) {
				made := s.operate(t, "service-keys", "create", nil, limits)["result"].(map[string]any)
				s.seen.note(made["secret"].(string))
				return made["_id"].(string), "Bearer " + made["secret"].(string)
			}
			first, leaked := key()
			_, stays := key()
			before := s.makes(t, c, leaked, kuid)
			others, configured := s.makes(t, c, stays, kuid), s.makes(t, c, "Bearer "+clerkKey, kuid)
			if name == "limited" {
				hold(t, s.server, kuid, "admin")
				before.check(t, s, c, "of a promoted user", false, false, false, false)
				hold(t, s.server, kuid, "default")
			}
			s.operate(t, "service-keys", "revoke", map[string]any{"_id": first}, nil)
			before.check(t, s, c, "revoked", false, false, name == "unlimited", false)
			others.check(t, s, c, "of another key", true, true, true, true)
			configured.check(t, s, c, "of the configured key", true, true, true, true)
		})
	}
}
