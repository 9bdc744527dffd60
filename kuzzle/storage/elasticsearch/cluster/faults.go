package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// AnswerError is an answer of the cluster that is no success.
type AnswerError struct {
	Status       int
	Kind, Reason string
}

// Error is the status, and what the cluster says.
func (e *AnswerError) Error() string {
	return fmt.Sprintf("elasticsearch: status %d, %s: %s", e.Status, e.Kind, e.Reason)
}

// What Elasticsearch calls an index that is not there, one that is closed, and what
// an account may not do.
const (
	NoIndex     = "index_not_found_exception"
	ClosedIndex = "index_closed_exception"
	NoPrivilege = "security_exception"
)

// RetryIn is what clients are told when the cluster cannot be used.
const RetryIn = time.Second

// Unavailable is storage.ErrUnavailable with its cause and a time to come back.
func Unavailable(cause error) error {
	return storage.ErrUnavailable.New().RetryIn(RetryIn).Because(cause)
}

// passing tells whether a status says that the cluster is busy or about to come
// back, so that nothing was done and asking again makes sense.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// Passes tells whether what failed may succeed in a moment: the connection
// broke, or the cluster said so.
func Passes(err error) bool {
	var answer *AnswerError
	if errors.As(err, &answer) {
		return passing(answer.Status)
	}
	return err != nil && !errors.Is(err, ErrTooLarge)
}

// IsStatus reports whether the cluster answered with a status.
func IsStatus(err error, status int) bool {
	var answer *AnswerError
	return errors.As(err, &answer) && answer.Status == status
}

// IsKind reports whether the cluster answered an error that it calls so.
func IsKind(err error, kind string) bool {
	var answer *AnswerError
	return errors.As(err, &answer) && answer.Kind == kind
}

// ErrClosing is why what comes too late is refused.
var ErrClosing = errors.New("elasticsearch: the store is closing")

// Broken turns what a request failed with into the contract's words.
func (c *Cluster) Broken(ctx context.Context, err error) error {
	var refused *AnswerError
	switch {
	case err == nil, errors.Is(err, storage.ErrUnavailable):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &refused):
		return Unavailable(err)
	}
	return err
}
