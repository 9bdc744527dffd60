package strategies

import (
	"errors"
	"net"
	"net/http"
	"time"
)

// ErrNotConfigured is what New answers for a strategy that cannot be without a
// configuration and has none: it is left out.
var ErrNotConfigured = errors.New("the strategy is not configured")

// internalTimeout is that of Host.Client.
const internalTimeout = 5 * time.Second

// InternalClient reaches an address that the operator named, wherever it is, and
// is otherwise what Host.Client is; how much is read of an answer is the
// caller's to bound. Nothing that a client of the API sends may decide where it
// connects to.
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
