package rights

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// maxCompiled bounds the cached sets of profiles. Applications have a handful; above this number
// the cache is emptied.
const maxCompiled = 10_000

// Compiler decides what sets of profiles allow, from the stored roles and profiles. It caches its
// results until one of the documents changes. It writes nothing and is safe for concurrent use.
type Compiler struct {
	store storage.Store
	now   func() time.Time
	// fresh bounds the caching if other processes write the store; nil means that they do not.
	fresh storage.Freshness

	generation atomic.Int64
	mu         sync.RWMutex
	compiled   map[string]compiledSet
	// existing holds the profiles that were found to exist.
	existing map[string]sighting
}

func newCompiler(store storage.Store, now func() time.Time) *Compiler {
	return &Compiler{store: store, now: now, compiled: map[string]compiledSet{}, existing: map[string]sighting{}}
}

// sighting is the time, and the count of writes, at which a document was read.
type sighting struct {
	generation int64
	at         time.Time
}

type compiledSet struct {
	generation int64
	rights     *profiles.Compiled
	// roles are the ids of the profiles' roles, sorted.
	roles []string
	// from identifies the states of the documents that this was compiled from; at is when they were
	// read.
	from string
	at   time.Time
}

// unkept is the generation of an entry that must be checked before every use.
const unkept = -1

// SetFreshness limits the caching to what fresh allows, for a store that other processes also
// write. It is called before anything else.
func (c *Compiler) SetFreshness(fresh storage.Freshness) { c.fresh = fresh }

// Forget drops the cached results of a document that another process writes.
func (c *Compiler) Forget(of storage.Subject) {
	if of == storage.Everything || of.Of == storage.Profiles || of.Of == storage.Roles {
		c.Invalidate()
	}
}

// Compiled returns what the profiles allow together. A profile that was deleted allows nothing.
func (c *Compiler) Compiled(ctx context.Context, profileIDs []string) (*profiles.Compiled, error) {
	set, err := c.compile(ctx, profileIDs)
	return set.rights, err
}

// Allowed reports whether the profiles together allow an action on a target.
func (c *Compiler) Allowed(ctx context.Context, profileIDs []string, controller, action string, on profiles.Target) (bool, error) {
	compiled, err := c.Compiled(ctx, profileIDs)
	return err == nil && compiled.Allowed(controller, action, on), err
}

func (c *Compiler) compile(ctx context.Context, profileIDs []string) (compiledSet, error) {
	name := strings.Join(profileIDs, "\x00")
	generation := c.generation.Load()
	c.mu.RLock()
	found, ok := c.compiled[name]
	c.mu.RUnlock()
	if ok && found.generation == generation && c.current(found.at) {
		return found, nil
	}
	began := c.now()
	stored, err := c.read(ctx, profileIDs)
	if err != nil {
		return compiledSet{}, err
	}
	from := stored.state()
	if !ok || found.from != from {
		roles, err := stored.parseRoles()
		if err != nil {
			return compiledSet{}, err
		}
		found = compiledSet{rights: profiles.Compile(stored.set, roles), roles: rolesOf(stored.set), from: from}
	}
	found.generation, found.at = generation, began
	if !c.keepable(profileIDs, found.roles) {
		found.generation = unkept
	}
	c.mu.Lock()
	if len(c.compiled) >= maxCompiled {
		clear(c.compiled)
	}
	c.compiled[name] = found
	c.mu.Unlock()
	return found, nil
}

// current reports whether documents read at a time may be used without another read.
func (c *Compiler) current(since time.Time) bool {
	if c.fresh == nil {
		return true
	}
	age := c.now().Sub(since)
	return c.fresh.Current() && age >= 0 && age < storage.KeptFor
}

// keepable reports whether none of the documents is being changed.
func (c *Compiler) keepable(profileIDs, roleIDs []string) bool {
	if c.fresh == nil {
		return true
	}
	for _, id := range profileIDs {
		if !c.fresh.Keepable(storage.Subject{Of: storage.Profiles, ID: id}) {
			return false
		}
	}
	for _, id := range roleIDs {
		if !c.fresh.Keepable(storage.Subject{Of: storage.Roles, ID: id}) {
			return false
		}
	}
	return true
}

// Generation changes whenever a result of Compiled may have changed.
func (c *Compiler) Generation() int64 { return c.generation.Load() }

// Invalidate empties the cache; every write calls it.
func (c *Compiler) Invalidate() { c.generation.Add(1) }

// load reads profiles and their roles.
func (c *Compiler) load(ctx context.Context, profileIDs []string) ([]profiles.Profile, map[string]profiles.Role, error) {
	stored, err := c.read(ctx, profileIDs)
	if err != nil {
		return nil, nil, err
	}
	roles, err := stored.parseRoles()
	return stored.set, roles, err
}

// maxRights bounds a list of rights, in bytes, approximately.
const maxRights = 16 << 20

// ErrTooManyRights: the bytes, the limit.
var ErrTooManyRights = fault.Declare(0x40120002, "security.rights.too_many_to_list", 400,
	"The list of these rights would take %d bytes; the limit is %d. Read the roles and profiles instead.")

// RightsOf lists the rights of the profiles' roles. The first profile that does not exist is a
// fault, and a list above maxRights is ErrTooManyRights.
func (c *Compiler) RightsOf(ctx context.Context, profileIDs ...string) ([]profiles.Right, error) {
	if err := c.Exist(ctx, profileIDs); err != nil {
		return nil, err
	}
	set, roles, err := c.load(ctx, profileIDs)
	if err != nil {
		return nil, err
	}
	if size := profiles.RightsSize(set, roles); size > maxRights {
		return nil, ErrTooManyRights.New(size, maxRights)
	}
	return profiles.Rights(set, roles), nil
}

// RolesOf lists the ids of the roles that the profiles give. Like Compiled it uses its cache. A
// login calls it only for users who exist, and reads would reveal by their time that the user
// exists.
func (c *Compiler) RolesOf(ctx context.Context, profileIDs []string) ([]string, error) {
	set, err := c.compile(ctx, profileIDs)
	return slices.Clone(set.roles), err
}

func rolesOf(set []profiles.Profile) []string {
	var ids []string
	for _, profile := range set {
		for _, policy := range profile.Policies {
			ids = append(ids, policy.RoleID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Exist returns a fault for the first profile that does not exist.
func (c *Compiler) Exist(ctx context.Context, profileIDs []string) error {
	for _, id := range profileIDs {
		if err := c.exists(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (c *Compiler) exists(ctx context.Context, id string) error {
	generation := c.generation.Load()
	c.mu.RLock()
	found, ok := c.existing[id]
	c.mu.RUnlock()
	if ok && found.generation == generation && c.current(found.at) {
		return nil
	}
	seen := sighting{generation: generation, at: c.now()}
	doc, err := c.store.Get(ctx, storage.Profiles, id)
	if errors.Is(err, storage.ErrNotFound) || err == nil && isLeaving(doc, seen.at) {
		return profiles.ErrProfileNotFound.New(id)
	}
	if err != nil {
		return err
	}
	if !c.keepable([]string{id}, nil) {
		return nil
	}
	c.mu.Lock()
	if len(c.existing) >= maxCompiled {
		clear(c.existing)
	}
	c.existing[id] = seen
	c.mu.Unlock()
	return nil
}
