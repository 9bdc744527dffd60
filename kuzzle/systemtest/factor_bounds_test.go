package systemtest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	challengeUnknown = "security.login.challenge_unknown"
	factorRequired   = "security.token.factor_required"
	wrongProof       = "plugin.strategy.missing_user"
)

// member adds a user who may use all of auth and the factors, and returns a session.
func (st *story) member(t *testing.T, name string) string {
	t.Helper()
	u := person("user")
	u["credentials"] = map[string]any{"local": map[string]any{"username": name, "password": canaryPassword}}
	st.server.operate(t, "security", "createUser", map[string]any{"_id": name}, u)
	return st.login(t, name)
}

// wrong is a code that the app does not show, near the present or ever.
func wrong(code string, n int) string {
	return fmt.Sprintf("%06d", (atoi(code)+100_003*(n+1))%1_000_000)
}

func atoi(text string) (n int) {
	for _, digit := range text {
		n = 10*n + int(digit-'0')
	}
	return n
}

func prove(token, factor, code string) call {
	return call{
		controller: "auth", action: "proveFactor", args: map[string]any{"strategy": factor}, token: token, hasBody: true,
		body: map[string]any{"code": code},
	}
}

func removeFactor(token, factor string) call {
	return call{controller: "auth", action: "deleteMyCredentials", args: map[string]any{"strategy": factor}, token: token}
}

// enter logs in with the password and the next code.
func (st *story) enter(t *testing.T, username string, app authenticator) string {
	t.Helper()
	a := st.call(t, finish("totp", st.challenge(t, username), st.next(t, app)))
	wantError(t, "the second factor of "+username, a, 200, "")
	return a.text("result.jwt")
}

// codes gives the user of a session backup codes.
func (st *story) codes(t *testing.T, token string) []string {
	t.Helper()
	drawn := st.call(t, call{controller: "backup-code", action: "draw", token: token})
	list, _ := drawn.at("result.codes").([]any)
	if len(list) != 10 {
		t.Fatalf("drawn: %s", drawn.raw)
	}
	codes := make([]string, len(list))
	for i := range list {
		codes[i], _ = list[i].(string)
	}
	create := createTOTP(token, drawn.text("result.enrolment"), codes[9])
	create.args["strategy"] = "backup-code"
	wantError(t, "backup codes", st.call(t, create), 200, "")
	return codes
}

// TestFactorBounds: a second factor cannot be stepped round by keys, by removal or by
// a login that waits. TestAttack24 guesses, takes over and spends twice.
func TestFactorBounds(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol)
		st.server.clock.freeze()
		t.Run("keys", st.keysNeedFactor)
		t.Run("removal", st.removalNeedsFactor)
		t.Run("ended while it waits", st.endedWhileWaiting)
	})
}

// fiveTries: of wrong codes, one after the other or all at once, five are judged.
func (st *story) fiveTries(t *testing.T) {
	app := st.enrol(t, st.member(t, "guessed"))
	challenge := st.challenge(t, "guessed")
	code := st.next(t, app)
	for i := range 5 {
		wantError(t, "a wrong code", st.call(t, finish("totp", challenge, wrong(code, i))), 401, wrongProof)
	}
	wantError(t, "the right code after five", st.call(t, finish("totp", challenge, code)), 401, challengeUnknown)

	challenge = st.challenge(t, "guessed")
	judged := 0
	for _, a := range st.atOnce(t, 20, func(i int) call { return finish("totp", challenge, wrong(code, i)) }) {
		switch a.text("error.id") {
		case wrongProof:
			judged++
		case challengeUnknown:
		default:
			t.Errorf("one of many guesses: %s", a.raw)
		}
	}
	if judged != 5 {
		t.Errorf("of twenty guesses at once %d were judged, want 5", judged)
	}
	wantError(t, "the right code after those", st.call(t, finish("totp", challenge, code)), 401, challengeUnknown)
	st.enter(t, "guessed", app)
}

