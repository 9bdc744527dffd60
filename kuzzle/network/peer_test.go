package network_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// TestPeer tests which address counts as the client's, behind proxies and
// without.
func TestPeer(t *testing.T) {
	trusting := network.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}}
	type seen struct {
		Addr, Remote, Local string
		Forwarded, TLS      bool
	}
	direct := seen{Addr: "127.0.0.1", Remote: "127.0.0.1", Local: "127.0.0.1"}
	through := func(addr string, tls bool) seen {
		return seen{Addr: addr, Remote: "127.0.0.1", Local: "127.0.0.1", Forwarded: true, TLS: tls}
	}
	forwarded := func(values ...string) http.Header { return http.Header{"X-Forwarded-For": values} }
	tests := []struct {
		name   string
		opts   network.Options
		header http.Header
		want   seen
	}{
		{"direct", network.Options{}, nil, direct},
		{"a claim nobody trusts", network.Options{}, forwarded("1.2.3.4"), through("127.0.0.1", false)},
		{"a trusted proxy", trusting, forwarded("1.2.3.4"), through("1.2.3.4", false)},
		{"the rightmost untrusted hop", trusting, forwarded("6.6.6.6, 1.2.3.4, 10.0.0.1"), through("1.2.3.4", false)},
		{"over several headers", trusting, forwarded("6.6.6.6", "1.2.3.4", "10.0.0.1"), through("1.2.3.4", false)},
		{"with a port", trusting, forwarded("1.2.3.4:5678"), through("1.2.3.4", false)},
		{"IPv6", trusting, forwarded("[2001:db8::1]:5678"), through("2001:db8::1", false)},
		{"IPv4 in IPv6", trusting, forwarded("::ffff:1.2.3.4"), through("1.2.3.4", false)},
		{"all of them trusted", trusting, forwarded("10.0.0.2, 10.0.0.1"), through("10.0.0.2", false)},
		{"garbage", trusting, forwarded("1.2.3.4, unknown"), through("127.0.0.1", false)},
		{"garbage beyond the client", trusting, forwarded("unknown, 1.2.3.4"), through("1.2.3.4", false)},
		{"an empty hop", trusting, forwarded("1.2.3.4,"), through("127.0.0.1", false)},
		{"only Forwarded", trusting, http.Header{"Forwarded": {"for=1.2.3.4"}}, through("127.0.0.1", false)},
		{"only Via", network.Options{}, http.Header{"Via": {"1.1 x"}}, through("127.0.0.1", false)},
		{"only X-Real-IP", network.Options{}, http.Header{"X-Real-Ip": {"1.2.3.4"}}, through("127.0.0.1", false)},
		{"any X-Forwarded header", network.Options{}, http.Header{"X-Forwarded-Prefix": {"/x"}}, through("127.0.0.1", false)},
		{"encrypted up to the proxy", trusting, http.Header{"X-Forwarded-Proto": {"https"}}, through("127.0.0.1", true)},
		{"says who", network.Options{}, http.Header{"X-Forwarded-Proto": {"https"}}, through("127.0.0.1", false)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := start(t, test.opts)
			var overHTTP, overSocket struct{ Result seen }
			mustDecode(t, []byte(read(t, do(t, f, "GET", "/peer", test.header))), &overHTTP)
			c := f.socket(t, test.header)
			if err := c.WriteJSON(map[string]any{"controller": "test", "action": "peer"}); err != nil {
				t.Fatal(err)
			}
			if err := c.ReadJSON(&overSocket); err != nil {
				t.Fatal(err)
			}
			if overHTTP.Result != test.want || overSocket.Result != test.want {
				t.Errorf("got %+v over HTTP and %+v over WebSocket, want %+v", overHTTP.Result, overSocket.Result, test.want)
			}
		})
	}
}

// TestPeerHeaders passes on the headers that rules about browsers need.
func TestPeerHeaders(t *testing.T) {
	f := start(t, network.Options{})
	header := http.Header{"Cookie": {"a=1; authToken=x", "b=2; authToken=y"}, "Sec-Fetch-Site": {"same-origin"}, "Origin": {f.url("")}}
	body := []byte(read(t, do(t, f, "GET", "/peer", header)))
	for field, want := range map[string]any{"cookie": "authToken=x; authToken=y", "fetchSite": "same-origin", "origin": f.url(""),
		"host": f.address, "protocol": "http", "link": false} {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		checkField(t, body, "result."+field, string(text))
	}
}

// TestPeerOfOldProtocol takes HTTP/1.0 for a proxy's: one that is not told to do
// more forwards in it, without a header that would say so.
func TestPeerOfOldProtocol(t *testing.T) {
	f := start(t, network.Options{})
	conn, err := net.Dial("tcp", f.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET /peer HTTP/1.0\r\nHost: localhost\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	checkField(t, body, "result.forwarded", "true")
}
