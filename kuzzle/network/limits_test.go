package network_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// TestSlowClients cuts off clients that send headers or a body drop by drop.
func TestSlowClients(t *testing.T) {
	const short = 50 * time.Millisecond
	f := start(t, network.Options{HeaderTimeout: short, ReadTimeout: short, IdleTimeout: short, RequestTimeout: short})
	tests := []struct {
		name, sent string
		status     int
		id         string
	}{
		{"in the headers", "GET /echo HTTP/1.1\r\nHost: x\r\nX-Slow", 0, ""},
		{"before any header", "", 0, ""},
		{"in the body", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{", 408, "network.http.request_timeout"},
		{"in a chunk", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", 408, "network.http.request_timeout"},
		{"with a body nobody reads", "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{", 404, "network.http.url_not_found"},
		{"between requests", get("/echo"), 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := f.dial(t)
			if _, err := io.WriteString(c, test.sent); err != nil {
				t.Fatal(err)
			}
			all, err := io.ReadAll(c)
			if err != nil {
				t.Fatalf("the connection does not end by itself: %v", err)
			}
			if test.status == 0 {
				return
			}
			res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(string(all))), nil)
			if err != nil {
				t.Fatalf("%v in %q", err, all)
			}
			(&rawCase{status: test.status, id: test.id, bare: test.status == 408}).check(t, res, []byte(read(t, res)))
		})
	}
}

// TestLongRequest does not take the end of the time for reading a request for
// its client's departure.
func TestLongRequest(t *testing.T) {
	f := start(t, network.Options{ReadTimeout: 20 * time.Millisecond})
	c := f.dial(t)
	if _, err := io.WriteString(c, message("GET", "/wait", `{}`)); err != nil {
		t.Fatal(err)
	}
	id := <-f.entered
	select {
	case got := <-f.entered:
		t.Fatalf("%s: %s", id, got)
	case <-time.After(100 * time.Millisecond):
	}
	close(f.release)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	checkField(t, []byte(read(t, res)), "result", `"waited"`)
}

