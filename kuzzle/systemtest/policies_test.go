package systemtest

import (
	"crypto/sha1"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

const ofPlugin = "plugin.kuzzle-plugin-auth-passport-local."

// TestPasswordPolicies answer with ids of their own.
func TestPasswordPolicies(t *testing.T) {
	t.Parallel()
	const local, updateMine = `{"strategy":"local"}`, "auth:updateMyCredentials"
	breached := filepath.Join(t.TempDir(), "breached.txt")
	if err := os.WriteFile(breached, fmt.Appendf(nil, "%040d:1\n%X:2\n", 0, sha1.Sum([]byte("stolen-horses-42"))), 0o600); err != nil {
		t.Fatal(err)
	}
	updated := []string{"credentials.updated"}
	tell(t, []scenario{
		{name: "too short", as: "user", do: updateMine, args: local, body: `{"password":"short","currentPassword":"$password"}`, status: 400, error: ofPlugin + "weak_password"},
		{name: "with the name in it", as: "user", do: updateMine, args: local, body: `{"password":"the USER is here","currentPassword":"$password"}`, status: 400, error: ofPlugin + "login_in_password"},
		{name: "the present one", as: "user", do: updateMine, args: local, body: `{"password":"$password","currentPassword":"$password"}`, status: 400, error: ofPlugin + "reused_password"},
		{name: "without the present one", as: "user", do: updateMine, args: local, body: `{"password":"$password 2"}`, status: 400, error: missingField, props: `["currentPassword"]`},
		{name: "with a wrong one", as: "user", do: updateMine, args: local, body: `{"password":"$password 2","currentPassword":"wrong"}`, status: 403, error: ofPlugin + "wrong_current_password"},
		{name: "one that leaked", as: "user", do: updateMine, args: local, body: `{"password":"stolen-horses-42","currentPassword":"$password"}`, status: 400, error: ofPlugin + "breached_password"},
		{name: "one that leaked, by an administrator", as: "admin", do: "security:updateCredentials", args: `{"_id":"user","strategy":"local"}`, body: `{"password":"stolen-horses-42"}`, status: 400, error: ofPlugin + "breached_password"},
		{name: "a digest, by an administrator", as: "admin", do: "security:updateCredentials", args: `{"_id":"user","strategy":"local"}`, body: `{"password":"$2y$10$OWdRCd0yDJNdykD20stMxO6zGymd8jEw.VXWeiedtMrqpZl/0QbAu"}`, status: 400, error: ofPlugin + "password_is_digest"},
		{name: "rightly", as: "user", do: updateMine, args: local, body: `{"password":"$password 2","currentPassword":"$password"}`, events: updated},
		{name: "back again", as: "user", do: updateMine, args: local, body: `{"password":"$password","currentPassword":"$password 2"}`, status: 400, error: ofPlugin + "reused_password"},
		{name: "deleting without the present one", as: "user", do: "auth:deleteMyCredentials", args: local, status: 400, error: missingField},
		{name: "an administrator needs none", as: "admin", do: "security:updateCredentials", args: `{"_id":"user","strategy":"local"}`, body: `{"password":"$password 3"}`, events: updated},
		{name: "where one must choose oneself", as: "admin", do: "admin:loadSecurities", body: `{"profiles":{"strict":{"policies":[{"roleId":"user"}]}},"users":{"new":{"content":{"profileIds":["strict"]},"credentials":{"local":{"username":"new","password":"$password"}}}}}`,
			events: []string{"profile.created", "rights.granted", "user.created", "security.loaded"}},
		{name: "set by another", do: "auth:login", args: local, body: `{"username":"new","password":"$password"}`, status: 401, error: ofPlugin + "must_change_password", events: []string{"session.refused"}},
		{name: "a way to choose", as: "admin", do: passwordController + ":getResetPasswordToken", args: `{"_id":"new"}`, keep: map[string]string{"reset": "result.resetToken"}, events: []string{"flow.created"}},
		{name: "a weak one leaves the way open", as: "admin", do: passwordController + ":reset", body: `{"password":"weak","token":"$reset"}`, status: 400, error: ofPlugin + "weak_password"},
		{name: "so does one that leaked", as: "admin", do: passwordController + ":reset", body: `{"password":"stolen-horses-42","token":"$reset"}`, status: 400, error: ofPlugin + "breached_password"},
		{name: "chosen", as: "admin", do: passwordController + ":reset", body: `{"password":"$password 9","token":"$reset"}`, want: `{"_id":"new"}`, events: []string{"password.reset", "session.created"}},
		{name: "set by oneself", do: "auth:login", args: local, body: `{"username":"new","password":"$password 9"}`, events: []string{"session.created"}},
		{name: "and wrong", do: "auth:login", args: local, body: `{"username":"new","password":"wrong"}`, status: 401, error: "plugin.strategy.missing_user", events: []string{"session.refused"}},
	}, func(set *settings) {
		set.Local["requirePassword"], set.Local["breachedFile"] = true, breached
		set.Local["passwordPolicies"] = []any{
			map[string]any{"appliesTo": "*", "forbidLoginInPassword": true, "forbidReusedPasswordCount": 3, "passwordRegex": "^.{10,}$"},
			map[string]any{"appliesTo": map[string]any{"profiles": []string{"strict"}}, "mustChangePasswordIfSetByAdmin": true},
		}
	})
}

// post sends a request of its own over HTTP.
func (st *story) post(t *testing.T, path, token, body string, header http.Header) answer {
	t.Helper()
	if header == nil {
		header = http.Header{}
	}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return newHTTPClient(t, st.server).roundTrip(t, "POST", path, header, []byte(body))
}

const userLogin = `{"username":"user","password":"` + canaryPassword + `"}`

func wantError(t *testing.T, what string, a answer, status int, id string) {
	t.Helper()
	if a.status != status || a.text("error.id") != id {
		t.Errorf("%s: got %s, want %d %q", what, a.raw, status, id)
	}
}

// TestTimes moves the clock: everything expires at its announced time.
func TestTimes(t *testing.T) {
	t.Parallel()
	s := start(t, func(set *settings) {
		set.Local["passwordPolicies"] = []any{map[string]any{"appliesTo": map[string]any{"users": []string{"user"}}, "expiresAfter": "30d"}}
	})
	st := newStory(t, s, "http")
	me := func(token string) answer {
		return st.call(t, call{controller: "auth", action: "getCurrentUser", token: token})
	}
	short := st.post(t, "/_login/local?expiresIn=10m", "", userLogin, nil).text("result.jwt")
	old := st.login(t, "user")
	fresh := st.call(t, call{controller: "auth", action: "refreshToken", token: old}).text("result.jwt")
	wantError(t, "a refreshed token within its grace", me(old), 200, "")
	s.clock.advance(2 * time.Second)
	wantError(t, "a refreshed token after it", me(old), 401, "security.token.invalid")
	wantError(t, "its successor", me(fresh), 200, "")
	wantError(t, "refreshing it again", st.call(t, call{controller: "auth", action: "refreshToken", token: old}), 401, "security.token.invalid")
	wantError(t, "its successor, now that there is a copy", me(fresh), 401, "security.token.invalid")

	reset := st.call(t, call{controller: passwordController, action: "getResetPasswordToken", args: map[string]any{"_id": "user"}, token: st.kept["admin"]}).text("result.resetToken")
	key := st.post(t, "/api-keys/_create?expiresIn=30m", st.kept["user"], `{"description":"d"}`, nil).text("result._source.token")
	wantError(t, "a key", me(key), 200, "")
	s.operate(t, "security", "lockUser", map[string]any{"_id": "user", "expiresIn": "21s"}, nil)
	wantError(t, "a lock within its time", st.post(t, "/_login/local", "", userLogin, nil), 403, "security.user.locked")
	s.clock.advance(21 * time.Second)
	wantError(t, "a lock after its time", st.post(t, "/_login/local", "", userLogin, nil), 200, "")
	wantError(t, "a token within its time", me(short), 200, "")
	s.clock.advance(10 * time.Minute)
	wantError(t, "a token after its time", me(short), 401, "security.token.invalid")
	s.clock.advance(45 * time.Minute)
	wantError(t, "a key after its time", me(key), 401, "security.token.invalid")
	s.clock.advance(10 * time.Minute)
	operator := s.operate(t, "security", "createApiKey", map[string]any{"userId": "root"}, map[string]any{"description": "d"})
	admin, _ := operator["result"].(map[string]any)["_source"].(map[string]any)["token"].(string)
	body := string(mustJSON(map[string]any{"password": canaryPassword + " 2", "token": reset}))
	s.clock.advance(29 * 24 * time.Hour)
	wantError(t, "a password within its time", st.post(t, "/_login/local", "", userLogin, nil), 200, "")
	s.clock.advance(24 * time.Hour)
	wantError(t, "a password after its time", st.post(t, "/_login/local", "", userLogin, nil), 401, ofPlugin+"expired_password")
	wantError(t, "a reset token after an hour", st.post(t, "/_/password/reset", admin, body, nil), 401, ofPlugin+"expired_token")
}

// TestScrollTime: a scroll lives as long as the search said, and then as the last call
// for a page said. The end of no time at all may still come after the next request, so
// the first of several that finds it counts.
func TestScrollTime(t *testing.T) {
	t.Parallel()
	const tries = 1000
	st := newStory(t, start(t), "websocket")
	ask := func(action, scrollID, keep string) answer {
		args := map[string]any{"scroll": keep, "size": 1.0}
		if scrollID != "" {
			args["scrollId"] = scrollID
		}
		return st.call(t, call{controller: "security", action: action, args: args, token: st.kept["admin"]})
	}
	ends := map[string]func() answer{
		"said by the search": func() answer { return ask("searchUsers", "", "1nanos") },
		"said by the next page": func() answer {
			return ask("scrollUsers", ask("searchUsers", "", "1m").text("result.scrollId"), "1nanos")
		},
	}
	for name, end := range ends {
		var last answer
		for range tries {
			if last = ask("scrollUsers", end().text("result.scrollId"), "1m"); last.status != 200 {
				break
			}
		}
		wantError(t, name, last, 404, "services.storage.unknown_scroll_id")
	}
	open := ask("searchUsers", "", "1m").text("result.scrollId")
	wantError(t, "too long", ask("scrollUsers", open, "61s"), 400, "services.storage.scroll_duration_too_great")
	wantError(t, "no duration", ask("scrollUsers", open, "soon"), 400, "api.assert.invalid_argument")
	wantError(t, "kept", ask("scrollUsers", open, "1m"), 200, "")
}

// TestLifetimeLimits bounds the requested lifetimes.
func TestLifetimeLimits(t *testing.T) {
	t.Parallel()
	s := start(t, func(set *settings) {
		set.Security.AuthToken.MaxTTL, set.Security.APIKey.MaxTTL = config.Duration(2*time.Hour), config.Duration(24*time.Hour)
	})
	st := newStory(t, s, "http")
	const exceeded = "security.token.ttl_exceeded"
	wantError(t, "login", st.post(t, "/_login/local?expiresIn=3h", "", userLogin, nil), 400, exceeded)
	wantError(t, "login for ever", st.post(t, "/_login/local?expiresIn=-1", "", userLogin, nil), 400, exceeded)
	wantError(t, "login within", st.post(t, "/_login/local?expiresIn=2h", "", userLogin, nil), 200, "")
	wantError(t, "refresh", st.post(t, "/_refreshToken?expiresIn=3h", st.kept["user"], ``, nil), 400, exceeded)
	wantError(t, "own key", st.post(t, "/api-keys/_create?expiresIn=2d", st.kept["user"], `{"description":"d"}`, nil), 400, exceeded)
	wantError(t, "own key for ever", st.post(t, "/api-keys/_create", st.kept["user"], `{"description":"d"}`, nil), 400, exceeded)
	wantError(t, "another's key", st.post(t, "/users/user/api-keys/_create", st.kept["admin"], `{"description":"d"}`, nil), 200, "")
}

// TestLongestSession: where sessions have a longest life, refreshing leads no further,
// by both protocols, and a token that one made ends with it. Sessions that are too old
// when the setting comes end too.
func TestLongestSession(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t)
		st := newStory(t, s, protocol)
		s.clock.freeze()
		me := func(token string) answer {
			return st.call(t, call{controller: "auth", action: "getCurrentUser", token: token})
		}
		before := st.call(t, call{controller: "auth", action: "refreshToken", token: st.kept["user"], args: map[string]any{"expiresIn": "2d"}})
		endless := st.call(t, call{controller: "auth", action: "login", args: map[string]any{"strategy": "local", "expiresIn": "-1"}, hasBody: true, body: map[string]any{"username": "user", "password": canaryPassword}})
		wantError(t, "a token without end", me(endless.text("result.jwt")), 200, "")
		s.clock.advance(4 * time.Hour)
		wantError(t, "before there is a limit", me(before.text("result.jwt")), 200, "")
		s.operate(t, "settings", "set", map[string]any{"_id": "sessions.maxLifetime"}, map[string]any{"value": "3h"})
		for what, token := range map[string]string{"a session older than the limit": before.text("result.jwt"), "one without end": endless.text("result.jwt")} {
			wantError(t, what, me(token), 401, "security.token.invalid")
			wantError(t, what+", refreshed", st.call(t, call{controller: "auth", action: "refreshToken", token: token}), 401, "security.token.invalid")
		}
		login := func(life string) call {
			c := loginAs("user", canaryPassword, "")
			c.args["expiresIn"] = life
			return c
		}
		for _, life := range []string{"4h", "-1"} {
			wantError(t, "a login for "+life, st.call(t, login(life)), 400, "security.token.ttl_exceeded")
		}
		first := st.call(t, login("2h"))
		wantError(t, "a login within", first, 200, "")
		end := s.clock.Now().Add(3 * time.Hour).UnixMilli()
		key := st.call(t, call{controller: "auth", action: "createApiKey", token: first.text("result.jwt"), hasBody: true, body: map[string]any{"description": "d"}}).text("result._source.token")
		s.clock.advance(90 * time.Minute)
		second := st.call(t, call{controller: "auth", action: "refreshToken", token: first.text("result.jwt"), args: map[string]any{"expiresIn": "2h"}})
		if second.status != 200 || second.at("result.expiresAt") != float64(end) {
			t.Errorf("a refresh: %s, want an end at %d", second.raw, end)
		}
		made := st.call(t, call{controller: "auth", action: "createToken", token: second.text("result.jwt"), args: map[string]any{"expiresIn": "3h"}}).text("result.token")
		s.clock.advance(90*time.Minute - time.Second)
		third := st.call(t, call{controller: "auth", action: "refreshToken", token: second.text("result.jwt")})
		wantError(t, "a refresh a second before the end", third, 200, "")
		wantError(t, "a token of the session then", me(made), 200, "")
		s.clock.advance(2 * time.Second)
		for what, token := range map[string]string{"the session": third.text("result.jwt"), "what it made": made} {
			wantError(t, what+" after its end", me(token), 401, "security.token.invalid")
		}
		wantError(t, "an API key, which is no session", me(key), 200, "")
	})
}

