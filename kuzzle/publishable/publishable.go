// Package publishable makes the publishable keys of an instance and the issuer of the
// tokens that it signs for other services. Both contain the instance's Frontend API:
// the host where browsers find it, optionally with a port and a path.
//
// A publishable key is not a secret. It tells a client library the address of the
// instance, and whether it is for development or for production.
package publishable

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Prefixes of the two kinds of key.
const (
	testPrefix = "pk_test_"
	livePrefix = "pk_live_"
)

// localPath ends the Frontend API of an instance that only this machine reaches.
// Browser libraries recognize a development key only by a name like this at its end,
// and one library for Go recognizes the issuer by it. Our own address stands before
// it, so nothing is ever sent to the host of that name.
const localPath = "/kuzzle.clerk.accounts.dev"

// hostPrefix begins the Frontend API of an instance with a name.
const hostPrefix = "clerk."

// Keys are the keys of one instance.
type Keys struct {
	// Test is "" for an instance of production: it refuses the tokens in addresses by which libraries
	// with a test key know browsers.
	Test string `json:"test,omitempty"`
	Live string `json:"live"`
	// FrontendAPI is their content, and Issuer the claim iss of tokens.
	FrontendAPI string `json:"frontendApi"`
	Issuer      string `json:"issuer"`
}

// For returns the keys of an instance by its Frontend API.
func For(frontendAPI string) Keys {
	payload := base64.StdEncoding.EncodeToString([]byte(frontendAPI + "$"))
	keys := Keys{Live: livePrefix + payload, FrontendAPI: frontendAPI, Issuer: Issuer(frontendAPI)}
	if Development(frontendAPI) {
		keys.Test = testPrefix + payload
	}
	return keys
}

// Issuer returns the claim iss of every token that an instance signs for other
// services.
func Issuer(frontendAPI string) string { return "https://" + frontendAPI }

// FrontendAPI derives an instance's Frontend API from its URL for clients: the public
// URL, or "" and the address that it listens on. A name becomes clerk.<name>; a
// server without one counts as one of development on this machine.
func FrontendAPI(publicURL, listen string) string {
	host := Local(listen)
	if public, err := url.Parse(publicURL); err == nil && public.Host != "" {
		host = public.Host
		if name := public.Hostname(); strings.Contains(name, ".") && !isAddress(name) {
			return hostPrefix + strings.TrimPrefix(host, hostPrefix)
		}
	}
	return host + localPath
}

// developmentEnds end the Frontend API of a development instance for browser libraries.
var developmentEnds = []string{
	".accounts.dev", ".accountsstage.dev", ".lcl.dev", ".stg.dev", ".lclstage.dev", ".stgstage.dev",
}

// Development reports whether libraries hold the instance for one of development: only then
// may a browser be known by a token in addresses instead of a cookie.
func Development(frontendAPI string) bool {
	return slices.ContainsFunc(developmentEnds, func(end string) bool { return strings.HasSuffix(frontendAPI, end) })
}

// Path returns the path in a Frontend API, below which its routes are found too; "" for none.
func Path(frontendAPI string) string {
	if at := strings.IndexByte(frontendAPI, '/'); at >= 0 {
		return frontendAPI[at:]
	}
	return ""
}

// suffixLength is the number of characters of a suffix.
const suffixLength = 8

// Suffix returns the end of the names of the cookies of an application with that key, so that
// applications of several instances on one name do not disturb each other.
func Suffix(key string) string {
	sum := sha1.Sum([]byte(key)) // the libraries compute the same
	return base64.URLEncoding.EncodeToString(sum[:])[:suffixLength]
}

// Domain returns the part of a host name that an instance shares with its applications, which are
// on it or below it: the name without "clerk.".
func Domain(frontendAPI string) string { return strings.TrimPrefix(Host(frontendAPI), hostPrefix) }

// Host returns the host in a Frontend API, without a port and a path.
func Host(frontendAPI string) string {
	host, _, _ := strings.Cut(frontendAPI, "/")
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// Local returns the address by which this machine reaches a server that listens on an
// address.
func Local(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

var errForm = errors.New(`write a host with a dot, optionally with a port and a path, such as "clerk.example.com"`)

var form = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*$`) })

// Check returns the fault of a Frontend API that an operator chose.
func Check(frontendAPI string) error {
	if !form().MatchString(frontendAPI) || !strings.Contains(frontendAPI, ".") || len(frontendAPI) > 253 {
		return errForm
	}
	return nil
}
