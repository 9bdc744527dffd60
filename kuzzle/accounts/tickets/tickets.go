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
	// tries is how often a change is tried after conflicts.
	tries = 20
	// keepEnded is how long the row of a used or expired ticket is kept.
	keepEnded = 30 * 24 * time.Hour
	// keepInvitations is the same for invitations, whose rows people read.
	keepInvitations = 365 * 24 * time.Hour
	// trace is how long a deleted row stays as a trace, a hundred times as long as a process that
	// read it may take.
	trace = time.Hour
)

// Options are the dependencies and settings of Tickets; Mailer and Needs are optional.
type Options struct {
	Store storage.Store
	Log   *slog.Logger
	Now   func() time.Time
	// Profiles are the profiles of users who accept invitations; only profiles.Default by default.
	Profiles []string
	// Link returns the link of a ticket, or "" if the server's public address is unknown, as by
	// default.
	Link func(ticket string) string
	// Mailer sends invitations; nil if the instance sends no mail.
	Mailer Mailer
	// Needs returns the requirements for newcomers; by default a password.
	Needs func() Needs
}

// Tickets are the tickets of an instance. It is safe for concurrent use.
type Tickets struct {
	Options
	users       *users.Users
	names       *users.Names
	containment *users.Containment
	credentials *credentials.Credentials
	invitations *organizations.Invitations
	members     *organizations.Members
}

// New returns the tickets of a store, and registers those of users to be deleted with their user.
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

// onceKey returns the key that using a ticket takes.
func onceKey(id string) string { return registry.OnceKey(registry.TicketOnce(id)) }

// get reads a ticket in its current state. Faults: ErrNotFound.
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

// write writes a ticket over its read state. Searches see invitations at once.
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
