package legacyhttp_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/legacyhttp"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

var jsonBlock = regexp.MustCompile("(?ms)^```json\n(.*?)^```$")

// guides returns the page's configurations by the name of their system.
func guides(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	page, err := os.ReadFile("../../.github/TRICKLE.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]json.RawMessage{}
	for _, block := range jsonBlock.FindAllStringSubmatch(string(page), -1) {
		var file struct {
			Strategies map[string]json.RawMessage
		}
		var named struct{ System string }
		if err := errors.Join(json.Unmarshal([]byte(block[1]), &file), json.Unmarshal(file.Strategies[legacyhttp.Name], &named)); err != nil {
			t.Fatalf("%v in\n%s", err, block[1])
		}
		found[named.System] = file.Strategies[legacyhttp.Name]
	}
	return found
}

// beside is a host whose client reaches one server, whatever the address.
type beside struct {
	strategies.Host
	client *http.Client
}

func (b beside) Client() *http.Client { return b.client }

// standing is a host with the strategy, beside a stand-in.
type standing struct {
	*strategytest.Host
	asked     atomic.Int64
	forwarded atomic.Value
	verifier  strategies.PasswordVerifier
	gone      atomic.Bool
}

func stand(t *testing.T, config json.RawMessage, answer http.HandlerFunc) *standing {
	t.Helper()
	s := &standing{Host: strategytest.NewHost()}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		s.forwarded.Store(r.Header.Get("auth0-forwarded-for"))
		if s.gone.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		},
	}}
	t.Cleanup(client.CloseIdleConnections)
	if _, err := s.Mount(local.New, nil); err != nil {
		t.Fatal(err)
	}
	strategy, err := s.Mount(func(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
		return legacyhttp.New(cfg, beside{host, client})
	}, config)
	if err != nil {
		t.Fatalf("%s: %v", config, err)
	}
	s.verifier = strategy.(strategies.PasswordVerifier)
	for name := range oldUsers {
		bring(t, s.Host, name, strategies.Credentials{"username": name})
	}
	return s
}

func (s *standing) enter(t *testing.T, name, password string) string {
	t.Helper()
	_, _, err := s.LogIn(t.Context(), local.Name, strategies.Credentials{"username": name, "password": password})
	failure, _ := fault.From(err)
	switch {
	case err == nil:
		return "in"
	case errors.Is(err, legacyhttp.ErrUnavailable) && failure.Status() == 503 && failure.RetryAfter > 0:
		return "later"
	case errors.Is(err, strategies.ErrRefused) && failure.Kind == strategies.ErrRefused:
		return "refused"
	}
	return err.Error()
}

// TestGuides runs each configuration of the page, as it is, against a stand-in that speaks the
// system's protocol.
func TestGuides(t *testing.T) {
	configs := guides(t)
	for system, answer := range map[string]http.HandlerFunc{"auth0": auth0, "keycloak": keycloak, "cognito": cognito, "firebase": firebase, "": generic} {
		t.Run(system, func(t *testing.T) {
			if configs[system] == nil {
				t.Fatal("the page has no such configuration")
			}
			s := stand(t, configs[system], answer)
			s.From(netip.MustParseAddr("192.0.2.7"), nil)
			limitedIs := "later"
			if system == "keycloak" {
				limitedIs = "refused" // it does not tell
			}
			for _, row := range []struct{ name, password, want string }{
				{"plain@example.com", "wrong", "refused"},
				{"shut@example.com", oldPassword, "refused"},
				{"step@example.com", oldPassword, "refused"},
				{"factor@example.com", oldPassword, "refused"},
				{"limited@example.com", oldPassword, limitedIs},
				{"plain@example.com", oldPassword, "in"},
			} {
				asked := s.asked.Load()
				if got := s.enter(t, row.name, row.password); got != row.want {
					t.Errorf("%s: %s, want %s\n%s", row.name, got, row.want, s.Logged())
				}
				if got := s.asked.Load() - asked; got != 1 {
					t.Errorf("%s: asked %d times, want once, as for everybody", row.name, got)
				}
			}
			if got, want := s.forwarded.Load(), map[string]string{"auth0": "192.0.2.7"}[system]; got != want {
				t.Errorf("the client's address there is %q, want %q", got, want)
			}
			// A name that nobody has here costs what others cost.
			asked, hashed := s.asked.Load(), s.Hashes()
			verdict, err := s.verifier.VerifyPassword(t.Context(), s.verifier.Decoy(), oldPassword)
			if verdict != strategies.Wrong || err != nil || s.asked.Load() != asked+1 || s.Hashes() != hashed+1 {
				t.Errorf("a decoy: %v, %v, asked %d times, hashed %d times", verdict, err, s.asked.Load()-asked, s.Hashes()-hashed)
			}
			asked = s.asked.Load()
			s.gone.Store(true)
			if got := s.enter(t, "plain@example.com", oldPassword); got != "in" || s.asked.Load() != asked {
				t.Errorf("the second time: %s, asked %d times", got, s.asked.Load()-asked)
			}
			if got := s.enter(t, "shut@example.com", "wrong"); got != "later" {
				t.Errorf("while it is down: %s", got)
			}
			for _, secret := range []string{oldPassword, "secret\"", "AIza", "example.com"} {
				if strings.Contains(s.Logged(), secret) {
					t.Errorf("the log has %q:\n%s", secret, s.Logged())
				}
			}
		})
	}
}

