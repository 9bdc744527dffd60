package network_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// echoArgs accepts everything, so that tests see the arrived arguments.
type echoArgs struct {
	ID   string `arg:"_id"`
	Body any    `body:"."`
}

type typedArgs struct {
	Name  string         `body:"name,required"`
	Size  int            `arg:"size"`
	Flag  bool           `arg:"flag"`
	List  []string       `body:"list"`
	Inner map[string]any `body:"inner"`
}

// desk is the channel by which test actions block and report.
type desk struct {
	entered chan string
	release chan struct{}
}

func newDesk() *desk { return &desk{entered: make(chan string, 1000), release: make(chan struct{})} }

func (d *desk) controllers() []api.Controller {
	echo := func(_ context.Context, req *api.Request, args echoArgs) (any, error) {
		seen := map[string]any{}
		for name, value := range req.Args {
			seen[name] = value
		}
		return map[string]any{"args": seen, "body": args.Body, "token": req.Token, "hasToken": req.HasToken,
			"kuid": req.Caller.Kuid}, nil
	}
	return []api.Controller{
		{Name: "test", Actions: []api.Declared{
			api.Action[echoArgs, any]{Name: "echo", Run: echo, Routes: api.Routes{
				"GET /echo", "POST /echo", "PUT /echo", "PATCH /echo", "DELETE /echo",
				"GET /echo/{_id}", "POST /echo/{_id}", "GET /echo/fixed/name"}},
			api.Action[echoArgs, any]{Name: "light", Weight: 2048, Routes: api.Routes{"POST /light"},
				Run: func(context.Context, *api.Request, echoArgs) (any, error) { return "light", nil }},
			api.Action[typedArgs, string]{Name: "typed", Routes: api.Routes{"POST /typed"},
				Run: func(context.Context, *api.Request, typedArgs) (string, error) { return "ok", nil }},
			api.Action[api.None, any]{Name: "peer", Routes: api.Routes{"GET /peer"}, Run: showPeer},
			api.Action[api.None, any]{Name: "panic", Routes: api.Routes{"GET /panic"},
				Run: func(context.Context, *api.Request, api.None) (any, error) { panic("a secret cause") }},
			api.Action[api.None, any]{Name: "fail", Routes: api.Routes{"GET /fail"},
				Run: func(context.Context, *api.Request, api.None) (any, error) { return nil, errors.New("a secret cause") }},
			api.Action[api.None, any]{Name: "busy", Routes: api.Routes{"GET /busy"},
				Run: func(context.Context, *api.Request, api.None) (any, error) {
					return nil, api.ErrOverloaded.New().RetryIn(1500 * time.Millisecond)
				}},
			api.Action[api.None, any]{Name: "raw", Routes: api.Routes{"GET /raw"},
				Run: func(context.Context, *api.Request, api.None) (any, error) {
					return api.Raw{ContentType: "application/yaml", Body: []byte("a: b\n"), Value: map[string]any{"a": "b"}}, nil
				}},
			api.Action[api.None, any]{Name: "cookie", Routes: api.Routes{"GET /cookie"},
				Run: func(_ context.Context, req *api.Request, _ api.None) (any, error) {
					req.SetCookie("authToken=abc; Path=/")
					req.SetHeader("x-more", "yes")
					return nil, nil
				}},
			api.Action[api.None, any]{Name: "large", Routes: api.Routes{"GET /large"},
				Run: func(context.Context, *api.Request, api.None) (any, error) {
					return strings.Repeat("lorem ipsum ", 100_000), nil
				}},
			api.Action[api.None, any]{Name: "small", Routes: api.Routes{"GET /small"},
				Run: func(context.Context, *api.Request, api.None) (any, error) {
					return strings.Repeat("lorem ipsum ", 10), nil
				}},
			api.Action[api.None, any]{Name: "secret", Routes: api.Routes{"GET /secret"}, Secret: true,
				Run: func(context.Context, *api.Request, api.None) (any, error) {
					return strings.Repeat("lorem ipsum ", 100), nil
				}},
			api.Action[api.None, any]{Name: "wait", Routes: api.Routes{"GET /wait"}, Run: d.wait},
		}},
		{Name: "server", Actions: []api.Declared{
			api.Action[api.None, any]{Name: "publicApi", Routes: api.Routes{"GET /_publicApi"},
				Run: func(context.Context, *api.Request, api.None) (any, error) { return map[string]any{}, nil }},
			api.Action[api.None, any]{Name: "info", Routes: api.Routes{"GET /"},
				Run: func(context.Context, *api.Request, api.None) (any, error) { return "info", nil }},
		}},
	}
}

