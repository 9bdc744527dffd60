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

// Judge judges roles and profiles before they are written: whether they are well
// formed, how they stand to those stored, and whether they exceed what their author
// may do. It writes nothing.
type Judge struct {
	rights *Compiler
	store  storage.Store
	known  profiles.Catalogue
	// held answers the profiles of whoever writes; nil where nobody is contained.
	held Held
}

// Contain has every write from now on held against what its author may do. It is
// called before anything else.
func (j *Judge) Contain(held Held) { j.held = held }

// Contained reports whether Contain was called.
func (j *Judge) Contained() bool { return j.held != nil }

// Within refuses with [profiles.ErrExceedsOwn] to have somebody who holds the
// profiles own give the profiles given, or act on somebody who holds them. It
// reads what is committed.
//
// The profile anonymous is everybody's, and so exceeds nobody's rights.
func (j *Judge) Within(ctx context.Context, own, given []string) error {
	return compare(ctx, own, given, j.both)
}

// WithinKept is Within by what is kept compiled, which may be a moment old.
func (j *Judge) WithinKept(ctx context.Context, own, given []string) error {
	return compare(ctx, own, given, j.bothKept)
}

type compileBoth func(ctx context.Context, a, b []string) (first, second *profiles.Compiled, err error)

// has reports whether all of some ids are among others.
func has(ids, some []string) bool {
	return !slices.ContainsFunc(some, func(id string) bool { return !slices.Contains(ids, id) })
}

func compare(ctx context.Context, own, given []string, both compileBoth) error {
	given = slices.DeleteFunc(slices.Clone(given), func(id string) bool { return id == profiles.Anonymous })
	// Some of one's own may ask for less than all of them together.
	if len(given) == 0 || has(own, given) && has(given, own) {
		return nil
	}
	mine, theirs, err := both(ctx, own, given)
	if err != nil {
		return err
	}
	if err := within(mine, theirs); err != nil {
		return err
	}
	return asksLess(mine, mine, theirs)
}

// asksLess refuses rights that ask for a fresh factor less than strict does, unless
// their author, who holds own, may do everything.
func asksLess(own, strict, given *profiles.Compiled) error {
	if name, is := given.AsksLess(strict); is && !everythingOf(own) {
		return profiles.ErrExceedsOwn.New(name)
	}
	return nil
}

// KeepsDemands refuses with [profiles.ErrExceedsOwn] that somebody who holds the
// profiles was comes to hold next by their own doing, when those ask for factors
// less. Whoever may do everything may.
func (j *Judge) KeepsDemands(ctx context.Context, was, next []string) error {
	before, after, err := j.both(ctx, was, next)
	if err != nil {
		return err
	}
	if err := asksLess(before, before, after); err != nil {
		return err
	}
	if after.LaxerLogins(before) && !everythingOf(before) {
		return profiles.ErrExceedsOwn.New("secondFactor")
	}
	return nil
}

func everythingOf(own *profiles.Compiled) bool {
	_, lacks := compiledRole(all).Exceeds(own)
	return !lacks
}

