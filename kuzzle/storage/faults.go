package storage

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// Faults of stores. Kuzzle's ids keep Kuzzle's codes.
var (
	ErrNotFound      = fault.Declare(16842763, "services.storage.not_found", 404, "Document %q not found in %q:%q.")
	ErrUnknownScroll = fault.Declare(16842766, "services.storage.unknown_scroll_id", 404, "This scroll id is unknown, expired or exhausted. Start the search again.")
	ErrExists        = fault.Declare(16842769, "services.storage.document_already_exists", 400, "A document with this _id exists already. Choose another _id.")
	ErrConflict      = fault.Declare(16842784, "services.storage.too_many_changes", 409, "Document %q is being changed by too many requests at once. Try again.")
	ErrBadRequest    = query.ErrBadRequest
	ErrUnavailable   = fault.Declare(0x40020001, "services.storage.unavailable", 503, "The storage cannot be reached at the moment. Try again.")
	ErrFull          = fault.Declare(0x40020004, "services.storage.disk_full", 503, "The storage accepts no writes: its disk is full. Free space or enlarge it.")
	ErrDamaged       = fault.Declare(0x40020005, "services.storage.damaged", 503, "The storage is damaged. Look at its log, and restore a backup.")
	ErrTimeout       = fault.Declare(0x40020002, "services.storage.search_timeout", 503, "The search took too long and was stopped. Narrow the query or add a mapping for its fields.")
	ErrTooMany       = fault.Declare(0x40020003, "services.storage.too_many_scrolls", 429, "Too many scrolls are open. Read one to its end or wait until one expires.")

	// ErrStrict has the field, Index and the collection.
	ErrStrict = fault.Declare(16842795, "services.storage.strict_mapping_rejection", 400, "Field %q is not in the mapping of %q:%q, which accepts no other: add it to the mapping or leave it out.")

	// Faults of mapping changes. ErrInvalidMapping has the path and the remedy,
	// ErrUnexpectedProperties the parameter and the field. The others name the
	// field, and the type or the collection.
	ErrInvalidMapping       = fault.Declare(16842773, "services.storage.invalid_mapping", 400, "The mapping is invalid at %q: %s.")
	ErrCannotChangeMapping  = fault.Declare(16842778, "services.storage.cannot_change_mapping", 400, "Field %q has another mapping already, which cannot be changed. Choose another name.")
	ErrDuplicateField       = fault.Declare(16842779, "services.storage.duplicate_field_mapping", 400, "Field %q is mapped twice in %q. Leave one out.")
	ErrUnexpectedProperties = fault.Declare(16842780, "services.storage.unexpected_properties", 400, "Parameter %q is not supported by the mapping of field %q. Leave it out.")
	ErrMappingType          = fault.Declare(16842781, "services.storage.invalid_mapping_type", 400, "Field %q has the unknown type %q.")
	ErrMappingProperty      = fault.Declare(16842782, "services.storage.wrong_mapping_property", 400, "Mapping property %q has a value of the wrong kind.")
)

// TakenError means that another document holds a claim. It names the key and
// the holder; the domain decides how much of that a client may see.
type TakenError struct {
	Key  string
	Held Claim
}

func (e *TakenError) Error() string { return "storage: the key is claimed by another document" }
