package backend

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// serveAt serves an app until the test ends.
func serveAt(t *testing.T, app *App) (base string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, listener) }() // ended by the cleanup
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// TestDev: an option opens the server of an embedding program, as the setting
// does, but not the program's own calls.
func TestDev(t *testing.T) {
	for _, c := range []struct {
		name    string
		options []Option
		open    bool
	}{
		{"without", nil, false},
		{"with the option", []Option{Dev()}, true},
		{"whatever the order", []Option{Dev(), WithConfig(func() config.Config {
			cfg := config.Default()
			cfg.Data, cfg.Audit.File = t.TempDir(), "off"
			return cfg
		}())}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := newApp(t, nil, c.options...)
			base := serveAt(t, app)
			answer, err := http.Post(base+"/users/_create", "application/json", strings.NewReader(`{"content":{"profileIds":["default"]}}`))
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if want := map[bool]int{true: 200, false: 401}[c.open]; answer.StatusCode != want {
				t.Errorf("over the network: %d, want %d", answer.StatusCode, want)
			}
			own := app.Dispatch(t.Context(), &api.Request{Controller: "security", Action: "searchUsers", Body: map[string]any{}})
			if own.Status != 401 {
				t.Errorf("a call of the program's own without a token: %d, want 401", own.Status)
			}
		})
	}
}

// TestDevListensOnLoopbackOnly: even a listener of the caller must be on
// loopback.
func TestDevListensOnLoopbackOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "[::]:0"} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Logf("%s: %v", address, err)
			continue
		}
		if err := newApp(t, nil, Dev()).Serve(t.Context(), listener); !errors.Is(err, ErrNotLoopback) {
			t.Errorf("Serve on %s: %v", listener.Addr(), err)
		}
		if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the listener on %s is left open: %v", listener.Addr(), err)
		}
	}
	if err := newApp(t, func(cfg *config.Config) { cfg.Listen = "0.0.0.0:0" }, Dev()).Run(t.Context()); !errors.Is(err, ErrNotLoopback) {
		t.Errorf("Run: %v", err)
	}
	scraped := newApp(t, func(cfg *config.Config) { cfg.Listen, cfg.MetricsListen = "127.0.0.1:0", "0.0.0.0:0" }, Dev())
	if err := scraped.Run(t.Context()); !errors.Is(err, ErrNotLoopback) {
		t.Errorf("with metrics for everybody: %v", err)
	}
}
