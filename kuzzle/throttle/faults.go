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

// The texts where something else was had too often.
const (
	manyMessages = "Too many messages were asked for. Wait before you ask for another one."
	manyCodes    = "Too many codes were tried. Wait before you try another one."
	manyNames    = "Too many new names were asked for. Wait before you ask for another one."
)

// saying has a refusal say of what there was too much.
func saying(err error, text string) error {
	if refusal, ok := fault.From(err); ok && errors.Is(refusal, ErrTooManyLogins) {
		return refusal.Saying("%s", text)
	}
	return err
}

// ErrUsedUp says that an account's tries were used up under its other names before
// the outcome of an attempt could be told. Answer as for a wrong password.
var ErrUsedUp = errors.New("throttle: the account's tries are used up under its other names")
