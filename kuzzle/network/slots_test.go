package network_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// from opens a connection from one of this machine's own addresses.
func (f *front) from(t testing.TB, address string) net.Conn {
	t.Helper()
	return f.dialBy(t, net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}})
}

// socketFrom opens a WebSocket from an address, and shows a token if it has one.
func (f *front) socketFrom(t testing.TB, address, token string) *websocket.Conn {
	t.Helper()
	before := f.server.Stats().WebSocket
	dialer := websocket.Dialer{NetDialContext: func(context.Context, string, string) (net.Conn, error) { return f.from(t, address), nil }}
	c, _, err := dialer.Dial("ws://"+f.address+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		exchangeText(t, c, `{"controller":"test","action":"echo","jwt":"`+token+`"}`)
		return c
	}
	// The handshake's answer comes a moment before the server has the socket.
	for late := time.Now().Add(10 * time.Second); f.server.Stats().WebSocket <= before; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("the server has no socket of the connection")
		}
	}
	return c
}

func exchangeText(t testing.TB, c *websocket.Conn, text string) {
	t.Helper()
	if err := sendText(c, text); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.ReadMessage(); err != nil {
		t.Fatal(err)
	}
}

// ask sends a request and returns the answer's status and body.
func ask(t testing.TB, c net.Conn, request string) (status int, body string) {
	t.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("no answer to %q: %v", request, err)
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(all)
}

// ended waits until the server has closed a connection.
func ended(t testing.TB, c net.Conn) bool {
	t.Helper()
	_, err := io.Copy(io.Discard, c)
	timeout, is := err.(net.Error)
	return !is || !timeout.Timeout()
}

// openNow counts the connections that the server has not closed.
func openNow(t testing.TB, all []net.Conn) (open int) {
	t.Helper()
	for _, c := range all {
		if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		_, err := c.Read(make([]byte, 1))
		if timeout, is := err.(net.Error); is && timeout.Timeout() {
			open++
		}
	}
	return open
}

// await waits until a condition holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not within 20 s: " + what)
		}
	}
}

// TestOneAddress checks that an address has a tenth of the slots, and that others are served
// while it uses them all.
func TestOneAddress(t *testing.T) {
	const slots, share = 1000, 100
	f := start(t, network.Options{MaxConnections: slots})
	var idle []net.Conn
	for range 3 * share {
		idle = append(idle, f.from(t, "127.0.0.9"))
	}
	if status, _ := ask(t, f.from(t, "127.0.0.1"), get("/echo")); status != 200 {
		t.Errorf("another address is answered %d", status)
	}
	if status, _ := ask(t, f.from(t, "127.0.0.9"), get("/echo")); status != 200 {
		t.Errorf("the address itself, whose connections are idle, is answered %d", status)
	}
	await(t, "one address has its share", func() bool { return openNow(t, idle) <= share })
	if open := openNow(t, idle); open < share/2 {
		t.Errorf("%d of the idle connections are open, want nearly %d", open, share)
	}
}

// TestBusyAddress holds that connections with a token are not closed for newer
// ones of their address, which are refused in words.
func TestBusyAddress(t *testing.T) {
	f := start(t, network.Options{MaxConnections: 1000, MaxPerAddress: 3})
	var known []*websocket.Conn
	for range 3 {
		known = append(known, f.socketFrom(t, "127.0.0.9", "t"))
	}
	status, body := ask(t, f.from(t, "127.0.0.9"), get("/echo"))
	if status != 429 || !strings.Contains(body, `"network.connections.address_limit"`) || !strings.Contains(body, "limits.connectionsPerAddress") {
		t.Errorf("one more is answered %d %s", status, body)
	}
	for _, probe := range []string{"/_healthcheck", "/_ready"} {
		if status, _ := ask(t, f.from(t, "127.0.0.9"), get(probe)); status != 200 {
			t.Errorf("%s is answered %d", probe, status)
		}
	}
	for _, c := range known {
		exchangeText(t, c, `{`+echoMessage+`}`)
	}
	_ = known[0].Close()
	await(t, "a slot given back is used", func() bool {
		status, _ := ask(t, f.from(t, "127.0.0.9"), get("/echo"))
		return status == 200
	})
}

