package servicekeys

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Faults of service keys.
var (
	// ErrUnknownKey refuses every text that is not a key, or no longer one.
	ErrUnknownKey = fault.Declare(0x40170001, "servicekeys.key.invalid", http.StatusUnauthorized, "The service key is unknown or was revoked.")
	// ErrKind has the kinds.
	ErrKind = fault.Declare(0x40170002, "servicekeys.key.invalid_kind", http.StatusBadRequest, "body.kind: give one of %s.")
	// ErrName has the limit.
	ErrName = fault.Declare(0x40170003, "servicekeys.key.invalid_name", http.StatusBadRequest, "body.name: give at most %d characters on one line.")
	// ErrLimit has the field, the text and the remedy.
	ErrLimit = fault.Declare(0x40170004, "servicekeys.key.invalid_limit", http.StatusBadRequest, "body.%s: %q: %s.")
	// ErrTooMany has the limit.
	ErrTooMany = fault.Declare(0x40170005, "servicekeys.key.too_many", http.StatusPreconditionFailed, "There are %d service keys, the maximum. Revoke one first.")
	// ErrNoKey has the id.
	ErrNoKey = fault.Declare(0x40170006, "servicekeys.key.not_found", http.StatusNotFound, "There is no service key %q. service-keys:list lists them.")
	// ErrConfigured refuses to revoke the key of the configuration.
	ErrConfigured = fault.Declare(0x40170007, "servicekeys.key.configured", http.StatusConflict, "This key comes from the configuration. Remove clerk.secretKey there and start the servers again.")
)
