package systemtest

import (
	"net/netip"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/proxytest"
)

// trustLoopback believes the forwarding headers of this machine's proxies.
func trustLoopback(set *settings) {
	set.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// ways are how clients reach the server: straight, and through each proxy as
// its documentation has it for WebSockets and the client's address.
var ways = []struct {
	name string
	to   func(t *testing.T, s *server) (address string)
}{
	{"straight", func(_ *testing.T, s *server) string { return s.addr }},
	{"nginx", func(t *testing.T, s *server) string {
		return proxytest.Nginx(t, `
map $http_upgrade $connection_upgrade { default upgrade; '' close; }
server {
	listen `+proxytest.Listen+`;
	location / {
		proxy_pass http://`+s.addr+`;
		proxy_http_version 1.1;
		proxy_set_header Host $http_host;
		proxy_set_header Upgrade $http_upgrade;
		proxy_set_header Connection $connection_upgrade;
		proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
		proxy_set_header X-Forwarded-Proto $scheme;
	}
}`).Address
	}},
	{"HAProxy", func(t *testing.T, s *server) string {
		return proxytest.HAProxy(t, `
defaults
    mode http
    option forwardfor
    timeout connect 5s
    timeout client 1m
    timeout server 1m
    timeout tunnel 10m
frontend in
    bind `+proxytest.Listen+`
    default_backend kuzzle
backend kuzzle
    server one `+s.addr).Address
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
