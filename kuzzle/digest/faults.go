package digest

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

var (
	// ErrPoolFull is answered, with RetryAfter, when the queue is as long as it
	// may be. Nothing was hashed.
	ErrPoolFull = fault.Declare(0x40050010, "security.digest.pool_full", http.StatusServiceUnavailable,
		"Too many passwords are being checked right now. Try again in a moment.")
	// ErrPoolClosed is answered to those who come or still wait when the server
	// stops.
	ErrPoolClosed = fault.Declare(0x40050011, "security.digest.pool_closed", http.StatusServiceUnavailable,
		"The server is stopping. Try again in a moment.")
)
