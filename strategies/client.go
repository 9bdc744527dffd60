package strategies

import (
	"errors"
	"net"
	"net/http"
	"time"
)

// ErrNotConfigured is the error of New for a strategy that needs a configuration and has none. The
// backend then leaves the strategy out.
var ErrNotConfigured = errors.New("the strategy is not configured")

// internalTimeout bounds a request by InternalClient, as for Host.Client.
const internalTimeout = 5 * time.Second

// InternalClient returns a client for addresses that the operator configured, private addresses
// included. It is otherwise like Host.Client, except that the caller must bound how much of an
// answer it reads. Never let a client of the API choose the address it connects to.
func InternalClient() *http.Client {
	return &http.Client{
		Timeout:       internalTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: internalTimeout}).DialContext,
			TLSHandshakeTimeout: internalTimeout, ResponseHeaderTimeout: internalTimeout,
			MaxIdleConns: 16, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
		},
	}
}
