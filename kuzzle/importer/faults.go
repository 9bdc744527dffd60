package importer

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// ErrFile is wrapped by errors about the file as a whole: it cannot be read on.
var ErrFile = texts.ErrFile

// ErrOperatorOnly refuses rows that are no users, where they come over the API.
var ErrOperatorOnly = fault.Declare(0x400f0007, "import.operator_only", 403, "Roles, profiles, API keys and organizations are not for imports over the API: load the first two with security:loadSecurities, or import the file with the command kuzzle import.")
