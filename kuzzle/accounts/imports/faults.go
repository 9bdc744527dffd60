package imports

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The faults of this package. Those with Kuzzle's ids have Kuzzle's codes.
var (
	ErrPreventOverwrite  = fault.Declare(117702662, "security.user.prevent_overwrite", 400, "Some of these users exist already. Set onExistingUsers to skip or overwrite.")
	ErrRowAgain          = fault.Declare(0x400a0009, "security.import.row_again", 412, "An earlier row is about the same user and differs.")
	ErrUserDiffers       = fault.Declare(0x400a000e, "security.import.user_differs", 412, "The user %q exists already and differs. Import with --on-conflict merge to change it, or with skip to leave it.")
	ErrDefinitionDiffers = fault.Declare(0x400a0003, "security.import.differs", 412, "The %s %q exists already and differs.")
	ErrDefinitionKept    = fault.Declare(0x400a0004, "security.import.protected", 412, "The %s %q differs from the existing one. An import does not change it, because it holds the rights of strangers or of all users. Change it on this server if needed.")
	ErrKeyExpired        = fault.Declare(0x400a0005, "security.import.key_expired", 400, "The API key %q has expired.")
	ErrKeyDiffers        = fault.Declare(0x400a0006, "security.import.key_differs", 412, "The API key %q exists already and differs.")
)
