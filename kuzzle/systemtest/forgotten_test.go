package systemtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// mailbox is a webhook that takes the mails of a server.
type mailbox chan map[string]string

// startMailing runs a server that mails.
func startMailing(t *testing.T, protocol string, edits ...func(*settings)) (*story, mailbox) {
	t.Helper()
	mailing, box := mailTo(t)
	return startFactors(t, protocol, append(edits, mailing)...), box
}

// mailTo has a server mail to a mailbox.
func mailTo(t *testing.T) (func(*settings), mailbox) {
	t.Helper()
	box := make(mailbox, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m map[string]string
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		box <- m
	}))
	t.Cleanup(hook.Close)
	return func(set *settings) { set.Notify.Mail, set.Notify.Webhook.URL = "webhook", hook.URL }, box
}

// next is the text of the next mail, which has to be of a kind.
func (box mailbox) next(t *testing.T, kind, to string) string {
	t.Helper()
	select {
	case m := <-box:
		if m["kind"] != kind || m["to"] != to {
			t.Fatalf("got a mail %v, want %s to %s", m, kind, to)
		}
		return m["text"]
	case <-time.After(time.Minute):
		t.Fatalf("no mail came, want %s to %s", kind, to)
	}
	return ""
}

// any is the next mail.
func (box mailbox) any(t *testing.T) map[string]string {
	t.Helper()
	select {
	case m := <-box:
		return m
	case <-time.After(time.Minute):
		t.Fatal("no mail came")
	}
	return nil
}

// letReset allows anonymous callers the actions for a forgotten password.
func (s *server) letReset(t *testing.T) {
	t.Helper()
	s.operate(t, "security", "updateRole", map[string]any{"_id": "anonymous"}, map[string]any{"controllers": map[string]any{
		"auth":             map[string]any{"actions": map[string]any{"login": true, "getCurrentUser": true}},
		passwordController: map[string]any{"actions": map[string]any{"requestReset": true, "reset": true}},
	}})
}

func requestReset(name string) call {
	return call{controller: passwordController, action: "requestReset", hasBody: true, body: map[string]any{"username": name}}
}

func setByToken(token, password string) call {
	return call{controller: passwordController, action: "reset", hasBody: true, body: map[string]any{"token": token, "password": password}}
}

var resetToken = regexp.MustCompile(`https://app\.example\.com/reset#([A-Z2-7]{48})\n`)

