package users

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Containment means two rules. No caller gives rights that it lacks, and no caller acts on a user
// with more rights, since with that user's credentials, keys or sessions the caller would have
// these rights. Commit checks every write of a user. Deletions, keys and flows call Contain
// themselves. Package rights checks roles and profiles.
//
// The committed state is checked. Profiles and roles do not change between check and write, since
// both happen in [rights.Store.Hold]. A user does not change either, since a write fails if the
// user is not as it was read. If several processes write one store, a profile may gain rights in
// between. Then its author had these rights, and the result is the same as if this write had come
// first.

// Writing returns the author and options for writes of roles and profiles.
func (by Actor) Writing() rights.Write {
	return rights.Write{By: by.Event(), Request: by.RequestID, Instance: by.unbounded()}
}

// unbounded reports whether the actor has all rights: the instance itself without a limited key, or
// a caller on an open server.
func (by Actor) unbounded() bool { return by.Instance() && !by.Limited || by.Open }

// Instance reports whether the actor is the instance itself: its command line or a service key.
func (by Actor) Instance() bool { return by.Operator || by.Service != "" }

// limits reports whether an actor is limited to its own rights.
func (ct *Containment) limits(by Actor) bool { return by.Limited || !ct.Uncontained && !by.unbounded() }

// AsSelf returns the actor with which a strategy changes the user who has just proved to be this
// user. Nobody acts in the user's place then.
func (by Actor) AsSelf(kuid string) Actor {
	by.Kuid, by.Act = kuid, ""
	return by
}

// own returns the profiles of an actor. A limited service key has the profiles of the users that
// such keys create: with the password or session of a user with more rights it would have these
// rights.
func (ct *Containment) own(ctx context.Context, by Actor) ([]string, error) {
	if by.Limited {
		return ct.ServiceProfiles, nil
	}
	return ct.held(ctx, by.Kuid)
}

// held returns a user's profiles, none for a user who does not exist.
func (ct *Containment) held(ctx context.Context, kuid string) ([]string, error) {
	u, err := ct.users.User(ctx, cmp.Or(kuid, AnonymousKuid))
	if errors.Is(err, ErrUserNotFound) {
		return nil, nil
	}
	return u.Profiles, err
}

// Contain refuses an actor who gives profiles with more rights than the actor has, or acts on their
// holder.
func (ct *Containment) Contain(ctx context.Context, by Actor, profileIDs ...string) error {
	if !ct.limits(by) || len(profileIDs) == 0 {
		return nil
	}
	own, err := ct.own(ctx, by)
	if err != nil {
		return err
	}
	return ct.Rights.Within(ctx, own, profileIDs)
}

// ContainUser refuses an actor who acts on another user with more rights.
func (ct *Containment) ContainUser(ctx context.Context, by Actor, u *User) error {
	if by.Kuid == u.Kuid {
		return nil
	}
	return ct.Contain(ctx, by, u.Profiles...)
}

// ContainKuid is ContainUser for a user who may not exist.
func (ct *Containment) ContainKuid(ctx context.Context, by Actor, kuid string) error {
	if by.Kuid == kuid || !ct.limits(by) {
		return nil
	}
	profileIDs, err := ct.held(ctx, kuid)
	if err != nil {
		return err
	}
	return ct.Contain(ctx, by, profileIDs...)
}

// Foresee is Contain by the cached state, which may be a moment old if several processes write. It
// saves work, and does not reveal taken names to a caller who will be refused. The write itself
// checks the committed state.
func (ct *Containment) Foresee(ctx context.Context, by Actor, profileIDs ...string) error {
	if !ct.limits(by) || len(profileIDs) == 0 {
		return nil
	}
	own := Anonymous.Profiles
	switch {
	case by.Limited:
		own = ct.ServiceProfiles
	case by.Kuid != AnonymousKuid:
		u, err := ct.users.Kept(ctx, by.Kuid)
		if err != nil && !errors.Is(err, ErrUserNotFound) {
			return err
		}
		if own = nil; err == nil {
			own = u.Profiles
		}
	}
	return ct.Rights.WithinKept(ctx, own, profileIDs)
}

// ForeseeUser is Foresee for an action on a user.
func (ct *Containment) ForeseeUser(ctx context.Context, by Actor, u *User) error {
	if by.Kuid == u.Kuid {
		return nil
	}
	return ct.Foresee(ctx, by, u.Profiles...)
}

// Serves reports whether a service key still stands for what it made for a user: the key exists,
// and if it is limited, it could still act on that user.
func (ct *Containment) Serves(ctx context.Context, key string, u *User) (bool, error) {
	if ct.ServiceKey == nil {
		return false, nil
	}
	limited, known, err := ct.ServiceKey(ctx, key)
	if err != nil || !known || !limited {
		return known, err
	}
	err = ct.ForeseeUser(ctx, Actor{ServiceKey: key, Limited: true}, u)
	if errors.Is(err, profiles.ErrExceedsOwn) {
		return false, nil
	}
	return err == nil, err
}

