package templates

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// Faults of templates.
var (
	// ErrNotFound has the id or the name.
	ErrNotFound = fault.Declare(0x40200001, "templates.template.not_found", 404, "There is no template %q.")
	// ErrName has the limit.
	ErrName = fault.Declare(0x40200002, "templates.template.invalid_name", 400, "name: give 1 to %d letters, digits, _, - and dots, and do not begin with a dot.")
	// ErrTaken has the name.
	ErrTaken = fault.Declare(0x40200003, "templates.template.name_taken", 412, "There is a template %q already. Choose another name.")
	// ErrReserved has the claim.
	ErrReserved = fault.Declare(0x40200004, "templates.template.reserved_claim", 400, "claims: %q is set by the server. Leave it out.")
	// ErrTooLarge has the limit.
	ErrTooLarge = fault.Declare(0x40200005, "templates.template.too_large", 400, "claims: give an object of at most %d bytes of JSON.")
	// ErrLifetime has the limits.
	ErrLifetime = fault.Declare(0x40200006, "templates.template.invalid_lifetime", 400, "lifetime: give %d to %d seconds.")
	// ErrSkew has the limit.
	ErrSkew = fault.Declare(0x40200007, "templates.template.invalid_clock_skew", 400, "allowed_clock_skew: give 0 to %d seconds.")
	// ErrAlgorithm has the algorithms.
	ErrAlgorithm = fault.Declare(0x40200008, "templates.template.invalid_algorithm", 400, "signing_algorithm: give one of %s.")
	// ErrKey has the remedy.
	ErrKey = fault.Declare(0x40200009, "templates.template.invalid_signing_key", 400, "signing_key: give %s.")
	// ErrTooMany has the limit.
	ErrTooMany = fault.Declare(0x4020000a, "templates.template.too_many", 400, "There are %d templates, the maximum. Delete one first.")
	// ErrFilled has the template and the limit.
	ErrFilled = fault.Declare(0x4020000b, "templates.token.too_large", 400, "The claims of the template %q have more than %d bytes for this user.")
)
