package query

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// What can be wrong with a search. Kuzzle's ids keep Kuzzle's codes; the comment
// at each names its props in order.
var (
	// ErrBadRequest: what is wrong and where, in words. Storage answers it too.
	ErrBadRequest = fault.Declare(16842785, "services.storage.unexpected_bad_request", 400,
		"The storage cannot use this: %s.")

	// ErrInvalidSearch: the key of the search body, or the clause that has a
	// second one beside it.
	ErrInvalidSearch = fault.Declare(16842792, "services.storage.invalid_search_query", 400,
		"The search body cannot hold %q here: leave it out.")

	// ErrUnknownKeyword: the keyword.
	ErrUnknownKeyword = fault.Declare(16842797, "services.storage.unknown_query_keyword", 400,
		`The query keyword %q is unknown. Set "lang" to "koncorde" if this is a Koncorde filter.`)

	// ErrScript: the script's key and the key inside it.
	ErrScript = fault.Declare(16842799, "services.storage.invalid_query_keyword", 400,
		"Scripts are not allowed in a search: leave out %q.")

	// ErrKoncorde: what is wrong and where, in words.
	ErrKoncorde = fault.Declare(17104897, "services.koncorde.elastic_translation_error", 400,
		"The Koncorde filter cannot be used: %s.")

	// ErrKoncordeRestricted: "operator" or "clause", the keyword.
	ErrKoncordeRestricted = fault.Declare(33619981, "api.assert.koncorde_restricted_keyword", 400,
		"The Koncorde %s %q cannot be used in a search: write it with and, or, not.")

	// ErrUnsupported: the path of the clause or option.
	ErrUnsupported = fault.Declare(0x40040001, "services.storage.unsupported_query", 400,
		"%q is not supported in a search: leave it out.")

	// ErrTooComplex: what there is too much of, the limit.
	ErrTooComplex = fault.Declare(0x40040002, "services.storage.query_too_complex", 400,
		"The search has too many or too long parts: %s, at most %v.")

	// ErrForbiddenField: the field.
	ErrForbiddenField = fault.Declare(0x40040003, "security.credentials.forbidden_field", 403,
		"Credentials cannot be searched by %q.")

	// ErrUnknownField: the field or clause, the list of those that can be used.
	ErrUnknownField = fault.Declare(0x40040004, "security.credentials.unknown_field", 400,
		"Credentials cannot be searched with %q: use one of %v.")
)
