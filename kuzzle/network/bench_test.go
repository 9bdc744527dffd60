//go:build unix

package network_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// The benchmarks come in pairs: this server, and the same bytes from the bare library
// under it. Their ratio counts; the client is the same in both, and raw, so that it
// does not hide the difference.

type nowResult struct {
	Now int64 `json:"now"`
}

type userResult struct {
	ID     string         `json:"_id"`
	Source map[string]any `json:"_source"`
}

func benchTable() *api.Table {
	return api.NewTable([]api.Controller{
		{Name: "server", Actions: []api.Declared{api.Action[api.None, nowResult]{Name: "now", Routes: api.Routes{"GET /_now"},
			Run: func(context.Context, *api.Request, api.None) (nowResult, error) {
				return nowResult{time.Now().UnixMilli()}, nil
			}}}},
		{Name: "auth", Actions: []api.Declared{api.Action[api.None, userResult]{Name: "getCurrentUser", Routes: api.Routes{"GET /_me"},
			Run: func(context.Context, *api.Request, api.None) (userResult, error) {
				return userResult{"kuid-brave-otter-12345", map[string]any{"profileIds": []string{"default"}, "fullname": "John Doe"}}, nil
			}}}},
	}, nil)
}

func benchServer(b *testing.B) string {
	d := api.New(api.Config{Table: benchTable(), Authenticator: open{}, Rights: open{}})
	d.Ready()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() {
		stopped <- network.New(d, network.Options{Node: "knode-brave-otter-12345"}).Serve(ctx, listener)
	}()
	b.Cleanup(func() { cancel(); <-stopped })
	return listener.Addr().String()
}

const nowRequest = "GET /_now HTTP/1.1\r\nHost: 127.0.0.1:7512\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"

// BenchmarkNow is GET /_now over keep-alive connections.
func BenchmarkNow(b *testing.B) { benchHTTP(b, benchServer(b), nowRequest) }

// BenchmarkBareSame is net/http alone, writing body and headers of GET /_now.
func BenchmarkBareSame(b *testing.B) { benchHTTP(b, bareServer(b, true), nowRequest) }

// BenchmarkBareBody is net/http alone, writing the body of GET /_now and nothing else.
func BenchmarkBareBody(b *testing.B) { benchHTTP(b, bareServer(b, false), nowRequest) }

func bareServer(b *testing.B, headers bool) string {
	model, err := http.Get("http://" + benchServer(b) + "/_now")
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(model.Body)
	if err != nil {
		b.Fatal(err)
	}
	_ = model.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	model.Header.Del("Date")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if headers {
			for name, values := range model.Header {
				w.Header()[name] = values
			}
		}
		_, _ = w.Write(body)
	}))
	b.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func benchHTTP(b *testing.B, address, request string) {
	b.ReportAllocs()
	b.SetParallelism(8)
	defer reportCPU(b)()
	b.RunParallel(func(pb *testing.PB) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			b.Error(err)
			return
		}
		defer func() { _ = c.Close() }()
		reader := bufio.NewReader(c)
		for pb.Next() {
			if _, err := io.WriteString(c, request); err != nil {
				b.Error(err)
				return
			}
			if err := skipResponse(reader); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func skipResponse(reader *bufio.Reader) error {
	length := 0
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) == 2 {
			break
		}
		if text, found := strings.CutPrefix(string(line), "Content-Length: "); found {
			if length, err = strconv.Atoi(strings.TrimSpace(text)); err != nil {
				return err
			}
		}
	}
	_, err := reader.Discard(length)
	return err
}

func reportCPU(b *testing.B) func() {
	before := cpuTime(b)
	return func() { b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op") }
}

func cpuTime(b *testing.B) int64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}

var meMessage = []byte(`{"controller":"auth","action":"getCurrentUser","jwt":"kauth-` + strings.Repeat("x", 200) +
	`","requestId":"6ba7b810-9dad-41d1-80b4-00c04fd430c8","volatile":{"sdkInstanceId":"6ba7b810-9dad-41d1-80b4-00c04fd430c8","sdkName":"js@7.17.1"}}`)

// BenchmarkMe is auth:getCurrentUser over WebSocket, one request at a time per
// connection.
func BenchmarkMe(b *testing.B) { benchSocket(b, benchServer(b), meMessage) }

// BenchmarkEcho is gorilla/websocket alone, sending an answer of the same size.
func BenchmarkEcho(b *testing.B) {
	upgrader := websocket.Upgrader{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		for {
			kind, message, err := c.ReadMessage()
			if err != nil {
				return
			}
			if err := c.WriteMessage(kind, message); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	benchSocket(b, server.Listener.Addr().String(), meMessage)
}

func benchSocket(b *testing.B, address string, message []byte) {
	b.ReportAllocs()
	b.SetParallelism(8)
	defer reportCPU(b)()
	b.RunParallel(func(pb *testing.PB) {
		c, _, err := websocket.DefaultDialer.Dial("ws://"+address, nil)
		if err != nil {
			b.Error(err)
			return
		}
		defer func() { _ = c.Close() }()
		prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, message)
		if err != nil {
			b.Error(err)
			return
		}
		for pb.Next() {
			if err := c.WritePreparedMessage(prepared); err != nil {
				b.Error(err)
				return
			}
			_, reader, err := c.NextReader()
			if err == nil {
				_, err = io.Copy(io.Discard, reader)
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkPost is a request with a JSON body.
func BenchmarkPost(b *testing.B) {
	benchHTTP(b, benchServer(b), message("POST", "/_query", `{"controller":"server","action":"now","body":{"a":[1,2,3],"b":"text"}}`,
		"Content-Type: application/json"))
}
