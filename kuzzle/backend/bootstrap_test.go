package backend

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// serveOnce starts a server and stops it again.
func serveOnce(t *testing.T, app *App) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := app.Serve(ctx, listener); err != nil {
		t.Fatal(err)
	}
}

// A command that opens the data directory while no server runs must not replace
// the token that somebody already has.
func TestOnlyServingHandsOutABootstrapToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	data := t.TempDir()
	again := func(cfg *config.Config) { cfg.Data, cfg.BootstrapTokenFile = data, file }

	if err := newApp(t, again).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("a program that does not serve wrote a token: %v", err)
	}
	if err := os.WriteFile(file, []byte("an older one"), 0o644); err != nil {
		t.Fatal(err)
	}
	serveOnce(t, newApp(t, again))
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token's file has mode %v (%v), want 0600", info.Mode(), err)
	}
	app := newApp(t, again)
	caller, err := app.gate.Authenticate(t.Context(), bearing(strings.TrimSpace(string(text))))
	if err != nil || caller.Via != api.ViaBootstrap {
		t.Errorf("after a program opened the directory the token is for %v (%v)", caller.Via, err)
	}
}

// bearing is a request with a token.
func bearing(tok string) *api.Request {
	return &api.Request{Token: tok, HasToken: true, Peer: &api.Peer{Protocol: api.Embedded}}
}

// A token that was for the first administrator is not for the first one after a
// reset as well.
func TestResetEndsTheBootstrapToken(t *testing.T) {
	app := newApp(t, nil)
	tok, err := app.boot.Renew(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.gate.Authenticate(t.Context(), bearing(tok)); err != nil {
		t.Fatal(err)
	}
	operator := users.Actor{Kuid: users.AnonymousKuid, Operator: true}
	if _, err := app.accounts.Credentials.FirstAdmin(t.Context(), operator, credentials.NewUser{}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := app.accounts.Care.Reset(t.Context(), operator); err != nil {
		t.Fatal(err)
	}
	if caller, err := app.gate.Authenticate(t.Context(), bearing(tok)); err == nil {
		t.Errorf("after a reset the token works again: %v", caller.Via)
	}
}

// The administrator of the configuration exists once the server runs.
func TestConfiguredAdministrator(t *testing.T) {
	data := t.TempDir()
	named := func(cfg *config.Config) {
		cfg.Data = data
		cfg.Admin.Username, cfg.Admin.Password = "boss", "correct horse battery"
	}
	serveOnce(t, newApp(t, named))
	app := newApp(t, named)
	if exists, err := app.accounts.Users.AdminExists(t.Context()); err != nil || !exists {
		t.Errorf("an administrator exists: %t, %v", exists, err)
	}
}

// Servers of one store that start at once all start, and one token is left.
func TestTokensMadeAtOnce(t *testing.T) {
	app := newApp(t, nil)
	const servers = 4
	tokens := make([]string, servers)
	var starting sync.WaitGroup
	for i := range tokens {
		starting.Go(func() {
			var err error
			if tokens[i], err = app.boot.Renew(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	good := 0
	for _, tok := range tokens {
		if _, err := app.gate.Authenticate(t.Context(), bearing(tok)); err == nil {
			good++
		}
	}
	if good != 1 {
		t.Errorf("%d of the tokens are good, want 1", good)
	}
}
