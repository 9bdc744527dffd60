package network_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// TestShutdownKeepAlive: clients that go on asking over connections of theirs are told by
// the last answer that it is the last one, and no request of theirs is cut.
func TestShutdownKeepAlive(t *testing.T) {
	// Nobody is slow enough to be taken for idle.
	f := start(t, network.Options{ShutdownGrace: time.Minute, Linger: time.Minute})
	const clients, requests = 8, 20
	var begun, ended sync.WaitGroup
	begun.Add(clients)
	for range clients {
		conn := f.dial(t)
		ended.Go(func() {
			if err := askUntilClosed(conn, requests, begun.Done); err != nil {
				t.Error(err)
			}
		})
	}
	begun.Wait()
	if err := f.end(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	ended.Wait()
}

// askUntilClosed asks until an answer says that the connection ends, and calls begun
// after some requests.
func askUntilClosed(conn net.Conn, some int, begun func()) error {
	from := bufio.NewReader(conn)
	for n := 1; ; n++ {
		if _, err := io.WriteString(conn, get("/echo")); err != nil {
			return fmt.Errorf("request %d was cut: %w", n, err)
		}
		res, err := http.ReadResponse(from, nil)
		if err != nil {
			return fmt.Errorf("request %d was cut: %w", n, err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
			return fmt.Errorf("request %d: status %d, %w", n, res.StatusCode, err)
		}
		if n == some {
			begun()
		}
		if res.Close {
			if _, err := from.ReadByte(); err != io.EOF {
				return fmt.Errorf("after the last answer: %w", err)
			}
			return nil
		}
	}
}

// TestShutdownUnderWay: a request that began before the end is answered, and that answer
// is the last one of its connection.
func TestShutdownUnderWay(t *testing.T) {
	f := start(t, network.Options{ShutdownGrace: time.Minute, Linger: time.Minute})
	conn := f.dial(t)
	if _, err := io.WriteString(conn, get("/wait")); err != nil {
		t.Fatal(err)
	}
	<-f.entered
	f.stop()
	for {
		late, err := net.Dial("tcp", f.address)
		if err != nil {
			break // the server has begun to stop
		}
		_ = late.Close()
	}
	close(f.release)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	checkField(t, []byte(read(t, res)), "result", `"waited"`)
	if !res.Close {
		t.Error("the last answer does not say that it is the last one")
	}
	if err := f.end(); err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestShutdownIdle: connections that nobody asks on are closed, and the log says that the
// server stops.
func TestShutdownIdle(t *testing.T) {
	var log logtest.Log
	f := start(t, network.Options{ShutdownGrace: time.Minute, Linger: time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil))})
	conn := f.dial(t)
	if _, err := io.WriteString(conn, get("/echo")); err != nil {
		t.Fatal(err)
	}
	from := bufio.NewReader(conn)
	res, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	read(t, res)
	if err := f.end(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := from.ReadByte(); err != io.EOF {
		t.Errorf("got %v, want that the connection ended", err)
	}
	if !log.Has(`msg="shutting down" connections=1 `) {
		t.Errorf("log: %q", &log)
	}
}
