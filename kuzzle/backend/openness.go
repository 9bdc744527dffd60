package backend

import (
	"context"
	"net"
	"net/url"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// open tells whether an anonymous caller may do everything: only until the
// first administrator exists, and only from this machine itself, by nothing
// that a web page or a proxy could have caused. Nothing of it is stored: the
// stored roles are locked down from the first start.
func (g *gate) open(ctx context.Context, peer *api.Peer) (bool, error) {
	if !local(peer) {
		return false, nil
	}
	exists, err := g.accounts.AdminExists(ctx)
	return err == nil && !exists, err
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
