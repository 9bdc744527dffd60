package accounts

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// What the domain refuses. Kuzzle's ids keep Kuzzle's codes.
var (
	ErrUserNotFound     = fault.Declare(117702658, "security.user.not_found", 404, "The user %q does not exist.")
	ErrUserExists       = fault.Declare(117702657, "security.user.already_exists", 412, "The user %q exists already. Choose another _id.")
	ErrNoProfile        = fault.Declare(117702663, "security.user.no_profile", 400, "The user %q needs at least one profile in profileIds.")
	ErrPreventOverwrite = fault.Declare(117702662, "security.user.prevent_overwrite", 400, "Some of these users exist already. Say with onExistingUsers what to do: skip or overwrite.")
	ErrUnknownStrategy  = fault.Declare(117571585, "security.credentials.unknown_strategy", 400, "There is no authentication strategy %q.")
	ErrUnknownKuid      = fault.Declare(67305489, "plugin.strategy.unknown_kuid", 401, "%s")
	ErrAdminExists      = fault.Declare(33685513, "api.process.admin_exists", 412, "An administrator exists already. Log in as one to create users.")
	ErrLocked           = fault.Declare(33685505, "api.process.action_locked", 412, "%s is running already. Wait for it to end.")
	ErrWriteLimit       = fault.Declare(16842756, "services.storage.write_limit_exceeded", 413, "Too many documents at once. Send fewer ids.")
	ErrOneFamily        = fault.Declare(0x400a0001, "security.credentials.one_password", 400, "%q and %q both set the user's password. Send one of them.")
	ErrBadIdentifier    = fault.Declare(0x400a0002, "security.credentials.invalid_identifier", 400, "The %s cannot be used: it has no visible characters or is longer than %d bytes.")
	ErrMixedScripts     = fault.Declare(0x400a0030, "security.credentials.mixed_scripts", 400, "The %s mixes scripts that nobody mixes, such as Latin and Cyrillic. Write it in one.")
	ErrLooksTaken       = fault.Declare(0x400a0031, "security.credentials.looks_taken", 412, "The %s looks like one that is already used. Choose another.")
	ErrAskedElsewhere   = fault.Declare(0x400a0008, "security.credentials.asked_elsewhere", 403, "Only an administrator may have another system asked for a user's password.")
	// ErrContentTooLarge: the user, the bytes it would take, the limit, its
	// setting. ErrCredentialsTooLarge: the same. ErrKeyDescription: the limit.
	ErrContentTooLarge     = fault.Declare(0x400a0020, "security.user.content_too_large", 413, "The content of user %q would take %d bytes, and at most %d are allowed (%s). Store less.")
	ErrCredentialsTooLarge = fault.Declare(0x400a0021, "security.credentials.too_large", 413, "The credentials of user %q would take %d bytes, and at most %d are allowed (%s). Store less.")
	ErrKeyDescription      = fault.Declare(0x400a0022, "security.api_key.description_too_long", 400, "The description of an API key has at most %d bytes. Shorten it.")
	ErrNamesHeld           = fault.Declare(0x400a0007, "security.credentials.names_held", 403, "Another system still knows this password. Log in with it once, then change names.")

	// ErrLoginNeeded: how long ago the login may be, or "".
	ErrLoginNeeded  = fault.Declare(0x400a000a, "security.apikey.login_needed", 403, "Only a session that began with a login%s makes API keys. Log in again and repeat the request in that session.")
	ErrMakesNothing = fault.Declare(0x400a000b, "security.token.single_use", 403, "A token for a single use makes no tokens and no API keys. Use the token of a session.")
	ErrMakersLimit  = fault.Declare(0x400a000c, "security.token.too_many_makers", 403, "This token is the last of %d, each made by the one before, and makes no further one. Use the token of a login.")

	ErrRowAgain          = fault.Declare(0x400a0009, "security.import.row_again", 412, "An earlier row is the same user and says something else.")
	ErrDefinitionDiffers = fault.Declare(0x400a0003, "security.import.differs", 412, "The %s %q is here already and differs.")
	ErrDefinitionKept    = fault.Declare(0x400a0004, "security.import.protected", 412, "The %s %q differs from the one here, which stays as it is, since it decides what everybody or strangers may do. Change it here if it should allow more.")
	ErrKeyExpired        = fault.Declare(0x400a0005, "security.import.key_expired", 400, "The API key %q has expired.")
	ErrKeyDiffers        = fault.Declare(0x400a0006, "security.import.key_differs", 412, "The API key %q is here already and differs.")
)