// TestIncarnations: data of a deleted user never serves the next user with that name.
func TestIncarnations(t *testing.T) {
	t.Parallel()
	s := start(t)
	st := newStory(t, s, "http")
	key := st.post(t, "/api-keys/_create", st.kept["user"], `{"description":"d"}`, nil).text("result._source.token")
	token := st.call(t, call{controller: "auth", action: "createToken", token: st.kept["user"]}).text("result.token")
	reset := st.call(t, call{controller: passwordController, action: "getResetPasswordToken", args: map[string]any{"_id": "user"}, token: st.kept["admin"]}).text("result.resetToken")
	s.operate(t, "security", "deleteUser", map[string]any{"_id": "user"}, nil)
	s.operate(t, "security", "createUser", map[string]any{"_id": "user"}, person("user"))
	for what, tok := range map[string]string{"session": st.kept["user"], "token": token, "key": key} {
		a := st.call(t, call{controller: "auth", action: "getCurrentUser", token: tok})
		wantError(t, "the earlier user's "+what, a, 401, "security.token.invalid")
	}
	body := string(mustJSON(map[string]any{"password": canaryPassword + " 2", "token": reset}))
	wantError(t, "the earlier user's reset token", st.post(t, "/_/password/reset", st.kept["admin"], body, nil), 400, ofPlugin+"invalid_token")
	found := st.post(t, "/users/user/api-keys/_search", st.kept["admin"], `{}`, nil)
	if found.at("result.total") != 0.0 {
		t.Errorf("the earlier user's keys are listed: %s", found.raw)
	}
}

