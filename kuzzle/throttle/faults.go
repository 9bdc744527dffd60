package throttle

import (
	"errors"
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// ErrTooManyLogins is answered, with RetryAfter, to a login that came too soon
// after failures. Known and unknown accounts get it alike, and no password was
// checked. Id and code are Kuzzle's.
var ErrTooManyLogins = fault.Declare(33685517, "api.process.too_many_logins_requests", http.StatusTooManyRequests,
	"Too many failed logins. Wait before you try again.")

// ErrUsedUp says that an account's tries were used up under its other names before
// the outcome of an attempt could be told. Answer as for a wrong password.
var ErrUsedUp = errors.New("throttle: the account's tries are used up under its other names")
