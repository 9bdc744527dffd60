package webhooks

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What may be wrong with an endpoint or a dead letter.
var (
	// The remedy.
	ErrURL = fault.Declare(0x40140001, "webhooks.endpoint.invalid_url", http.StatusBadRequest, "body.url: %s")
	// The format, the name given, and the names there are.
	ErrEvent = fault.Declare(0x40140002, "webhooks.endpoint.unknown_event", http.StatusBadRequest, "body.events: the format %s has no event %q. It has: %s.")
	// The limit.
	ErrTooMany = fault.Declare(0x40140003, "webhooks.endpoint.too_many", http.StatusPreconditionFailed, "There are %d endpoints, which is the limit. Delete one first.")
	// The id.
	ErrNoEndpoint = fault.Declare(0x40140004, "webhooks.endpoint.not_found", http.StatusNotFound, "There is no webhook endpoint %q. webhooks:list tells which there are.")
	// The name given, and the names there are.
	ErrFormat   = fault.Declare(0x40140006, "webhooks.endpoint.unknown_format", http.StatusBadRequest, "body.format: there is no format %q. There are: %s.")
	ErrNoLetter = fault.Declare(0x40140005, "webhooks.letter.not_found", http.StatusNotFound, "There is no dead letter %q. webhooks:listDead tells which there are.")
)
