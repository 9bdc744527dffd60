package sessions

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Own is a session in its user's view. Times are in epoch milliseconds; an end of -1 is never.
type Own struct {
	ID        string `json:"_id"`
	CreatedAt int64  `json:"createdAt"`
	ExpiresAt int64  `json:"expiresAt"`
	// Strategy is the strategy that began the session; without one, another session or an API key
	// made it.
	Strategy string `json:"strategy,omitempty"`
	// Current is set for the session of the request itself.
	Current bool `json:"current"`
	// Device is the device on which it began, nil if unknown, or if an actor acts in the user's
	// place.
	Device *ShownDevice `json:"device,omitempty"`
}

// List returns the caller's valid sessions, the oldest first, at most as many as [Limits] allow. On
// Elasticsearch a new session is listed after a second.
func (ss *Sessions) List(ctx context.Context, by users.Actor) ([]Own, error) {
	live, err := ss.live(ctx, by.Kuid, "")
	list := make([]Own, len(live))
	for i, s := range live {
		list[i] = Own{
			ID: s.id, CreatedAt: s.CreatedAt, ExpiresAt: ss.limits.Load().endOf(s), Strategy: s.Strategy, Current: s.id == by.SessionID && !by.APIKey,
		}
		if s.Act == nil {
			list[i].Device = s.Device.Shown()
		}
	}
	return list, err
}

// End ends one of the caller's sessions and those that it made. Faults: those of
// [Managed.RevokeOf]; ErrNotFound also for another user's session.
func (ss *Sessions) End(ctx context.Context, by users.Actor, id string) error {
	return Manage(ss).RevokeOf(ctx, by, by.Kuid, id)
}

// end removes a session of a user and publishes the event.
func (ss *Sessions) end(ctx context.Context, by users.Actor, kuid, id string) error {
	how := Revoked
	if by.SessionID == id && !by.APIKey {
		how = Removed
	}
	if _, err := ss.remove.one(ctx, storage.Sessions, id, ending{by, how}); err != nil {
		return err
	}
	ss.Ended(kuid, id)
	ss.users.Emit(ctx, events.SessionRevoked, by, users.Subject(events.Session, id), events.Data{events.Owner: kuid})
	return nil
}
