package throttle

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// ErrTooManyLogins is answered, with RetryAfter, to a login that came too soon
// after failures. Known and unknown accounts get it alike, and no password was
// checked. Id and code are Kuzzle's.
var ErrTooManyLogins = fault.Declare(33685517, "api.process.too_many_logins_requests", http.StatusTooManyRequests,
	"Too many failed logins. Wait before you try again.")