// anotherClient: a challenge is worthless at another address, and stays valid for the
// client that began.
func (st *story) anotherClient(t *testing.T) {
	app := st.enrol(t, st.member(t, "watched"))
	a := st.from(t, st.client.protocol(), "192.0.2.7", loginAs("watched", canaryPassword, ""))
	challenge := a.text("result.challenge")
	code := st.next(t, app)
	for range 6 {
		wantError(t, "from elsewhere", st.from(t, st.client.protocol(), "198.51.100.9", finish("totp", challenge, code)), 401, challengeUnknown)
	}
	wantError(t, "from where it began", st.from(t, st.client.protocol(), "192.0.2.7", finish("totp", challenge, code)), 200, "")
}

// resetKeepsFactor: a reset of the password still requires the factor.
func (st *story) resetKeepsFactor(t *testing.T) {
	session := st.member(t, "forgetful")
	app := st.enrol(t, session)
	a := st.call(t, resetWith(st, st.resetToken(t, "forgetful"), canaryPassword+" 2"))
	path, ok := matches(map[string]any{"_id": nil, "challenge": "<text>", "factors": []any{"totp"}, "jwt": "<absent>"}, a.result())
	if a.status != 200 || !ok {
		t.Fatalf("the answer to a reset differs at %q: %s", path, a.raw)
	}
	wantError(t, "a session of before", st.call(t, call{controller: "auth", action: "getCurrentUser", token: session}), 401, "security.token.invalid")
	if a := st.call(t, loginAs("forgetful", canaryPassword+" 2", "")); a.text("result.challenge") == "" || a.text("result.jwt") != "" {
		t.Errorf("the new password alone: %s", a.raw)
	}
	wantError(t, "the code", st.call(t, finish("totp", a.text("result.challenge"), st.next(t, app))), 200, "")
}

// keysNeedFactor: a session without a proof of the factor makes no API key, and keys of
// a session with one have the proof.
func (st *story) keysNeedFactor(t *testing.T) {
	enrolling, old := st.member(t, "keeper"), st.login(t, "keeper")
	app := st.enrol(t, enrolling)
	key := func(token string) call {
		return call{controller: "auth", action: "createApiKey", token: token, hasBody: true, body: map[string]any{"description": "d"}}
	}
	a := st.call(t, key(old))
	wantError(t, "a key of a session without the factor", a, 401, factorRequired)
	if path, ok := matches([]any{[]any{"totp"}, "<text>"}, a.at("error.props")); !ok {
		t.Errorf("props differ at %q: %s", path, a.raw)
	}
	wantError(t, "a key of the session that enrolled", st.call(t, key(enrolling)), 200, "")
	wantError(t, "a proof", st.call(t, prove(old, "totp", st.next(t, app))), 200, "")
	made := st.call(t, key(old))
	wantError(t, "a key after the proof", made, 200, "")
	// A key keeps no proof, so that none is judged: it tells no right code from a wrong
	// one, and uses up none.
	wantError(t, "a proof by a key", st.call(t, prove(made.text("result._source.token"), "totp", "000000")), 403, "security.token.not_a_session")
}

