package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
)

// Cluster is an Elasticsearch, of version 7.12 or later, that a source is read
// from. Nothing is written to it.
type Cluster struct {
	// Addresses are URLs of its nodes.
	Addresses []string
	// Username and Password, or APIKey, are what it asks for.
	Username, Password, APIKey string
	// CA is a PEM text with the authority that signs its certificates, nil for
	// those that the system knows.
	CA []byte
}

// Bounds of reading a cluster.
const (
	clusterDial    = 5 * time.Second
	clusterTimeout = time.Minute
	// maxPageBytes is the longest answer that is read. A longer one is asked for
	// again in parts.
	maxPageBytes = 64 << 20
)

// ErrCluster is wrapped by errors about a cluster that cannot be read.
var ErrCluster = errors.New("the cluster cannot be read")

var (
	errPage    = errors.New("the page is too long")
	errMissing = errors.New("it is not there")
)

type clusterClient struct {
	transport *elastictransport.Client
	idle      *http.Transport
}

func (c Cluster) connect() (*clusterClient, error) {
	var urls []*url.URL
	for _, address := range c.Addresses {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("%w: an address is a URL such as http://127.0.0.1:9200", ErrCluster)
		}
		urls = append(urls, u)
	}
	idle := http.DefaultTransport.(*http.Transport).Clone()
	idle.DialContext = (&net.Dialer{Timeout: clusterDial}).DialContext
	idle.TLSHandshakeTimeout = clusterDial
	transport, err := elastictransport.New(elastictransport.Config{
		URLs: urls, Username: c.Username, Password: c.Password, APIKey: c.APIKey, CACert: c.CA, Transport: idle,
		RetryBackoff: func(attempt int) time.Duration { return time.Duration(attempt) * 100 * time.Millisecond },
	})
	if err != nil {
		return nil, fmt.Errorf("%w: its CA file is no PEM", ErrCluster)
	}
	return &clusterClient{transport, idle}, nil
}

func (c *clusterClient) close() { c.idle.CloseIdleConnections() }

// do sends a request and decodes the answer, at most maxPageBytes of it, into
// what is given, which may be nil. errMissing is a 404, errPage a longer answer.
func (c *clusterClient) do(ctx context.Context, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, clusterTimeout)
	defer cancel()
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	var payload io.Reader
	if body != nil {
		payload = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, path, payload)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.transport.Perform(request)
	if err != nil {
		return unreachable(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxPageBytes+1))
	switch {
	case err != nil:
		return fmt.Errorf("%w: its answer ended early: %w", ErrCluster, err)
	case len(answer) > maxPageBytes:
		return errPage
	case response.StatusCode == http.StatusNotFound:
		return errMissing
	case response.StatusCode >= http.StatusBadRequest:
		return clusterRefusal(response.StatusCode, answer)
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%w: what answers is not Elasticsearch", ErrCluster)
	}
	return nil
}

// unreachable says what a request failed with, without the address, whose owner
// may have written a password into it.
func unreachable(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch text := err.Error(); {
	case errors.Is(err, context.Canceled):
		return err
	case strings.Contains(text, "HTTP response to HTTPS"), strings.Contains(text, "not look like a TLS handshake"):
		return fmt.Errorf("%w: it does not speak TLS; give an address that begins with http://", ErrCluster)
	case strings.Contains(text, "x509") || strings.Contains(text, "tls:"):
		return fmt.Errorf("%w: its certificate is not trusted; give the file of its CA: %w", ErrCluster, err)
	}
	return fmt.Errorf("%w: nothing answers there; check the address and that it runs: %w", ErrCluster, err)
}

func clusterRefusal(status int, answer []byte) error {
	switch status {
	case http.StatusUnauthorized:
		return fmt.Errorf("%w: it refuses the credentials; check the user and password, or the API key", ErrCluster)
	case http.StatusForbidden:
		return fmt.Errorf("%w: the account may not read its indexes; give it the privileges read and view_index_metadata on them", ErrCluster)
	}
	var refused struct {
		Error struct{ Type, Reason string }
	}
	_ = json.Unmarshal(answer, &refused) // the status alone says enough
	return fmt.Errorf("%w: status %d %s %s", ErrCluster, status, refused.Error.Type, refused.Error.Reason)
}
