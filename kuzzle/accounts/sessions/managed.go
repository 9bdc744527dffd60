package sessions

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Managed are everybody's sessions, for those who manage users.
type Managed struct{ ss *Sessions }

// Manage returns everybody's sessions.
func Manage(ss *Sessions) Managed { return Managed{ss} }

// Session is a session that counts. Times are in epoch milliseconds.
type Session struct {
	ID, Kuid  string
	CreatedAt int64
	// ExpiresAt is -1 for never.
	ExpiresAt int64
	// Strategy is what the session began with, "" for one that another session or an API
	// key made.
	Strategy string
	// Factors are what the client proved, and when.
	Factors map[string]int64
	// Acting is nil for a session that acts for no organization.
	Acting *Acting
	// Act says who acts in the user's place, nil where nobody does.
	Act map[string]any
	// Device is where it began, nil where that is not known.
	Device *Device
}

// Of lists a user's sessions, the oldest first. On Elasticsearch a session shows up
// after a second.
func (m Managed) Of(ctx context.Context, kuid string) ([]Session, error) {
	live, err := m.ss.live(ctx, kuid, "")
	list := make([]Session, len(live))
	for i, s := range live {
		list[i] = m.ss.limits.Load().session(s)
	}
	return list, err
}

// session is one as those see it who manage users.
func (l *Limits) session(s *session) Session {
	return Session{ID: s.id, Kuid: s.Kuid, CreatedAt: s.CreatedAt, ExpiresAt: l.endOf(s), Strategy: s.Strategy, Factors: s.Factors, Acting: s.Acting, Act: s.Act, Device: s.Device}
}

// Find returns a session, which is read anew; storage.ErrNotFound for one that is not
// there or counts no more.
func (m Managed) Find(ctx context.Context, id string) (Session, error) {
	doc, err := m.ss.Store.Get(ctx, storage.Sessions, id)
	if err != nil {
		return Session{}, missing(id, err)
	}
	s, err := readSession(doc)
	if err == nil {
		_, err = m.ss.current(ctx, s, m.ss.Now())
	}
	if err != nil {
		return Session{}, missing(id, err)
	}
	return m.ss.limits.Load().session(s), nil
}

// missing has a session that counts for nothing be one that is not there.
func missing(id string, err error) error {
	if errors.Is(err, token.ErrInvalid) || errors.Is(err, storage.ErrNotFound) {
		return storage.ErrNotFound.New(id, "kuzzle", string(storage.Sessions))
	}
	return err
}

// Revoke ends a session with what it made, and returns what it was. Faults: those of
// FindFor.
func (m Managed) Revoke(ctx context.Context, by users.Actor, id string) (Session, error) {
	s, err := m.FindFor(ctx, by, id)
	if err == nil {
		err = m.ss.end(ctx, by, s.Kuid, id)
	}
	return s, err
}

// FindFor is Find for an actor who acts on the session, or has tokens made of it. Faults:
// profiles.ErrExceedsOwn where the user has more rights; those of Find.
func (m Managed) FindFor(ctx context.Context, by users.Actor, id string) (Session, error) {
	s, err := m.Find(ctx, id)
	if err == nil {
		err = m.ss.keys.containment.ContainKuid(ctx, by, s.Kuid)
	}
	return s, err
}

// RevokeOf ends a session of that user with what it made. Faults: profiles.ErrExceedsOwn
// where the user has more rights; those of Find, also for a session of somebody else.
func (m Managed) RevokeOf(ctx context.Context, by users.Actor, kuid, id string) error {
	if err := m.ss.keys.containment.ContainKuid(ctx, by, kuid); err != nil {
		return err
	}
	s, err := m.Find(ctx, id)
	switch {
	case err != nil:
		return err
	case s.Kuid != kuid:
		return missing(id, storage.ErrNotFound)
	}
	return m.ss.end(ctx, by, kuid, id)
}

// Begin makes a session for a user without a login, such as a test needs. Faults:
// users.ErrActing, users.ErrUserNotFound, profiles.ErrExceedsOwn, users.ErrBanned,
// users.ErrLocked.
func (m Managed) Begin(ctx context.Context, by users.Actor, kuid string, acting *Acting) (Session, error) {
	if err := by.MayChangeLogin(); err != nil {
		return Session{}, err
	}
	u, err := m.ss.users.Current(ctx, kuid)
	if err == nil {
		err = m.ss.keys.containment.ContainUser(ctx, by, u)
	}
	if err != nil {
		return Session{}, err
	}
	now := m.ss.Now()
	if err := u.MayEnter(now); err != nil {
		return Session{}, err
	}
	lifetime, infinite, err := m.ss.LoginLifetime(nil)
	if err != nil {
		return Session{}, err
	}
	opened, err := m.ss.Open(ctx, by, now, u, SessionPart{ExpiresAt: Expiry(now, lifetime, infinite, -1), LoggedInAt: now.UnixMilli(), Acting: acting}, "")
	if err != nil {
		return Session{}, err
	}
	m.ss.CapSessions(ctx, kuid)
	return m.Find(ctx, opened.ID)
}
