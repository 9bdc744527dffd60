package digest

import (
	"fmt"
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Errors of imported digests. Props are names, numbers and reasons, never the digest.
var (
	// ErrUnknownHasher: no format has that name.
	ErrUnknownHasher = fault.Declare(0x400e0001, "security.digest.unknown_hasher", http.StatusBadRequest,
		`"%s" is not the name of a digest format: use one of %s.`)
	// ErrMalformed: the format, and what is wrong.
	ErrMalformed = fault.Declare(0x400e0002, "security.digest.malformed", http.StatusBadRequest,
		"The digest cannot be read as %s: %s.")
	// ErrAmbiguous: the formats that the text may be of.
	ErrAmbiguous = fault.Declare(0x400e0003, "security.digest.ambiguous", http.StatusBadRequest,
		"The digest may be of several formats: say which of %s.")
	// ErrTooExpensive: the format, the parameter, its value and its ceiling.
	ErrTooExpensive = fault.Declare(0x400e0004, "security.digest.too_expensive", http.StatusBadRequest,
		"The %s digest would cost too much to verify: %s is %d, at most %d is allowed.")
	// ErrUnavailable: the external system that has to verify the password cannot be reached.
	ErrUnavailable = fault.Declare(0x400e0005, "security.digest.verifier_unavailable", http.StatusServiceUnavailable,
		"The system that this password has to be checked with cannot be reached. Try again in a moment.")
	// ErrTimeout: the external system did not answer in time.
	ErrTimeout = fault.Declare(0x400e0006, "security.digest.verifier_timeout", http.StatusGatewayTimeout,
		"The system that this password has to be checked with does not answer. Try again in a moment.")
	// ErrFlowNotEnabled: Cognito's client may not verify passwords.
	ErrFlowNotEnabled = fault.Declare(0x400e0007, "security.digest.aws_cognito_user_password_auth_not_enabled", http.StatusBadRequest,
		"The Amazon Cognito client does not allow USER_PASSWORD_AUTH: enable it for the client.")
	// ErrRecipe: the fault of a recipe. It contains no value and no text in quotes.
	ErrRecipe = fault.Declare(0x400e0008, "security.digest.recipe", http.StatusBadRequest,
		"The recipe of the digest cannot be used: %s.")
)

func malformed(format, reason string, args ...any) error {
	return ErrMalformed.New(format, fmt.Sprintf(reason, args...))
}
