package organizations

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// NewMember is a user to add to an organization.
type NewMember struct {
	Kuid, Role string
	// ID is the public id of the membership; "" generates one.
	ID string
	// Metadata is by kind, in the form for [users.Metadata.Patched].
	Metadata map[string]any
	// CreatedAt is in epoch milliseconds, 0 for now.
	CreatedAt int64
	// Imported is set for a member from another instance or system: the limit does not apply, and
	// no event is published.
	Imported bool
}

// joined returns a new membership.
func (ms *Members) joined(organization string, u *users.User, in intent) *Membership {
	now := ms.millis()
	return &Membership{
		ID: newID(membershipPrefix), Organization: organization, Kuid: u.Kuid, Incarnation: u.Incarnation, Role: in.Role,
		CreatedAt: now, UpdatedAt: now, intent: in.ID,
	}
}

// Add makes a user a member.
//
// Faults: ErrNotFound, users.ErrUserNotFound, ErrRole, ErrMember, ErrMembershipLimit,
// and those of metadata.
func (ms *Members) Add(ctx context.Context, by users.Actor, organization string, nm NewMember) (Membership, error) {
	if err := checkRole(nm.Role); err != nil {
		return Membership{}, err
	}
	if err := checkMetadata(nm.Metadata); err != nil {
		return Membership{}, err
	}
	metadata, err := patched(nil, nm.Metadata, false)
	if err != nil {
		return Membership{}, err
	}
	if _, err := ms.read(ctx, organization); err != nil {
		return Membership{}, err
	}
	u, err := ms.users.Read(ctx, nm.Kuid)
	if err != nil {
		return Membership{}, err
	}
	if err := ms.vacate(ctx, by, organization, u); err != nil {
		return Membership{}, err
	}
	in := intent{ID: newID(intentPrefix), Do: add, Kuid: u.Kuid, Role: nm.Role, by: by}
	err = ms.begin(ctx, organization, &in, func(s *state) error {
		if !nm.Imported && s.MaxMemberships > 0 && s.Members >= s.MaxMemberships {
			return ErrMembershipLimit.New(organization, s.MaxMemberships)
		}
		return nil
	})
	if err != nil {
		return Membership{}, err
	}
	ctx, cancel := ending(ctx)
	defer cancel()
	made := ms.joined(organization, u, in)
	made.Metadata = metadata
	if nm.ID != "" {
		made.ID = nm.ID
	}
	if nm.CreatedAt != 0 {
		made.CreatedAt = nm.CreatedAt
	}
	done, err := ms.apply(ctx, organization, in, made)
	if err != nil {
		return Membership{}, err
	}
	ms.end(ctx, organization, in, done)
	if !done {
		return Membership{}, ms.unadded(ctx, organization, u)
	}
	if !nm.Imported {
		ms.emit(ctx, events.MembershipCreated, by, events.Organization, organization, about(u.Kuid, made.Role))
	}
	return *made, nil
}

// vacate refuses a user who is a member, and removes the membership of a former user with that
// kuid.
func (ms *Members) vacate(ctx context.Context, by users.Actor, organization string, u *users.User) error {
	m, err := ms.stored(ctx, organization, u.Kuid)
	if err != nil || m == nil || m.gone {
		return err
	}
	if m.Incarnation == u.Incarnation {
		return ErrMember.New(u.Kuid, organization)
	}
	_, err = ms.leave(ctx, by, m, true)
	return err
}

// unadded returns the reason why a user was not added.
func (ms *Members) unadded(ctx context.Context, organization string, u *users.User) error {
	if _, err := ms.read(ctx, organization); err != nil {
		return err
	}
	now, err := ms.users.Read(ctx, u.Kuid)
	if err != nil {
		return err
	}
	if now.Incarnation != u.Incarnation {
		return users.ErrUserNotFound.New(u.Kuid)
	}
	m, err := ms.stored(ctx, organization, u.Kuid)
	if err == nil && m != nil && !m.gone {
		return ErrMember.New(u.Kuid, organization)
	}
	return storage.ErrConflict.New(organization)
}

// Remove ends a membership, and returns its last state. The last administrator of an organization
// cannot be removed.
//
// Faults: ErrNotFound, ErrNoMember, ErrLastAdmin.
func (ms *Members) Remove(ctx context.Context, by users.Actor, organization, kuid string) (Membership, error) {
	m, err := ms.Membership(ctx, organization, kuid)
	if err != nil {
		return Membership{}, err
	}
	was, err := ms.leave(ctx, by, &m, false)
	if err != nil {
		return Membership{}, err
	}
	ms.emit(ctx, events.MembershipDeleted, by, events.Organization, organization, about(kuid, was.Role))
	return *was, nil
}

// leave ends a membership. With forced set the user was deleted already, and may have been the last
// administrator.
func (ms *Members) leave(ctx context.Context, by users.Actor, m *Membership, forced bool) (*Membership, error) {
	return ms.alter(ctx, by, m, remove, "", forced)
}

// SetRole changes the role of a member. The last administrator of an organization must stay one.
//
// Faults: ErrNotFound, ErrNoMember, ErrRole, ErrLastAdmin.
func (ms *Members) SetRole(ctx context.Context, by users.Actor, organization, kuid, role string) (Membership, error) {
	if err := checkRole(role); err != nil {
		return Membership{}, err
	}
	m, err := ms.Membership(ctx, organization, kuid)
	if err != nil || m.Role == role {
		return m, err
	}
	if _, err := ms.alter(ctx, by, &m, change, role, false); err != nil {
		return Membership{}, err
	}
	ms.emit(ctx, events.MembershipUpdated, by, events.Organization, organization, about(kuid, role))
	return ms.Membership(ctx, organization, kuid)
}

// alter removes a membership or changes its role, and returns its former state. If its role changes
// meanwhile, it reads again.
func (ms *Members) alter(ctx context.Context, by users.Actor, m *Membership, do, role string, forced bool) (*Membership, error) {
	organization := m.Organization
	for try := range tries {
		in := intent{ID: newID(intentPrefix), Do: do, Kuid: m.Kuid, Was: m.Role, Role: role, by: by}
		err := ms.begin(ctx, organization, &in, func(s *state) error {
			if in.loses() && !forced && s.Admins <= 1 {
				return ErrLastAdmin.New(organization)
			}
			return nil
		})
		if err == nil {
			var done bool
			if done, err = ms.finish(ctx, organization, in); err != nil || done {
				return m, err
			}
		}
		refused := err
		now, err := ms.stored(ctx, organization, m.Kuid)
		switch {
		case err != nil:
			return nil, err
		case now == nil, now.gone, now.Incarnation != m.Incarnation:
			return nil, ErrNoMember.New(m.Kuid, organization)
		case do == change && now.Role == role:
			return now, nil
		case refused != nil && now.Role == m.Role:
			return nil, refused
		}
		if m = now; refused != nil {
			if err := pause(ctx, try); err != nil {
				return nil, err
			}
		}
	}
	return nil, storage.ErrConflict.New(organization)
}

// finish carries out a begun intent, even if its caller has gone.
func (ms *Members) finish(ctx context.Context, organization string, in intent) (done bool, err error) {
	ctx, cancel := ending(ctx)
	defer cancel()
	done, err = ms.apply(ctx, organization, in, nil)
	if err == nil {
		ms.end(ctx, organization, in, done)
	}
	return done, err
}
