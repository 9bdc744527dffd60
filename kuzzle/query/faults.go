package query

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// Faults of searches. Kuzzle's ids keep Kuzzle's codes; each comment names the
// props in order.
var (
	// ErrBadRequest has the fault and its position, in words. Storage returns it
	// too.
	ErrBadRequest = fault.Declare(16842785, "services.storage.unexpected_bad_request", 400,
		"The storage cannot use this: %s.")

	// ErrInvalidSearch has the key of the search body, or the clause that has a
	// second one beside it.
	ErrInvalidSearch = fault.Declare(16842792, "services.storage.invalid_search_query", 400,
		"The search body cannot hold %q here: leave it out.")

	// ErrUnknownKeyword has the keyword.
	ErrUnknownKeyword = fault.Declare(16842797, "services.storage.unknown_query_keyword", 400,
		`The query keyword %q is unknown. Set "lang" to "koncorde" if this is a Koncorde filter.`)

	// ErrScript has the script's key and the key inside it.
	ErrScript = fault.Declare(16842799, "services.storage.invalid_query_keyword", 400,
		"Scripts are not allowed in a search: leave out %q.")

	// ErrKoncorde has the fault and its position, in words.
	ErrKoncorde = fault.Declare(17104897, "services.koncorde.elastic_translation_error", 400,
		"The Koncorde filter cannot be used: %s.")

	// ErrKoncordeRestricted has "operator" or "clause", and the keyword.
	ErrKoncordeRestricted = fault.Declare(33619981, "api.assert.koncorde_restricted_keyword", 400,
		"The Koncorde %s %q cannot be used in a search: write it with and, or, not.")

	// ErrUnsupported has the path of the clause or option.
	ErrUnsupported = fault.Declare(0x40040001, "services.storage.unsupported_query", 400,
		"%q is not supported in a search: leave it out.")

	// ErrTooComplex has the part that exceeds its limit, and the limit.
	ErrTooComplex = fault.Declare(0x40040002, "services.storage.query_too_complex", 400,
		"The search has too many or too long parts: %s, at most %v.")

	// ErrForbiddenField has the field.
	ErrForbiddenField = fault.Declare(0x40040003, "security.credentials.forbidden_field", 403,
		"Credentials cannot be searched by %q.")

	// ErrUnknownField has the field or clause, and the list of usable ones.
	ErrUnknownField = fault.Declare(0x40040004, "security.credentials.unknown_field", 400,
		"Credentials cannot be searched with %q: use one of %v.")
)