// removalNeedsFactor: only a session with a fresh proof removes or renews a factor.
// Users who manage others may remove it from them.
func (st *story) removalNeedsFactor(t *testing.T) {
	enrolling, old := st.member(t, "leaver"), st.login(t, "leaver")
	app := st.enrol(t, enrolling)
	wantError(t, "removal without the factor", st.call(t, removeFactor(old, "totp")), 401, factorRequired)
	draw := st.call(t, call{controller: "backup-code", action: "draw", token: old})
	another := createTOTP(old, draw.text("result.enrolment"), fmt.Sprint(draw.at("result.codes.0")))
	another.args["strategy"] = "backup-code"
	wantError(t, "another factor without the first", st.call(t, another), 401, factorRequired)
	wantError(t, "a wrong proof", st.call(t, prove(old, "totp", "000000")), 401, wrongProof)
	wantError(t, "removal after a wrong proof", st.call(t, removeFactor(old, "totp")), 401, factorRequired)
	st.server.clock.advance(16 * time.Minute)
	a := st.call(t, removeFactor(enrolling, "totp"))
	wantError(t, "removal by a proof of sixteen minutes ago", a, 401, factorRequired)
	if path, ok := matches([]any{[]any{"totp"}, "at most 15m0s"}, a.at("error.props")); !ok {
		t.Errorf("props differ at %q: %s", path, a.raw)
	}
	code := st.next(t, app)
	wantError(t, "a proof", st.call(t, prove(enrolling, "totp", code)), 200, "")
	wantError(t, "the same proof again", st.call(t, prove(old, "totp", code)), 401, wrongProof)
	wantError(t, "removal", st.call(t, removeFactor(enrolling, "totp")), 200, "")
	wantError(t, "the password alone", st.call(t, loginAs("leaver", canaryPassword, "")), 200, "")

	lost := st.member(t, "unlucky")
	st.enrol(t, lost)
	st.server.operate(t, "security", "deleteCredentials", map[string]any{"_id": "unlucky", "strategy": "totp"}, nil)
	wantError(t, "after an administrator took it away", st.call(t, loginAs("unlucky", canaryPassword, "")), 200, "")
}

// backupCodes: each counts once, however it is written and however many try.
func (st *story) backupCodes(t *testing.T) {
	session := st.member(t, "careful")
	st.enrol(t, session)
	codes := st.codes(t, session)
	a := st.call(t, loginAs("careful", canaryPassword, ""))
	if path, ok := matches([]any{"totp", "backup-code"}, a.at("result.factors")); !ok {
		t.Errorf("factors differ at %q: %s", path, a.raw)
	}
	spelled := " " + strings.ToUpper(strings.ReplaceAll(codes[0], "-", " ")) + "\t"
	wantError(t, "a code", st.call(t, finish("backup-code", a.text("result.challenge"), spelled)), 200, "")
	challenge := st.challenge(t, "careful")
	for _, again := range []string{codes[0], spelled, strings.ReplaceAll(codes[0], "-", "")} {
		wantError(t, "the code again", st.call(t, finish("backup-code", challenge, again)), 401, wrongProof)
	}
	challenges := make([]string, 6)
	for i := range challenges {
		challenges[i] = st.challenge(t, "careful")
	}
	once(t, "one code", st.atOnce(t, len(challenges), func(i int) call { return finish("backup-code", challenges[i], codes[1]) }))
	info := st.call(t, call{controller: "auth", action: "getMyCredentials", args: map[string]any{"strategy": "backup-code"}, token: session})
	if left := info.at("result.left"); left != 8.0 {
		t.Errorf("left after two of ten: %s", info.raw)
	}
}

// endedWhileWaiting: the end of a user's sessions ends waiting logins.
func (st *story) endedWhileWaiting(t *testing.T) {
	app := st.enrol(t, st.member(t, "ended"))
	for action, body := range map[string]any{
		"revokeTokens": nil, "updateCredentials": map[string]any{"password": canaryPassword},
		"banUser": nil, "lockUser": nil,
	} {
		challenge := st.challenge(t, "ended")
		st.server.operate(t, "security", action, map[string]any{"_id": "ended", "strategy": "local"}, body)
		a := st.call(t, finish("totp", challenge, st.next(t, app)))
		want, id := 401, challengeUnknown
		if action == "lockUser" {
			want, id = 403, "security.user.locked"
		}
		wantError(t, "a login that waited for "+action, a, want, id)
		if undo := map[string]string{"banUser": "unbanUser", "lockUser": "unlockUser"}[action]; undo != "" {
			st.server.operate(t, "security", undo, map[string]any{"_id": "ended"}, nil)
		}
	}
	challenge := st.challenge(t, "ended")
	st.server.operate(t, "security", "deleteUser", map[string]any{"_id": "ended"}, nil)
	wantError(t, "a login that waited for a deletion", st.call(t, finish("totp", challenge, st.next(t, app))), 401, challengeUnknown)
}
