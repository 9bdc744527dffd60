package logins

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Options are the dependencies and settings of Logins; all except Notify are required.
type Options struct {
	Store    storage.Store
	Rights   *rights.Store
	Registry *registry.Registry
	Sealer   *token.Sealer
	Log      *slog.Logger
	Now      func() time.Time
	// Passwords makes the digests of new passwords.
	Passwords digest.Maker
	// Client is for strategies that call outside systems.
	Client *http.Client
	// Notify stores a strategy's notice, with the part of the recipient's limit that it counts for;
	// nil if the instance sends no messages.
	Notify func(ctx context.Context, strategy string, notice strategies.Notice, part throttle.Part) error
	// Tickets are the domain's tickets.
	Tickets Tickets
}

// Tickets checks tickets, and creates the users of invitations.
type Tickets interface {
	// Redeem has the meaning of [strategies.Tickets]. by is the client; the returned user is the
	// outcome's, in the state that was checked.
	Redeem(ctx context.Context, by users.Actor, ticket string, as strategies.Newcomer) (strategies.Outcome, *users.User, error)
	// Look has the meaning of [strategies.Tickets], and says why a ticket is invalid. Faults:
	// strategies.ErrRefused for an unknown one, strategies.ErrTicketUsed, strategies.ErrTicketRevoked,
	// strategies.ErrTicketExpired.
	Look(ctx context.Context, ticket string) (strategies.Glance, error)
}

// Logins logs users in. It is safe for concurrent use.
type Logins struct {
	Options
	users       *users.Users
	names       *users.Names
	containment *users.Containment
	sessions    *sessions.Sessions
	attempts    *attempts.Attempts
	credentials *credentials.Credentials

	decoys atomic.Pointer[[]decoy]
	// sends holds an element for each message being sent.
	sends chan struct{}
}

// New returns Logins over the given parts. It registers the flows about users as dependents, which
// are deleted with their user.
func New(opts Options, us *users.Users, names *users.Names, containment *users.Containment, ss *sessions.Sessions, as *attempts.Attempts, cs *credentials.Credentials) *Logins {
	ls := &Logins{
		Options: opts, users: us, names: names, containment: containment, sessions: ss, attempts: as, credentials: cs,
		sends: make(chan struct{}, sendsAtOnce),
	}
	us.Depend(dependents{ls})
	return ls
}

// Host returns the host of the strategy with that name.
func (ls *Logins) Host(name string) strategies.Host { return host{ls, name} }

// Close waits until the messages under way are sent.
func (ls *Logins) Close(ctx context.Context) error { return ls.sent(ctx) }