// TestTrustedProxy holds that a proxy has no limit of its own and that the
// sockets which come through it count for their clients.
func TestTrustedProxy(t *testing.T) {
	f := start(t, network.Options{MaxConnections: 1000, MaxPerAddress: 3, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	open := func(client string) (*websocket.Conn, int) {
		c, res, err := websocket.DefaultDialer.Dial("ws://"+f.address+"/", http.Header{"X-Forwarded-For": {client}})
		if err != nil {
			if res == nil {
				t.Fatal(err)
			}
			return nil, res.StatusCode
		}
		t.Cleanup(func() { _ = c.Close() })
		exchangeText(t, c, `{"controller":"test","action":"echo","jwt":"t"}`)
		return c, 101
	}
	for range 3 {
		for _, client := range []string{"192.0.2.1", "192.0.2.2", "2001:db8::1"} {
			if _, status := open(client); status != 101 {
				t.Fatalf("%s is answered %d", client, status)
			}
		}
	}
	for _, client := range []string{"192.0.2.1", "2001:db8::2"} {
		if _, status := open(client); status != 429 {
			t.Errorf("a fourth socket of %s is answered %d, want 429", client, status)
		}
	}
	if _, status := open("2001:db8:0:1::1"); status != 101 {
		t.Errorf("another /64 is answered %d", status)
	}
	for range 20 {
		if status, _ := ask(t, f.from(t, "127.0.0.1"), get("/echo")); status != 200 {
			t.Fatalf("the proxy is answered %d", status)
		}
	}
}

// TestFullHouse holds that those without a token go when slots run out, first
// those of the greediest address, and that those with a token stay.
func TestFullHouse(t *testing.T) {
	f := start(t, network.Options{MaxConnections: 100})
	known := f.socketFrom(t, "127.0.0.2", "t")
	stranger := f.socketFrom(t, "127.0.0.2", "")
	withToken := f.from(t, "127.0.0.3")
	if status, _ := ask(t, withToken, get("/echo", "Authorization: Bearer t")); status != 200 {
		t.Fatal(status)
	}
	var idle []net.Conn
	for _, address := range []string{"127.0.0.8", "127.0.0.9"} {
		for range 64 {
			idle = append(idle, f.from(t, address))
		}
	}
	for range 50 {
		if status, _ := ask(t, f.from(t, "127.0.0.4"), get("/echo")); status != 200 {
			t.Fatalf("in a full house a new connection is answered %d", status)
		}
	}
	if status, _ := ask(t, withToken, get("/echo", "Authorization: Bearer t")); status != 200 {
		t.Errorf("an HTTP connection with a token is answered %d", status)
	}
	exchangeText(t, known, `{`+echoMessage+`}`)
	exchangeText(t, stranger, `{`+echoMessage+`}`)
	if stats := f.server.Stats(); stats.HTTP+stats.WebSocket > 100+8 || stats.Evicted == 0 {
		t.Errorf("%+v", stats)
	}
}

// TestFullOfKnown checks that a server full of connections with tokens refuses others with
// an error and answers probes, also while connections of the reserve idle.
func TestFullOfKnown(t *testing.T) {
	f := start(t, network.Options{MaxConnections: 10})
	var known []*websocket.Conn
	for range 10 {
		known = append(known, f.socketFrom(t, "127.0.0.2", "t"))
	}
	var silent []net.Conn
	for i := range 200 {
		silent = append(silent, f.from(t, []string{"127.0.0.8", "127.0.0.9"}[i%2]))
		if i%20 != 0 {
			continue
		}
		for _, probe := range []string{"/_healthcheck", "/_ready"} {
			if status, _ := ask(t, f.from(t, "127.0.0.3"), get(probe)); status != 200 {
				t.Errorf("%s is answered %d", probe, status)
			}
		}
		status, body := ask(t, f.from(t, "127.0.0.3"), get("/echo"))
		if status != 503 || !strings.Contains(body, `"network.connections.full"`) {
			t.Errorf("a request is answered %d %s", status, body)
		}
	}
	for _, c := range silent {
		if !ended(t, c) {
			t.Fatal("a silent connection of the reserve stays")
		}
	}
	for _, c := range known {
		exchangeText(t, c, `{`+echoMessage+`}`)
	}
}

// TestFullReserve holds that probes are answered though the reserve is full of
// silent connections, from however many addresses, and that those end soon.
func TestFullReserve(t *testing.T) {
	f := start(t, network.Options{MaxConnections: 10, HeaderTimeout: time.Hour})
	for range 10 {
		f.socketFrom(t, "127.0.0.2", "t")
	}
	var silent []net.Conn
	for i := range 160 {
		silent = append(silent, f.from(t, fmt.Sprintf("127.0.1.%d", i/8+1)))
	}
	for _, probe := range []string{"/_healthcheck", "/_ready"} {
		if status, _ := ask(t, f.from(t, "127.0.0.3"), get(probe)); status != 200 {
			t.Errorf("%s is answered %d", probe, status)
		}
	}
	for _, c := range silent {
		if !ended(t, c) {
			t.Fatal("a silent connection of the reserve stays")
		}
	}
}

// TestStrangersInFullHouse tests that a socket that has not authenticated while
// the server is full is closed with a reason, although it is not idle.
func TestStrangersInFullHouse(t *testing.T) {
	const grace = 300 * time.Millisecond
	f := start(t, network.Options{MaxConnections: 10, WebSocket: network.WebSocketOptions{LoginGrace: grace}})
	var known []*websocket.Conn
	stranger := f.socketFrom(t, "127.0.0.3", "")
	for range 9 {
		known = append(known, f.socketFrom(t, "127.0.0.2", "t"))
	}
	full := time.Now()
	var err error
	for err == nil {
		if err = sendText(stranger, `{`+echoMessage+`}`); err == nil {
			_, _, err = stranger.ReadMessage()
		}
	}
	closed, is := err.(*websocket.CloseError)
	if !is || closed.Code != websocket.CloseTryAgainLater || !strings.Contains(closed.Text, "log in") {
		t.Errorf("it ended with %v", err)
	}
	if after := time.Since(full); after < grace/2 {
		t.Errorf("it was closed after %s, want %s", after, grace)
	}
	for _, c := range known {
		exchangeText(t, c, `{`+echoMessage+`}`)
	}
}

// TestIdleStrangerSocket holds that an idle socket without a token is told why it
// goes when its slot is needed.
func TestIdleStrangerSocket(t *testing.T) {
	f := start(t, network.Options{MaxConnections: 10})
	stranger := f.socketFrom(t, "127.0.0.3", "")
	for range 9 {
		f.socketFrom(t, "127.0.0.2", "t")
	}
	if status, _ := ask(t, f.from(t, "127.0.0.4"), get("/echo")); status != 200 {
		t.Errorf("the next one is answered %d", status)
	}
	_, _, err := stranger.ReadMessage()
	if !websocket.IsCloseError(err, websocket.CloseTryAgainLater) {
		t.Errorf("the idle socket ended with %v", err)
	}
}

// TestSlowSenders tests that a client that sends a head or a body drop by drop
// keeps no slot that others want.
func TestSlowSenders(t *testing.T) {
	for name, sent := range map[string]string{
		"head": "GET /echo HTTP/1.1\r\nHost: x\r\nX-Slow",
		"body": "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, network.Options{MaxConnections: 10})
			for range 20 {
				if _, err := io.WriteString(f.from(t, "127.0.0.9"), sent); err != nil {
					t.Fatal(err)
				}
			}
			if status, _ := ask(t, f.from(t, "127.0.0.1"), get("/echo")); status != 200 {
				t.Errorf("another is answered %d", status)
			}
		})
	}
}

// TestProbeListener holds that idle connections do not keep a probe or a scrape
// from a listener of its own.
func TestProbeListener(t *testing.T) {
	f := start(t, network.Options{HeaderTimeout: time.Hour}) // the evicted connection was closed
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	rest := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "numbers") })
	go func() { served <- f.server.ServeProbes(ctx, listener, rest) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	probes := &front{address: listener.Addr().String()}
	var idle []net.Conn
	for range 500 {
		idle = append(idle, probes.dial(t))
	}
	for path, want := range map[string]string{"/_ready": `"status":200`, "/_healthcheck": `"status":200`, "/metrics": "numbers", "/": "numbers"} {
		if status, body := ask(t, probes.dial(t), get(path)); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s is answered %d %s", path, status, body)
		}
	}
	await(t, "idle connections go", func() bool { return openNow(t, idle) <= 100 })
}