// TestThrottle slows guesses down by one count for all spellings and transports, for
// existing and unknown names, and exempts clients that logged in before.
func TestThrottle(t *testing.T) {
	t.Parallel()
	s := start(t, func(set *settings) {
		set.Logins.FreeFailures = 3
		set.TrustedProxies = config.Prefixes{netip.MustParsePrefix("127.0.0.0/8")}
	})
	st := newStory(t, s, "websocket")
	s.clock.freeze() // a slow-down lasts for a second
	from := func(address, username, password string) answer {
		t.Helper()
		body := mustJSON(map[string]any{"username": username, "password": password})
		return st.post(t, "/_login/local", "", string(body), http.Header{"X-Forwarded-For": {address}})
	}
	const tooMany = "api.process.too_many_logins_requests"
	for _, name := range []string{"user", "ghost"} {
		for _, spelling := range []string{name, " " + name, "\u200b" + name} {
			wantError(t, "a free failure of "+name, from("10.0.0.66", spelling, "wrong"), 401, "plugin.strategy.missing_user")
		}
		a := from("10.0.0.66", name, "wrong")
		wantError(t, "one more of "+name, a, 429, tooMany)
		if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || seconds < 1 {
			t.Errorf("Retry-After: %q", a.header.Get("Retry-After"))
		}
		wantError(t, "forging the address of "+name, from("1.2.3.4, 10.0.0.66", name, "wrong"), 429, tooMany)
	}
	wantError(t, "the right password from there", from("10.0.0.66", "user", canaryPassword), 429, tooMany)
	wantError(t, "the right one from elsewhere", from("10.0.0.1", "user", canaryPassword), 200, "")
	wantError(t, "over WebSocket, from where the first login was", st.call(t, call{
		controller: "auth", action: "login", args: map[string]any{"strategy": "local"}, hasBody: true,
		body: map[string]any{"username": "user", "password": canaryPassword},
	}), 200, "")
	s.clock.advance(time.Hour)
	wantError(t, "the right one from there, later", from("10.0.0.66", "user", canaryPassword), 200, "")
}

