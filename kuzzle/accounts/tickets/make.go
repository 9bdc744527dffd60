package tickets

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// The lifetimes of tickets that log a user in, or let somebody act in the user's place.
const (
	DefaultSignIn = 30 * 24 * time.Hour
	DefaultActing = time.Hour
	MaxLifetime   = 10 * 365 * 24 * time.Hour
	// MaxWithin is the default and longest session of an actor in a user's place.
	MaxWithin = 30 * time.Minute
	// maxActor is the largest description of an actor, in bytes of JSON.
	maxActor = 2 << 10
)

// NewSignIn is a ticket to create that logs a user in.
type NewSignIn struct {
	Kuid string
	// Lifetime is 0 for the default.
	Lifetime time.Duration
	// Organization is the organization that the session acts for, of which the user must be a
	// member; "" is none.
	Organization string
	// Actor is the actor who logs in in the user's place, an object with sub; nil is none. With an
	// actor, Within bounds the session, 0 for MaxWithin.
	Actor  map[string]any
	Within time.Duration
}

// SignIn creates a ticket that logs a user in. text is the ticket itself, which cannot be read
// again.
//
// Faults: users.ErrActing, users.ErrUserNotFound, profiles.ErrExceedsOwn, ErrLifetime, ErrActor,
// ErrWithin, organizations.ErrNotFound, organizations.ErrNoMember.
func (ts *Tickets) SignIn(ctx context.Context, by users.Actor, ns NewSignIn) (t Ticket, text string, err error) {
	t = Ticket{Kind: SignIn, Kuid: ns.Kuid}
	if err := by.MayChangeLogin(); err != nil {
		return t, "", err
	}
	lifetime := ns.Lifetime
	// At Clerk an unused ticket outlives the key that made it. Here it ends with the key: it may be
	// valid for years, and nobody can list it to find out what a leaked key has left behind. Whoever
	// replaces a key for another reason revokes the old one once its tickets are used.
	//
	// The session of a used ticket is the user's own, as at Clerk, so that a new key logs nobody out.
	// But that of a limited key, which is given to those who may not do more, ends with the key.
	if t.MadeBy = by.ServiceKey; by.Limited {
		t.ActBy = by.ServiceKey
	}
	if ns.Actor != nil {
		t.Kind, t.Actor, t.Within, t.ActBy = Acting, ns.Actor, ns.Within, by.Credential()
		if err := checkActing(&t); err != nil {
			return t, "", err
		}
	}
	if lifetime == 0 {
		lifetime = map[Kind]time.Duration{SignIn: DefaultSignIn, Acting: DefaultActing}[t.Kind]
	}
	if lifetime < time.Second || lifetime > MaxLifetime {
		return t, "", ErrLifetime.New(1, int64(MaxLifetime/time.Second))
	}
	u, err := ts.users.Current(ctx, ns.Kuid)
	if err == nil {
		err = ts.containment.ContainUser(ctx, by, u)
	}
	if err != nil {
		return t, "", err
	}
	t.Incarnation = u.Incarnation
	if ns.Organization != "" {
		m, err := ts.members.Membership(ctx, ns.Organization, u.Kuid)
		if err != nil {
			return t, "", err
		}
		t.Organization, t.Membership = m.Organization, m.ID
	}
	text = ts.begin(&t, lifetime)
	err = ts.write(ctx, &t, storage.Change{})
	if err == nil {
		data := events.Data{events.Strategy: factor, events.Purpose: string(t.Kind)}
		if sub := users.Sub(t.Actor); sub != "" {
			data[events.Act] = sub
		}
		ts.users.Emit(ctx, events.FlowCreated, by, users.Subject(events.User, u.Kuid), data)
	}
	return t, text, err
}

func checkActing(t *Ticket) error {
	sub, is := t.Actor["sub"].(string)
	text, err := users.Encode(t.Actor)
	if !is || sub == "" || err != nil || len(text) > maxActor {
		return ErrActor.New(maxActor)
	}
	if t.Within == 0 {
		t.Within = MaxWithin
	}
	if t.Within < time.Second || t.Within > MaxWithin {
		return ErrWithin.New(int64(MaxWithin / time.Second))
	}
	return nil
}

// begin completes a new ticket and returns its text.
func (ts *Tickets) begin(t *Ticket, lifetime time.Duration) (text string) {
	now, keep := ts.Now(), keepEnded
	if t.Kind == Invitation {
		keep = keepInvitations
	}
	t.ID, t.Status = prefixes[t.Kind]+random(idLength), Pending
	t.CreatedAt, t.UpdatedAt, t.ExpiresAt = now.UnixMilli(), now.UnixMilli(), now.Add(lifetime).UnixMilli()
	t.RemoveAt = now.Add(lifetime + keep).UnixMilli()
	var secret string
	secret, t.Fingerprint = draw()
	return t.ID + separator + secret
}