// TestForgottenPassword: a user who forgot the password sets a new one by mail. That
// ends the user's sessions, and bypasses no second factor.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		const jane, chosen = "jane@example.com", "battery staple 9"
		st, box := startMailing(t, protocol, func(set *settings) {
			set.Local["resetPasswordUrl"] = "https://app.example.com/reset#{token}"
		})
		s := st.server
		s.operate(t, "security", "createUser", map[string]any{"_id": "jane"}, map[string]any{
			"content":     map[string]any{"profileIds": []any{"user"}},
			"credentials": map[string]any{"local": map[string]any{"username": jane, "password": canaryPassword}},
		})
		refused := st.call(t, requestReset(jane))
		wantError(t, "a role that does not allow it", refused, 401, "security.rights.unauthorized")
		s.letReset(t)

		// Every name gets the same answer, and one that nobody has no mail: the next
		// mail is the one after it.
		unknown, known := st.call(t, requestReset("nobody@example.com")), st.call(t, requestReset(jane))
		if known.status != 200 || unknown.status != 200 || string(mustJSON(known.result())) != string(mustJSON(unknown.result())) {
			t.Errorf("a name that somebody has: %s\nthat nobody has: %s", known.raw, unknown.raw)
		}
		token := tokenIn(t, box.next(t, "password-reset", jane))
		wantError(t, "a weak password", st.call(t, setByToken(token, "short")), 400, "plugin.kuzzle-plugin-auth-passport-local.too_short")

		before := st.login(t, jane)
		s.clock.freeze()
		a := st.call(t, setByToken(token, chosen))
		wantError(t, "a reset", a, 200, "")
		box.next(t, "password-changed", jane)
		if got := st.call(t, call{controller: "auth", action: "getCurrentUser", token: before}); got.status != 401 {
			t.Errorf("a session from before the reset: %s", got.raw)
		}
		wantError(t, "the old password", st.call(t, loginAs(jane, canaryPassword, "")), 401, "plugin.strategy.missing_user")
		wantError(t, "the token again", st.call(t, setByToken(token, chosen+"!")), 400, "plugin.kuzzle-plugin-auth-passport-local.invalid_token")

		// With a second factor the mail proves one of two.
		app := st.enrol(t, a.text("result.jwt"))
		if text := box.next(t, "factor-changed", jane); !strings.Contains(text, "totp of "+jane+" was added") {
			t.Errorf("the notice says:\n%s", text)
		}
		wantError(t, "another request", st.call(t, requestReset(jane)), 200, "")
		token = tokenIn(t, box.next(t, "password-reset", jane))
		a = st.call(t, setByToken(token, chosen+"!"))
		wantError(t, "a reset with a second factor", a, 200, "")
		if a.text("result.jwt") != "" || a.text("result.challenge") == "" {
			t.Fatalf("a reset stepped round the second factor: %s", a.raw)
		}
		box.next(t, "password-changed", jane)
		wantError(t, "its code", st.call(t, finish("totp", a.text("result.challenge"), st.next(t, app))), 200, "")
		a = st.call(t, loginAs(jane, chosen+"!", ""))
		if a.text("result.jwt") != "" || a.text("result.challenge") == "" {
			t.Errorf("a reset removed the second factor: %s", a.raw)
		}

		// A token is worth nothing after its hour, and after another new password.
		wantError(t, "a third request", st.call(t, requestReset(jane)), 200, "")
		token = tokenIn(t, box.next(t, "password-reset", jane))
		s.clock.advance(time.Hour)
		wantError(t, "a late token", st.call(t, setByToken(token, chosen)), 401, "plugin.kuzzle-plugin-auth-passport-local.expired_token")
		wantError(t, "a fourth request", st.call(t, requestReset(jane)), 200, "")
		token = tokenIn(t, box.next(t, "password-reset", jane))
		s.clock.advance(time.Second)
		s.operate(t, "security", "updateCredentials", map[string]any{"strategy": "local", "_id": "jane"}, map[string]any{"password": chosen + "?"})
		box.next(t, "password-changed", jane)
		wantError(t, "a token from before a new password", st.call(t, setByToken(token, chosen)), 400, "plugin.kuzzle-plugin-auth-passport-local.invalid_token")

		if log := s.log.String(); strings.Contains(log, jane) || strings.Contains(log, "nobody@example.com") {
			t.Error("the log has a recipient's address")
		}
	})
}

func tokenIn(t *testing.T, text string) string {
	t.Helper()
	found := resetToken.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("the mail has no link:\n%s", text)
	}
	return found[1]
}

// TestResetRequestsAreLimited: neither one name nor one client gets any number of
// mails, and a name that nobody has is refused as soon as any other.
func TestResetRequestsAreLimited(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st, _ := startMailing(t, protocol)
		st.server.letReset(t)
		st.server.clock.freeze()
		counts := map[string]int{}
		for _, name := range []string{"user", "nobody"} {
			for st.call(t, requestReset(name)).status == 200 && counts[name] < 50 {
				counts[name]++
			}
			wantError(t, name, st.call(t, requestReset(strings.ToUpper(name))), 429, "api.process.too_many_logins_requests")
		}
		if counts["user"] != counts["nobody"] || counts["user"] == 0 || counts["user"] > 10 {
			t.Errorf("requests let through: %v, want few, and as many for each", counts)
		}
	})
}

