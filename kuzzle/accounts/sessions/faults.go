package sessions

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The faults of this package. Those with Kuzzle's ids have Kuzzle's codes.
var (
	// ErrKeyDescription has the limit.
	ErrKeyDescription = fault.Declare(0x400a0022, "security.api_key.description_too_long", 400, "The description of an API key has at most %d bytes. Shorten it.")
	// ErrLoginNeeded has the allowed age of the login, or "".
	ErrLoginNeeded = fault.Declare(0x400a000a, "security.apikey.login_needed", 403, "Only a session that began with a login%s can create API keys. Log in again and repeat the request in that session.")
	// ErrFactorRequired has the accepted factors, and the allowed age of the proof, or "any age".
	ErrFactorRequired = fault.Declare(0x400a0051, "security.token.factor_required", 401, "This action needs a proof of one of the factors %v in this session, of %s. Prove one with auth:proveFactor, or log in again.")
	// ErrFactorMissing has the accepted factors, and the actions that enrol them.
	ErrFactorMissing = fault.Declare(0x400a0053, "security.token.factor_missing", 401, "Your profiles require a second factor, and you have none: enrol one of %v, by one of the actions %v and then auth:createMyCredentials with its result. Until then this session may only call these actions and auth:getCurrentUser.")
	ErrNoSession     = fault.Declare(0x400a0052, "security.token.not_a_session", 403, "Only a session of a login can store a proof. Log in.")
	ErrMakesNothing  = fault.Declare(0x400a000b, "security.token.single_use", 403, "A single-use token cannot create tokens or API keys. Use the token of a session.")
	ErrMakersLimit   = fault.Declare(0x400a000c, "security.token.too_many_makers", 403, "This token ends a chain of %d tokens, each created by the one before, and cannot create another. Use the token of a login.")
)
