package tickets

import (
	"context"
	"log/slog"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

const (
	// tries is how often a change starts again because others were faster.
	tries = 20
	// keepEnded is how long a row of a ticket is kept that is good for nothing any more.
	keepEnded = 30 * 24 * time.Hour
	// keepInvitations is the same of an invitation, whose row people look at.
	keepInvitations = 365 * 24 * time.Hour
	// trace is how long a deleted row stays as a trace, a hundred times as long as whoever
	// read it before may be slow.
	trace = time.Hour
)

// Options are what Tickets needs and how it behaves; Mailer and Needs are optional.
type Options struct {
	Store storage.Store
	Log   *slog.Logger
	Now   func() time.Time
	// Profiles are those of users who accept invitations; profiles.Default alone by
	// default.
	Profiles []string
	// Link is the link of a ticket, "" where nobody knows the server's address for others,
	// as by default.
	Link func(ticket string) string
	// Mailer sends invitations; nil where nothing is sent.
	Mailer Mailer
	// Needs are what newcomers have to give; by default a password.
	Needs func() Needs
}

// Tickets are those of an instance. It is safe for concurrent use.
type Tickets struct {
	Options
	users       *users.Users
	names       *users.Names
	containment *users.Containment
	credentials *credentials.Credentials
	invitations *organizations.Invitations
	members     *organizations.Members
}

// New makes the tickets of a store, and has those of a user leave with the user.
func New(opts Options, us *users.Users, names *users.Names, ct *users.Containment, cs *credentials.Credentials, os *organizations.Organizations) *Tickets {
	ts := &Tickets{Options: opts, users: us, names: names, containment: ct, credentials: cs, invitations: os.Invitations, members: os.Members}
	if ts.Link == nil {
		ts.Link = func(string) string { return "" }
	}
	if ts.Profiles == nil {
		ts.Profiles = []string{profiles.Default}
	}
	us.Depend(dependents{ts})
	return ts
}

// onceKey is the key by which a ticket is used up.
func onceKey(id string) string { return registry.OnceKey(registry.TicketOnce(id)) }

// get reads a ticket as it is now. Faults: ErrNotFound.
func (ts *Tickets) get(ctx context.Context, id string) (*Ticket, error) {
	doc, err := ts.Store.Get(ctx, storage.Tickets, id)
	if err != nil {
		return nil, missing(id, err)
	}
	t, err := read(doc, ts.Now())
	if err == nil && t.Status == deleted {
		err = ErrNotFound.New(id)
	}
	return t, err
}

// write writes a ticket over what was read of it. Searches see invitations at once.
func (ts *Tickets) write(ctx context.Context, t *Ticket, change storage.Change) error {
	doc, err := t.document()
	if err != nil {
		return err
	}
	change.In, change.ID, change.Put, change.If, change.Visible = storage.Tickets, t.ID, &doc, t.rev, t.Kind == Invitation
	rev, err := ts.Store.Commit(ctx, change)
	if err == nil {
		t.rev, t.version = rev, doc.Version
	}
	return err
}
