package tickets

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// offer is an invitation whose ticket a client shows. The commit of the user takes the onceKey of
// its id.
type offer interface {
	id() string
	email() string
	// metadata returns the user's initial public metadata.
	metadata() map[string]any
	redirect() string
	// begin records that it is being accepted, so that Upkeep finds it if the process is killed.
	begin(context.Context) error
	// accepted writes to the row that a user accepted it, after the user was written.
	accepted(ctx context.Context, by users.Actor, u *users.User) error
	// settle updates the row after another process used the ticket up.
	settle(context.Context) error
}

// own is an invitation with its row in this package.
type own struct {
	ts *Tickets
	t  *Ticket
}

func (o own) id() string               { return o.t.ID }
func (o own) email() string            { return o.t.Email }
func (o own) metadata() map[string]any { return o.t.Metadata }
func (o own) redirect() string         { return o.t.RedirectURL }

func (o own) begin(ctx context.Context) error {
	t := o.t
	for range tries {
		if t.begun {
			return nil
		}
		t.begun, t.UpdatedAt = true, o.ts.Now().UnixMilli()
		err := o.ts.write(ctx, t, storage.Change{})
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
		now, err := o.ts.get(ctx, t.ID)
		if err == nil {
			*t, err = *now, open(now.Status)
		}
		if err != nil {
			return err
		}
	}
	return storage.ErrConflict.New(t.ID)
}

func (o own) accepted(ctx context.Context, by users.Actor, u *users.User) error {
	o.ts.users.Emit(ctx, events.InvitationAccepted, by, users.Subject(events.Invitation, o.t.ID), events.Data{events.Owner: u.Kuid})
	return o.ts.finish(ctx, o.t, u.Kuid, u.Incarnation)
}

func (o own) settle(ctx context.Context) error {
	_, err := o.ts.settle(ctx, o.t)
	return err
}

// joining is an invitation to an organization.
type joining struct {
	ts *Tickets
	i  *organizations.Invitation
}

func (j joining) id() string { return j.i.ID }

func (j joining) email() string { return j.i.Email }

// metadata returns nil: its metadata is the membership's.
func (joining) metadata() map[string]any { return nil }

func (j joining) redirect() string { return j.i.RedirectURL }

func (j joining) begin(ctx context.Context) error {
	err := j.ts.invitations.Begin(ctx, j.i.Organization, j.i.ID)
	if errors.Is(err, organizations.ErrNotPending) {
		err = strategies.ErrTicketUsed.New().Because(err)
	}
	return err
}

func (j joining) accepted(ctx context.Context, by users.Actor, u *users.User) error {
	_, err := j.ts.invitations.Accept(ctx, by, j.i.Organization, j.i.ID, u.Kuid)
	if errors.Is(err, organizations.ErrNotPending) {
		return nil // Upkeep, or another process that met the used ticket, was faster
	}
	return err
}

func (j joining) settle(ctx context.Context) error {
	_, err := j.ts.invitations.Settle(ctx, j.i.Organization, j.i.ID)
	return err
}
