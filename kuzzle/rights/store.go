package rights

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Store writes roles and profiles that its [Judge] accepts, and makes its [Compiler] forget the
// cached results of changed documents. It is safe for concurrent use.
type Store struct {
	*Compiler
	*Judge
	store    storage.Store
	known    profiles.Catalogue
	now      func() time.Time
	standard Standard
	bus      *events.Bus

	// holding is read-locked while a document that names a profile is written, and locked while a
	// profile or role is written or deleted. So no profile disappears or gains rights between the
	// check that allows a write and the write itself. For other servers see leaving.go.
	holding sync.RWMutex
	// others reports whether other servers also write the store; nil stands for no.
	others func() bool
	// bound is untilBound, except in tests.
	bound func(context.Context) error
	// maxContent is the largest size of a document in bytes, 0 for the default.
	maxContent int
}

// Standard is the initial content of a server, by id. Securing a server restores it.
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

// New returns a store. The bus gets an event for every write; it may be nil.
func New(store storage.Store, known profiles.Catalogue, standard Standard, bus *events.Bus, now func() time.Time) *Store {
	compiler := newCompiler(store, now)
	judge := &Judge{rights: compiler, store: store, known: known, policy: profiles.FactorOptional}
	return &Store{Compiler: compiler, Judge: judge, store: store, known: known, standard: standard, bus: bus, now: now, bound: untilBound}
}

// Bound sets the largest size of a role or profile, in bytes of JSON. It is called before anything
// else.
func (k *Store) Bound(maxContent int) { k.maxContent = maxContent }

// Hold checks that the profiles exist, and runs write, which names them. Until write returns, none
// of them can be deleted.
func (k *Store) Hold(ctx context.Context, profileIDs []string, write func() error) error {
	k.holding.RLock()
	defer k.holding.RUnlock()
	if err := k.Exist(ctx, profileIDs); err != nil {
		return err
	}
	return write()
}

// Exclude runs write while no user can start to hold a profile.
func (k *Store) Exclude(write func() error) error {
	k.holding.Lock()
	defer k.holding.Unlock()
	return write()
}

func decode(content json.RawMessage) (map[string]any, error) {
	var body map[string]any
	err := json.Unmarshal(content, &body)
	return body, err
}
