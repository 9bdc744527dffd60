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

// Store keeps roles and profiles: it writes the documents that its [Judge] lets
// pass, and has its [Compiler] forget what they change. It is safe for concurrent use.
type Store struct {
	*Compiler
	*Judge
	store    storage.Store
	known    profiles.Catalogue
	now      func() time.Time
	standard Standard
	bus      *events.Bus

	// holding is read-locked while something is written that names a profile,
	// and locked while a profile or a role is written or deleted: none goes, or
	// grows, between the check that allows a write and the write itself. What other
	// servers do is in leaving.go.
	holding sync.RWMutex
	// others reports whether other servers write the store too; nil is no.
	others func() bool
	// bound is untilBound.
	bound func(context.Context) error
	// maxContent is the most bytes of a document, 0 for the default.
	maxContent int
}

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

// New makes a store. The bus is told of what is written; nil tells nobody.
func New(store storage.Store, known profiles.Catalogue, standard Standard, bus *events.Bus, now func() time.Time) *Store {
	compiler := newCompiler(store, now)
	judge := &Judge{rights: compiler, store: store, known: known}
	return &Store{Compiler: compiler, Judge: judge, store: store, known: known, standard: standard, bus: bus, now: now, bound: untilBound}
}

// Bound sets how many bytes of JSON a role or a profile takes at most. It is
// called before anything else.
func (k *Store) Bound(maxContent int) { k.maxContent = maxContent }

// Hold runs write, which names the profiles, while none of them can be
// deleted, after checking that they exist.
func (k *Store) Hold(ctx context.Context, profileIDs []string, write func() error) error {
	k.holding.RLock()
	defer k.holding.RUnlock()
	if err := k.Exist(ctx, profileIDs); err != nil {
		return err
	}
	return write()
}

// Exclude runs write while nobody can start holding a profile.
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
