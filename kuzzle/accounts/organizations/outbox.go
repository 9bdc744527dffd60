package organizations

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Outbox has programs outside told of organizations, in the commits that change them.
// What goes with an organization that is deleted goes untold.
type Outbox interface {
	// Idle reports whether nobody is to be told.
	Idle() bool
	// Organization are the messages that a change has to write.
	Organization(context.Context, Told) ([]storage.Document, error)
	// Written is called after a commit with messages.
	Written()
}

// Told is what an Outbox is told of: an event, and one of the three as it is then. One
// that is gone is as it was before.
type Told struct {
	By           users.Actor
	Event        string
	Organization *Organization
	Membership   *Membership
	Invitation   *Invitation
}

// told are the messages of a change.
func (b *base) told(ctx context.Context, t Told) ([]storage.Document, error) {
	if b.outbox == nil || b.outbox.Idle() {
		return nil, nil
	}
	return b.outbox.Organization(ctx, t)
}

// commit writes a change, and wakes whoever sends its messages.
func (b *base) commit(ctx context.Context, write storage.Change) (storage.Rev, error) {
	rev, err := b.store.Commit(ctx, write)
	if err == nil && len(write.Outbox) > 0 {
		b.outbox.Written()
	}
	return rev, err
}

// toldMembership are the messages of a membership's change. Before and after there may
// be none, or a trace of one.
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
