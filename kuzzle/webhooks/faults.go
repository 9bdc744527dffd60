package webhooks

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Faults of endpoints and dead letters.
var (
	// ErrURL has the remedy.
	ErrURL = fault.Declare(0x40140001, "webhooks.endpoint.invalid_url", http.StatusBadRequest, "body.url: %s")
	// ErrEvent has the format, the given name and the known names.
	ErrEvent = fault.Declare(0x40140002, "webhooks.endpoint.unknown_event", http.StatusBadRequest, "body.events: the format %s has no event %q. It has: %s.")
	// ErrTooMany has the limit.
	ErrTooMany = fault.Declare(0x40140003, "webhooks.endpoint.too_many", http.StatusPreconditionFailed, "There are %d endpoints, the maximum. Delete one first.")
	// ErrNoEndpoint has the id.
	ErrNoEndpoint = fault.Declare(0x40140004, "webhooks.endpoint.not_found", http.StatusNotFound, "There is no webhook endpoint %q. webhooks:list lists them.")
	// ErrFormat has the given name and the known names.
	ErrFormat   = fault.Declare(0x40140006, "webhooks.endpoint.unknown_format", http.StatusBadRequest, "body.format: there is no format %q. There are: %s.")
	ErrNoLetter = fault.Declare(0x40140005, "webhooks.letter.not_found", http.StatusNotFound, "There is no dead letter %q. webhooks:listDead lists them.")
)
