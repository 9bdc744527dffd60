package digestimport

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// ErrAdministratorsOnly refuses users who give themselves a digest: no rule for passwords can check
// it.
var ErrAdministratorsOnly = fault.Declare(0x400e0010, "security.digest.administrators_only", http.StatusForbidden,
	"Only an administrator may give a user the digest of a password. Give the password instead, to the strategy local.")
