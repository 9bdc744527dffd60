package systemtest

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// canaryPassword is everybody's password. It may be in no answer, no log, no
// event and no metric.
const canaryPassword = "correct horse, canary-6f1d9c"

// secretTexts must never appear in any answer or output.
var secretTexts = []string{canaryPassword, "canary-6f1d9c", "$argon2", "argon2id$"}

var tokenText = regexp.MustCompile(`(kauth|kapikey|kboot)-[A-Za-z0-9_.\-]{20,}`)

// learn remembers the tokens that an answer hands out.
func (s *server) learn(a answer) {
	for _, path := range []string{"result.jwt", "result.token", "result._source.token", "result.resetToken", "result.challenge", "result.enrolment", "result.secret"} {
		if tok := a.text(path); tokenText.MatchString(tok) || path != "result.token" && len(tok) > 20 {
			s.trace.mu.Lock()
			s.trace.happened["tokens"] = append(s.trace.happened["tokens"], tok)
			s.trace.mu.Unlock()
		}
	}
}

// checkAnswerSecrets holds for every single answer: no password, no digest, and
// a token nowhere but where one is handed out.
func checkAnswerSecrets(t *testing.T, a answer) {
	t.Helper()
	for _, text := range secretTexts {
		if strings.Contains(string(a.raw), text) {
			t.Errorf("an answer contains a secret (%.12s…): %.300s", text, a.raw)
		}
	}
	if a.failure() != nil && tokenText.Match(mustJSON(a.failure())) {
		t.Errorf("an error contains a token: %.300s", a.raw)
	}
}

// checkSecrets looks for secrets in all output of a server, and in its files. It runs
// at the end of every server of these tests, so all writes of a whole run are
// searched.
func (s *server) checkSecrets(t *testing.T, metrics string) {
	t.Helper()
	said := map[string]string{"log": s.log.String(), "events": s.trace.String(), "audit": s.auditLog(t), "metrics": metrics}
	s.checkSent(t, said)
	_, tokens := s.trace.of("tokens")
	for where, text := range said {
		for _, secret := range append(tokens, secretTexts...) {
			if strings.Contains(text, secret) {
				t.Errorf("%s: contains a secret (%.16s…)", where, secret)
			}
		}
		if found := tokenText.FindString(text); found != "" {
			t.Errorf("%s: contains a token (%.16s…)", where, found)
		}
	}
}

// TestSecretsInWhatTheServerShows asks an administrator's questions after a day's
// work, and finds no secret in any answer.
func TestSecretsInWhatTheServerShows(t *testing.T) {
	t.Parallel()
	s := start(t, func(set *settings) {
		set.MasterKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
		set.Local["requirePassword"] = true
	})
	st := newStory(t, s, "http")
	work := []scenario{
		{do: "security:createApiKey", args: `{"userId":"user"}`, body: `{"description":"d"}`},
		{do: "security:updateCredentials", args: `{"_id":"user","strategy":"local"}`, body: `{"password":"2 $password"}`},
		{do: passwordController + ":getResetPasswordToken", args: `{"_id":"user"}`},
		{do: "auth:createToken"},
		{do: "security:createUser", body: `{"content":{"profileIds":["nope"]},"credentials":{"local":{"username":"x","password":"$password"}}}`},
		{do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"root","password":"$password wrong"}`},
		{do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"$password","password":"x"}`},
		{do: "auth:checkToken", body: `{"token":"$admin"}`},
		{do: "auth:checkToken", body: `{"token":"$admin-broken"}`},
		{do: "auth:refreshToken", args: `{"strategy":"nope"}`},
	}
	show := []scenario{
		{do: "server:getConfig"}, {do: "settings:listFixed"}, {do: "webhooks:listDeliveries"}, {do: "server:metrics", args: `{"format":"prometheus"}`}, {do: "server:metrics"},
		{do: "server:info"}, {do: "server:capabilities"}, {do: "server:openapi"}, {do: "server:getAllStats"},
		{do: "security:searchUsers"}, {do: "security:searchUsers", body: `{"_source":["*"]}`},
		{do: "security:searchApiKeys", args: `{"userId":"user"}`},
		{do: "security:searchUsersByCredentials", args: `{"strategy":"local"}`},
		{do: "security:getCredentials", args: `{"_id":"user","strategy":"local"}`},
		{do: "security:mGetUsers", body: `{"ids":["root","user","limited"]}`},
		{do: "auth:getCurrentUser"}, {do: "auth:searchApiKeys"},
		{do: "security:searchUsers", body: `{"query":{"exists":{"field":"_auth.records.secret"}}}`},
		{do: "security:searchUsers", body: `{"aggregations":{"a":{"terms":{"field":"auth.records.secret"}}}}`},
		{do: "security:searchUsers", body: `{"sort":["auth.records.secret"]}`},
	}
	ask := func(sc scenario) answer {
		controller, action := split(sc.do)
		c := call{controller: controller, action: action, args: map[string]any{}, token: st.kept["admin"]}
		if sc.args != "" {
			decode(t, st.fill(t, sc.args), &c.args)
		}
		if sc.body != "" {
			decode(t, st.fill(t, sc.body), &c.body)
			c.hasBody = true
		}
		return st.call(t, c)
	}
	for _, sc := range work {
		ask(sc)
	}
	for _, sc := range show {
		a := ask(sc)
		if tokenText.Match(a.raw) {
			t.Errorf("%s %s: the answer contains a token", sc.do, sc.body)
		}
		_, tokens := s.trace.of("tokens")
		for _, secret := range append(tokens, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=") {
			if strings.Contains(string(a.raw), secret) {
				t.Errorf("%s: the answer contains a secret (%.12s…)", sc.do, secret)
			}
		}
		if sc.do != "server:openapi" && a.status == http.StatusInternalServerError {
			t.Errorf("%s %s: %s", sc.do, sc.body, a.raw)
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
