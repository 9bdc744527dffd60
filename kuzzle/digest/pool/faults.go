package pool

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

var (
	// ErrFull means, with RetryAfter, that the queue is full. Nothing was hashed.
	ErrFull = fault.Declare(0x40050010, "security.digest.pool_full", http.StatusServiceUnavailable,
		"Too many passwords are being checked right now. Try again in a moment.")
	// ErrClosed is returned to new and waiting callers when the server stops.
	ErrClosed = fault.Declare(0x40050011, "security.digest.pool_closed", http.StatusServiceUnavailable,
		"The server is stopping. Try again in a moment.")
)
