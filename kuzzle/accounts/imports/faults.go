package imports

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What is refused here. Kuzzle's ids keep Kuzzle's codes.
var (
	ErrPreventOverwrite  = fault.Declare(117702662, "security.user.prevent_overwrite", 400, "Some of these users exist already. Say with onExistingUsers what to do: skip or overwrite.")
	ErrRowAgain          = fault.Declare(0x400a0009, "security.import.row_again", 412, "An earlier row is the same user and says something else.")
	ErrUserDiffers       = fault.Declare(0x400a000e, "security.import.user_differs", 412, "The user %q is here already and differs. An import with --on-conflict merge changes it, one with skip leaves it.")
	ErrDefinitionDiffers = fault.Declare(0x400a0003, "security.import.differs", 412, "The %s %q is here already and differs.")
	ErrDefinitionKept    = fault.Declare(0x400a0004, "security.import.protected", 412, "The %s %q differs from the one here, which stays as it is, since it decides what everybody or strangers may do. Change it here if it should allow more.")
	ErrKeyExpired        = fault.Declare(0x400a0005, "security.import.key_expired", 400, "The API key %q has expired.")
	ErrKeyDiffers        = fault.Declare(0x400a0006, "security.import.key_differs", 412, "The API key %q is here already and differs.")
)
