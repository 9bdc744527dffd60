package systemtest

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/proxytest"
)

// trustLoopback believes the forwarding headers of this machine's proxies.
func trustLoopback(set *settings) {
	set.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// behindNginx runs an nginx before the server that forwards WebSockets too, as its
// documentation has it, with further headers; it returns the proxy's address.
func behindNginx(t *testing.T, s *server, headers ...string) string {
	t.Helper()
	var more strings.Builder
	for _, header := range headers {
		more.WriteString("\n\t\tproxy_set_header " + header + ";")
	}
	return proxytest.Nginx(t, `
map $http_upgrade $connection_upgrade { default upgrade; '' close; }
server {
	listen `+proxytest.Listen+`;
	location / {
		proxy_pass http://`+s.addr+`;
		proxy_http_version 1.1;
		proxy_set_header Upgrade $http_upgrade;
		proxy_set_header Connection $connection_upgrade;`+more.String()+`
	}
}`).Address
}

// behindHAProxy runs a HAProxy before the server, with further lines among its
// defaults; it returns the proxy's address.
func behindHAProxy(t *testing.T, s *server, defaults ...string) string {
	t.Helper()
	return proxytest.HAProxy(t, `
defaults
    mode http
    timeout connect 5s
    timeout client 1m
    timeout server 1m
    timeout tunnel 10m
    `+strings.Join(defaults, "\n    ")+`
frontend in
    bind `+proxytest.Listen+`
    default_backend kuzzle
backend kuzzle
    server one `+s.addr).Address
}

// ways are how clients reach the server: straight, and through each proxy as
// its documentation has it for WebSockets and the client's address.
var ways = []struct {
	name string
	to   func(t *testing.T, s *server) (address string)
}{
	{"straight", func(_ *testing.T, s *server) string { return s.addr }},
	{"nginx", func(t *testing.T, s *server) string {
		return behindNginx(t, s, "Host $http_host", "X-Forwarded-For $proxy_add_x_forwarded_for", "X-Forwarded-Proto $scheme")
	}},
	{"HAProxy", func(t *testing.T, s *server) string {
		return behindHAProxy(t, s, "option forwardfor")
	}},
	{"Caddy", func(t *testing.T, s *server) string {
		return proxytest.Caddy(t, "http://"+proxytest.Listen+" {\n\treverse_proxy "+s.addr+"\n}").Address
	}},
}

// at is the server, reached by another address.
func (s *server) at(address string) *server {
	there := *s
	there.addr = address
	return &there
}
