package contacts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The faults of this package.
var (
	// ErrNotFound has the user and the contact's id.
	ErrNotFound = users.ErrContactNotFound
	// ErrExists has the contact's kind.
	ErrExists = fault.Declare(0x400a0071, "security.contact.already_exists", 412, "The user already has this %s. Change that contact, or choose another value.")
	// ErrTooMany has users.MaxContacts.
	ErrTooMany = fault.Declare(0x400a0072, "security.contact.too_many", 412, "A user has at most %d contacts. Delete one first.")
	ErrState   = fault.Declare(0x400a0073, "security.contact.verified_or_reserved", 400, "A contact is verified or reserved, not both. Send verified=false to reserve a verified one.")
	// ErrNotVerified and ErrPrimaryStays are about the field primary.
	ErrNotVerified  = users.ErrContactNotVerified
	ErrPrimaryStays = fault.Declare(0x400a0075, "security.contact.primary_stays", 412, "This contact stays primary until another contact of its kind is. Make the other one primary.")
	// ErrLastIdentifier refuses a change that would leave no name for logins.
	ErrLastIdentifier = users.ErrLastIdentifier
	// ErrCode is the one error for a code that is wrong, used or expired.
	ErrCode = fault.Declare(0x400a0078, "security.contact.wrong_code", 403, "This code is wrong, was used or has expired. Ask for a new one.")
	// ErrAsked and ErrTried limit one user, and many users at one address of a client.
	ErrAsked        = fault.Declare(0x400a007a, "security.contact.too_many_codes", 429, "Too many codes were requested. Wait before you ask for another one.")
	ErrTried        = fault.Declare(0x400a007b, "security.contact.too_many_tries", 429, "Too many codes were tried. Wait before you try another one.")
	ErrVerified     = fault.Declare(0x400a0079, "security.contact.already_verified", 412, "This contact is verified already.")
	ErrNoFactor     = fault.Declare(0x400a007c, "security.contact.no_factor", 400, "Only a phone can be marked as a second factor.")
	ErrNothingGiven = fault.Declare(0x400a0077, "security.contact.nothing_given", 400, "The request changes nothing. Send verified, primary or reserved.")
)
