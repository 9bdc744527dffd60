package tickets

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// The faults of this package. The comment at each names its props.
var (
	// The ticket.
	ErrNotFound = fault.Declare(0x40210001, "tickets.ticket.not_found", 404, "The ticket %q does not exist.")
	// The ticket, its status.
	ErrNotPending = fault.Declare(0x40210002, "tickets.ticket.not_pending", 412, "The ticket %q is %s.")
	// The limits, in seconds.
	ErrLifetime = fault.Declare(0x40210003, "tickets.ticket.invalid_lifetime", 400, "lifetime: give %d to %d seconds.")
	// The limit, in bytes.
	ErrActor = fault.Declare(0x40210004, "tickets.ticket.invalid_actor", 400, "actor: give an object with sub, the id of the actor, of at most %d bytes.")
	// The limit, in seconds.
	ErrWithin = fault.Declare(0x40210005, "tickets.ticket.invalid_session", 400, "sessionMaxDuration: give 1 to %d seconds.")
	ErrNoLink = fault.Declare(0x40210006, "tickets.ticket.no_link", 503, "The link of an invitation needs the server's public address. Start the server with --public-url.")

	// The remedy.
	ErrEmail = fault.Declare(0x40210010, "tickets.invitation.invalid_email", 400, "email: give %s.")
	// The limit.
	ErrDays = fault.Declare(0x40210011, "tickets.invitation.invalid_expiry", 400, "days: give 1 to %d.")
	// The remedy.
	ErrRedirect = fault.Declare(0x40210012, "tickets.invitation.invalid_redirect", 400, "redirectUrl: give %s.")
	// The addresses.
	ErrInvited = fault.Declare(0x40210013, "tickets.invitation.already_exists", 412, "These addresses have an open invitation already: %v.")
	ErrHasUser = fault.Declare(0x40210014, "tickets.invitation.has_user", 412, "These addresses belong to users: %v.")
	// The limit.
	ErrTooMany = fault.Declare(0x40210015, "tickets.invitation.too_many", 413, "A request may have at most %d invitations.")
	ErrByMail  = fault.Declare(0x40210017, "tickets.invitation.by_mail", 403, "A limited key can only invite by mail, without a page of its own: ask for the mail, and leave out redirectUrl.")
	ErrNoMail  = fault.Declare(0x40210016, "tickets.invitation.no_mail", 503, "This server sends no mail: set notify.mail, or invite without mail.")
)
