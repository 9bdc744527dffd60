package elasticsearch

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// answerError is an answer of the cluster that is no success.
type answerError struct {
	status       int
	kind, reason string
}

func (e *answerError) Error() string {
	return fmt.Sprintf("elasticsearch: status %d, %s: %s", e.status, e.kind, e.reason)
}

// What Elasticsearch calls an index that is not there, one that is closed, and what
// an account may not do.
const (
	noIndex     = "index_not_found_exception"
	closedIndex = "index_closed_exception"
	noPrivilege = "security_exception"
)

// retryIn is what clients are told when the cluster cannot be used.
const retryIn = time.Second

func unavailable(cause error) error {
	return storage.ErrUnavailable.New().RetryIn(retryIn).Because(cause)
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

// passes tells whether what failed may succeed in a moment: the connection
// broke, or the cluster said so.
func passes(err error) bool {
	var answer *answerError
	if errors.As(err, &answer) {
		return passing(answer.status)
	}
	return err != nil && !errors.Is(err, errTooLarge)
}

func isStatus(err error, status int) bool {
	var answer *answerError
	return errors.As(err, &answer) && answer.status == status
}

func isKind(err error, kind string) bool {
	var answer *answerError
	return errors.As(err, &answer) && answer.kind == kind
}
