package tickets

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Revoke revokes a pending ticket of a kind, or an expired invitation. Faults: ErrNotFound,
// ErrNotPending.
func (ts *Tickets) Revoke(ctx context.Context, by users.Actor, kind Kind, id string) (Ticket, error) {
	for range tries {
		t, err := ts.find(ctx, kind, id)
		if err != nil {
			return Ticket{}, err
		}
		if t.Status != Pending && (kind != Invitation || t.Status != Expired) {
			return *t, ErrNotPending.New(id, t.Status)
		}
		err = ts.revoke(ctx, t)
		if err == nil && kind == Invitation {
			ts.users.Emit(ctx, events.InvitationRevoked, by, users.Subject(events.Invitation, id), nil)
		}
		if !errors.Is(err, storage.ErrConflict) {
			return *t, err
		}
	}
	return Ticket{}, storage.ErrConflict.New(id)
}

// find reads a ticket of a kind. Faults: ErrNotFound.
func (ts *Tickets) find(ctx context.Context, kind Kind, id string) (*Ticket, error) {
	if !storage.IsID(id) {
		return nil, ErrNotFound.New(id)
	}
	t, err := ts.get(ctx, id)
	if err == nil && t.Kind != kind {
		err = ErrNotFound.New(id)
	}
	return t, err
}

// revoke is one try. If somebody used the ticket up meanwhile, the error is ErrNotPending, and the
// ticket becomes accepted.
func (ts *Tickets) revoke(ctx context.Context, t *Ticket) error {
	keep := keepEnded
	change := storage.Change{Take: []storage.Take{{Key: onceKey(t.ID), Once: true}}}
	if t.Kind == Invitation {
		keep, change.Free = keepInvitations, []string{invitedKey(t.Email)}
	}
	was := *t
	t.Status, t.begun = Revoked, false
	t.UpdatedAt, t.RemoveAt = ts.Now().UnixMilli(), ts.Now().Add(keep).UnixMilli()
	err := ts.write(ctx, t, change)
	taken := (*storage.TakenError)(nil)
	if !errors.As(err, &taken) {
		return err
	}
	*t = was
	if t.Kind == Invitation {
		_, err = ts.settle(ctx, t)
	} else {
		t.Status, t.UpdatedAt = Accepted, ts.Now().UnixMilli()
		err = ts.write(ctx, t, storage.Change{})
	}
	if err == nil {
		err = ErrNotPending.New(t.ID, t.Status)
	}
	return err
}

// Delete deletes an invitation in any status; its ticket is void from then on. A user who accepted
// it stays. Faults: ErrNotFound.
func (ts *Tickets) Delete(ctx context.Context, by users.Actor, id string) error {
	for range tries {
		t, err := ts.find(ctx, Invitation, id)
		if err != nil {
			return err
		}
		// Leave a trace, so that a process that has read the row cannot redeem it.
		gone := &Ticket{ID: t.ID, Kind: t.Kind, Status: deleted, RemoveAt: ts.Now().Add(trace).UnixMilli(), version: t.version, rev: t.rev}
		err = ts.write(ctx, gone, storage.Change{
			Take: []storage.Take{{Key: onceKey(id), Latch: true}}, Free: []string{invitedKey(t.Email)},
		})
		if err == nil {
			ts.users.Emit(ctx, events.InvitationDeleted, by, users.Subject(events.Invitation, id), nil)
		}
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
	return storage.ErrConflict.New(id)
}
