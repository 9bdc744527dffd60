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

// Nobody gives more rights than their own, and nobody acts on somebody who has
// more: with that user's credentials, keys or sessions the caller would be that
// user. Every write of a user passes commit, which judges it; deletions, keys and
// flows ask contain themselves; roles and profiles are judged by package rights.
//
// What is judged is what is committed. Profiles and roles do not change between
// the judgement and the write, since both are within [rights.Store.Hold], and a
// user does not, since a write fails when the user is not as it was read. Where
// several processes write one store, a profile may grow in between: then that
// was done by somebody who may give what it grew by, and the outcome is the one
// of this write before that one.

// Writing is how an actor's roles and profiles are written.
func (by Actor) Writing() rights.Write {
	return rights.Write{By: by.Event(), Request: by.RequestID, Instance: by.unbounded()}
}

// unbounded reports whether the actor has every right: the instance itself, but for a
// key of its own that may not do everything.
func (by Actor) unbounded() bool { return by.Instance() && !by.Limited || by.Open }

// Instance reports whether the actor is the instance itself: its command line or a
// key of its own.
func (by Actor) Instance() bool { return by.Operator || by.Service != "" }

// limits reports whether an actor gives no more rights than its own.
func (ct *Containment) limits(by Actor) bool { return by.Limited || !ct.Uncontained && !by.unbounded() }

// AsSelf is the actor as whom a strategy changes the user who has proved to be it, and
// for whom nobody acts by that.
func (by Actor) AsSelf(kuid string) Actor {
	by.Kuid, by.Act = kuid, ""
	return by
}

// own are the profiles of an actor. A key of the instance that may not do everything has
// those of the users whom such keys make: with a password or a session of somebody who
// may do more it would be that user.
func (ct *Containment) own(ctx context.Context, by Actor) ([]string, error) {
	if by.Limited {
		return ct.ServiceProfiles, nil
	}
	return ct.held(ctx, by.Kuid)
}

// held are the profiles that somebody holds, none for somebody who is not there.
func (ct *Containment) held(ctx context.Context, kuid string) ([]string, error) {
	u, err := ct.users.User(ctx, cmp.Or(kuid, AnonymousKuid))
	if errors.Is(err, ErrUserNotFound) {
		return nil, nil
	}
	return u.Profiles, err
}

// Contain refuses an actor who gives profiles with more rights than its own, or
// acts on somebody who holds them.
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

// ContainUser refuses an actor who acts on somebody else with more rights.
func (ct *Containment) ContainUser(ctx context.Context, by Actor, u *User) error {
	if by.Kuid == u.Kuid {
		return nil
	}
	return ct.Contain(ctx, by, u.Profiles...)
}

// ContainKuid is containUser for a user who may not be there.
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

// Foresee is contain by what is kept in memory, which may be a moment old where
// several processes write. It spares work, and hides whether names are taken from
// those who will be refused; the write itself is judged by what is committed.
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

// ForeseeUser is foresee for somebody to act on.
func (ct *Containment) ForeseeUser(ctx context.Context, by Actor, u *User) error {
	if by.Kuid == u.Kuid {
		return nil
	}
	return ct.Foresee(ctx, by, u.Profiles...)
}

// MayStandIn refuses an actor who has what another began done as that other, and
// has fewer rights: the instance itself has every right.
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

// containChange judges a user's next state: whom it acts on, and what it gives.
func (ct *Containment) containChange(ctx context.Context, c Change) error {
	switch {
	case c.First || c.Configured:
		return nil
	case c.was == nil:
		return ct.Contain(ctx, c.By, c.Next.Profiles...)
	}
	if c.By.Kuid == c.was.Kuid {
		if err := ct.keepsDemands(ctx, c.By, c.was.Profiles, c.Next.Profiles); err != nil {
			return err
		}
	}
	given := Added(c.was.Profiles, c.Next.Profiles)
	if c.By.Kuid != c.was.Kuid {
		given = append(given, c.was.Profiles...)
	}
	return ct.Contain(ctx, c.By, given...)
}

// keepsDemands refuses an actor who would hold other profiles by its own doing, which
// ask for factors less.
func (ct *Containment) keepsDemands(ctx context.Context, by Actor, was, next []string) error {
	if !ct.limits(by) || len(Added(next, was))+len(Added(was, next)) == 0 {
		return nil
	}
	return ct.Rights.KeepsDemands(ctx, was, next)
}

// ContainDeletion refuses an actor to delete a profile with more rights than its
// own, or one that asks it for factors.
func (ct *Containment) ContainDeletion(ctx context.Context, by Actor, id string) error {
	if err := ct.Contain(ctx, by, id); err != nil || !ct.limits(by) {
		return err
	}
	own, err := ct.held(ctx, by.Kuid)
	if err != nil {
		return err
	}
	return ct.keepsDemands(ctx, by, own, Added([]string{id}, own))
}

// Added lists the profiles of next that was does not have.
func Added(was, next []string) []string {
	return slices.DeleteFunc(slices.Clone(next), func(id string) bool { return slices.Contains(was, id) })
}

// tellGain publishes that somebody may do more than before. A new user with no
// more than everybody gets who signs up is no news.
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
		ct.Log.WarnContext(ctx, "the audit log does not name the actions that somebody gained", "kuid", c.Next.Kuid, "cause", err)
	}
	if err == nil && len(actions) == 0 {
		return
	}
	ct.users.Emit(ctx, events.RightsGranted, c.By, Subject(events.User, c.Next.Kuid),
		events.Data{events.ProfileIDs: gained, events.Actions: actions})
}

// Giving is what security:explain tells of giving profiles to somebody, or
// of acting on somebody.
type Giving struct {
	// On is false where the setting rights.containment is.
	On bool `json:"on"`
	// Allowed reports whether the user may do so, as far as containment goes.
	Allowed bool `json:"allowed"`
	// Exceeds names the first action that the user lacks.
	Exceeds string `json:"exceeds,omitempty"`
}

// ExplainGiving tells whether a user may give profiles, or act on somebody. A
// user or profile that does not exist is a fault.
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

// exceeds is the action that a refusal names.
func exceeds(err error) (action string, is bool) {
	if refusal, ok := fault.From(err); ok && errors.Is(err, profiles.ErrExceedsOwn) && len(refusal.Props) > 0 {
		action, is = refusal.Props[0].(string)
	}
	return action, is
}
