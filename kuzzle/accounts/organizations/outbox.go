package organizations

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Outbox passes events of organizations to outside programs, in the commits that change them. The
// memberships and invitations of a deleted organization have no events of their own.
type Outbox interface {
	// Idle reports whether there are no receivers.
	Idle() bool
	// Organization returns the messages to write with a change.
	Organization(context.Context, Told) ([]storage.Document, error)
	// Written is called after a commit with messages.
	Written()
}

// Told describes an event to an Outbox: its name, and the organization, membership or invitation
// after it. A removed one is in its last state.
type Told struct {
	By           users.Actor
	Event        string
	Organization *Organization
	Membership   *Membership
	Invitation   *Invitation
}

// told returns the messages of a change.
func (b *base) told(ctx context.Context, t Told) ([]storage.Document, error) {
	if b.outbox == nil || b.outbox.Idle() {
		return nil, nil
	}
	return b.outbox.Organization(ctx, t)
}

// commit writes a change, and wakes the sender of its messages.
func (b *base) commit(ctx context.Context, write storage.Change) (storage.Rev, error) {
	rev, err := b.store.Commit(ctx, write)
	if err == nil && len(write.Outbox) > 0 && b.outbox != nil {
		b.outbox.Written()
	}
	return rev, err
}

// toldMembership returns the messages of a membership's change. Before and after it there may be
// none, or a trace.
func (ms *Members) toldMembership(ctx context.Context, by users.Actor, was, next *Membership) ([]storage.Document, error) {
	had, has := was != nil && !was.gone, !next.gone
	t := Told{By: by, Membership: next}
	switch {
	case had && has:
		t.Event = events.MembershipUpdated
	case has:
		t.Event = events.MembershipCreated
	case had:
		t.Event, t.Membership = events.MembershipDeleted, was
	default:
		return nil, nil
	}
	return ms.told(ctx, t)
}
