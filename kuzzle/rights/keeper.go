package rights

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// maxCompiled bounds the sets of profiles kept compiled. Applications have a
// handful; beyond this the whole cache starts over.
const maxCompiled = 10_000

// Keeper keeps roles and profiles. It is safe for concurrent use.
type Keeper struct {
	store    storage.Store
	known    profiles.Catalogue
	now      func() time.Time
	standard Standard
	bus      *events.Bus
	// fresh says what may be kept where others write too; else it is nil.
	fresh storage.Freshness

	// held answers the profiles of whoever writes; nil where nobody is contained.
	held Held

	// holding is read-locked while something is written that names a profile,
	// and locked while a profile or a role is written or deleted: none goes, or
	// grows, between the check that allows a write and the write itself.
	holding sync.RWMutex

	generation atomic.Int64
	mu         sync.RWMutex
	compiled   map[string]compiledSet
	// maxContent is the most bytes of a document, 0 for the default.
	maxContent int
	// existing holds the profiles found to exist.
	existing map[string]sighting
}

// sighting is when something was found to be there, by clock and by writes.
type sighting struct {
	generation int64
	at         time.Time
}

type compiledSet struct {
	generation int64
	rights     *profiles.Compiled
	// roles are the ids of the profiles' roles, sorted.
	roles []string
	// from tells the states of the documents that it was compiled from, and at
	// when they were read.
	from string
	at   time.Time
}

// unkept is the generation of what must not be used without looking.
const unkept = -1

// Standard is the content that a fresh server starts with and that
// securing one returns to: id to document.
type Standard struct {
	Roles, Profiles map[string]map[string]any
}

// Builtin is the standard content of package profiles.
func Builtin() Standard {
	s := Standard{Roles: map[string]map[string]any{}, Profiles: map[string]map[string]any{}}
	for _, role := range profiles.StandardRoles() {
		s.Roles[role.ID] = role.Document(nil)
	}
	for _, profile := range profiles.StandardProfiles() {
		s.Profiles[profile.ID] = profile.Document(nil)
	}
	return s
}

// New makes a keeper. The bus is told of what is written; nil tells nobody.
func New(store storage.Store, known profiles.Catalogue, standard Standard, bus *events.Bus, now func() time.Time) *Keeper {
	return &Keeper{store: store, known: known, standard: standard, bus: bus, now: now,
		compiled: map[string]compiledSet{}, existing: map[string]sighting{}}
}

// Heed has the keeper keep only what fresh allows, for a store that other
// processes write too. It is called before anything else.
func (k *Keeper) Heed(fresh storage.Freshness) { k.fresh = fresh }

// Bound sets how many bytes of JSON a role or a profile takes at most. It is
// called before anything else.
func (k *Keeper) Bound(maxContent int) { k.maxContent = maxContent }

// Forget drops what was made of a document that another process writes.
func (k *Keeper) Forget(of storage.Subject) {
	if of == storage.Everything || of.Of == storage.Profiles || of.Of == storage.Roles {
		k.Invalidate()
	}
}

// Compiled answers what the profiles allow together. A profile that does not
// exist any more allows nothing.
func (k *Keeper) Compiled(ctx context.Context, profileIDs []string) (*profiles.Compiled, error) {
	set, err := k.compile(ctx, profileIDs)
	return set.rights, err
}

// Allowed tells whether the profiles allow an action on a target together.
func (k *Keeper) Allowed(ctx context.Context, profileIDs []string, controller, action string, on profiles.Target) (bool, error) {
	compiled, err := k.Compiled(ctx, profileIDs)
	return err == nil && compiled.Allowed(controller, action, on), err
}

func (k *Keeper) compile(ctx context.Context, profileIDs []string) (compiledSet, error) {
	name := strings.Join(profileIDs, "\x00")
	generation := k.generation.Load()
	k.mu.RLock()
	found, ok := k.compiled[name]
	k.mu.RUnlock()
	if ok && found.generation == generation && k.current(found.at) {
		return found, nil
	}
	began := k.now()
	stored, err := k.read(ctx, profileIDs)
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
	if !k.keepable(profileIDs, found.roles) {
		found.generation = unkept
	}
	k.mu.Lock()
	if len(k.compiled) >= maxCompiled {
		clear(k.compiled)
	}
	k.compiled[name] = found
	k.mu.Unlock()
	return found, nil
}

