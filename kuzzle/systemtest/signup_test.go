package systemtest

import (
	"fmt"
	"testing"
	"time"
)

// openSignUp has strangers make accounts for themselves, and users with the
// profile default change their own names.
func (st *story) openSignUp(t *testing.T) {
	t.Helper()
	for role, actions := range map[string]map[string]any{
		"anonymous": {"auth": map[string]any{"actions": map[string]any{"login": true}}, "security": map[string]any{"actions": map[string]any{"createRestrictedUser": true}}},
		"default":   {"auth": map[string]any{"actions": map[string]any{"*": true}}},
	} {
		st.server.operate(t, "security", "updateRole", map[string]any{"_id": role}, map[string]any{"controllers": actions})
	}
}

func signUp(username string) call {
	return call{controller: "security", action: "createRestrictedUser", args: map[string]any{"refresh": "false"}, hasBody: true, body: map[string]any{
		"content": map[string]any{}, "credentials": map[string]any{"local": map[string]any{"username": username, "password": canaryPassword}},
	}}
}

// TestAttack03: answers to logins, resets and sign-ups do not reveal which names
// are taken, except for the few that a sign-up must reveal. There are no
// invitations. TestForgottenPassword and TestResetRequestsAreLimited cover requests
// for a reset by mail.
func TestAttack03(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]func(*testing.T, string){"sign-ups": trySignUps, "own names": tryOwnNames, "resets": tryResets} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachProtocol(t, try)
		})
	}
}

// tryResets: a token that was never made and one of another form get the same
// answer, and so do a wrong password and a wrong name.
func tryResets(t *testing.T, protocol string) {
	st := newStory(t, start(t), protocol)
	st.checkResetTokens(t)
	wrong := st.call(t, loginAs("user", "wrong", ""))
	wantError(t, "a wrong password", wrong, 401, "plugin.strategy.missing_user")
	wantError(t, "a wrong name", st.call(t, loginAs("ghost", "wrong", "")), 401, "plugin.strategy.missing_user")
}

// trySignUps: a stranger learns of few names that they are taken, and makes few
// accounts at once; other addresses and users with the right to create users do not
// wait.
func trySignUps(t *testing.T, protocol string) {
	s := start(t, behindProxy)
	st := newStory(t, s, protocol)
	st.openSignUp(t)
	s.clock.freeze()
	told := 0
	for range 15 {
		if a := st.from(t, "http", "198.51.100.1", signUp("user")); a.status == 412 {
			told++
		}
	}
	if told != 9 {
		t.Errorf("told 9 times is as often as fifty sign-ups weigh, got %d", told)
	}
	wantError(t, "a free name from there", st.from(t, protocol, "198.51.100.1", signUp("free")), 429, tooMany)
	wantError(t, "a free name from elsewhere", st.from(t, protocol, "198.51.100.2", signUp("free")), 200, "")
	made := 0
	for i := range 60 {
		if a := st.from(t, "http", "198.51.100.3", signUp(fmt.Sprint("one of many ", i))); a.status == 200 {
			made++
		}
	}
	if made != 50 {
		t.Errorf("one address made %d accounts at once, want 50", made)
	}
	again := signUp("user")
	again.token = st.kept["admin"]
	for range 15 {
		wantError(t, "who may create users", st.from(t, protocol, "198.51.100.1", again), 412, taken)
	}
	s.clock.advance(time.Minute)
	wantError(t, "a minute later", st.from(t, protocol, "198.51.100.1", signUp("later")), 200, "")
}

// tryOwnNames: nor does a user learn names by wishing for them, from
// however many addresses.
func tryOwnNames(t *testing.T, protocol string) {
	s := start(t, behindProxy)
	st := newStory(t, s, protocol)
	st.openSignUp(t)
	token := st.from(t, protocol, "198.51.100.1", signUp("curious"))
	wantError(t, "the sign-up", token, 200, "")
	jwt := st.from(t, protocol, "198.51.100.1", loginAs("curious", canaryPassword, "")).text("result.jwt")
	s.clock.freeze()
	told := 0
	for i := range 25 {
		action := []string{"updateMyCredentials", "validateMyCredentials"}[i%2]
		a := st.from(t, protocol, fmt.Sprintf("203.0.113.%d", i), call{
			controller: "auth", action: action, args: map[string]any{"strategy": "local"}, hasBody: true, token: jwt,
			body: map[string]any{"username": "user", "password": canaryPassword},
		})
		if a.status == 412 {
			told++
		} else if told == 10 && a.status != 429 {
			t.Errorf("request %d: answered %d after ten names, want 429", i, a.status)
		}
	}
	if told != 10 {
		t.Errorf("a user learned %d times that a name is taken, want 10", told)
	}
}

// TestSignUpIDs: strangers choose no id that shows as another, or as nothing.
func TestSignUpIDs(t *testing.T) {
	t.Parallel()
	st := newStory(t, start(t), "websocket")
	st.openSignUp(t)
	made := 0
	as := func(token, id string) answer {
		made++
		c := signUp(fmt.Sprint("newcomer-", made))
		c.token, c.args["_id"] = token, id
		return st.call(t, c)
	}
	for _, id := range []string{"root\u200b", "\u202etoor", "root\u00a0", "r\u043eot", "ro ot", "root\t", "\u115f"} {
		if a := as("", id); a.status != 400 || a.text("error.id") != "api.assert.invalid_argument" {
			t.Errorf("%q: %s", id, a.raw)
		}
	}
	wantError(t, "a plain id", as("", "user_2N8:a~b"), 200, "")
	wantError(t, "an administrator's choice", as(st.kept["admin"], "r\u043eot"), 200, "")
}
