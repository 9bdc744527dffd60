package jobs

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// Errors of jobs.
var (
	ErrUnknown = fault.Declare(0x400f0001, "import.job.not_found", 404, "There is no import %q. Importing the file again creates no user twice.")
	ErrState   = fault.Declare(0x400f0002, "import.job.wrong_state", 409, "The import %q is %s. %s")
	ErrOffset  = fault.Declare(0x400f0003, "import.job.wrong_offset", 409, "The import %q has received %d bytes. Send the next part from there on.")
	ErrSize    = fault.Declare(0x400f0004, "import.job.too_large", 413, "An import takes at most %d bytes. Compress the file or split it.")
	ErrTooMany = fault.Declare(0x400f0005, "import.job.too_many", 429, "There are %d imports already. Wait for one to end, or delete one.")
	ErrFile    = fault.Declare(0x400f0009, "import.job.unreadable", 400, "The file cannot be imported: %s.")
	ErrStopped = fault.Declare(0x400f0008, "import.job.stopped", 403, "The user %q, who sent this import, %s. Imported users stay. Send the file again as a user who may import.")
	ErrOption  = fault.Declare(0x400f0006, "import.job.invalid_option", 400, "The option %s.")
)