func showPeer(_ context.Context, req *api.Request, _ api.None) (any, error) {
	p := req.Peer
	return map[string]any{"protocol": p.Protocol, "addr": p.Addr.String(), "remote": p.Remote.String(),
		"local": p.Local.String(), "host": p.Host, "origin": p.Origin, "cookie": p.Cookie, "fetchSite": p.FetchSite,
		"forwarded": p.Forwarded, "tls": p.TLS, "trusted": p.OriginTrusted, "link": p.Link != nil, "conn": p.ConnID}, nil
}

// wait runs until the test lets it or the request is cancelled.
func (d *desk) wait(ctx context.Context, req *api.Request, _ api.None) (any, error) {
	d.entered <- req.ID
	select {
	case <-d.release:
		return "waited", nil
	case <-ctx.Done():
		d.entered <- "cancelled " + req.ID
		return nil, ctx.Err()
	}
}

type open struct{}

func (open) Authenticate(_ context.Context, req *api.Request) (api.Caller, error) {
	if req.Token != "" {
		if req.Peer.Link != nil {
			req.Peer.Link.Known(true)
		}
		return api.Caller{Kuid: "kuid-of-" + req.Token, Via: api.ViaSession}, nil
	}
	return api.Caller{Kuid: api.AnonymousKuid}, nil
}

func (open) Allowed(context.Context, *api.Request, string, string) (bool, error) { return true, nil }

// front is a server on a real socket.
type front struct {
	*desk
	server     *network.Server
	dispatcher *api.Dispatcher
	address    string
	stop       context.CancelFunc
	stopped    chan error
}

func start(t testing.TB, opts network.Options, more ...api.Controller) *front {
	t.Helper()
	f := &front{desk: newDesk(), stopped: make(chan error, 1)}
	f.dispatcher = api.New(api.Config{Table: api.NewTable(append(f.controllers(), more...), nil), Authenticator: open{}, Rights: open{},
		Origins: opts.Origins})
	f.dispatcher.Ready()
	f.server = network.New(f.dispatcher, opts)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.address = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	f.stop = cancel
	go func() { f.stopped <- f.server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-f.stopped; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return f
}

// end stops the server and waits for it; Cleanup then finds it stopped.
func (f *front) end() error {
	f.stop()
	err := <-f.stopped
	f.stopped <- nil
	return err
}

func (f *front) url(path string) string { return "http://" + f.address + path }

// dial opens a raw TCP connection with a deadline that no test should reach.
func (f *front) dial(t testing.TB) net.Conn {
	t.Helper()
	return f.dialBy(t, net.Dialer{})
}

// dialBy is dial with a dialer of the test's.
func (f *front) dialBy(t testing.TB, dialer net.Dialer) net.Conn {
	t.Helper()
	c, err := dialer.Dial("tcp", f.address)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// socket opens a WebSocket.
func (f *front) socket(t testing.TB, header http.Header) *websocket.Conn {
	t.Helper()
	c, res, err := websocket.DefaultDialer.Dial("ws://"+f.address+"/", header)
	if err != nil {
		t.Fatalf("upgrade: %v (%v)", err, res)
	}
	_ = res.Body.Close()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
