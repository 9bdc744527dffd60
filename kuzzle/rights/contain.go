package rights

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Held returns the profiles that a user holds by the latest commit; a user who does not exist holds
// none.
type Held func(ctx context.Context, kuid string) ([]string, error)

// Judge checks roles and profiles before they are written: their form, their difference from the
// stored ones, and whether they exceed their author's rights. It writes nothing.
type Judge struct {
	rights *Compiler
	store  storage.Store
	known  profiles.Catalogue
	// held returns the profiles of authors; nil switches the comparison with their rights off.
	held Held
	// fitting are the pairs that fit by the cached state.
	fitting fitting
	// policy is the instance's, for profiles without their own.
	policy profiles.FactorPolicy
	// governing are the controllers and actions that change other users or their rights.
	governing [][2]string
}

// Demand sets the instance's policy for second factors; without it, the policy is
// [profiles.FactorOptional]. Governing are the controllers and actions, or [profiles.Any], that change
// other users or their rights. Authors whose logins need a second factor give these only to users
// whose logins need one too. It is called before anything else.
func (j *Judge) Demand(policy profiles.FactorPolicy, governing [][2]string) {
	j.policy, j.governing = policy, governing
}

// Contain makes every later write be compared with its author's rights. It is called before
// anything else.
func (j *Judge) Contain(held Held) { j.held = held }

// Contained reports whether Contain was called.
func (j *Judge) Contained() bool { return j.held != nil }

// Within returns [profiles.ErrExceedsOwn] if a caller with the profiles own may not give the
// profiles given, nor act on a user who holds them. It reads the committed state.
//
// Everybody has the profile anonymous, so it exceeds nobody's rights.
func (j *Judge) Within(ctx context.Context, own, given []string) error {
	return compare(ctx, own, given, j.both, j.fits)
}

// WithinKept is Within by the cached state, which may be a moment old.
func (j *Judge) WithinKept(ctx context.Context, own, given []string) error {
	return compare(ctx, own, given, j.bothKept, j.fitsKept)
}

type compileBoth func(ctx context.Context, a, b []string) (first, second *profiles.Compiled, err error)

// has reports whether ids contains all of some.
func has(ids, some []string) bool {
	return !slices.ContainsFunc(some, func(id string) bool { return !slices.Contains(ids, id) })
}

func compare(ctx context.Context, own, given []string, both compileBoth, fits func(mine, theirs *profiles.Compiled) error) error {
	given = slices.DeleteFunc(slices.Clone(given), func(id string) bool { return id == profiles.Anonymous })
	// Fewer profiles may demand fewer factors, so a part of one's own profiles is not enough.
	if len(given) == 0 || has(own, given) && has(given, own) {
		return nil
	}
	mine, theirs, err := both(ctx, own, given)
	if err != nil {
		return err
	}
	return fits(mine, theirs)
}

func (j *Judge) fits(mine, theirs *profiles.Compiled) error {
	if err := within(mine, theirs); err != nil {
		return err
	}
	if err := asksLess(mine, mine, theirs); err != nil {
		return err
	}
	return laxer(mine, j.governsLaxer(mine, theirs))
}

// governsLaxer reports whether given allows governing actions, and its logins ask for a second factor
// less often than own's. Ordinary users may have laxer logins than their managers.
func (j *Judge) governsLaxer(own, given *profiles.Compiled) bool {
	return given.LaxerLogins(own, j.policy) &&
		slices.ContainsFunc(j.governing, func(name [2]string) bool { return given.AllowsSome(name[0], name[1]) })
}

// laxer refuses laxer logins, unless their author, who holds own, may do everything.
func laxer(own *profiles.Compiled, is bool) error {
	if is && !everythingOf(own) {
		return profiles.ErrExceedsOwn.New("secondFactor")
	}
	return nil
}

// fitting remembers the pairs of rights that fit, since every request with another user's key or in
// another user's place compares two. Rights never change: after a write of a role there are others.
type fitting struct {
	mu    sync.RWMutex
	pairs map[[2]*profiles.Compiled]struct{}
}

const maxFitting = 256

func (j *Judge) fitsKept(mine, theirs *profiles.Compiled) error {
	f, pair := &j.fitting, [2]*profiles.Compiled{mine, theirs}
	f.mu.RLock()
	_, ok := f.pairs[pair]
	f.mu.RUnlock()
	if ok {
		return nil
	}
	if err := j.fits(mine, theirs); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pairs == nil || len(f.pairs) >= maxFitting {
		f.pairs = map[[2]*profiles.Compiled]struct{}{}
	}
	f.pairs[pair] = struct{}{}
	return nil
}

// asksLess refuses rights that demand fresh factors less than strict does, unless their author, who
// holds own, may do everything.
func asksLess(own, strict, given *profiles.Compiled) error {
	if name, is := given.AsksLess(strict); is && !everythingOf(own) {
		return profiles.ErrExceedsOwn.New(name)
	}
	return nil
}

