package systemtest

import (
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

// authenticator is a user's app: it knows a secret in base32.
type authenticator string

// code returns the code that the app shows.
func (secret authenticator) code(t *testing.T, at time.Time) string {
	t.Helper()
	return totptest.Code(t, string(secret), at)
}

// next is a code that the server has not seen: the clock moves on for it.
func (st *story) next(t *testing.T, app authenticator) string {
	t.Helper()
	st.server.clock.advance(totptest.Step)
	return app.code(t, st.server.clock.Now())
}

func (st *story) enrolment(t *testing.T, token string) (authenticator, string) {
	t.Helper()
	a := st.call(t, call{controller: "totp", action: "enrol", token: token})
	wantError(t, "an enrolment", a, 200, "")
	return authenticator(a.text("result.secret")), a.text("result.enrolment")
}

func createTOTP(token, enrolment, code string) call {
	return call{
		controller: "auth", action: "createMyCredentials", args: map[string]any{"strategy": "totp"}, token: token, hasBody: true,
		body: map[string]any{"enrolment": enrolment, "code": code},
	}
}

// enrol gives the user of a session a second factor.
func (st *story) enrol(t *testing.T, token string) authenticator {
	t.Helper()
	app, enrolment := st.enrolment(t, token)
	wantError(t, "the proof of an enrolment", st.call(t, createTOTP(token, enrolment, st.next(t, app))), 200, "")
	return app
}

// startFactors runs a server on which users may enrol themselves.
func startFactors(t *testing.T, protocol string, edits ...func(*settings)) *story {
	t.Helper()
	st := newStory(t, start(t, edits...), protocol)
	st.server.operate(t, "security", "updateRole", map[string]any{"_id": "user"}, map[string]any{"controllers": map[string]any{
		"auth": map[string]any{"actions": map[string]any{"*": true}}, "totp": map[string]any{"actions": map[string]any{"*": true}},
		"backup-code": map[string]any{"actions": map[string]any{"*": true}},
	}})
	return st
}

func (st *story) challenge(t *testing.T, username string) string {
	t.Helper()
	a := st.call(t, loginAs(username, canaryPassword, ""))
	token := a.text("result.challenge")
	if a.status != 200 || token == "" {
		t.Fatalf("no challenge: %s", a.raw)
	}
	return token
}

func finish(factor, challenge, code string) call {
	return call{
		controller: "auth", action: "login", args: map[string]any{"strategy": factor}, hasBody: true,
		body: map[string]any{"challenge": challenge, "code": code},
	}
}

func factors() []scenario {
	const prove, local, wrong = "auth:proveFactor", `{"strategy":"local"}`, "plugin.strategy.missing_user"
	refused := []string{"session.refused"}
	return []scenario{
		{name: "the password again", as: "user", do: prove, args: local, body: `{"username":"user","password":"$password"}`, want: `{"acknowledged":true}`},
		{name: "a wrong password", as: "user", do: prove, args: local, body: `{"username":"user","password":"wrong"}`, status: 401, error: wrong, events: refused},
		{name: "somebody else's password", as: "user", do: prove, args: local, body: `{"username":"limited","password":"$password"}`, status: 401, error: wrong, events: refused},
		{name: "a factor that the user does not have", as: "user", do: prove, args: `{"strategy":"totp"}`, body: `{"code":"123456"}`, status: 401, error: wrong, events: refused},
		{name: "a factor that there is not", as: "user", do: prove, args: `{"strategy":"nope"}`, body: `{"code":"123456"}`, status: 400, error: noStrategy, props: `["nope"]`},
		{name: "an enrolment", as: "admin", do: "totp:enrol", want: `{"enrolment":"<text>","expiresAt":"<number>","secret":"<text>","uri":"<text>","qr":{"svg":"<text>","text":"<text>"}}`, events: []string{"flow.created"}},
		{name: "codes", as: "admin", do: "backup-code:draw", want: `{"enrolment":"<text>","expiresAt":"<number>","codes":["<has>","<text>"]}`, events: []string{"flow.created"}},
	}
}

// TestSecondFactor: an enrolled user must give a code after the right password,
// and the server reveals nothing of it before.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol)
		st.server.clock.freeze()
		app, enrolment := st.enrolment(t, st.kept["user"])
		wantError(t, "a wrong first code", st.call(t, createTOTP(st.kept["user"], enrolment, "0")), 400, "plugin.totp.wrong_code")
		wantError(t, "a login before the proof", st.call(t, loginAs("user", canaryPassword, "")), 200, "")
		first := st.next(t, app)
		wantError(t, "the first code", st.call(t, createTOTP(st.kept["user"], enrolment, first)), 200, "")
		wantError(t, "the enrolment again", st.call(t, createTOTP(st.kept["user"], enrolment, first)), 412, "security.credentials.already_exist")

		wantError(t, "another enrolment", st.call(t, call{controller: "totp", action: "enrol", token: st.kept["user"]}), 412, "security.credentials.already_exist")

		known, unknown := st.call(t, loginAs("user", "wrong", "")), st.call(t, loginAs("limited", "wrong", ""))
		if known.status != 401 || known.status != unknown.status || string(mustJSON(known.failure())) != string(mustJSON(unknown.failure())) {
			t.Errorf("a wrong password of somebody with a second factor: %s\nof somebody without: %s", known.raw, unknown.raw)
		}
		a := st.call(t, loginAs("user", canaryPassword, ""))
		path, ok := matches(map[string]any{
			"_id": nil, "challenge": "<text>", "factors": []any{"totp"}, "expiresAt": "<number>", "jwt": "<absent>", "ttl": "<absent>",
		}, a.result())
		if a.status != 200 || !ok {
			t.Fatalf("the answer to a right password differs at %q: %s", path, a.raw)
		}
		challenge := a.text("result.challenge")
		if got := st.call(t, call{controller: "auth", action: "getCurrentUser", token: challenge}); got.status != 401 {
			t.Errorf("a challenge as a token: %s", got.raw)
		}
		wantError(t, "the code of the enrolment", st.call(t, finish("totp", challenge, first)), 401, "plugin.strategy.missing_user")
		a = st.call(t, finish("totp", challenge, st.next(t, app)))
		wantError(t, "the next code", a, 200, "")
		me := st.call(t, call{controller: "auth", action: "getCurrentUser", token: a.text("result.jwt")})
		if me.text("result._id") != "user" {
			t.Errorf("the session is of %s", me.raw)
		}
		wantError(t, "the challenge again", st.call(t, finish("totp", challenge, st.next(t, app))), 401, "security.login.challenge_unknown")

		inCookie := loginAs("user", canaryPassword, "")
		inCookie.args["cookieAuth"] = true
		if a := st.call(t, inCookie); protocol == "http" {
			wantError(t, "a login into a cookie", a, 401, "security.login.factor_asked")
			challenge, _ := a.at("error.props.0").(string)
			wantError(t, "its challenge", st.call(t, finish("totp", challenge, st.next(t, app))), 200, "")
		}
		wantError(t, "no challenge", st.call(t, finish("totp", "", st.next(t, app))), 400, "api.assert.missing_argument")
		wantError(t, "no code", st.call(t, finish("totp", st.challenge(t, "user"), "")), 400, "api.assert.missing_argument")
		late := st.challenge(t, "user")
		st.server.clock.advance(10 * time.Minute)
		wantError(t, "a challenge of ten minutes ago", st.call(t, finish("totp", late, st.next(t, app))), 401, "security.login.challenge_unknown")
	})
}
