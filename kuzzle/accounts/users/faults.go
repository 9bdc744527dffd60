package users

import (
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What the domain refuses. Kuzzle's ids keep Kuzzle's codes.
var (
	ErrUserNotFound  = fault.Declare(117702658, "security.user.not_found", 404, "The user %q does not exist.")
	ErrUserExists    = fault.Declare(117702657, "security.user.already_exists", 412, "The user %q exists already. Choose another _id.")
	ErrNoProfile     = fault.Declare(117702663, "security.user.no_profile", 400, "The user %q needs at least one profile in profileIds.")
	ErrAdminExists   = fault.Declare(33685513, "api.process.admin_exists", 412, "An administrator exists already. Log in as one to create users.")
	ErrWriteLimit    = fault.Declare(16842756, "services.storage.write_limit_exceeded", 413, "Too many documents at once. Send fewer ids.")
	ErrBadIdentifier = fault.Declare(0x400a0002, "security.credentials.invalid_identifier", 400, "The %s cannot be used: it has no visible characters or is longer than %d bytes.")
	ErrMixedScripts  = fault.Declare(0x400a0030, "security.credentials.mixed_scripts", 400, "The %s mixes scripts that nobody mixes, such as Latin and Cyrillic. Write it in one.")
	ErrLooksTaken    = fault.Declare(0x400a0031, "security.credentials.looks_taken", 412, "The %s looks like one that is already used. Choose another.")
	// ErrActing is answered in sessions of actor tokens.
	ErrActing = fault.Declare(0x400a000d, "security.token.acting", 403, "Somebody acts in the user's place in this session, which changes neither how anybody logs in nor what they may do. Only the user does, in a session of their own.")
	// ErrContactNotFound: the user, the contact's id.
	ErrContactNotFound    = fault.Declare(0x400a0070, "security.contact.not_found", 404, "The user %q has no contact %q.")
	ErrContactNotVerified = fault.Declare(0x400a0074, "security.contact.not_verified", 412, "Only a verified contact can be primary. Verify it first.")
	// ErrReadAgain is answered to a change that was meant for another version: the user,
	// the version there is, the one that was meant.
	ErrReadAgain = fault.Declare(0x400a0024, "security.user.read_again", 412, "The user %q was changed meanwhile: it is of version %d, and your change is meant for %d. Read it again, and send the change with the version that you read.")
	// ErrLastIdentifier is answered to a change after which no name would be left.
	ErrLastIdentifier = fault.Declare(0x400a0076, "security.contact.last_identifier", 412, "This contact is the last name that the user could log in by. Give the user another one first.")
	// ErrContentTooLarge: the user, the bytes it would take, the limit, its
	// setting. ErrCredentialsTooLarge: the same.
	ErrContentTooLarge     = fault.Declare(0x400a0020, "security.user.content_too_large", 413, "The content of user %q would take %d bytes, and at most %d are allowed (%s). Store less.")
	ErrCredentialsTooLarge = fault.Declare(0x400a0021, "security.credentials.too_large", 413, "The credentials of user %q would take %d bytes, and at most %d are allowed (%s). Store less.")
)
