package users

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The faults of this package. Those with Kuzzle's ids have Kuzzle's codes.
var (
	ErrUserNotFound  = fault.Declare(117702658, "security.user.not_found", 404, "The user %q does not exist.")
	ErrUserExists    = fault.Declare(117702657, "security.user.already_exists", 412, "The user %q exists already. Choose another _id.")
	ErrNoProfile     = fault.Declare(117702663, "security.user.no_profile", 400, "The user %q needs at least one profile in profileIds.")
	ErrAdminExists   = fault.Declare(33685513, "api.process.admin_exists", 412, "An administrator exists already. Log in as one to create users.")
	ErrWriteLimit    = fault.Declare(16842756, "services.storage.write_limit_exceeded", 413, "Too many documents at once. Send fewer ids.")
	ErrBadIdentifier = fault.Declare(0x400a0002, "security.credentials.invalid_identifier", 400, "The %s cannot be used: it has no visible characters or is longer than %d bytes.")
	ErrMixedScripts  = fault.Declare(0x400a0030, "security.credentials.mixed_scripts", 400, "The %s mixes scripts in an unusual way, such as Latin and Cyrillic. Write it in one script.")
	ErrLooksTaken    = fault.Declare(0x400a0031, "security.credentials.looks_taken", 412, "The %s looks like one that is already used. Choose another.")
	// ErrActing refuses a change in a session of an actor token.
	ErrActing = fault.Declare(0x400a000d, "security.token.acting", 403, "In this session somebody acts in the user's place. It cannot change logins or rights. The user must do so, in a session of their own.")
	// ErrContactNotFound has the user and the contact's id.
	ErrContactNotFound    = fault.Declare(0x400a0070, "security.contact.not_found", 404, "The user %q has no contact %q.")
	ErrContactNotVerified = fault.Declare(0x400a0074, "security.contact.not_verified", 412, "Only a verified contact can be primary. Verify it first.")
	// ErrReadAgain refuses a change for another version. Props: the user, the current version, the
	// requested one.
	ErrReadAgain = fault.Declare(0x400a0024, "security.user.read_again", 412, "The user %q was changed meanwhile: it has version %d, and your change is for version %d. Read it again, and send the change with the version that you read.")
	// ErrLastIdentifier refuses a change that would leave no name for logins.
	ErrLastIdentifier = fault.Declare(0x400a0076, "security.contact.last_identifier", 412, "This contact is the user's last name for logins. Give the user another one first.")
	// ErrContentTooLarge and ErrCredentialsTooLarge have the user, the size and the limit in bytes,
	// and the limit's setting.
	ErrContentTooLarge     = fault.Declare(0x400a0020, "security.user.content_too_large", 413, "The content of user %q would take %d bytes; the limit is %d (%s). Store less.")
	ErrCredentialsTooLarge = fault.Declare(0x400a0021, "security.credentials.too_large", 413, "The credentials of user %q would take %d bytes; the limit is %d (%s). Store less.")
)
