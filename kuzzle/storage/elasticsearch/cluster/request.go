package cluster

import (
	"context"
	"net/http"
)

// Request is one request of Elasticsearch's API, such as GET /_cluster/health?level=indices.
// It may be sent several times.
type Request struct {
	method, path string
	body         []byte
}

// Get returns a request that reads a path.
func Get(path string) Request { return Request{method: http.MethodGet, path: path} }

// Post returns a request that sends JSON to a path, or no body if body is nil.
func Post(path string, body []byte) Request { return Request{http.MethodPost, path, body} }

// Put returns a request that writes JSON to a path, or no body if body is nil.
func Put(path string, body []byte) Request { return Request{http.MethodPut, path, body} }

// Delete returns a request that deletes a path, or the objects that the JSON names. A nil
// body sends none.
func Delete(path string, body []byte) Request { return Request{http.MethodDelete, path, body} }

// Send sends a request once. The caller closes the answer's body.
func (c *Cluster) Send(ctx context.Context, r Request) (*http.Response, error) {
	node := c.nodes.take()
	request, err := node.Request(ctx, r.method, r.path, r.body)
	if err != nil {
		return nil, err
	}
	return c.nodes.send(node, request)
}

// IsError reports whether a status is no success.
func IsError(status int) bool { return status >= http.StatusMultipleChoices }
