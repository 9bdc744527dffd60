package strategies

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The errors of [Tickets] for a ticket that was valid once. Any other ticket is ErrRefused.
var (
	ErrTicketUsed    = fault.Declare(0x40050008, "security.ticket.used", 401, "This ticket was used already. Ask for a new one.")
	ErrTicketRevoked = fault.Declare(0x40050009, "security.ticket.revoked", 401, "This ticket was revoked. Ask for a new one.")
	ErrTicketExpired = fault.Declare(0x4005000a, "security.ticket.expired", 401, "This ticket has expired. Ask for a new one.")
)

// Tickets accepts the tickets that the backend issued. A ticket replaces credentials for one login:
// of a user, of somebody who acts in the user's place, or of an invited person.
type Tickets interface {
	// Redeem returns the outcome for a ticket's user. For an invitation to an address that no user
	// has, it creates the user from the newcomer's data. Errors: those above; ErrRefused; invalid
	// data of the newcomer, after which the ticket can still be used.
	Redeem(ctx context.Context, ticket string, as Newcomer) (Outcome, error)
	// Look describes a ticket and keeps it. An invalid ticket is no error.
	Look(ctx context.Context, ticket string) (Glance, error)
}

// Glance describes a ticket to the person who opened its link. The zero value is a login.
type Glance struct {
	// RedirectURL is the link's target, with the ticket in its query; "" is a page of the strategy.
	RedirectURL string
	// Newcomer is set if the ticket would create a user, who must then give the fields Asks of a
	// login, such as password.
	Newcomer bool
	Asks     []string
}

// Newcomer is the data that an invited person gives.
type Newcomer struct {
	Password, Username, FirstName, LastName string
	// LegalAccepted is set if the person accepts the operator's terms.
	LegalAccepted bool
}
