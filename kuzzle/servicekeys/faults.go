package servicekeys

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What may be wrong with a service key.
var (
	// ErrUnknownKey answers every text that is no key, or none any more.
	ErrUnknownKey = fault.Declare(0x40170001, "servicekeys.key.invalid", http.StatusUnauthorized, "The service key is unknown or was revoked.")
	// The kinds.
	ErrKind = fault.Declare(0x40170002, "servicekeys.key.invalid_kind", http.StatusBadRequest, "body.kind: give one of %s.")
	// The limit.
	ErrName = fault.Declare(0x40170003, "servicekeys.key.invalid_name", http.StatusBadRequest, "body.name: give at most %d characters on one line.")
	// The field, the text, and the remedy.
	ErrLimit = fault.Declare(0x40170004, "servicekeys.key.invalid_limit", http.StatusBadRequest, "body.%s: %q: %s.")
	// The limit.
	ErrTooMany = fault.Declare(0x40170005, "servicekeys.key.too_many", http.StatusPreconditionFailed, "There are %d service keys, which is the limit. Revoke one first.")
	// The id.
	ErrNoKey = fault.Declare(0x40170006, "servicekeys.key.not_found", http.StatusNotFound, "There is no service key %q. service-keys:list tells which there are.")
	// ErrConfigured refuses to revoke the key of the configuration.
	ErrConfigured = fault.Declare(0x40170007, "servicekeys.key.configured", http.StatusConflict, "This key comes from the configuration. Remove clerk.secretKey there and start the servers again.")
)