// TestResetsForOthers: a stranger who requests resets for a name repeatedly neither
// fills its owner's mailbox nor keeps the owner from a mail: not from elsewhere, and
// from a known address not even with many addresses.
func TestResetsForOthers(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		const jane = "jane@example.com"
		st, box := startMailing(t, protocol, behindProxy, func(set *settings) {
			set.Local["resetPasswordUrl"] = "https://app.example.com/reset#{token}"
		})
		s := st.server
		s.letReset(t)
		s.operate(t, "security", "createUser", map[string]any{"_id": "jane"}, map[string]any{
			"content":     map[string]any{"profileIds": []any{"user"}},
			"credentials": map[string]any{"local": map[string]any{"username": jane, "password": canaryPassword}},
		})
		wantError(t, "a login", st.from(t, protocol, "192.0.2.1", loginAs(jane, canaryPassword, "")), 200, "")
		s.clock.freeze()
		ask := func(address string) int {
			t.Helper()
			return st.from(t, protocol, address, requestReset(jane)).status
		}
		passed := 0
		for range 14 {
			if ask("198.51.100.1") == 200 {
				passed++
			}
		}
		if passed != 3 {
			t.Errorf("one address asks %d times at once, want 3", passed)
		}
		if got := ask("203.0.113.1"); got != 200 {
			t.Errorf("the owner, from a new place: %d", got)
		}
		for range passed + 1 {
			box.next(t, "password-reset", jane)
		}
		for i := range 20 {
			if got := ask(fmt.Sprintf("198.51.100.%d", 10+i)); got != 200 {
				t.Errorf("from one more address: %d", got)
			}
		}
		for range 20 - (passed + 1) {
			box.next(t, "password-reset", jane)
		}
		if got := ask("192.0.2.1"); got != 200 {
			t.Errorf("the owner, from a known place: %d", got)
		}
		token := tokenIn(t, box.next(t, "password-reset", jane))
		wantError(t, "the reset", st.call(t, setByToken(token, canaryPassword+" 2")), 200, "")
		box.next(t, "password-changed", jane)
	})
}

// TestNoMailNoReset: a server that sends no mails says so, for any name.
func TestNoMailNoReset(t *testing.T) {
	t.Parallel()
	st := newStory(t, start(t), "http")
	for _, name := range []string{"user", "nobody"} {
		c := requestReset(name)
		c.token = st.kept["admin"]
		wantError(t, name, st.call(t, c), 412, "security.notify.off")
	}
}

// TestSuspiciousLogins: a user is told once a day of many failed logins, and of a login
// from a new place after them. Nobody is told of names that nobody has, and the owner
// at a known place gets no mail.
func TestSuspiciousLogins(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		const jane = "jane@example.com"
		st, box := startMailing(t, protocol, behindProxy, func(set *settings) { set.Notify.FailedLogins = 4 })
		s := st.server
		s.operate(t, "security", "createUser", map[string]any{"_id": "jane"}, map[string]any{
			"content":     map[string]any{"profileIds": []any{"user"}},
			"credentials": map[string]any{"local": map[string]any{"username": jane, "password": canaryPassword}},
		})
		s.clock.freeze()
		guesses := 0
		guess := func(name string, count int) {
			t.Helper()
			for range count {
				guesses++
				address := fmt.Sprintf("198.51.100.%d", guesses)
				wantError(t, "a guess at "+name, st.from(t, []string{"http", protocol}[guesses%2], address, loginAs(name, "wrong", "")), 401, "plugin.strategy.missing_user")
			}
		}
		enter := func(address string) string {
			t.Helper()
			a := st.from(t, protocol, address, loginAs(jane, canaryPassword, ""))
			wantError(t, "a login from "+address, a, 200, "")
			return a.text("result.jwt")
		}
		enter("192.0.2.1")
		guess("nobody@example.com", 5)
		guess(jane, 5) // one more than it takes
		if text := box.next(t, "logins-failed", jane); !strings.Contains(text, "4 logins as "+jane) {
			t.Errorf("the notice says:\n%s", text)
		}
		enter("192.0.2.1")
		enter("203.0.113.1")
		if text := box.next(t, "login-after-failures", jane); !strings.Contains(text, "after 5 logins had failed") {
			t.Errorf("the notice says:\n%s", text)
		}
		enter("203.0.113.2") // another new place, after no further failure
		guess(jane, 1)
		enter("203.0.113.3")
		guess(jane, 5) // the day is not over
		s.clock.advance(25 * time.Hour)
		guess(jane, 3)
		s.operate(t, "security", "updateCredentials", map[string]any{"strategy": "local", "_id": "jane"}, map[string]any{"password": canaryPassword + " 2"})
		box.next(t, "password-changed", jane)
		guess(jane, 1)
		box.next(t, "logins-failed", jane)
	})
}