// TestRateLimit of a profile, per user, and successes count too.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	s := start(t)
	st := newStory(t, s, "http")
	s.operate(t, "security", "updateProfile", map[string]any{"_id": "user"}, map[string]any{"rateLimit": 3.0})
	s.clock.freeze()
	me := func() answer {
		return st.call(t, call{controller: "auth", action: "getCurrentUser", token: st.kept["user"]})
	}
	for range 3 {
		wantError(t, "within the limit", me(), 200, "")
	}
	a := me()
	wantError(t, "above it", a, 429, "api.process.too_many_requests")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	wantError(t, "logging in is not limited", st.post(t, "/_login/local", "", userLogin, nil), 200, "")
	wantError(t, "logging out is not", st.post(t, "/_logout", st.login(t, "user"), ``, nil), 200, "")
	s.clock.advance(time.Second)
	wantError(t, "a second later", me(), 200, "")
}

// TestTokensDiffer even when they are made at one moment: ending one leaves the
// other alone.
func TestTokensDiffer(t *testing.T) {
	t.Parallel()
	s := start(t)
	st := newStory(t, s, "http")
	s.clock.freeze()
	one, two := st.login(t, "user"), st.login(t, "user")
	if one == two {
		t.Fatal("two logins have one token")
	}
	wantError(t, "logout of one", st.post(t, "/_logout", one, ``, nil), 200, "")
	wantError(t, "the other", st.call(t, call{controller: "auth", action: "getCurrentUser", token: two}), 200, "")
}

// TestExpiryIsPushed to the socket that used the token, unasked.
func TestExpiryIsPushed(t *testing.T) {
	t.Parallel()
	s := start(t)
	st := newStory(t, s, "websocket")
	socket := dial(t, s)
	login := `{"requestId":"l","controller":"auth","action":"login","strategy":"local","expiresIn":300,"body":` + userLogin + `}`
	token := socket.roundTrip(t, []byte(login), "l").text("result.jwt")
	socket.roundTrip(t, []byte(`{"requestId":"m","controller":"auth","action":"getCurrentUser","jwt":"`+token+`"}`), "m")
	if err := socket.conn.SetReadDeadline(time.Now().Add(answerWithin)); err != nil {
		t.Fatal(err)
	}
	var push map[string]any
	if err := socket.conn.ReadJSON(&push); err != nil {
		t.Fatal(err)
	}
	if push["type"] != "TokenExpired" || push["room"] != "kuzzle:notification:server" {
		t.Errorf("got %v", push)
	}
	wantError(t, "the token", st.call(t, call{controller: "auth", action: "getCurrentUser", token: token}), 401, "security.token.invalid")
}