// current tells whether what was read at that time may be used without looking.
func (k *Keeper) current(since time.Time) bool {
	if k.fresh == nil {
		return true
	}
	age := k.now().Sub(since)
	return k.fresh.Current() && age >= 0 && age < storage.KeptFor
}

// keepable tells whether none of the documents is being changed.
func (k *Keeper) keepable(profileIDs, roleIDs []string) bool {
	if k.fresh == nil {
		return true
	}
	for _, id := range profileIDs {
		if !k.fresh.Keepable(storage.Subject{Of: storage.Profiles, ID: id}) {
			return false
		}
	}
	for _, id := range roleIDs {
		if !k.fresh.Keepable(storage.Subject{Of: storage.Roles, ID: id}) {
			return false
		}
	}
	return true
}

// Generation changes whenever what Compiled answers may have changed.
func (k *Keeper) Generation() int64 { return k.generation.Load() }

// Invalidate forgets what was compiled; every write does it.
func (k *Keeper) Invalidate() { k.generation.Add(1) }

// load reads profiles and their roles.
func (k *Keeper) load(ctx context.Context, profileIDs []string) ([]profiles.Profile, map[string]profiles.Role, error) {
	stored, err := k.read(ctx, profileIDs)
	if err != nil {
		return nil, nil, err
	}
	roles, err := stored.parseRoles()
	return stored.set, roles, err
}

// maxRights is how many bytes a list of rights takes, about.
const maxRights = 16 << 20

// ErrTooManyRights: the bytes, the limit.
var ErrTooManyRights = fault.Declare(0x40120002, "security.rights.too_many_to_list", 400,
	"The list of these rights would take %d bytes, and at most %d are answered. Read the roles and profiles instead.")

// RightsOf lists what the profiles' roles say. The first profile that does not
// exist is a fault, and more than maxRights is ErrTooManyRights.
func (k *Keeper) RightsOf(ctx context.Context, profileIDs ...string) ([]profiles.Right, error) {
	if err := k.Exist(ctx, profileIDs); err != nil {
		return nil, err
	}
	set, roles, err := k.load(ctx, profileIDs)
	if err != nil {
		return nil, err
	}
	if size := profiles.RightsSize(set, roles); size > maxRights {
		return nil, ErrTooManyRights.New(size, maxRights)
	}
	return profiles.Rights(set, roles), nil
}

// RolesOf lists the ids of the roles that the profiles give. Like Compiled it
// reads nothing that it knows: a login asks for every user who exists, and must
// not take longer for it than for one who does not.
func (k *Keeper) RolesOf(ctx context.Context, profileIDs []string) ([]string, error) {
	set, err := k.compile(ctx, profileIDs)
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

// Exist refuses with the first of the profiles that does not exist.
func (k *Keeper) Exist(ctx context.Context, profileIDs []string) error {
	for _, id := range profileIDs {
		if err := k.exists(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) exists(ctx context.Context, id string) error {
	generation := k.generation.Load()
	k.mu.RLock()
	found, ok := k.existing[id]
	k.mu.RUnlock()
	if ok && found.generation == generation && k.current(found.at) {
		return nil
	}
	seen := sighting{generation: generation, at: k.now()}
	_, err := k.store.Get(ctx, storage.Profiles, id)
	if errors.Is(err, storage.ErrNotFound) {
		return profiles.ErrProfileNotFound.New(id)
	}
	if err != nil {
		return err
	}
	if !k.keepable([]string{id}, nil) {
		return nil
	}
	k.mu.Lock()
	if len(k.existing) >= maxCompiled {
		clear(k.existing)
	}
	k.existing[id] = seen
	k.mu.Unlock()
	return nil
}

// Hold runs write, which names the profiles, while none of them can be
// deleted, after checking that they exist.
func (k *Keeper) Hold(ctx context.Context, profileIDs []string, write func() error) error {
	k.holding.RLock()
	defer k.holding.RUnlock()
	if err := k.Exist(ctx, profileIDs); err != nil {
		return err
	}
	return write()
}

// Exclude runs write while nobody can start holding a profile.
func (k *Keeper) Exclude(write func() error) error {
	k.holding.Lock()
	defer k.holding.Unlock()
	return write()
}

func decode(content json.RawMessage) (map[string]any, error) {
	var body map[string]any
	err := json.Unmarshal(content, &body)
	return body, err
}
