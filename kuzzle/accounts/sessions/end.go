package sessions

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/profiles"
)

// CapSessions ends a user's oldest sessions above the maximum. The user's own sessions and those of
// actors in the user's place are counted apart, so that actors end none of the user's.
func (ss *Sessions) CapSessions(ctx context.Context, kuid string) {
	page, err := ss.Store.Search(ctx, storage.Sessions, query.Search{Where: ownedBy(storage.Sessions, kuid)})
	if err == nil && page.Total > int64(ss.limits.Load().MaxSessions) {
		err = ss.endOldest(ctx, kuid)
	}
	if err != nil {
		ss.Log.WarnContext(ctx, "the limit of sessions was not enforced", "kuid", kuid, "cause", err)
	}
}

func (ss *Sessions) endOldest(ctx context.Context, kuid string) error {
	live, err := ss.live(ctx, kuid, "")
	if err != nil {
		return err
	}
	most := ss.limits.Load().MaxSessions
	over := map[bool]int{false: -most, true: -most}
	for _, s := range live {
		over[s.Act != nil]++
	}
	for _, s := range live {
		if over[s.Act != nil] <= 0 {
			continue
		}
		over[s.Act != nil]--
		if _, err := ss.remove.one(ctx, storage.Sessions, s.id, ending{how: Ended}); err != nil {
			return err
		}
		ss.Ended(kuid, s.id)
	}
	return nil
}

// live lists all of a user's sessions except one, the oldest first. It removes those that expired
// or ended with their maker.
func (ss *Sessions) live(ctx context.Context, kuid, but string) ([]*session, error) {
	now := ss.Now()
	var live []*session
	over := func(hit storage.Hit) bool {
		if hit.ID == but {
			return false
		}
		s, err := readSession(storage.Document{ID: hit.ID, Content: hit.Content})
		if err == nil {
			_, err = ss.current(ctx, s, now)
		}
		if errors.Is(err, token.ErrInvalid) {
			return true
		}
		live = append(live, s)
		return false
	}
	// Ids are ordered by time, and so are hits.
	return live, ss.remove.all(ctx, storage.Sessions, ownedBy(storage.Sessions, kuid), ending{how: lapsed}, over)
}

// Logout ends the caller's session and those that it made, or with everywhere all sessions of the
// caller. Without everywhere API keys stay.
func (ss *Sessions) Logout(ctx context.Context, by users.Actor, everywhere bool) error {
	if everywhere {
		return ss.RevokeTokens(ctx, by, by.Kuid)
	}
	if by.APIKey || by.SessionID == "" {
		return nil
	}
	return ss.end(ctx, by, by.Kuid, by.SessionID)
}

// RevokeTokens ends in one commit every session of a user, and every API key that the user made in
// a session. For a user who does not exist it does nothing. An actor in the user's place may not do
// that.
func (ss *Sessions) RevokeTokens(ctx context.Context, by users.Actor, kuid string) error {
	if kuid == users.AnonymousKuid || kuid == profiles.Anonymous {
		if err := ss.Store.Refresh(ctx, storage.Sessions); err != nil {
			return err
		}
		return ss.remove.all(ctx, storage.Sessions, ownedBy(storage.Sessions, users.AnonymousKuid), ending{by, Revoked}, nil)
	}
	if by.Kuid == kuid {
		if err := by.MayChangeLogin(); err != nil {
			return err
		}
	}
	err := ss.users.Change(ctx, by, kuid, users.Edit{Retries: users.CredentialTries}, func(was *users.User) (*users.User, error) {
		next := *was
		next.Epoch++
		return &next, nil
	})
	if errors.Is(err, users.ErrUserNotFound) {
		return nil
	}
	if err == nil {
		ss.users.Ended(ctx, kuid)
		ss.users.Emit(ctx, events.SessionRevoked, by, users.Subject(events.Session, ""), events.Data{events.Owner: kuid, events.Everywhere: true})
	}
	return err
}

// EndOthers keeps the caller's own session valid after a commit that ended all of the user's. If it
// fails, the caller only has to log in again.
func (ss *Sessions) EndOthers(ctx context.Context, by users.Actor, kuid string) {
	defer ss.users.Ended(ctx, kuid)
	if by.Kuid != kuid || by.SessionID == "" || by.APIKey {
		return
	}
	err := ss.spare(ctx, kuid, by.SessionID)
	for try := 1; errors.Is(err, storage.ErrConflict) && try < users.DeleteTries; try++ {
		err = ss.spare(ctx, kuid, by.SessionID)
	}
	if err != nil {
		ss.Log.InfoContext(ctx, "the session that changed a password ended with the others", "kuid", kuid, "cause", err)
	}
}

// spare moves a session from the user's last epoch to the current one. A conflict means that the
// session was written meanwhile, for example by a refresh.
func (ss *Sessions) spare(ctx context.Context, kuid, id string) error {
	u, err := ss.users.Read(ctx, kuid)
	if err != nil {
		return err
	}
	doc, err := ss.Store.Get(ctx, storage.Sessions, id)
	if err != nil {
		return err
	}
	own, err := readSession(doc)
	if err != nil || own.Epoch != u.Epoch-1 {
		return err
	}
	own.Epoch = u.Epoch
	return ss.rewrite(ctx, own, doc)
}

// DropSessions ends all sessions of all users; API keys stay.
func (ss *Sessions) DropSessions(ctx context.Context, by users.Actor) error {
	if err := ss.Store.Refresh(ctx, storage.Sessions); err != nil {
		return err
	}
	if err := ss.remove.all(ctx, storage.Sessions, query.All{}, ending{by, Revoked}, nil); err != nil {
		return err
	}
	ss.Ended("", "")
	ss.users.Emit(ctx, events.SessionRevoked, by, users.Subject(events.Session, ""), nil)
	return nil
}
