package accounts

import (
	"context"
	"errors"
	"slices"
	"strings"

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
// the judgement and the write, since both are within [rights.Keeper.Hold], and a
// user does not, since a write fails when the user is not as it was read. Where
// several processes write one store, a profile may grow in between: then that
// was done by somebody who may give what it grew by, and the outcome is the one
// of this write before that one.

// Writing is how an actor's roles and profiles are written.
func (by Actor) Writing() rights.Write {
	return rights.Write{By: by.Event(), Request: by.RequestID, Instance: by.unbounded()}
}

func (by Actor) unbounded() bool { return by.Operator || by.Open }

// limits reports whether an actor gives no more rights than its own.
func (a *Accounts) limits(by Actor) bool { return !a.Uncontained && !by.unbounded() }

// self is the actor as whom a strategy changes the user who has proved to be it.
func (by Actor) self(kuid string) Actor {
	by.Kuid = kuid
	return by
}

// held are the profiles that somebody holds, none for somebody who is not there.
func (a *Accounts) held(ctx context.Context, kuid string) ([]string, error) {
	u, err := a.User(ctx, orDefault(kuid, AnonymousKuid))
	if errors.Is(err, ErrUserNotFound) {
		return nil, nil
	}
	return u.Profiles, err
}

// contain refuses an actor who gives profiles with more rights than its own, or
// acts on somebody who holds them.
func (a *Accounts) contain(ctx context.Context, by Actor, profileIDs ...string) error {
	if !a.limits(by) || len(profileIDs) == 0 {
		return nil
	}
	own, err := a.held(ctx, by.Kuid)
	if err != nil {
		return err
	}
	return a.Rights.Within(ctx, own, profileIDs)
}

// containUser refuses an actor who acts on somebody else with more rights.
func (a *Accounts) containUser(ctx context.Context, by Actor, u *User) error {
	if by.Kuid == u.Kuid {
		return nil
	}
	return a.contain(ctx, by, u.Profiles...)
}

// containKuid is containUser for a user who may not be there.
func (a *Accounts) containKuid(ctx context.Context, by Actor, kuid string) error {
	if by.Kuid == kuid || !a.limits(by) {
		return nil
	}
	profileIDs, err := a.held(ctx, kuid)
	if err != nil {
		return err
	}
	return a.contain(ctx, by, profileIDs...)
}

// foresee is contain by what is kept in memory, which may be a moment old where
// several processes write. It spares work, and hides whether names are taken from
// those who will be refused; the write itself is judged by what is committed.
func (a *Accounts) foresee(ctx context.Context, by Actor, profileIDs ...string) error {
	if !a.limits(by) || len(profileIDs) == 0 {
		return nil
	}
	own := Anonymous.Profiles
	if by.Kuid != AnonymousKuid {
		u, err := a.kept(ctx, by.Kuid)
		if err != nil && !errors.Is(err, ErrUserNotFound) {
			return err
		}
		if own = nil; err == nil {
			own = u.Profiles
		}
	}
	return a.Rights.WithinKept(ctx, own, profileIDs)
}

// foreseeUser is foresee for somebody to act on.
func (a *Accounts) foreseeUser(ctx context.Context, by Actor, u *User) error {
	if by.Kuid == u.Kuid {
		return nil
	}
	return a.foresee(ctx, by, u.Profiles...)
}

// MayStandIn refuses an actor who has what another began done as that other, and
// has fewer rights: the instance itself has every right.
func (a *Accounts) MayStandIn(ctx context.Context, by, other Actor) error {
	if other.unbounded() {
		return a.Rights.ContainAll(ctx, by.Writing())
	}
	return a.containKuid(ctx, by, other.Kuid)
}

// containChange judges a user's next state: whom it acts on, and what it gives.
func (a *Accounts) containChange(ctx context.Context, c change) error {
	switch {
	case c.first || c.configured:
		return nil
	case c.was == nil:
		return a.contain(ctx, c.by, c.next.Profiles...)
	}
	given := added(c.was.Profiles, c.next.Profiles)
	if c.by.Kuid != c.was.Kuid {
		given = append(given, c.was.Profiles...)
	}
	return a.contain(ctx, c.by, given...)
}

func added(was, next []string) []string {
	return slices.DeleteFunc(slices.Clone(next), func(id string) bool { return slices.Contains(was, id) })
}

// tellGain publishes that somebody may do more than before. A new user with no
// more than everybody gets who signs up is no news.
func (a *Accounts) tellGain(ctx context.Context, c change) {
	before := a.RestrictedProfiles
	if c.was != nil {
		before = c.was.Profiles
	}
	gained := added(before, c.next.Profiles)
	if a.Events == nil || len(gained) == 0 {
		return
	}
	actions, err := a.Rights.Gained(ctx, before, slices.Concat(before, gained))
	if err != nil {
		a.Log.WarnContext(ctx, "the audit log does not name the actions that somebody gained", "kuid", c.next.Kuid, "cause", err)
	}
	if err == nil && len(actions) == 0 {
		return
	}
	a.emit(ctx, events.RightsGranted, c.by, subject(events.User, c.next.Kuid),
		events.Data{events.ProfileIDs: gained, events.Actions: actions})
}

// tellGains is tellGain for the users of a batch, one event for each set of
// profiles.
func (in *importing) tellGains(ctx context.Context, planned []*plannedRow, made map[string]int) {
	kuids, sets := map[string][]string{}, map[string][]string{}
	for kuid, i := range made {
		if gained := added(in.RestrictedProfiles, planned[i].user.Profiles); len(gained) > 0 {
			name := strings.Join(gained, "\x00")
			kuids[name], sets[name] = append(kuids[name], kuid), gained
		}
	}
	for name, gained := range sets {
		slices.Sort(kuids[name])
		in.emit(ctx, events.RightsGranted, in.by, subject(events.User, ""),
			events.Data{events.ProfileIDs: gained, events.UserIDs: kuids[name], events.Count: len(kuids[name])})
	}
}

// Containment is what security:explain tells of giving profiles to somebody, or
// of acting on somebody.
type Containment struct {
	// On is false where the setting rights.containment is.
	On bool `json:"on"`
	// Allowed reports whether the user may do so, as far as containment goes.
	Allowed bool `json:"allowed"`
	// Exceeds names the first action that the user lacks.
	Exceeds string `json:"exceeds,omitempty"`
}

// ExplainGiving tells whether a user may give profiles, or act on somebody. A
// user or profile that does not exist is a fault.
func (a *Accounts) ExplainGiving(ctx context.Context, kuid, to string, profileIDs []string) (Containment, error) {
	told := Containment{On: !a.Uncontained, Allowed: true}
	giver, err := a.User(ctx, kuid)
	if err != nil {
		return told, err
	}
	given := slices.Clone(profileIDs)
	if err := a.Rights.Exist(ctx, given); err != nil {
		return told, err
	}
	if to != "" && to != kuid {
		u, err := a.User(ctx, to)
		if err != nil {
			return told, err
		}
		given = append(given, u.Profiles...)
	}
	if a.Uncontained {
		return told, nil
	}
	err = a.Rights.Within(ctx, giver.Profiles, given)
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
