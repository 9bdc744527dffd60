package throttle

import (
	"errors"
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// ErrTooManyLogins, with RetryAfter, refuses a login that came too soon after failures. Known and
// unknown accounts get the same, and no password was checked. Id and code are Kuzzle's.
var ErrTooManyLogins = fault.Declare(33685517, "api.process.too_many_logins_requests", http.StatusTooManyRequests,
	"Too many failed logins. Wait before you try again.")

// The texts for other limits.
const (
	manyMessages = "Too many messages were requested. Wait before you ask for another one."
	manyCodes    = "Too many codes were tried. Wait before you try another one."
	manyNames    = "Too many new names were tried. Wait before you try another one."
)

// saying replaces the text of a refusal.
func saying(err error, text string) error {
	if refusal, ok := fault.From(err); ok && errors.Is(refusal, ErrTooManyLogins) {
		return refusal.Saying("%s", text)
	}
	return err
}

// ErrUsedUp means that the account's tries were used up under its other names before the outcome of
// an attempt was answered. Answer as for a wrong password.
var ErrUsedUp = errors.New("throttle: the account's tries are used up under its other names")