// TestClientLeaves cancels the request of an HTTP client that hangs up.
func TestClientLeaves(t *testing.T) {
	f := start(t, network.Options{})
	c := f.dial(t)
	if _, err := io.WriteString(c, get("/wait", "X-Kuzzle-Request-Id: r1")); err != nil {
		t.Fatal(err)
	}
	<-f.entered
	_ = c.Close()
	if got, want := <-f.entered, "cancelled r1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestLongHeaders are refused before anything is made of them.
func TestLongHeaders(t *testing.T) {
	f := start(t, network.Options{})
	c := f.dial(t)
	go func() { _, _ = io.WriteString(c, get("/echo?"+strings.Repeat("x", 2*network.MaxHeaderBytes))) }()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	refused := rawCase{status: http.StatusRequestHeaderFieldsTooLarge, id: "network.http.headers_too_large"}
	refused.check(t, res, []byte(read(t, res)))
}

// TestManyHeaders refuses header lines beyond their number, before net/http makes
// ten times as much of them, and takes as many as there may be.
func TestManyHeaders(t *testing.T) {
	f := start(t, network.Options{})
	lines := func(n int) string { // beside Host
		var b strings.Builder
		for i := range n - 1 {
			fmt.Fprintf(&b, "%x:\r\n", 4096+i)
		}
		return "GET /echo HTTP/1.1\r\nHost: x\r\n" + b.String() + "\r\n"
	}
	runRaw(t, f, []rawCase{
		{name: "as many as there may be", request: lines(network.MaxHeaderFields), status: 200},
		{name: "in the next request on the connection", request: lines(network.MaxHeaderFields), status: 200},
		{name: "one more", request: lines(network.MaxHeaderFields + 1), status: 431, id: "network.http.too_many_headers", props: `[100]`, closes: true},
	})
}

// TestSlowConsumer cuts off a socket that asks and does not read. Meanwhile the
// server holds a bounded part of the answers.
func TestSlowConsumer(t *testing.T) {
	closed := make(chan *api.Peer, 1)
	f := start(t, network.Options{WriteTimeout: 200 * time.Millisecond, OnClose: func(p *api.Peer) { closed <- p }})
	c := f.socket(t, nil)
	sent := make(chan int)
	go func() {
		n := 0
		for sendText(c, `{"controller":"test","action":"large"}`) == nil {
			n++
		}
		sent <- n
	}()
	<-closed
	_ = c.Close()
	<-sent
	_, served, _ := f.dispatcher.Load()
	// The bytes in the system's buffers, one message being written, and the most that may
	// wait.
	if most := int64(20 + 50); served > most {
		t.Errorf("%d answers were made for a client that reads none, want %d at most", served, most)
	}
}

// TestPushedConsumer cuts off a socket that is sent too much of its own accord,
// and tells it so if it reads after all.
func TestPushedConsumer(t *testing.T) {
	f := start(t, network.Options{LastChance: 30 * time.Second})
	peers := make(chan *api.Peer, 1)
	f.dispatcher.On(api.OnAuthorized, func(_ context.Context, e *api.Event) error { peers <- e.Request.Peer; return nil })
	c := f.socket(t, nil)
	if err := sendText(c, `{`+echoMessage+`}`); err != nil {
		t.Fatal(err)
	}
	link, frame := (<-peers).Link, []byte(strings.Repeat("x", 100_000))
	for range 1000 {
		link.Push(frame)
	}
	checkClosed(t, c, 1011)
}

// TestShutdown finishes what was accepted on both protocols, says farewell to
// sockets, and takes nothing new.
func TestShutdown(t *testing.T) {
	f := start(t, network.Options{})
	c, idle := f.socket(t, nil), f.socket(t, nil)
	raw := f.dial(t)
	if err := sendText(c, `{"controller":"test","action":"wait","requestId":"socket"}`); err != nil {
		t.Fatal(err)
	}
	<-f.entered
	if _, err := io.WriteString(raw, get("/wait")); err != nil {
		t.Fatal(err)
	}
	<-f.entered
	f.stop()
	checkClosed(t, idle, 1001)
	if late, err := net.Dial("tcp", f.address); err == nil {
		_ = late.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := late.Read(make([]byte, 1)); err == nil {
			t.Error("a connection made after the end is served")
		}
		_ = late.Close()
	}
	if err := sendText(c, `{"controller":"test","action":"wait","requestId":"late"}`); err != nil {
		t.Fatal(err)
	}
	close(f.release)
	res, err := http.ReadResponse(bufio.NewReader(raw), nil)
	if err != nil {
		t.Fatal(err)
	}
	checkField(t, []byte(read(t, res)), "result", `"waited"`)
	_, body, err := c.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	checkField(t, body, "room", `"socket"`)
	checkClosed(t, c, 1001)
	if err := f.end(); err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestShutdownGrace cuts off requests that run longer than the grace time.
func TestShutdownGrace(t *testing.T) {
	f := start(t, network.Options{ShutdownGrace: 50 * time.Millisecond})
	c, raw := f.socket(t, nil), f.dial(t)
	if err := sendText(c, `{"controller":"test","action":"wait","requestId":"r1"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(raw, get("/wait", "X-Kuzzle-Request-Id: r2")); err != nil {
		t.Fatal(err)
	}
	<-f.entered
	<-f.entered
	if err := f.end(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	cancelled := map[string]bool{<-f.entered: true, <-f.entered: true}
	if !cancelled["cancelled r1"] || !cancelled["cancelled r2"] {
		t.Errorf("cancelled %v, want both", cancelled)
	}
}

// TestIdleSocketMemory keeps 10,000 idle sockets within 400 MB, without both ends
// of the system's buffers: it measures the memory of one on this side.
func TestIdleSocketMemory(t *testing.T) {
	f := start(t, network.Options{})
	const sockets = 500
	before := inUse()
	for range sockets {
		c := f.dial(t)
		if _, err := io.WriteString(c, get("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 200)
		if n, err := c.Read(answer); err != nil || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 101") {
			t.Fatalf("%q, %v", answer[:n], err)
		}
	}
	perSocket := (inUse() - before) / sockets
	t.Logf("%d bytes for each idle socket", perSocket)
	if most := int64(400e6 / 10_000); perSocket > most {
		t.Errorf("an idle socket takes %d bytes, want at most %d", perSocket, most)
	}
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
