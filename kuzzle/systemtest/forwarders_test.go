package systemtest

import (
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// silent are forwarders that send no information about their clients: requests
// through them look like those of a program of this machine.
var silent = []struct {
	name string
	to   func(t *testing.T, s *server) (address string)
}{
	// The block that nginx's documentation has for WebSockets.
	{"nginx", func(t *testing.T, s *server) string {
		return behindNginx(t, s)
	}},
	{"HAProxy", func(t *testing.T, s *server) string {
		return behindHAProxy(t, s)
	}},
	{"TCP", forwardTCP},
}

// forwardTCP passes bytes on to the server, as ssh -L, socat and kubectl
// port-forward do.
func forwardTCP(t *testing.T, s *server) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var pipes sync.WaitGroup
	pipes.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // the test has ended
			}
			server, err := net.Dial("tcp", s.addr)
			if err != nil {
				_ = client.Close()
				continue
			}
			for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
				pipes.Go(func() {
					_, _ = io.Copy(way[0], way[1])
					_, _ = client.Close(), server.Close() // the other direction has nothing to say any more
				})
			}
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		pipes.Wait()
	})
	return listener.Addr().String()
}

// intruder asks without a token for an administrator, over HTTP and over a
// WebSocket, as if the server's host were localhost.
type intruder struct {
	host   http.Header
	http   *httpClient
	socket *wsClient
}

// newIntruder reaches the server through a forwarder.
func newIntruder(t *testing.T, s *server, through string) intruder {
	t.Helper()
	host := http.Header{"Host": {"localhost"}}
	if through == "Caddy" {
		host = http.Header{} // the site's address, which is a host that it answers for
	}
	return intruder{host, newHTTPClient(t, s), dialWith(t, s, host)}
}

const evil = `{"content":{"profileIds":["admin"]}}`

func (i intruder) attempts(t *testing.T) map[string]answer {
	t.Helper()
	return map[string]answer{
		"createUser over HTTP":       i.http.roundTrip(t, "POST", "/users/evil/_create", i.host.Clone(), []byte(evil)),
		"createFirstAdmin over HTTP": i.http.roundTrip(t, "POST", "/_createFirstAdmin/evil", i.host.Clone(), []byte(`{}`)),
		"createUser over WebSocket": i.socket.roundTrip(t,
			[]byte(`{"requestId":"u","controller":"security","action":"createUser","_id":"evil","body":`+evil+`}`), "u"),
		"createFirstAdmin over WebSocket": i.socket.roundTrip(t,
			[]byte(`{"requestId":"f","controller":"security","action":"createFirstAdmin","_id":"evil","body":{}}`), "f"),
	}
}

// refused checks that none of the attempts came to anything.
func (i intruder) refused(t *testing.T, s *server) {
	t.Helper()
	for name, a := range i.attempts(t) {
		if a.status != 401 || a.text("error.id") != "security.rights.unauthorized" {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	if exists := s.operate(t, "server", "adminExists", nil, nil); exists["result"].(map[string]any)["exists"] != false {
		t.Errorf("there is an administrator: %v", exists)
	}
}

// forwardersAreStrangers: a fresh server is closed, directly and behind any
// forwarder.
func forwardersAreStrangers(t *testing.T) {
	t.Parallel()
	for _, way := range append(ways[:len(ways):len(ways)], silent...) {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			newIntruder(t, s.at(way.to(t, s)), way.name).refused(t, s)
		})
	}
}

// proxiesAreSeen: on a server that is open to its machine, requests through a
// proxy that sends its headers are refused all the same.
func proxiesAreSeen(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		if way.name == "straight" {
			continue
		}
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, dev)
			newIntruder(t, s.at(way.to(t, s)), way.name).refused(t, s)
		})
	}
}

// TestSilentForwardersAreUnseen holds the README to its warning: no header tells
// an open server that these forward, so --dev is for a machine of one's own.
func TestSilentForwardersAreUnseen(t *testing.T) {
	t.Parallel()
	for _, way := range silent {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, dev)
			a := newHTTPClient(t, s.at(way.to(t, s))).roundTrip(t, "POST", "/users/_create", http.Header{"Host": {"localhost"}}, []byte(somebody))
			if a.status != 200 {
				t.Errorf("%s is seen after all; say so in the README: %s", way.name, a.raw)
			}
		})
	}
}
