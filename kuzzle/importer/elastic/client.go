package elastic

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

// Options are the address and credentials of an Elasticsearch 7.12 or later. It is only
// read.
type Options struct {
	// Addresses are URLs of its nodes.
	Addresses []string
	// Username and Password, or APIKey, are the credentials.
	Username, Password, APIKey string
	// CA is the certificate of its authority in PEM; nil means the authorities of the
	// system.
	CA []byte
}

// Bounds of reading a cluster.
const (
	dialTimeout = 5 * time.Second
	timeout     = time.Minute
	// maxBytes is the longest answer that is read. A longer one is requested again in parts.
	maxBytes = 64 << 20
)

// ErrUnreadable is wrapped by errors about a cluster that cannot be read.
var ErrUnreadable = errors.New("the cluster cannot be read")

var (
	// ErrTooLong means that an answer exceeds the limit, ErrMissing that the index or
	// document does not exist.
	ErrTooLong = errors.New("the page is too long")
	ErrMissing = errors.New("it is not there")
)

// Client sends requests to a cluster; make it with [Options.Connect].
type Client struct {
	transport *elastictransport.Client
	idle      *http.Transport
}

// Connect returns a client. It sends nothing yet.
func (c Options) Connect() (*Client, error) {
	var urls []*url.URL
	for _, address := range c.Addresses {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("%w: give each address as a URL such as http://127.0.0.1:9200", ErrUnreadable)
		}
		urls = append(urls, u)
	}
	idle := http.DefaultTransport.(*http.Transport).Clone()
	idle.DialContext = (&net.Dialer{Timeout: dialTimeout}).DialContext
	idle.TLSHandshakeTimeout = dialTimeout
	transport, err := elastictransport.New(elastictransport.Config{
		URLs: urls, Username: c.Username, Password: c.Password, APIKey: c.APIKey, CACert: c.CA, Transport: idle,
		RetryBackoff: func(attempt int) time.Duration { return time.Duration(attempt) * 100 * time.Millisecond },
	})
	if err != nil {
		return nil, fmt.Errorf("%w: the CA file is not PEM", ErrUnreadable)
	}
	return &Client{transport, idle}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.idle.CloseIdleConnections() }

// Do sends a request and decodes an answer of at most 64 MiB into the last argument, which
// may be nil. ErrMissing is a 404, ErrTooLong a longer answer.
func (c *Client) Do(ctx context.Context, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
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
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxBytes+1))
	switch {
	case err != nil:
		return fmt.Errorf("%w: its answer ended early: %w", ErrUnreadable, err)
	case len(answer) > maxBytes:
		return ErrTooLong
	case response.StatusCode == http.StatusNotFound:
		return ErrMissing
	case response.StatusCode >= http.StatusBadRequest:
		return refusal(response.StatusCode, answer)
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%w: the address is answered by a program that is not Elasticsearch", ErrUnreadable)
	}
	return nil
}

// unreachable describes a failed request without the address, which may contain a password.
func unreachable(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch text := err.Error(); {
	case errors.Is(err, context.Canceled):
		return err
	case strings.Contains(text, "HTTP response to HTTPS"), strings.Contains(text, "not look like a TLS handshake"):
		return fmt.Errorf("%w: it does not speak TLS; give an address that begins with http://", ErrUnreadable)
	case strings.Contains(text, "x509") || strings.Contains(text, "tls:"):
		return fmt.Errorf("%w: its certificate is not trusted; give the file of its CA: %w", ErrUnreadable, err)
	}
	return fmt.Errorf("%w: nothing answers at the address; check the address, and that Elasticsearch runs: %w", ErrUnreadable, err)
}

func refusal(status int, answer []byte) error {
	switch status {
	case http.StatusUnauthorized:
		return fmt.Errorf("%w: it refuses the credentials; check the user and password, or the API key", ErrUnreadable)
	case http.StatusForbidden:
		return fmt.Errorf("%w: the account may not read its indexes; give it the privileges read and view_index_metadata on them", ErrUnreadable)
	}
	var refused struct {
		Error struct{ Type, Reason string }
	}
	_ = json.Unmarshal(answer, &refused) // the status alone is enough
	return fmt.Errorf("%w: status %d %s %s", ErrUnreadable, status, refused.Error.Type, refused.Error.Reason)
}