func (j *Judge) bothKept(ctx context.Context, a, b []string) (first, second *profiles.Compiled, err error) {
	if first, err = j.rights.Compiled(ctx, a); err == nil {
		second, err = j.rights.Compiled(ctx, b)
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
func (j *Judge) both(ctx context.Context, a, b []string) (first, second *profiles.Compiled, err error) {
	if j.rights.fresh == nil {
		return j.bothKept(ctx, a, b)
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	set, roles, err := j.rights.load(ctx, slices.Compact(all))
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
func (j *Judge) Gained(ctx context.Context, before, after []string) ([]string, error) {
	was, is, err := j.both(ctx, before, after)
	return texts(is.Gained(was)), err
}

// author is whoever writes: what they may do, or everything when the write is held
// against nothing.
type author struct {
	own        *profiles.Compiled
	everything bool
}

func (j *Judge) author(ctx context.Context, w Write) (author, error) {
	if w.Instance || j.held == nil {
		return author{everything: true}, nil
	}
	ids, err := j.held(ctx, w.By.Kuid)
	if err != nil {
		return author{}, err
	}
	own, _, err := j.both(ctx, ids, nil)
	return author{own: own}, err
}

// ContainAll refuses a write whose author may not do everything.
func (j *Judge) ContainAll(ctx context.Context, w Write) error {
	a, err := j.author(ctx, w)
	if err != nil || a.everything {
		return err
	}
	return within(a.own, compiledRole(all))
}

var all = profiles.Role{ID: profiles.Admin, Controllers: map[string]profiles.Controller{
	profiles.Any: {Actions: map[string]bool{profiles.Any: true}},
}}

// JudgeRole holds a role that nobody writes yet against what the author of the
// write may do, as writing it would.
func (j *Judge) JudgeRole(ctx context.Context, id string, body map[string]any, w Write) error {
	role, err := profiles.CheckRole(id, body, j.known, w.Force)
	if err != nil {
		return err
	}
	stored, err := j.storedBody(ctx, storage.Roles, id)
	if err == nil {
		_, err = j.containRole(ctx, w, role, stored)
	}
	return err
}

// JudgeProfile does so for a profile; roles that are planned, by their bodies,
// count as they would be written.
func (j *Judge) JudgeProfile(ctx context.Context, id string, body, planned map[string]any, w Write) error {
	profile, err := j.checkProfile(ctx, id, body, planned)
	if err != nil {
		return err
	}
	roles := make(map[string]profiles.Role, len(profile.Policies))
	for _, role := range rolesOf([]profiles.Profile{profile}) {
		if body, is := planned[role].(map[string]any); is {
			if roles[role], err = profiles.CheckRole(role, body, j.known, true); err != nil {
				return err
			}
		}
	}
	stored, err := j.storedBody(ctx, storage.Profiles, id)
	if err == nil {
		_, err = j.containProfile(ctx, w, profile, stored, roles)
	}
	return err
}

func (j *Judge) checkProfile(ctx context.Context, id string, body, planned map[string]any) (profiles.Profile, error) {
	exists := j.roleExists(ctx)
	profile, err := profiles.CheckProfile(id, body, func(role string) (bool, error) {
		if _, ok := planned[role]; ok {
			return true, nil
		}
		return exists(role)
	}, false)
	if err == nil {
		err = profile.CheckStepUp(j.known)
	}
	return profile, err
}

// roleExists answers for CheckProfile.
func (j *Judge) roleExists(ctx context.Context) func(string) (bool, error) {
	return func(id string) (bool, error) {
		doc, err := j.store.Get(ctx, storage.Roles, id)
		if errors.Is(err, storage.ErrNotFound) {
			return false, nil
		}
		return err == nil && !isLeaving(doc, j.rights.now()), err
	}
}

func (j *Judge) storedBody(ctx context.Context, in storage.Collection, id string) (map[string]any, error) {
	doc, err := j.store.Get(ctx, in, id)
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
func (j *Judge) containRole(ctx context.Context, w Write, role profiles.Role, stored map[string]any) (gain, error) {
	next := compiledRole(role)
	var was *profiles.Compiled
	if stored != nil {
		old, err := profiles.ParseRole(role.ID, stored)
		if err != nil {
			return nil, err
		}
		was = compiledRole(old)
	}
	a, err := j.author(ctx, w)
	if err != nil {
		return nil, err
	}
	return a.containChange(was, next)
}

// containStoredRole does so for a role that is to be deleted.
func (j *Judge) containStoredRole(ctx context.Context, w Write, doc storage.Document) error {
	body, err := decode(doc.Content)
	if err != nil {
		return err
	}
	role, err := profiles.ParseRole(doc.ID, body)
	if err != nil {
		return err
	}
	a, err := j.author(ctx, w)
	if err != nil {
		return err
	}
	_, err = a.containChange(compiledRole(role), nil)
	return err
}

// containProfile holds a profile, and the one it replaces, against what the
// author of the write may do. Roles that are planned stand in for those stored.
func (j *Judge) containProfile(ctx context.Context, w Write, profile profiles.Profile, stored map[string]any, planned map[string]profiles.Role) (gain, error) {
	next, err := j.compiledProfile(ctx, profile, planned)
	if err != nil {
		return nil, err
	}
	var was *profiles.Compiled
	if stored != nil {
		old, err := profiles.ParseProfile(profile.ID, stored)
		if err != nil {
			return nil, err
		}
		if was, err = j.compiledProfile(ctx, old, nil); err != nil {
			return nil, err
		}
	}
	a, err := j.author(ctx, w)
	if err == nil {
		err = a.containDemands(was, next)
	}
	if err != nil {
		return nil, err
	}
	return a.containChange(was, next)
}

func (j *Judge) compiledProfile(ctx context.Context, profile profiles.Profile, planned map[string]profiles.Role) (*profiles.Compiled, error) {
	set := []profiles.Profile{profile}
	docs, err := storage.All(ctx, j.store, storage.Roles, rolesOf(set))
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
func (a author) containChange(was, next *profiles.Compiled) (gain, error) {
	if !a.everything {
		if err := within(a.own, was); err != nil {
			return nil, err
		}
		if err := within(a.own, next); err != nil {
			return nil, err
		}
	}
	if was == nil {
		return nil, nil // nobody holds it yet
	}
	return next.Gained(was), nil
}

// containDemands refuses a profile that asks for factors less than its author's own
// profiles do, or than it did: otherwise an API key could lift what is asked of its
// user. Whoever may do everything may.
func (a author) containDemands(was, next *profiles.Compiled) error {
	if a.everything {
		return nil
	}
	if name, is := next.Slackens(was); is && !everythingOf(a.own) {
		return profiles.ErrExceedsOwn.New(name)
	}
	if err := asksLess(a.own, a.own, next); err != nil {
		return err
	}
	if err := asksLess(a.own, was, next); err != nil {
		return err
	}
	off := next.SecondFactor(profiles.FactorOptional) == profiles.FactorOff
	if (next.LaxerLogins(was) || off && next.LaxerLogins(a.own)) && !everythingOf(a.own) {
		return profiles.ErrExceedsOwn.New("secondFactor")
	}
	return nil
}

func texts(gained []profiles.Excess) []string {
	list := make([]string, len(gained))
	for i, excess := range gained {
		list[i] = excess.String()
	}
	return list
}
