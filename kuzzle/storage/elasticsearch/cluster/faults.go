package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// AnswerError is an answer of the cluster without success.
type AnswerError struct {
	Status       int
	Kind, Reason string
}

// Error returns the status and the cluster's message.
func (e *AnswerError) Error() string {
	return fmt.Sprintf("elasticsearch: status %d, %s: %s", e.Status, e.Kind, e.Reason)
}

// Elasticsearch's names for an index that is missing, an index that is closed, and
// a missing permission.
const (
	NoIndex     = "index_not_found_exception"
	ClosedIndex = "index_closed_exception"
	NoPrivilege = "security_exception"
)

// RetryIn is the wait that clients are told when the cluster cannot be used.
const RetryIn = time.Second

// Unavailable returns storage.ErrUnavailable with its cause and a time to come
// back.
func Unavailable(cause error) error {
	return storage.ErrUnavailable.New().RetryIn(RetryIn).Because(cause)
}

// passing reports whether a status means that the cluster is busy or about to
// return. Then nothing was done, and a repetition may succeed.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// Passes reports whether a failed request may succeed in a moment: the connection
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

// IsKind reports whether the cluster answered with an error of a kind.
func IsKind(err error, kind string) bool {
	var answer *AnswerError
	return errors.As(err, &answer) && answer.Kind == kind
}

// ErrClosing refuses calls that come too late.
var ErrClosing = errors.New("elasticsearch: the store is closing")

// Broken converts the error of a request to an error of the storage contract.
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
