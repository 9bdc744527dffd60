package sessions

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Outbox has programs outside told of sessions, in the commits that open and remove
// them. A session that expires ends untold.
type Outbox interface {
	// Idle reports whether nobody is to be told.
	Idle() bool
	// Session are the messages that a change of a session has to write.
	Session(context.Context, Told) ([]storage.Document, error)
	// Lapsing are the messages of a change that ends more sessions of a user than it
	// removes: they have [Managed.Lapse] called once it is made.
	Lapsing(kuid string) ([]storage.Document, error)
	// Written is called after a commit with messages.
	Written()
}

// Told is what an Outbox is told of a session.
type Told struct {
	By   users.Actor
	What What
	Session
	// User is the session's, nil for one who is gone or nobody's.
	User *users.User
}

// What became of a session.
type What string

// A session is created and, unless it expires, ends: removed, when its user logs out of
// it; revoked, when somebody ends it; ended, when the server does by a rule of its own.
const (
	Created What = "created"
	Removed What = "removed"
	Revoked What = "revoked"
	Ended   What = "ended"
	// lapsed is the end of a session that counts for nothing any more: whatever made it
	// so is the end that is told.
	lapsed What = "lapsed"
)

// ending is by whom a session ends, and how; the zero value is told to nobody.
type ending struct {
	by  users.Actor
	how What
}

func (o *Options) idle() bool { return o.Outbox == nil || o.Outbox.Idle() }

// told are the messages of the commit that removes a session.
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
		// What the session made ends with it.
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

// Lapse removes a user's sessions that count for nothing any more, but for one, which
// may be none. Those who are told of the ends of sessions hear of each. It judges by what
// is stored: another process may have ended them a moment ago.
func (m Managed) Lapse(ctx context.Context, kuid, but string) error {
	if err := m.ss.Store.Refresh(ctx, storage.Sessions); err != nil {
		return err
	}
	m.ss.users.Forget(kuid)
	forget := func(hit storage.Hit) bool { // the kept state of what made a session
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