// KeepsDemands returns [profiles.ErrExceedsOwn] if an author who holds the profiles own gives a user
// the profiles next in place of was, and next demands less factors. An author who may do everything
// is exempt.
func (j *Judge) KeepsDemands(ctx context.Context, own, was, next []string) error {
	before, after, err := j.both(ctx, was, next)
	if err != nil {
		return err
	}
	author := before
	if !slices.Equal(own, was) {
		if author, _, err = j.both(ctx, own, nil); err != nil {
			return err
		}
	}
	if err := asksLess(author, before, after); err != nil {
		return err
	}
	return laxer(author, after.LaxerLogins(before, j.policy))
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

// both compiles two sets of profiles as they are committed. The cache is exact if no other process
// writes; otherwise it may be a moment old, and one read of both sets replaces it.
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

// Gained lists the rights that the profiles after give beyond the profiles before, in the form for
// events.
func (j *Judge) Gained(ctx context.Context, before, after []string) ([]string, error) {
	was, is, err := j.both(ctx, before, after)
	return texts(is.Gained(was)), err
}

// author holds the rights of a write's author, or all rights if the write is not compared with any.
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

// JudgeRole compares a role that is not written yet with its author's rights, as a write does.
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

// JudgeProfile does the same for a profile; planned holds the bodies of roles as they will be
// written.
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

// roleExists looks roles up for CheckProfile.
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

// compiledRole returns the rights of a role without restrictions. A role has no rate limit, so the
// lowest possible one is used.
func compiledRole(role profiles.Role) *profiles.Compiled {
	holder := profiles.Profile{Policies: []profiles.Policy{{RoleID: role.ID}}, RateLimit: 1}
	return profiles.Compile([]profiles.Profile{holder}, map[string]profiles.Role{role.ID: role})
}

// gain lists the rights that a write adds for the holders of a document.
type gain []profiles.Excess

// containRole compares a role, and the stored one it replaces, with the author's rights. The role
// counts as unrestricted, since any policy may use it.
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
	gained, err := a.containChange(was, next)
	if err == nil && (was == nil || len(gained) > 0) {
		err = j.containRoleDemands(ctx, a, role)
	}
	return gained, err
}

// containRoleDemands refuses a role that gives rights to a profile whose author could not give them,
// since the profile demands too few factors.
func (j *Judge) containRoleDemands(ctx context.Context, a author, role profiles.Role) error {
	if a.everything || everythingOf(a.own) {
		return nil
	}
	planned := map[string]profiles.Role{role.ID: role}
	return j.eachUsing(ctx, role.ID, func(profile profiles.Profile) error {
		was, err := j.compiledProfile(ctx, profile, nil)
		if err != nil {
			return err
		}
		next, err := j.compiledProfile(ctx, profile, planned)
		if err != nil || len(next.Gained(was)) == 0 {
			return err
		}
		return j.containDemands(a, was, next)
	})
}

// eachUsing passes the profiles that use a role to do, until an error of do. It sees all acknowledged
// writes.
func (j *Judge) eachUsing(ctx context.Context, role string, do func(profiles.Profile) error) error {
	if err := j.store.Refresh(ctx, storage.Profiles); err != nil {
		return err
	}
	using := query.Search{Where: query.Terms{Field: query.Field{Path: "policies.roleId"}, Values: []any{role}}, Size: 100}
	for {
		page, err := j.store.Search(ctx, storage.Profiles, using)
		if err != nil || len(page.Hits) == 0 {
			return err
		}
		for _, hit := range page.Hits {
			body, err := decode(hit.Content)
			if err != nil {
				return err
			}
			profile, err := profiles.ParseProfile(hit.ID, body)
			if err == nil {
				err = do(profile)
			}
			if err != nil {
				return err
			}
			using.After = hit.Sort
		}
	}
}

// containStoredRole does the same for a role to be deleted.
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

// containProfile compares a profile, and the stored one it replaces, with the author's rights.
// Planned roles replace stored ones.
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
		err = j.containDemands(a, was, next)
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

// containChange refuses a change from was to next if one of them exceeds the author's rights;
// either may be nil.
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
		return nil, nil // nobody holds a new profile yet
	}
	return next.Gained(was), nil
}

// containDemands refuses a profile that demands less factors than its author's own profiles, or
// than before; otherwise an API key could lift its user's factors. An author who may do everything
// is exempt.
func (j *Judge) containDemands(a author, was, next *profiles.Compiled) error {
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
	off := next.SecondFactor(profiles.FactorOptional) == profiles.FactorOff // not if the instance says so
	return laxer(a.own, next.LaxerLogins(was, j.policy) || off && next.LaxerLogins(a.own, j.policy) || j.governsLaxer(a.own, next))
}

func texts(gained []profiles.Excess) []string {
	list := make([]string, len(gained))
	for i, excess := range gained {
		list[i] = excess.String()
	}
	return list
}
