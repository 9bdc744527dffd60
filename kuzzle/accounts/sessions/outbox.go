package sessions

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Outbox passes events of sessions to outside programs, in the commits that create and remove
// sessions. Expiry sends no event.
type Outbox interface {
	// Idle reports whether there are no receivers.
	Idle() bool
	// Session returns the messages to write with a change of a session.
	Session(context.Context, Told) ([]storage.Document, error)
	// Lapsing returns the messages of a change that ends more sessions of a user than it removes:
	// they cause a call of [Managed.Lapse] after it.
	Lapsing(kuid string) ([]storage.Document, error)
	// Written is called after a commit with messages.
	Written()
}

// Told describes a session to an Outbox.
type Told struct {
	By   users.Actor
	What What
	Session
	// User is the session's user, nil for a deleted one.
	User *users.User
}

// What is the kind of a session's event.
type What string

// A session is created and, unless it expires, it is removed by a log-out, revoked by a caller, or
// ended by a rule of the server.
const (
	Created What = "created"
	Removed What = "removed"
	Revoked What = "revoked"
	Ended   What = "ended"
	// lapsed is the removal of a session that is no longer valid: the reason for that has its own
	// event.
	lapsed What = "lapsed"
)

// ending has the cause and actor of a session's end; the zero value sends no event.
type ending struct {
	by  users.Actor
	how What
}

func (o *Options) idle() bool { return o.Outbox == nil || o.Outbox.Idle() }

// told returns the messages of the commit that removes a session.
func (r *remover) told(ctx context.Context, doc storage.Document, as ending) ([]storage.Document, error) {
	ss, limits := r.of, r.of.limits.Load()
	if as.how == "" || ss.idle() {
		return nil, nil
	}
	s, err := readSession(doc)
	if err != nil || limits.expired(s, ss.Now()) {
		return nil, err
	}
	u, err := ss.users.Read(ctx, s.Kuid)
	switch {
	case errors.Is(err, users.ErrUserNotFound):
		u = nil
	case err != nil:
		return nil, err
	case u.Incarnation != s.Incarnation:
		u = nil
	}
	var more []storage.Document
	switch {
	case as.how != lapsed:
		// The sessions that this one made end with it.
		if more, err = ss.Outbox.Lapsing(s.Kuid); err != nil {
			return nil, err
		}
	case u != nil && u.Epoch != s.Epoch:
		as.how = Revoked
	default:
		as.how = Ended
	}
	messages, err := ss.Outbox.Session(ctx, Told{By: as.by, What: as.how, Session: limits.session(s), User: u})
	return append(messages, more...), err
}

// Lapse removes a user's sessions that are no longer valid, except one, which may be "", and sends
// an event for each. It reads the stored state, since another process may have just ended them.
func (m Managed) Lapse(ctx context.Context, kuid, but string) error {
	if err := m.ss.Store.Refresh(ctx, storage.Sessions); err != nil {
		return err
	}
	m.ss.users.Forget(kuid)
	forget := func(hit storage.Hit) bool { // the cached state of the session's makers
		s, err := readSession(storage.Document{ID: hit.ID, Content: hit.Content})
		if err != nil {
			return false
		}
		for _, by := range s.Makers {
			if by.Session != "" {
				m.ss.cache.Drop(by.Session)
			} else {
				m.ss.keys.cache.Drop(by.Key)
			}
		}
		return false
	}
	if err := m.ss.remove.all(ctx, storage.Sessions, ownedBy(storage.Sessions, kuid), ending{}, forget); err != nil {
		return err
	}
	_, err := m.ss.live(ctx, kuid, but)
	return err
}
