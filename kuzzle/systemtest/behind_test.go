package systemtest

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/proxytest"
)

// documented are the proxies of the README: the language of the block, what in
// it says where the proxy listens, and how that is written for a test.
var documented = []struct {
	name, language, site, listen string
	start                        func(t testing.TB, configuration string) *proxytest.Proxy
}{
	{"nginx", "nginx", "listen 80;", "listen " + proxytest.Listen + ";", proxytest.Nginx},
	{"Caddy", "caddyfile", "auth.example.com", "http://" + proxytest.Listen, proxytest.Caddy},
}

// TestBehindAProxy runs the README's proxies in front of a server. Where they are
// not trusted the log says once what to set, and doctor says it; where they are,
// failures of one client delay no other, over HTTP and through WebSockets.
func TestBehindAProxy(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, proxy := range documented {
		t.Run(proxy.name, func(t *testing.T) {
			t.Parallel()
			found := regexp.MustCompile("(?s)```" + proxy.language + "\n(.*?)```").FindSubmatch(readme)
			if found == nil || !strings.Contains(string(found[1]), proxy.site) {
				t.Fatalf("the README has no block of %s with %q", proxy.language, proxy.site)
			}
			before := func(s *server) *server {
				text := strings.NewReplacer("127.0.0.1:7512", s.addr, proxy.site, proxy.listen).Replace(string(found[1]))
				return s.at(proxy.start(t, text).Address)
			}
			t.Run("not trusted", func(t *testing.T) { untrusted(t, before) })
			t.Run("trusted", func(t *testing.T) { trusted(t, before) })
		})
	}
}

const forwarderNotice = "a forwarding header of a peer that is not trusted is ignored"

func untrusted(t *testing.T, before func(*server) *server) {
	s := start(t)
	through := before(s)
	for range 3 {
		if status := failedLogin(t, through, "192.0.2.1"); status != http.StatusUnauthorized {
			t.Errorf("a login through the proxy: status %d", status)
		}
	}
	if told := strings.Count(s.log.String(), forwarderNotice); told != 1 {
		t.Errorf("the log tells of the proxy %d times, want once", told)
	}
	found, err := s.app.Checkup(t.Context(), backend.Checkup{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found.Findings {
		if f.About == "proxies" && f.Level == backend.Degraded && strings.Contains(f.Remedy, "trustedProxies") {
			return
		}
	}
	t.Errorf("doctor does not tell of the proxy: %+v", found.Findings)
}

func trusted(t *testing.T, before func(*server) *server) {
	s := start(t, trustLoopback, func(set *settings) { set.Logins.FreeFailures = 2 })
	through := before(s)
	// As many clients as there are failures that a single address may have.
	for n := range 12 {
		address := "192.0.2." + string(rune('1'+n%9))
		if n >= 9 {
			address = "198.51.100." + string(rune('1'+n%9))
		}
		if status := failedLogin(t, through, address); status != http.StatusUnauthorized {
			t.Errorf("client %d: status %d, want 401", n, status)
		}
	}
	if strings.Contains(s.log.String(), forwarderNotice) {
		t.Error("the log tells of a proxy that is trusted")
	}
	if a := dial(t, through).send(t, call{controller: "server", action: "now", id: "through"}); a.text("controller") != "server" {
		t.Errorf("a WebSocket through the proxy: %s", a.raw)
	}
}

// failedLogin tries to log in, as somebody behind a further proxy would.
func failedLogin(t *testing.T, s *server, address string) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addr+"/_login/local", strings.NewReader(`{"username":"nobody-`+address+`","password":"wrong password"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Forwarded-For", address)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}
