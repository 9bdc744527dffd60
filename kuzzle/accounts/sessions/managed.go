package sessions

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Managed gives administrators access to the sessions of all users.
type Managed struct{ ss *Sessions }

// Manage returns Managed for the sessions.
func Manage(ss *Sessions) Managed { return Managed{ss} }

// Session is a valid session. Times are in epoch milliseconds.
type Session struct {
	ID, Kuid  string
	CreatedAt int64
	// ExpiresAt is -1 for never.
	ExpiresAt int64
	// Strategy is the strategy that began the session, "" if another session or an API key made it.
	Strategy string
	// Factors maps the factors that the client proved to the times of the proofs.
	Factors map[string]int64
	// Acting is nil for a session that acts for no organization.
	Acting *Acting
	// Act identifies the actor in the user's place, nil for none.
	Act map[string]any
	// Device is the device on which it began, nil if unknown.
	Device *Device
}

// Of lists a user's sessions, the oldest first. On Elasticsearch a new session is listed after a
// second.
func (m Managed) Of(ctx context.Context, kuid string) ([]Session, error) {
	live, err := m.ss.live(ctx, kuid, "")
	list := make([]Session, len(live))
	for i, s := range live {
		list[i] = m.ss.limits.Load().session(s)
	}
	return list, err
}

// session returns a session in the view for administrators.
func (l *Limits) session(s *session) Session {
	return Session{ID: s.id, Kuid: s.Kuid, CreatedAt: s.CreatedAt, ExpiresAt: l.endOf(s), Strategy: s.Strategy, Factors: s.Factors, Acting: s.Acting, Act: s.Act, Device: s.Device}
}

// Find reads a session from the store; a missing or invalid one is storage.ErrNotFound.
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

// missing turns the error of an invalid session into that of a missing one.
func missing(id string, err error) error {
	if errors.Is(err, token.ErrInvalid) || errors.Is(err, storage.ErrNotFound) {
		return storage.ErrNotFound.New(id, "kuzzle", string(storage.Sessions))
	}
	return err
}

// Revoke ends a session and those that it made, and returns its last state. Faults: those of
// FindFor.
func (m Managed) Revoke(ctx context.Context, by users.Actor, id string) (Session, error) {
	s, err := m.FindFor(ctx, by, id)
	if err == nil {
		err = m.ss.end(ctx, by, s.Kuid, id)
	}
	return s, err
}

// FindFor is Find for an actor who changes the session, or creates tokens from it. Faults:
// profiles.ErrExceedsOwn if the user has more rights; those of Find.
func (m Managed) FindFor(ctx context.Context, by users.Actor, id string) (Session, error) {
	s, err := m.Find(ctx, id)
	if err == nil {
		err = m.ss.keys.containment.ContainKuid(ctx, by, s.Kuid)
	}
	return s, err
}

// RevokeOf ends a session of that user and those that it made. Faults: profiles.ErrExceedsOwn if
// the user has more rights; users.ErrActing if an actor in that user's place would end the user's own
// session; those of Find, also for another user's session.
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
	case s.Act == nil && by.Kuid == kuid:
		if err := by.MayChangeLogin(); err != nil {
			return err
		}
	}
	return m.ss.end(ctx, by, kuid, id)
}

// Begin creates a session for a user without a login, for tests of applications. It ends with the
// service key that made it. Faults:
// users.ErrActing, users.ErrUserNotFound, profiles.ErrExceedsOwn, users.ErrBanned, users.ErrLocked.
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
	opened, err := m.ss.Open(ctx, by, now, u, SessionPart{ExpiresAt: Expiry(now, lifetime, infinite, -1), LoggedInAt: now.UnixMilli(), Acting: acting, ActBy: by.ServiceKey}, "")
	if err != nil {
		return Session{}, err
	}
	m.ss.CapSessions(ctx, kuid)
	return m.Find(ctx, opened.ID)
}
