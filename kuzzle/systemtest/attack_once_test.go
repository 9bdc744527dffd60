package systemtest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
)

// atOnce sends one call by as many clients of one protocol at the same moment, every
// other one to the second server if there is one.
func (st *story) atOnce(t *testing.T, callers int, of func(i int) call) []answer {
	t.Helper()
	clients := make([]client, callers)
	for i := range clients {
		to := st.server
		if st.beside != nil && i%2 == 1 {
			to = st.beside
		}
		clients[i] = to.client(t, st.client.protocol())
	}
	answers := make([]answer, callers)
	begin := make(chan struct{})
	var asking sync.WaitGroup
	for i := range clients {
		asking.Go(func() {
			<-begin
			c := of(i)
			c.id = "at-once-" + itoa(i)
			answers[i] = clients[i].send(t, c)
		})
	}
	close(begin)
	asking.Wait()
	for _, a := range answers {
		st.server.learn(a)
		checkAnswerSecrets(t, a)
	}
	return answers
}

// once checks that one of the answers is a success and all others are refusals.
func once(t *testing.T, what string, answers []answer) {
	t.Helper()
	byStatus := map[int]int{}
	for _, a := range answers {
		byStatus[a.status]++
	}
	refused := 0
	for status, n := range byStatus {
		if status >= 400 && status < 500 {
			refused += n
		}
	}
	if byStatus[200] != 1 || refused != len(answers)-1 {
		t.Errorf("%s at once: answers by status %v, want one 200 and refusals", what, byStatus)
	}
}

func resetWith(st *story, token, password string) call {
	return call{
		controller: passwordController, action: "reset", token: st.kept["admin"], hasBody: true,
		body: map[string]any{"password": password, "token": token},
	}
}

func (st *story) resetToken(t *testing.T, of string) string {
	t.Helper()
	a := st.call(t, call{controller: passwordController, action: "getResetPasswordToken", args: map[string]any{"_id": of}, token: st.kept["admin"]})
	token := a.text("result.resetToken")
	if token == "" {
		t.Fatalf("no reset token: %s", a.raw)
	}
	return token
}

// TestAttack24 uses single-use values twice: one after the other, at the same
// moment, at two servers of a cluster, in another spelling, for another purpose, by
// another client, and by guessing. It tries to set a password without the mail that
// proves the user, and to link accounts without proof.
func TestAttack24(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		var prefix string
		st := startFactors(t, protocol, behindProxy, func(set *settings) { prefix = set.Elasticsearch.Prefix })
		if onCluster() {
			st.beside = start(t, behindProxy, func(set *settings) {
				set.Elasticsearch.Prefix = prefix
				set.Options = append(set.Options, backend.WithClock(st.server.clock.Now))
			})
		}
		t.Run("reset token", st.spendResetToken)
		t.Run("reset token at once", st.spendResetTokenAtOnce)
		t.Run("single-use token", st.spendSingleUse)
		t.Run("other purposes", st.crossPurposes)
		t.Run("guessing", st.guessResetTokens)
		t.Run("no mail", st.skipMail)
		t.Run("linking", st.linkUnproven)
		st.server.clock.freeze()
		t.Run("codes of an app", st.spendCodes)
		t.Run("backup codes", st.backupCodes)
		t.Run("five tries", st.fiveTries)
		t.Run("another client", st.anotherClient)
		t.Run("reset", st.resetKeepsFactor)
	})
}

