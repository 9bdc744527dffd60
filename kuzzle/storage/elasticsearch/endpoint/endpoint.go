package endpoint

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// connectTime is the maximum duration of a connection's dial, and of its TLS handshake.
const connectTime = 5 * time.Second

// ErrNoCertificate is Transport's error for a text without a certificate.
var ErrNoCertificate = errors.New("it has no certificate")

// Credentials are an API key, or a name and password. The API key takes precedence.
type Credentials struct {
	Username, Password, APIKey string
}

// Node is an address of a cluster, with the credentials for it.
type Node struct {
	// URL is the address without credentials and without a slash at its end.
	URL         string
	credentials Credentials
}

// Parse returns the nodes at some addresses. The name and password in an address take
// precedence over the credentials given. Those in the first address replace the name and
// password given.
func Parse(addresses []string, given Credentials) ([]Node, error) {
	nodes := make([]Node, len(addresses))
	for i, address := range addresses {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			// The error of url.Parse repeats the address, and with it a password.
			return nil, fmt.Errorf("address %d is not usable: give each address as a URL such as http://127.0.0.1:9200", i+1)
		}
		credentials := given
		if u.User != nil {
			password, _ := u.User.Password()
			credentials = Credentials{Username: u.User.Username(), Password: password}
			if i == 0 {
				given.Username, given.Password = credentials.Username, credentials.Password
			}
		}
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		nodes[i] = Node{strings.TrimRight(u.String(), "/"), credentials}
	}
	return nodes, nil
}

// Request returns a request with a JSON body, or without a body if it is nil.
func (n Node) Request(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, n.URL+path, reader)
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	switch c := n.credentials; {
	case c.APIKey != "":
		request.Header.Set("Authorization", "ApiKey "+c.APIKey)
	case c.Username != "":
		request.SetBasicAuth(c.Username, c.Password)
	}
	return request, nil
}

// Transport returns a transport to nodes whose certificates an authority signs. The
// authority is a text in PEM; nil means those that the system knows.
func Transport(authority []byte) (*http.Transport, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: connectTime}).DialContext
	transport.TLSHandshakeTimeout = connectTime
	if authority != nil {
		authorities := x509.NewCertPool()
		if !authorities.AppendCertsFromPEM(authority) {
			return nil, ErrNoCertificate
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}
	}
	return transport, nil
}
