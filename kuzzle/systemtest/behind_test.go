package systemtest

import (
	"net"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/proxytest"
)

// documented are the proxies of the README: the language of the block, the text with
// the proxy's address, and its replacement in a test.
var documented = []struct {
	name, language, site, listen string
	start                        func(t testing.TB, configuration string) *proxytest.Proxy
}{
	{"nginx", "nginx", "listen 80;", "listen " + proxytest.Listen + ";", proxytest.Nginx},
	{"Caddy", "caddyfile", "auth.example.com", "http://" + proxytest.Listen, proxytest.Caddy},
}

// TestBehindAProxy runs the README's proxies in front of a server. If they are not
// trusted, the log reports the remedy once, and so does doctor; if they are,
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
			t.Run("the client's address", func(t *testing.T) { addressed(t, before) })
		})
	}
}

const forwarderNotice = "the server ignores a forwarding header because the peer is not trusted"

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

// addressed: the proxy tells the server the address of its own client, over HTTP and
// for WebSockets, and no address that the client claims counts instead.
func addressed(t *testing.T, before func(*server) *server) {
	s := start(t, func(set *settings) { set.TrustedProxies = config.Prefixes{netip.MustParsePrefix("127.0.0.1/32")} })
	through := before(s)
	for i, claim := range []string{"", "192.0.2.77", "127.0.0.1"} {
		// The client has an address that nobody trusts.
		here := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(70+i))}}
		client := http.Client{Transport: &http.Transport{DialContext: here.DialContext, DisableKeepAlives: true}}
		if status := failedLoginBy(t, &client, through, claim); status != http.StatusUnauthorized {
			t.Errorf("a login through the proxy: status %d", status)
		}
		header := http.Header{}
		if claim != "" {
			header.Set("X-Forwarded-For", claim)
		}
		dialer := websocket.Dialer{NetDialContext: here.DialContext}
		conn, res, err := dialer.Dial("ws://"+through.addr, header)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		socket := &wsClient{conn: conn, seen: through.seen}
		guess := loginAs("nobody", "wrong", "")
		guess.id = "guess"
		wantError(t, "over a WebSocket", socket.send(t, guess), 401, "plugin.strategy.missing_user")
		conn.Close()
		for _, refused := range s.audited(t, events.SessionRefused, 2*i+2)[2*i:] {
			if want := here.LocalAddr.(*net.TCPAddr).IP.String(); refused.Actor.Addr != want {
				t.Errorf("a client at %s that claims to be at %q is noted as at %s", want, claim, refused.Actor.Addr)
			}
		}
	}
}

// failedLogin tries to log in, as somebody behind a further proxy would.
func failedLogin(t *testing.T, s *server, address string) (status int) {
	t.Helper()
	return failedLoginBy(t, http.DefaultClient, s, address)
}

// failedLoginBy does so by a client of the caller's; "" claims no address.
func failedLoginBy(t *testing.T, client *http.Client, s *server, address string) (status int) {
	t.Helper()
	res, _ := exchange(t, client.Do, "POST", "http://"+s.addr+"/_login/local", strings.NewReader(`{"username":"nobody-`+address+`","password":"wrong password"}`),
		"Content-Type", "application/json", "X-Forwarded-For", address)
	return res.StatusCode
}
