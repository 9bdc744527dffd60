package sessions

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What is refused here. Kuzzle's ids keep Kuzzle's codes.
var (
	// ErrKeyDescription: the limit.
	ErrKeyDescription = fault.Declare(0x400a0022, "security.api_key.description_too_long", 400, "The description of an API key has at most %d bytes. Shorten it.")
	// ErrLoginNeeded: how long ago the login may be, or "".
	ErrLoginNeeded = fault.Declare(0x400a000a, "security.apikey.login_needed", 403, "Only a session that began with a login%s makes API keys. Log in again and repeat the request in that session.")
	// ErrFactorRequired: the factors of which one is asked for, how old its proof
	// may be, or "any age".
	ErrFactorRequired = fault.Declare(0x400a0051, "security.token.factor_required", 401, "This needs a proof by one of the factors %v in this session, of %s. Give one with auth:proveFactor, or log in again.")
	// ErrFactorMissing: the factors of which one is asked for, and the actions by which
	// they are enrolled.
	ErrFactorMissing = fault.Declare(0x400a0053, "security.token.factor_missing", 401, "Your rights need a second factor, and you have none: enrol one of %v, by one of the actions %v and then auth:createMyCredentials with what it answers. Until then this session may do nothing else but read auth:getCurrentUser.")
	ErrNoSession     = fault.Declare(0x400a0052, "security.token.not_a_session", 403, "Only the token of a login keeps what is proved. Log in.")
	ErrMakesNothing  = fault.Declare(0x400a000b, "security.token.single_use", 403, "A token for a single use makes no tokens and no API keys. Use the token of a session.")
	ErrMakersLimit   = fault.Declare(0x400a000c, "security.token.too_many_makers", 403, "This token is the last of %d, each made by the one before, and makes no further one. Use the token of a login.")
)
