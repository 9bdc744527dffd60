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

// Options are what Logins needs and how it behaves; all of them but Notify are mandatory.
type Options struct {
	Store    storage.Store
	Rights   *rights.Store
	Registry *registry.Registry
	Sealer   *token.Sealer
	Log      *slog.Logger
	Now      func() time.Time
	// Passwords makes the digests of new passwords.
	Passwords digest.Maker
	// Client is for strategies that ask the world outside.
	Client *http.Client
	// Notify keeps a notice of a strategy in the store, with the part of the recipient
	// that it counts for; nil where nothing is sent.
	Notify func(ctx context.Context, strategy string, notice strategies.Notice, part throttle.Part) error
	// Tickets are those that the domain gave out.
	Tickets Tickets
}

// Tickets judges tickets, and makes the users of invitations.
type Tickets interface {
	// Redeem is as in [strategies.Tickets]. by is the client, and the user is whoever the
	// outcome is about, as it was judged.
	Redeem(ctx context.Context, by users.Actor, ticket string, as strategies.Newcomer) (strategies.Outcome, *users.User, error)
	// Look is as in [strategies.Tickets].
	Look(ctx context.Context, ticket string) (strategies.Glance, error)
}

// Logins lets users in. It is safe for concurrent use.
type Logins struct {
	Options
	users       *users.Users
	names       *users.Names
	containment *users.Containment
	sessions    *sessions.Sessions
	attempts    *attempts.Attempts
	credentials *credentials.Credentials

	decoys atomic.Pointer[[]decoy]
	// sends holds an element for each message on its way.
	sends chan struct{}
}

// New makes Logins over the users, sessions and credentials there are. What waits
// for a user to use a token ends with that user.
func New(opts Options, us *users.Users, names *users.Names, containment *users.Containment, ss *sessions.Sessions, as *attempts.Attempts, cs *credentials.Credentials) *Logins {
	ls := &Logins{
		Options: opts, users: us, names: names, containment: containment, sessions: ss, attempts: as, credentials: cs,
		sends: make(chan struct{}, sendsAtOnce),
	}
	us.Depend(dependents{ls})
	return ls
}

// Host returns what the strategy of that name may ask for.
func (ls *Logins) Host(name string) strategies.Host { return host{ls, name} }

// Close waits for messages that are on their way.
func (ls *Logins) Close(ctx context.Context) error { return ls.sent(ctx) }
