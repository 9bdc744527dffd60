package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/endpoint"
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
	timeout = time.Minute
	// attempts is how often a request is sent. The wait after the nth attempt is n times
	// firstWait.
	attempts  = 4
	firstWait = 100 * time.Millisecond
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
	transport *http.Transport
	nodes     []endpoint.Node
	// next counts the nodes that failed; it is the place of the next request's node.
	next atomic.Uint32
}

// Connect returns a client. It sends nothing yet.
func (c Options) Connect() (*Client, error) {
	nodes, err := endpoint.Parse(c.Addresses, endpoint.Credentials{Username: c.Username, Password: c.Password, APIKey: c.APIKey})
	if err == nil && len(nodes) == 0 {
		err = errors.New("give an address")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	transport, err := endpoint.Transport(c.CA)
	if err != nil {
		return nil, fmt.Errorf("%w: the CA file is not PEM", ErrUnreadable)
	}
	return &Client{transport: transport, nodes: nodes}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Do sends a request and decodes an answer of at most 64 MiB into the last argument, which
// may be nil. ErrMissing is a 404, ErrTooLong a longer answer.
func (c *Client) Do(ctx context.Context, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return err
		}
	}
	response, err := c.send(ctx, method, path, payload)
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

// send sends a request to one node after another until one answers and is not busy.
func (c *Client) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	for attempt := 1; ; attempt++ {
		at := c.next.Load()
		request, err := c.nodes[at%uint32(len(c.nodes))].Request(ctx, method, path, body)
		if err != nil {
			return nil, err
		}
		response, err := c.transport.RoundTrip(request)
		if err == nil && !busy(response.StatusCode) || attempt == attempts {
			return response, err
		}
		if err == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxBytes))
			_ = response.Body.Close()
		}
		c.next.CompareAndSwap(at, at+1)
		select {
		case <-time.After(time.Duration(attempt) * firstWait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// busy reports whether a status means that another attempt may succeed.
func busy(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// unreachable describes a failed request.
func unreachable(err error) error {
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
