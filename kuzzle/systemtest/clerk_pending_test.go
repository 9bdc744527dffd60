package systemtest

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

// TestFrontendPending: where a second factor is required, a session without one is pending. It shows its
// user and gets a factor, and does nothing else.
func TestFrontendPending(t *testing.T) {
	t.Parallel()
	for name, require := range map[string]func(*testing.T) clerkServer{
		"by the instance": func(t *testing.T) clerkServer {
			return startFrontend(t, func(set *settings) { set.Factors.Policy = string(profiles.FactorRequired) })
		},
		"by the profile": func(t *testing.T) clerkServer {
			s := startFrontend(t)
			s.operate(t, "security", "updateProfile", map[string]any{"_id": "default"}, map[string]any{"secondFactor": "required"})
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := require(t)
			b := s.develop(t)
			id := b.signIn(t)
			standing := func(what, status string) {
				t.Helper()
				for path, session := range map[string][]any{"/client": {"response", "sessions", 0}, "/client/sessions/" + id: {"response"}} {
					a := b.send(t, "GET", path, nil)
					if got := within(a.object, append(session, "status")...); got != status {
						t.Errorf("%s, %s: the session is %v, want %v: %d %.300s", what, path, got, status, a.status, a.body)
					}
				}
				a := b.send(t, "GET", "/client", nil)
				task := within(a.object, "response", "sessions", 0, "tasks", 0, "key")
				if (task == "setup-mfa") != (status == "pending") {
					t.Errorf("%s: the task is %v", what, task)
				}
				tokens := []any{within(a.object, "response", "sessions", 0, "last_active_token", "jwt"), b.send(t, "POST", "/client/sessions/"+id+"/tokens", nil).object["jwt"]}
				if status == "pending" { // the older form that servers get says nothing about active sessions
					tokens = append(tokens, s.call(t, "POST", "/sessions/"+id+"/tokens", "").object["jwt"])
				}
				for _, token := range tokens {
					if got := claimsOfToken(t, token)["sts"]; got != status {
						t.Errorf("%s: the token says %v, want %s", what, got, status)
					}
				}
			}
			standing("without a factor", "pending")
			b.send(t, "GET", "/me", nil).answered(t, "oneself", 200)
			for path, verb := range map[string]string{
				"/organizations": "POST", "/me": "PATCH", "/me/change_password": "POST", "/me/email_addresses": "POST", "/me/sessions": "GET",
				"/client/sessions/" + id + "/tokens/any": "POST",
			} {
				b.send(t, verb, path, nil).answered(t, verb+" "+path, 403, "second_factor_required")
			}

			secret, _ := within(b.send(t, "POST", "/me/totp", nil).object, "response", "secret").(string)
			b.send(t, "POST", "/me/totp/attempt_verification", url.Values{"code": {totptest.Code(t, secret, s.clock.Now())}}).answered(t, "enrolling", 200)
			standing("with a factor", "active")
			b.send(t, "PATCH", "/me", url.Values{"first_name": {"Ada"}}).answered(t, "a change", 200)
		})
	}
}

// TestFrontendRateOfProfiles: the limit of a user's profiles holds for a browser's requests in their sessions.
func TestFrontendRateOfProfiles(t *testing.T) {
	t.Parallel()
	s := startFrontend(t)
	b := s.develop(t)
	id := b.signIn(t)
	s.operate(t, "security", "updateProfile", map[string]any{"_id": "default"}, map[string]any{"rateLimit": 2.0})
	for path, verb := range map[string]string{"/me": "PATCH", "/client/sessions/" + id + "/tokens": "POST", "/client": "GET", "/organizations": "POST"} {
		var refused clerkAnswer
		for n := 0; n < 100 && refused.status != http.StatusTooManyRequests; n++ {
			refused = b.send(t, verb, path, url.Values{"first_name": {fmt.Sprint("n", n)}, "name": {"A"}})
		}
		refused.answered(t, verb+" "+path, 429, "too_many_requests")
	}
}
