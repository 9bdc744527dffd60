package losstest

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
)

// TestScarceDescriptors runs the server with few descriptors and more clients
// than they suffice for: it serves the present ones, refuses others with a
// message, answers the probe, and serves everybody once there is room.
func TestScarceDescriptors(t *testing.T) {
	for _, test := range []struct {
		name        string
		descriptors int
	}{
		{"fewer than it keeps for itself", 96},
		{"fewer than connections", 300},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := t.TempDir()
			seed(t, data, 2, cheap...)
			s := launch(t, data, exec.Command("sh", append([]string{"-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, test.descriptors), binary},
				arguments(data, freeport.ForTest(t), append(cheap, "--set", "audit.file=off"))...)...))
			got, err := login(s.base, floodName(0), password)
			if err != nil || got.status != 200 {
				t.Fatalf("login: %d %s %v", got.status, got.errID, err)
			}
			token := text(t, got.result, "jwt")

			t.Log("connections that say nothing come and stay")
			silent := s.idle(t, 2*test.descriptors)
			s.checkServes(t, "beside idle connections")

			t.Log("sockets of somebody who is known take all there is")
			var known []*websocket.Conn
			for {
				socket := s.known(t, token)
				if socket == nil {
					break
				}
				if known = append(known, socket); len(known) > test.descriptors {
					t.Fatal("there are more sockets than descriptors")
				}
			}
			if len(known) == 0 {
				t.Fatal("not one socket of somebody known is let in")
			}
			for i := range 20 {
				got, err := lone(i, s.base, "GET", "/_me", "")
				if err != nil || got.status != 503 || got.errID != "network.connections.full" || got.retry == "" {
					t.Errorf("a request that finds no room: %d %q, retry after %q, %v", got.status, got.errID, got.retry, err)
				}
				if got, err := lone(i, s.base, "GET", "/_healthcheck", ""); err != nil || got.status != 200 {
					t.Errorf("a probe that finds no room: %d %s %v", got.status, got.errID, err)
				}
			}
			for i, socket := range known {
				if status := asks(t, socket, `{"controller":"auth","action":"updateSelf","body":{"n":1},"jwt":"`+token+`"}`); status != 200 {
					t.Fatalf("socket %d of %d, which was there before: %d", i, len(known), status)
				}
			}

			for _, socket := range known {
				_ = socket.Close()
			}
			for _, conn := range silent {
				_ = conn.Close()
			}
			for deadline := time.Now().Add(startTimeout); ; time.Sleep(10 * time.Millisecond) {
				if got, err := lone(0, s.base, "GET", "/_me", ""); err == nil && got.status == 200 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("the server does not recover")
				}
			}
			s.checkServes(t, "after all have left")
		})
	}
}

// checkServes has others log in, each over a connection of its own.
func (s *server) checkServes(t *testing.T, when string) {
	t.Helper()
	for i := range 20 {
		got, err := lone(i, s.base, "POST", "/_login/local", fmt.Sprintf(`{"username":%q,"password":%q}`, floodName(1), password))
		if err != nil || got.status != 200 {
			t.Errorf("a login %s: %d %s %v", when, got.status, got.errID, err)
		}
	}
}

// lone sends one request from an address, over a connection of its own. One that
// is closed unheard is tried again for a while.
func lone(address int, base, method, path, body string) (answer, error) {
	via := &http.Client{Timeout: startTimeout, Transport: &http.Transport{DialContext: from(address % addresses), DisableKeepAlives: true}}
	var got answer
	var err error
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(10 * time.Millisecond) {
		var req *http.Request
		if req, err = http.NewRequest(method, base+path, strings.NewReader(body)); err != nil {
			return answer{}, err
		}
		req.Header.Set("Content-Type", "application/json")
		if got, err = send(via, req); err == nil || time.Now().After(deadline) {
			return got, err
		}
	}
}

// idle opens connections that send nothing, as far as the system takes them.
func (s *server) idle(t *testing.T, n int) (open []net.Conn) {
	t.Helper()
	dial := from(addresses)
	for range n {
		conn, err := dial(t.Context(), "tcp", strings.TrimPrefix(s.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		open = append(open, conn)
	}
	return open
}

// known opens a socket and shows a token; nil where there is no room for one.
func (s *server) known(t *testing.T, token string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{NetDialContext: from(addresses + 1), HandshakeTimeout: startTimeout}
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(10 * time.Millisecond) {
		socket, res, err := dialer.Dial(strings.Replace(s.base, "http", "ws", 1), nil)
		if err != nil && res == nil && time.Now().Before(deadline) {
			continue // closed unheard
		}
		if err != nil {
			if res == nil || res.StatusCode != http.StatusServiceUnavailable {
				t.Fatalf("a socket: %v", err)
			}
			return nil
		}
		t.Cleanup(func() { _ = socket.Close() })
		if status := asks(t, socket, `{"controller":"auth","action":"getCurrentUser","jwt":"`+token+`"}`); status != 200 {
			t.Fatalf("a new socket is answered %d", status)
		}
		return socket
	}
}

func asks(t *testing.T, socket *websocket.Conn, message string) int {
	t.Helper()
	_ = socket.SetReadDeadline(time.Now().Add(startTimeout))
	if err := socket.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
		t.Fatal(err)
	}
	var got struct{ Status int }
	if err := socket.ReadJSON(&got); err != nil {
		t.Fatal(err)
	}
	return got.Status
}
