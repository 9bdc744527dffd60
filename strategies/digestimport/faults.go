package digestimport

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// ErrAdministratorsOnly refuses users who replace their password by a digest: no rule for passwords
// can check a digest.
var ErrAdministratorsOnly = fault.Declare(0x400e0010, "security.digest.administrators_only", http.StatusForbidden,
	"Only an administrator may replace a password by a digest. Change the password instead.")
