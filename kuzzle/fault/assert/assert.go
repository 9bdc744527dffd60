package assert

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The errors of Kuzzle's subdomain api.assert that this server uses. The comment at each names its
// props in order.
var (
	// InvalidType: the argument's path, the expected type.
	InvalidType = fault.Declare(0x02010001, "api.assert.invalid_type", http.StatusBadRequest,
		`"%s" has the wrong type: give a value of type %s.`)

	// InvalidArgument: the argument's path, the accepted values.
	InvalidArgument = fault.Declare(0x02010002, "api.assert.invalid_argument", http.StatusBadRequest,
		`"%s" has a value that cannot be used: give %s.`)

	// Missing: the argument's path.
	Missing = fault.Declare(0x02010003, "api.assert.missing_argument", http.StatusBadRequest,
		`"%s" is missing: it has to be given.`)

	// Empty: the argument's path.
	Empty = fault.Declare(0x02010004, "api.assert.empty_argument", http.StatusBadRequest,
		`"%s" is empty: it needs at least one entry.`)

	// MutuallyExclusive: the two arguments' paths.
	MutuallyExclusive = fault.Declare(0x02010005, "api.assert.mutually_exclusive", http.StatusBadRequest,
		`"%s" and "%s" cannot be given together: leave one out.`)

	// Unexpected: the argument's path or value, the list of accepted ones.
	Unexpected = fault.Declare(0x02010007, "api.assert.unexpected_argument", http.StatusBadRequest,
		`"%s" is not expected: use one of %v.`)

	// BodyRequired: no props.
	BodyRequired = fault.Declare(0x02010008, "api.assert.body_required", http.StatusBadRequest,
		`The request has no body: send one.`)

	// Forbidden: the argument's path.
	Forbidden = fault.Declare(0x0201000b, "api.assert.forbidden_argument", http.StatusBadRequest,
		`"%s" may not be given in this request: leave it out.`)
)
