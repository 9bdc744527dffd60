package rights

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Held answers the profiles that a user holds by what is committed; somebody who
// does not exist holds none.
type Held func(ctx context.Context, kuid string) ([]string, error)

// Contain has every write from now on held against what its author may do. It is
// called before anything else.
func (k *Keeper) Contain(held Held) { k.held = held }

// Contained reports whether Contain was called.
func (k *Keeper) Contained() bool { return k.held != nil }

// Within refuses with [profiles.ErrExceedsOwn] to have somebody who holds the
// profiles own give the profiles given, or act on somebody who holds them. It
// reads what is committed.
//
// The profile anonymous is everybody's, and so exceeds nobody's rights.
func (k *Keeper) Within(ctx context.Context, own, given []string) error {
	return compare(ctx, own, given, k.both)
}

// WithinKept is Within by what is kept compiled, which may be a moment old.
func (k *Keeper) WithinKept(ctx context.Context, own, given []string) error {
	return compare(ctx, own, given, k.bothKept)
}

type compileBoth func(ctx context.Context, a, b []string) (first, second *profiles.Compiled, err error)

func compare(ctx context.Context, own, given []string, both compileBoth) error {
	exceedable := func(id string) bool { return id != profiles.Anonymous && !slices.Contains(own, id) }
	if !slices.ContainsFunc(given, exceedable) {
		return nil
	}
	mine, theirs, err := both(ctx, own, slices.DeleteFunc(slices.Clone(given), func(id string) bool { return !exceedable(id) }))
	if err != nil {
		return err
	}
	return within(mine, theirs)
}

func (k *Keeper) bothKept(ctx context.Context, a, b []string) (first, second *profiles.Compiled, err error) {
	if first, err = k.Compiled(ctx, a); err == nil {
		second, err = k.Compiled(ctx, b)
	}
	return first, second, err
}

func within(own, given *profiles.Compiled) error {
	if excess, is := given.Exceeds(own); is {
		return profiles.ErrExceedsOwn.New(excess.String())
	}
	return nil
}

