package storage

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// What a store can answer. Kuzzle's ids keep Kuzzle's codes.
var (
	ErrNotFound      = fault.Declare(16842763, "services.storage.not_found", 404, "Document %q not found in %q:%q.")
	ErrUnknownScroll = fault.Declare(16842766, "services.storage.unknown_scroll_id", 404, "This scroll id is unknown, expired or exhausted. Start the search again.")
	ErrExists        = fault.Declare(16842769, "services.storage.document_already_exists", 400, "A document with this _id exists already. Choose another _id.")
	ErrConflict      = fault.Declare(16842784, "services.storage.too_many_changes", 409, "Document %q is being changed by too many requests at once. Try again.")
	ErrBadRequest    = fault.Declare(16842785, "services.storage.unexpected_bad_request", 400, "The storage cannot use this: %s.")
	ErrUnavailable   = fault.Declare(0x40020001, "services.storage.unavailable", 503, "The storage cannot be reached at the moment. Try again.")
	ErrTimeout       = fault.Declare(0x40020002, "services.storage.search_timeout", 503, "The search took too long and was stopped. Narrow the query or add a mapping for its fields.")
	ErrTooMany       = fault.Declare(0x40020003, "services.storage.too_many_scrolls", 429, "Too many scrolls are open. Read one to its end or wait until one expires.")
)

// TakenError tells that a claim belongs to somebody else. It names the key that
// was asked for, not what a client may see; the domain translates it.
type TakenError struct {
	Key  string
	Held Claim
}

func (e *TakenError) Error() string { return "storage: the key is claimed by another document" }
