package token

import (
	"errors"
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What clients can be told about tokens. Ids and codes are Kuzzle's; a refusal
// of what a client sent is a 4xx also where Kuzzle answers 500.
var (
	// ErrInvalid is the one answer to every token that does not verify,
	// expired ones included: clients match on it to log in again.
	ErrInvalid = fault.Declare(117506049, "security.token.invalid", http.StatusUnauthorized,
		"The token is invalid or has expired. Log in again.")
	// ErrTTLExceeded: a lifetime above the configured maxTTL was asked for.
	ErrTTLExceeded = fault.Declare(117506052, "security.token.ttl_exceeded", http.StatusBadRequest,
		`"expiresIn" is longer than the server allows. Ask for a shorter lifetime.`)
	// ErrGeneration: the reason, for the log; a token could not be made.
	ErrGeneration = fault.Declare(117506053, "security.token.generation_failed", http.StatusInternalServerError,
		"The token could not be made: %s.")
	// ErrVerification: what is wrong with the request that carries the token.
	ErrVerification = fault.Declare(117506055, "security.token.verification_error", http.StatusBadRequest,
		"The token could not be checked: %s.")
	// ErrRefreshForbidden: the kind of token that cannot be refreshed.
	ErrRefreshForbidden = fault.Declare(117506056, "security.token.refresh_forbidden", http.StatusUnauthorized,
		"A token of this kind cannot be refreshed: %s.")
	// ErrInvalidExpiration: the argument's name, the reason.
	ErrInvalidExpiration = fault.Declare(117506057, "security.token.invalid_expiration", http.StatusBadRequest,
		`"%s" cannot be used for this token: %s.`)
)

// ErrKeysChanged is what a [KeyStore]'s Save answers when somebody else saved
// since the Load; the keyring loads again and repeats.
var ErrKeysChanged = errors.New("token: the stored keys were changed meanwhile")