// both compiles two sets of profiles as they are committed. What is kept
// compiled is so where nobody else writes; elsewhere it may be a moment old, and
// one read of both sets takes its place.
func (k *Keeper) both(ctx context.Context, a, b []string) (first, second *profiles.Compiled, err error) {
	if k.fresh == nil {
		return k.bothKept(ctx, a, b)
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	set, roles, err := k.load(ctx, slices.Compact(all))
	if err != nil {
		return nil, nil, err
	}
	of := func(ids []string) *profiles.Compiled {
		var held []profiles.Profile
		for _, profile := range set {
			if slices.Contains(ids, profile.ID) {
				held = append(held, profile)
			}
		}
		return profiles.Compile(held, roles)
	}
	return of(a), of(b), nil
}

// Gained lists what the profiles after allow beyond the profiles before, as
// events tell of it.
func (k *Keeper) Gained(ctx context.Context, before, after []string) ([]string, error) {
	was, is, err := k.both(ctx, before, after)
	return texts(is.Gained(was)), err
}

// own is what the author of a write may do; everything is true when the write is
// held against nothing.
func (k *Keeper) own(ctx context.Context, w Write) (own *profiles.Compiled, everything bool, err error) {
	if w.Instance || k.held == nil {
		return nil, true, nil
	}
	ids, err := k.held(ctx, w.By.Kuid)
	if err != nil {
		return nil, false, err
	}
	own, _, err = k.both(ctx, ids, nil)
	return own, false, err
}

// ContainAll refuses a write whose author may not do everything.
func (k *Keeper) ContainAll(ctx context.Context, w Write) error {
	own, everything, err := k.own(ctx, w)
	if err != nil || everything {
		return err
	}
	return within(own, compiledRole(all))
}

var all = profiles.Role{ID: profiles.Admin, Controllers: map[string]profiles.Controller{
	profiles.Any: {Actions: map[string]bool{profiles.Any: true}},
}}

// JudgeRole holds a role that nobody writes yet against what the author of the
// write may do, as writing it would.
func (k *Keeper) JudgeRole(ctx context.Context, id string, body map[string]any, w Write) error {
	role, err := profiles.CheckRole(id, body, k.known, w.Force)
	if err != nil {
		return err
	}
	stored, err := k.storedBody(ctx, storage.Roles, id)
	if err == nil {
		_, err = k.containRole(ctx, w, role, stored)
	}
	return err
}

// JudgeProfile does so for a profile; roles that are planned, by their bodies,
// count as they would be written.
func (k *Keeper) JudgeProfile(ctx context.Context, id string, body, planned map[string]any, w Write) error {
	profile, err := k.checkProfile(ctx, id, body, planned)
	if err != nil {
		return err
	}
	roles := make(map[string]profiles.Role, len(profile.Policies))
	for _, role := range rolesOf([]profiles.Profile{profile}) {
		if body, is := planned[role].(map[string]any); is {
			if roles[role], err = profiles.CheckRole(role, body, k.known, true); err != nil {
				return err
			}
		}
	}
	stored, err := k.storedBody(ctx, storage.Profiles, id)
	if err == nil {
		_, err = k.containProfile(ctx, w, profile, stored, roles)
	}
	return err
}

func (k *Keeper) storedBody(ctx context.Context, in storage.Collection, id string) (map[string]any, error) {
	doc, err := k.store.Get(ctx, in, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decode(doc.Content)
}

// compiledRole is what a role allows whoever has it without restrictions. A role
// has no rate limit of its own, so the lowest there is stands for it.
func compiledRole(role profiles.Role) *profiles.Compiled {
	holder := profiles.Profile{Policies: []profiles.Policy{{RoleID: role.ID}}, RateLimit: 1}
	return profiles.Compile([]profiles.Profile{holder}, map[string]profiles.Role{role.ID: role})
}

// gain lists what those who hold a document can do that they could not before.
type gain []profiles.Excess

// containRole holds a role, and the one it replaces, against what the author of
// the write may do. It counts as unrestricted: any policy may name it.
func (k *Keeper) containRole(ctx context.Context, w Write, role profiles.Role, stored map[string]any) (gain, error) {
	next := compiledRole(role)
	var was *profiles.Compiled
	if stored != nil {
		old, err := profiles.ParseRole(role.ID, stored)
		if err != nil {
			return nil, err
		}
		was = compiledRole(old)
	}
	return k.containChange(ctx, w, was, next)
}

// containStoredRole does so for a role that is to be deleted.
func (k *Keeper) containStoredRole(ctx context.Context, w Write, doc storage.Document) error {
	body, err := decode(doc.Content)
	if err != nil {
		return err
	}
	role, err := profiles.ParseRole(doc.ID, body)
	if err != nil {
		return err
	}
	_, err = k.containChange(ctx, w, compiledRole(role), nil)
	return err
}

// containProfile holds a profile, and the one it replaces, against what the
// author of the write may do. Roles that are planned stand in for those stored.
func (k *Keeper) containProfile(ctx context.Context, w Write, profile profiles.Profile, stored map[string]any, planned map[string]profiles.Role) (gain, error) {
	next, err := k.compiledProfile(ctx, profile, planned)
	if err != nil {
		return nil, err
	}
	var was *profiles.Compiled
	if stored != nil {
		old, err := profiles.ParseProfile(profile.ID, stored)
		if err != nil {
			return nil, err
		}
		if was, err = k.compiledProfile(ctx, old, nil); err != nil {
			return nil, err
		}
	}
	return k.containChange(ctx, w, was, next)
}

func (k *Keeper) compiledProfile(ctx context.Context, profile profiles.Profile, planned map[string]profiles.Role) (*profiles.Compiled, error) {
	set := []profiles.Profile{profile}
	docs, err := storage.All(ctx, k.store, storage.Roles, rolesOf(set))
	if err != nil {
		return nil, err
	}
	roles, err := stored{roles: docs}.parseRoles()
	if err != nil {
		return nil, err
	}
	for id, role := range planned {
		roles[id] = role
	}
	return profiles.Compile(set, roles), nil
}

// containChange refuses a change from was to next, of which either may be nil,
// when one of them exceeds what the author may do.
func (k *Keeper) containChange(ctx context.Context, w Write, was, next *profiles.Compiled) (gain, error) {
	own, everything, err := k.own(ctx, w)
	if err != nil {
		return nil, err
	}
	if !everything {
		if err := within(own, was); err != nil {
			return nil, err
		}
		if err := within(own, next); err != nil {
			return nil, err
		}
	}
	if was == nil {
		return nil, nil // nobody holds it yet
	}
	return next.Gained(was), nil
}

func texts(gained []profiles.Excess) []string {
	list := make([]string, len(gained))
	for i, excess := range gained {
		list[i] = excess.String()
	}
	return list
}
