package api

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// Faults of the dispatcher.
var (
	ErrUnexpected         = fault.Declare(1, "core.fatal.unexpected_error", 500, "An unexpected error occurred. Reference for the operator: %s.")
	ErrOverloaded         = fault.Declare(33685506, "api.process.overloaded", 503, "The server has more requests than it can take. Try again.")
	ErrControllerNotFound = fault.Declare(33685508, "api.process.controller_not_found", 404, "There is no controller %q.")
	ErrActionNotFound     = fault.Declare(33685509, "api.process.action_not_found", 404, "The controller %q has no action %q.")
	// ErrTooHeavy has the props: the limit in bytes, the controller, the
	// action.
	ErrTooHeavy = fault.Declare(0x40060010, "api.process.request_too_heavy", 413, "The request weighs more than the %d bytes that %s:%s takes from callers it does not know. Send less, or send a token along.")
	// ErrBodyTooLarge has the props: the limit in bytes, the controller, the
	// action.
	ErrBodyTooLarge = fault.Declare(0x40060016, "api.process.body_too_large", 413, "The body is larger than the %d bytes that %s:%s takes. Send less at once.")
	// ErrNoStream has the props: the controller, the action.
	ErrNoStream           = fault.Declare(0x40060017, "api.process.stream_required", 400, "%s:%s reads its body as a stream: call it over HTTP, by its own route.")
	ErrIncompatibleSDK    = fault.Declare(33685510, "api.process.incompatible_sdk_version", 400, "The client version %s is not supported. Use %s.")
	ErrShuttingDown       = fault.Declare(33685511, "api.process.shutting_down", 503, "The server is shutting down. Try another one.")
	ErrTooManyRequests    = fault.Declare(33685512, "api.process.too_many_requests", 429, "Too many requests for your profile's rateLimit. Slow down.")
	ErrUnauthorizedOrigin = fault.Declare(33685516, "api.process.unauthorized_origin", 401, "The origin %q is not allowed. Add it to http.accessControlAllowOrigin.")
	ErrUnauthorized       = fault.Declare(117637121, "security.rights.unauthorized", 401, "Unauthorized: log in to call %q:%q.")
	ErrForbidden          = fault.Declare(117637122, "security.rights.forbidden", 403, "Forbidden: your profiles do not allow %q:%q.")
)
