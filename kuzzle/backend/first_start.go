package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/controllers/security"
	"github.com/gokuzzle/kuzzle/controllers/server"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// open reports whether the caller may do everything: only with the setting dev,
// only until the first administrator exists, and only for a request from this
// machine that was not caused by a web page or, as far as headers tell, a
// proxy. A forwarder that adds no header looks like a program of this machine;
// this is why dev must be set explicitly. Nothing of this is stored: the stored
// roles are the restricted ones from the first start. Without dev nothing is
// looked up here.
func (g *gate) open(ctx context.Context, peer *api.Peer) (bool, error) {
	if !g.dev || !peer.Operator && !local(peer) {
		return false, nil
	}
	exists, err := g.accounts.Users.AdminExists(ctx)
	return err == nil && !exists, err
}

// Hint implements api.Hinter. While there is no administrator, it tells callers whom the
// server refuses the first one how to create it.
func (g *gate) Hint(ctx context.Context, req *api.Request, controller, action string) string {
	asks := controller == security.Name && action == security.CreateFirstAdmin || controller == server.Name && action == server.AdminExists
	if !asks || !req.Caller.Anonymous() {
		return ""
	}
	if exists, err := g.accounts.Users.AdminExists(ctx); err != nil || exists {
		return ""
	}
	if g.dev {
		return "Unauthorized: with --dev the server is open to programs of its own machine only. Create the first administrator there."
	}
	return "Unauthorized: the first administrator is created with a bootstrap token, sent as \"Authorization: Bearer kboot-…\". " +
		"The server prints it to its terminal when it starts, or writes it to the file that KUZZLE_BOOTSTRAP_TOKEN_FILE names."
}

// MayReadUsers reports whether a refusal may name other users to the caller.
func (g *gate) MayReadUsers(req *api.Request) bool { return kuzzleview.MayRead(req) }

// ErrNotLoopback is the error of Serve on a listener that others than this
// machine could reach, when the server is to be open.
var ErrNotLoopback = errors.New("dev opens the server, so it listens on loopback only; listen on 127.0.0.1 or leave out dev")

// keepsToItself refuses a listener that other machines could reach while dev
// opens the server.
func keepsToItself(cfg config.Config, addr net.Addr) error {
	tcp, ok := addr.(*net.TCPAddr)
	if cfg.Dev && (!ok || !tcp.IP.IsLoopback()) {
		return fmt.Errorf("%s: %w", addr, ErrNotLoopback)
	}
	return nil
}

func local(peer *api.Peer) bool {
	return peer.Remote.IsLoopback() && peer.Local.IsLoopback() && !peer.Forwarded &&
		localHost(peer.Host) && (peer.Origin == "" || localOrigin(peer.Origin)) &&
		peer.SameSite()
}

func localOrigin(origin string) bool {
	parsed, err := url.Parse(origin)
	return err == nil && localHost(parsed.Host)
}

func localHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	return strings.EqualFold(host, "localhost") || host == "127.0.0.1" || host == "::1"
}