// skipMail: only an administrator sees a reset token, and no other knowledge sets a
// password in its place.
func (st *story) skipMail(t *testing.T) {
	token := st.member(t, "mailless")
	get := call{controller: passwordController, action: "getResetPasswordToken", args: map[string]any{"_id": "mailless"}}
	wantError(t, "a stranger asks for a token", st.call(t, get), 401, "security.rights.unauthorized")
	get.token = token
	wantError(t, "the user asks for a token", st.call(t, get), 403, "security.rights.forbidden")
	for what, body := range map[string]map[string]any{
		"no token":    {"password": canaryPassword + " 2"},
		"the name":    {"password": canaryPassword + " 2", "username": "mailless", "token": "mailless"},
		"a session":   {"password": canaryPassword + " 2", "token": token},
		"a challenge": {"password": canaryPassword + " 2", "challenge": token, "token": ""},
	} {
		c := resetWith(st, "", "")
		c.body = body
		if a := st.call(t, c); a.status != 400 {
			t.Errorf("%s: %s", what, a.raw)
		}
	}
	wantError(t, "the password of before", st.call(t, loginAs("mailless", canaryPassword, "")), 200, "")
}

// linkUnproven: a claim alone does not link an external account, and neither does a
// fresh proof of the password.
func (st *story) linkUnproven(t *testing.T) {
	token := st.member(t, "linker")
	link := createTOTP(token, "", "")
	link.args["strategy"], link.body = "external", map[string]any{"accounts": []any{"google:117"}}
	wantError(t, "a link", st.call(t, link), 403, "plugin.external.not_proven")
	proof := prove(token, "local", "")
	proof.body = map[string]any{"username": "linker", "password": canaryPassword}
	wantError(t, "the password", st.call(t, proof), 200, "")
	wantError(t, "a link after the password", st.call(t, link), 403, "plugin.external.not_proven")
	has := st.call(t, call{controller: "auth", action: "credentialsExist", args: map[string]any{"strategy": "external"}, token: token})
	if has.at("result") != false {
		t.Errorf("after refused links: %s", has.raw)
	}
}

// spendCodes: a code counts once, however it is written, and for one of many logins
// at once; those around the present count, and no others.
func (st *story) spendCodes(t *testing.T) {
	app := st.enrol(t, st.member(t, "spender"))
	code := st.next(t, app)
	wantError(t, "a code", st.call(t, finish("totp", st.challenge(t, "spender"), code)), 200, "")
	challenge := st.challenge(t, "spender")
	for _, again := range []string{code, code[:3] + " " + code[3:], " " + code, code + "\n"} {
		wantError(t, "the code again", st.call(t, finish("totp", challenge, again)), 401, wrongProof)
	}
	code = st.next(t, app)
	challenges := make([]string, 6)
	for i := range challenges {
		challenges[i] = st.challenge(t, "spender")
	}
	once(t, "one code", st.atOnce(t, len(challenges), func(i int) call { return finish("totp", challenges[i], code) }))
	st.server.clock.advance(5 * time.Minute)
	now := st.server.clock.Now()
	for _, row := range []struct {
		steps time.Duration
		want  int
	}{{-2, 401}, {2, 401}, {-1, 200}, {0, 200}, {1, 200}} {
		a := st.call(t, finish("totp", st.challenge(t, "spender"), app.code(t, now.Add(row.steps*30*time.Second))))
		if a.status != row.want {
			t.Errorf("a code %d steps off: %s, want %d", row.steps, a.raw, row.want)
		}
	}
}

func (st *story) spendResetToken(t *testing.T) {
	const first, second = canaryPassword + " first", canaryPassword + " second"
	token := st.resetToken(t, "user")
	other := token[:len(token)-1] + map[bool]string{true: "B", false: "A"}[strings.HasSuffix(token, "A")]
	for what, wrong := range map[string]string{
		"a space before": " " + token, "a space after": token + " ", "a space within": token[:8] + " " + token[8:],
		"a line break": token + "\n", "a zero-width space": token + "\u200b", "a NUL": token + "\x00", "half": token[:len(token)/2],
		"twice": token + token, "another letter": other, "a wildcard": "*", "an end": "%00",
	} {
		wantError(t, what, st.call(t, resetWith(st, wrong, first)), 400, ofPlugin+"invalid_token")
	}
	for what, wrong := range map[string]any{"a list": []any{token}, "an object": map[string]any{"$ne": ""}, "null": nil, "true": true} {
		c := resetWith(st, token, first)
		c.body.(map[string]any)["token"] = wrong
		if a := st.call(t, c); a.status != 400 {
			t.Errorf("%s: %s", what, a.raw)
		}
	}
	wantError(t, "the password of before", st.call(t, loginAs("user", canaryPassword, "")), 200, "")
	wantError(t, "the token", st.call(t, resetWith(st, token, first)), 200, "")
	wantError(t, "the token again", st.call(t, resetWith(st, token, second)), 400, ofPlugin+"invalid_token")
	wantError(t, "the first password", st.call(t, loginAs("user", first, "")), 200, "")
	wantError(t, "the second password", st.call(t, loginAs("user", second, "")), 401, "plugin.strategy.missing_user")
}

