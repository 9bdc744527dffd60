package frontend

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/publishable"
)

// anyOrigin leaves origins to the door, which knows more about a request.
type anyOrigin struct{}

func (anyOrigin) Allowed(string) bool { return true }

// origins decides which pages may call.
type origins struct {
	rules       *rules.InForce
	frontendAPI string
	development bool
}

func newOrigins(frontendAPI string, in *rules.InForce) origins {
	return origins{rules: in, frontendAPI: frontendAPI, development: publishable.Development(frontendAPI)}
}

// allowed reports whether pages of an origin may call.
func (o origins) allowed(origin string) bool { return allows(o.rules.Now(), o.frontendAPI, origin) }

// allows reports whether pages of an origin may call an instance with those rules and that Frontend API.
func allows(r *rules.Rules, frontendAPI, origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin {
		return false // no origin has a user, a path or a query
	}
	if listed := r.Origins; len(listed) > 0 {
		return slices.ContainsFunc(listed, func(one string) bool { return strings.EqualFold(strings.TrimSuffix(one, "/"), origin) })
	}
	if publishable.Development(frontendAPI) {
		return (u.Scheme == "http" || u.Scheme == "https") && loopback(u.Hostname())
	}
	return u.Scheme == "https" && onDomain(u.Hostname(), publishable.Domain(frontendAPI))
}

// onDomain reports whether a host is a domain or below it.
func onDomain(host, domain string) bool {
	host = strings.ToLower(host)
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// loopback reports whether a host name always means this machine.
func loopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// originOf returns the origin of an address, "" if it has none.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.ContainsAny(address, "\\\t\r\n") {
		return ""
	}
	host := strings.ToLower(u.Host)
	if name, port, err := net.SplitHostPort(host); err == nil && (port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http") {
		host = name
	}
	return u.Scheme + "://" + host
}

// cors lets pages of allowed origins read answers.
func (d *door) cors(h, sent http.Header, peer *api.Peer) {
	h["Vary"] = []string{"Origin"}
	if peer.Origin == "" || d.Off || !d.origins.allowed(peer.Origin) {
		return
	}
	h["Access-Control-Allow-Origin"] = []string{peer.Origin}
	h["Access-Control-Allow-Credentials"] = []string{"true"}
	h["Access-Control-Expose-Headers"] = []string{"Authorization, " + browserHeader + ", Retry-After, X-Country"}
	if wanted := sent["Access-Control-Request-Headers"]; len(wanted) > 0 {
		h["Access-Control-Allow-Headers"] = wanted
		h["Access-Control-Allow-Methods"] = []string{"GET, POST, PUT, PATCH, DELETE"}
	} else if len(sent["Access-Control-Request-Method"]) > 0 {
		h["Access-Control-Allow-Methods"] = []string{"GET, POST, PUT, PATCH, DELETE"}
	}
}