// MayStandIn refuses an actor who continues another actor's work with that actor's rights, and has
// fewer. The instance itself has all rights.
func (ct *Containment) MayStandIn(ctx context.Context, by, other Actor) error {
	if other.unbounded() {
		return ct.MayDoAll(ctx, by)
	}
	return ct.ContainKuid(ctx, by, other.Kuid)
}

// MayDoAll refuses an actor who may not do everything.
func (ct *Containment) MayDoAll(ctx context.Context, by Actor) error {
	return ct.Rights.ContainAll(ctx, by.Writing())
}

// containChange checks a user's next state: the user it acts on, and the rights it gives.
func (ct *Containment) containChange(ctx context.Context, c Change) error {
	switch {
	case c.First || c.Configured:
		return nil
	case c.was == nil:
		return ct.Contain(ctx, c.By, c.Next.Profiles...)
	}
	if err := ct.KeepsDemands(ctx, c.By, c.was.Profiles, c.Next.Profiles); err != nil {
		return err
	}
	given := Added(c.was.Profiles, c.Next.Profiles)
	if c.By.Kuid != c.was.Kuid {
		given = append(given, c.was.Profiles...)
	}
	return ct.Contain(ctx, c.By, given...)
}

// KeepsDemands refuses actors who would take a demand for factors from a user, be it themselves, with
// the user's profiles.
func (ct *Containment) KeepsDemands(ctx context.Context, by Actor, was, next []string) error {
	if !ct.limits(by) || len(Added(next, was))+len(Added(was, next)) == 0 {
		return nil
	}
	own, err := ct.own(ctx, by)
	if err != nil {
		return err
	}
	return ct.Rights.KeepsDemands(ctx, own, was, next)
}

// Added lists the profiles of next that was does not have.
func Added(was, next []string) []string {
	return slices.DeleteFunc(slices.Clone(next), func(id string) bool { return slices.Contains(was, id) })
}

// tellGain publishes the rights that a user gained. A new user with no more than the rights of a
// sign-up is not reported.
func (ct *Containment) tellGain(ctx context.Context, c Change) {
	before := ct.RestrictedProfiles
	if c.was != nil {
		before = c.was.Profiles
	}
	gained := Added(before, c.Next.Profiles)
	if ct.Events == nil || len(gained) == 0 {
		return
	}
	actions, err := ct.Rights.Gained(ctx, before, slices.Concat(before, gained))
	if err != nil {
		ct.Log.WarnContext(ctx, "the audit log will not name the actions that a user gained", "kuid", c.Next.Kuid, "cause", err)
	}
	if err == nil && len(actions) == 0 {
		return
	}
	ct.users.Emit(ctx, events.RightsGranted, c.By, Subject(events.User, c.Next.Kuid),
		events.Data{events.ProfileIDs: gained, events.Actions: actions})
}

// Giving is the part of security:explain about giving profiles to a user, or acting on a user.
type Giving struct {
	// On is the setting rights.containment.
	On bool `json:"on"`
	// Allowed reports whether containment allows it.
	Allowed bool `json:"allowed"`
	// Exceeds names the first action that the user lacks.
	Exceeds string `json:"exceeds,omitempty"`
}

// ExplainGiving reports whether a user may give profiles, or act on another user. A user or profile
// that does not exist is a fault.
func (ct *Containment) ExplainGiving(ctx context.Context, kuid, to string, profileIDs []string) (Giving, error) {
	told := Giving{On: !ct.Uncontained, Allowed: true}
	giver, err := ct.users.User(ctx, kuid)
	if err != nil {
		return told, err
	}
	given := slices.Clone(profileIDs)
	if err := ct.Rights.Exist(ctx, given); err != nil {
		return told, err
	}
	if to != "" && to != kuid {
		u, err := ct.users.User(ctx, to)
		if err != nil {
			return told, err
		}
		given = append(given, u.Profiles...)
	}
	if ct.Uncontained {
		return told, nil
	}
	err = ct.Rights.Within(ctx, giver.Profiles, given)
	if refusal, is := exceeds(err); is {
		told.Allowed, told.Exceeds = false, refusal
		err = nil
	}
	return told, err
}

// exceeds returns the action that a refusal names.
func exceeds(err error) (action string, is bool) {
	if refusal, ok := fault.From(err); ok && errors.Is(err, profiles.ErrExceedsOwn) && len(refusal.Props) > 0 {
		action, is = refusal.Props[0].(string)
	}
	return action, is
}
