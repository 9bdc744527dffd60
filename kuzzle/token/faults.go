package token

import (
	"errors"
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Faults of tokens. Ids and codes are Kuzzle's; a refusal of client input is a
// 4xx even where Kuzzle answers 500.
var (
	// ErrInvalid refuses every token that does not verify, including expired
	// ones: clients match on it to log in again.
	ErrInvalid = fault.Declare(117506049, "security.token.invalid", http.StatusUnauthorized,
		"The token is invalid or has expired. Log in again.")
	// ErrTTLExceeded refuses a lifetime above the configured maxTTL.
	ErrTTLExceeded = fault.Declare(117506052, "security.token.ttl_exceeded", http.StatusBadRequest,
		`"expiresIn" is longer than the server allows. Ask for a shorter lifetime.`)
	// ErrGeneration means that a token could not be made; it has the reason,
	// for the log.
	ErrGeneration = fault.Declare(117506053, "security.token.generation_failed", http.StatusInternalServerError,
		"The token could not be made: %s.")
	// ErrVerification has the fault of the request that carries the token.
	ErrVerification = fault.Declare(117506055, "security.token.verification_error", http.StatusBadRequest,
		"The token could not be checked: %s.")
	// ErrRefreshForbidden has the kind of token that cannot be refreshed.
	ErrRefreshForbidden = fault.Declare(117506056, "security.token.refresh_forbidden", http.StatusUnauthorized,
		"A token of this kind cannot be refreshed: %s.")
	// ErrInvalidExpiration has the argument's name and the reason.
	ErrInvalidExpiration = fault.Declare(117506057, "security.token.invalid_expiration", http.StatusBadRequest,
		`"%s" cannot be used for this token: %s.`)
)

// ErrKeysChanged is returned by a [KeyStore]'s Save if another writer saved
// since the Load; the keyring then loads and saves again.
var ErrKeysChanged = errors.New("token: the stored keys were changed meanwhile")
