package strategies

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// What [Tickets] answers to whoever has a ticket that was good once. Any other ticket is
// ErrRefused.
var (
	ErrTicketUsed    = fault.Declare(0x40050008, "security.ticket.used", 401, "This ticket was used already. Ask for a new one.")
	ErrTicketRevoked = fault.Declare(0x40050009, "security.ticket.revoked", 401, "This ticket was revoked. Ask for a new one.")
	ErrTicketExpired = fault.Declare(0x4005000a, "security.ticket.expired", 401, "This ticket has expired. Ask for a new one.")
)

// Tickets are given out by the backend in place of credentials: tokens by which a user
// logs in, or somebody in the user's place, and invitations. Each is good for one login.
type Tickets interface {
	// Redeem says whom a ticket lets in. An invitation of an address that nobody has makes
	// a user of the newcomer. Errors: those above, ErrRefused, and what is wrong with the
	// newcomer, which leaves the ticket as it was.
	Redeem(ctx context.Context, ticket string, as Newcomer) (Outcome, error)
	// Look says what a ticket is for, and uses nothing up. A ticket that is good for
	// nothing is no error.
	Look(ctx context.Context, ticket string) (Glance, error)
}

// Glance is what somebody who follows a ticket's link is shown. The zero value is a login.
type Glance struct {
	// RedirectURL is where the link leads on to, with the ticket in its query; "" is a page
	// of the strategy's.
	RedirectURL string
	// Newcomer is set where the ticket would make a user, who has to give Asks: fields
	// of a login such as password.
	Newcomer bool
	Asks     []string
}

// Newcomer is what somebody who was invited says of themselves.
type Newcomer struct {
	Password, Username, FirstName, LastName string
	// LegalAccepted is set by who accepts the operator's terms.
	LegalAccepted bool
}