// TestOwnFaults checks that mistakes in the configuration never look like wrong passwords.
func TestOwnFaults(t *testing.T) {
	configs := guides(t)
	for _, row := range []struct {
		system, from, to string
		answer           http.HandlerFunc
	}{
		{"auth0", "gXqLEkUW", "another", auth0}, {"auth0", "the application's secret", "another", auth0}, {"auth0", "Username-Password", "another", auth0},
		{"keycloak", `"kuzzle"`, `"another"`, keycloak}, {"keycloak", "the client's secret", "another", keycloak}, {"keycloak", "shop", "another", keycloak},
		{"cognito", "1example", "another", cognito}, {"cognito", "the app client's secret", "another", cognito},
		{"firebase", "AIza", "another", firebase}, {"", "the server's key", "another", generic},
	} {
		config := strings.Replace(string(configs[row.system]), row.from, row.to, 1)
		s := stand(t, json.RawMessage(config), row.answer)
		if got := s.enter(t, "plain@example.com", oldPassword); got != "later" {
			t.Errorf("%s: %s, want later", config, got)
		}
	}
}

// TestWithoutFactor checks that a missing second factor is accepted only if that is configured.
func TestWithoutFactor(t *testing.T) {
	configs := guides(t)
	for system, answer := range map[string]http.HandlerFunc{"auth0": auth0, "cognito": cognito, "firebase": firebase} {
		config := strings.Replace(string(configs[system]), "{", `{"acceptWithoutFactor": true,`, 1)
		s := stand(t, json.RawMessage(config), answer)
		for name, want := range map[string]string{"factor@example.com": "in", "step@example.com": "refused", "shut@example.com": "refused"} {
			if got := s.enter(t, name, oldPassword); got != want {
				t.Errorf("%s, %s: %s, want %s", system, name, got, want)
			}
		}
		if got := s.enter(t, "factor@example.com", "wrong"); got != "refused" {
			t.Errorf("%s, a wrong password: %s", system, got)
		}
	}
}

// TestStrangeAnswers checks that no answer but the expected one lets in or counts as a wrong password.
func TestStrangeAnswers(t *testing.T) {
	configs := guides(t)
	for _, system := range []string{"auth0", "keycloak", "cognito", "firebase"} {
		for _, body := range []string{
			``, `{}`, `null`, `[]`, `"access_token"`, `<html>welcome</html>`, `{"access_token":""}`, `{"access_token":null,"idToken":true}`,
			`{"AuthenticationResult":{}}`, `{"AuthenticationResult":null}`, `{"ChallengeName":"PASSWORD_VERIFIER"}`, `{"error":"access_denied"}`,
			`{"error":{"message":"QUOTA_EXCEEDED : Exceeded quota"}}`, `{"__type":"NotAuthorizedException"}`, `{"error":"invalid_client"}`,
		} {
			for _, status := range []int{200, 302, 400, 401, 429, 500} {
				s := stand(t, configs[system], func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(status)
					_, _ = w.Write([]byte(body))
				})
				if got := s.enter(t, "plain@example.com", oldPassword); got != "later" {
					t.Errorf("%s, %d %s: %s, want later", system, status, body, got)
				}
			}
		}
		for _, status := range []int{201, 302, 401, 429, 500} { // a token with another status
			s := stand(t, configs[system], func(w http.ResponseWriter, _ *http.Request) {
				say(w, status, object{"access_token": "a", "idToken": "a", "AuthenticationResult": object{"AccessToken": "a"}})
			})
			if got := s.enter(t, "plain@example.com", oldPassword); got != "later" {
				t.Errorf("%s, a token with the status %d: %s, want later", system, status, got)
			}
		}
	}
}