func (st *story) spendResetTokenAtOnce(t *testing.T) {
	const callers = 16
	token := st.resetToken(t, "user")
	password := func(i int) string { return canaryPassword + " at once " + itoa(i) }
	answers := st.atOnce(t, callers, func(i int) call { return resetWith(st, token, password(i)) })
	once(t, "resets", answers)
	for i, a := range answers {
		want := map[bool]int{true: 200, false: 401}[a.status == 200]
		if got := st.call(t, loginAs("user", password(i), "")); got.status != want {
			t.Errorf("the password of an answer %d logs in with %d", a.status, got.status)
		}
	}
}

func (st *story) spendSingleUse(t *testing.T) {
	const callers = 16
	made := func() string {
		t.Helper()
		a := st.call(t, call{controller: "auth", action: "createToken", args: map[string]any{"singleUse": true}, token: st.kept["admin"]})
		wantError(t, "a single-use token", a, 200, "")
		return a.text("result.token")
	}
	me := func(token string) call { return call{controller: "auth", action: "getCurrentUser", token: token} }
	token := made()
	wantError(t, "the first use", st.call(t, me(token)), 200, "")
	wantError(t, "the second use", st.call(t, me(token)), 401, "security.token.invalid")
	token = made()
	once(t, "uses", st.atOnce(t, callers, func(int) call { return me(token) }))
}

// crossPurposes uses each token for the purpose of another.
func (st *story) crossPurposes(t *testing.T) {
	reset := st.resetToken(t, "limited")
	session := st.login(t, "limited")
	a := st.call(t, call{controller: "auth", action: "getCurrentUser", token: reset})
	if a.status != 401 {
		t.Errorf("a reset token as a session: %s", a.raw)
	}
	wantError(t, "a session as a reset token", st.call(t, resetWith(st, session, canaryPassword+" 9")), 400, ofPlugin+"invalid_token")
	// Nobody says whose password it is but the token.
	c := resetWith(st, reset, canaryPassword+" of limited")
	c.args = map[string]any{"_id": "root", "kuid": "root", "userId": "root"}
	if c.body.(map[string]any)["username"] = "root"; st.call(t, c).text("result._id") == "root" {
		t.Error("a reset token of one user changed another's password")
	}
	wantError(t, "the other's password", st.call(t, loginAs("root", canaryPassword, "")), 200, "")
}

// guessResetTokens: there are too many to guess, and each guess is refused alike.
func (st *story) guessResetTokens(t *testing.T) {
	token := st.resetToken(t, "root")
	if len(token) < 26 { // 128 bits of base32, and fewer characters hold less in any alphabet of text
		t.Errorf("a reset token has %d characters", len(token))
	}
	if next := st.resetToken(t, "root"); next == token {
		t.Error("two reset tokens are the same")
	}
	for i := range 100 {
		guess := token[:len(token)-3] + itoa(100+i)
		if guess == token {
			continue
		}
		a := st.call(t, resetWith(st, guess, canaryPassword+" guessed"))
		if a.status != 400 && a.status != 429 {
			t.Fatalf("a guess: %s", a.raw)
		}
	}
	wantError(t, "the password after the guesses", st.call(t, loginAs("root", canaryPassword, "")), 200, "")
}
