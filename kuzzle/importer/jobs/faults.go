package jobs

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// What the jobs refuse.
var (
	ErrUnknown = fault.Declare(0x400f0001, "import.job.not_found", 404, "There is no import %q. Jobs are forgotten when the server stops; importing again doubles nothing.")
	ErrState   = fault.Declare(0x400f0002, "import.job.wrong_state", 409, "The import %q is %s. %s")
	ErrOffset  = fault.Declare(0x400f0003, "import.job.wrong_offset", 409, "The import %q has %d bytes, so that the next part begins there.")
	ErrSize    = fault.Declare(0x400f0004, "import.job.too_large", 413, "An import takes at most %d bytes. Compress the file or cut it up.")
	ErrTooMany = fault.Declare(0x400f0005, "import.job.too_many", 429, "There are %d imports already. Wait for one to end, or delete one.")
	ErrFile    = fault.Declare(0x400f0009, "import.job.unreadable", 400, "This is no file of users: %s.")
	ErrOption  = fault.Declare(0x400f0006, "import.job.invalid_option", 400, "The option %s.")
)
