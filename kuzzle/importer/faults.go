package importer

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// What the jobs refuse.
var (
	ErrJobUnknown   = fault.Declare(0x400f0001, "import.job.not_found", 404, "There is no import %q. Jobs are forgotten when the server stops; importing again doubles nothing.")
	ErrJobState     = fault.Declare(0x400f0002, "import.job.wrong_state", 409, "The import %q is %s. %s")
	ErrJobOffset    = fault.Declare(0x400f0003, "import.job.wrong_offset", 409, "The import %q has %d bytes, so that the next part begins there.")
	ErrJobSize      = fault.Declare(0x400f0004, "import.job.too_large", 413, "An import takes at most %d bytes. Compress the file or cut it up.")
	ErrJobTooMany   = fault.Declare(0x400f0005, "import.job.too_many", 429, "There are %d imports already. Wait for one to end, or delete one.")
	ErrOperatorOnly = fault.Declare(0x400f0007, "import.operator_only", 403, "Roles, profiles and API keys are not for imports over the API: load them with security:loadSecurities, or import the file with the command kuzzle import.")
	ErrJobOption    = fault.Declare(0x400f0006, "import.job.invalid_option", 400, "The option %s.")
)
