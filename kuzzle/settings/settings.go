package settings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// document is the id of the stored document.
	document = "set-values"
	// tries is how often a change is tried when other servers write at the same
	// time.
	tries = 10
	// fromStore is the source of values that were set here.
	fromStore config.Source = "store"
)

// Settings are the settings of one server. They are safe for concurrent use.
type Settings struct {
	store storage.Store
	base  config.Config
	pins  config.Origins
	obey  func(config.Config)
	log   *slog.Logger

	// reading is held while the store is read or written and the result is applied, so
	// that an older state never follows a newer one.
	reading sync.Mutex
	now     atomic.Pointer[state]
}

// state is the last state that was read.
type state struct {
	config config.Config
	// taken names the settings whose stored value counts.
	taken map[string]bool
	rev   storage.Rev
}

// stored is the document's content.
type stored struct {
	Values map[string]json.RawMessage `json:"values"`
}

// Setting is one setting with its effective value.
type Setting struct {
	Key string `json:"key"`
	// Value and Default are in the form of the file.
	Value   json.RawMessage `json:"value"`
	Default json.RawMessage `json:"default"`
	// From is the source of the value: default, store, or the source that pins it.
	From   string `json:"from"`
	Pinned bool   `json:"pinned"`
	// Fixed is set if only the configuration can change the setting, at the next
	// start.
	Fixed bool `json:"fixed,omitempty"`
	config.Bounds
	Help string `json:"help"`
}

// New returns the settings of a server with a start configuration. pins has the
// source of each value that is not the default. Refresh calls obey with the
// effective configuration, one call at a time.
func New(store storage.Store, base config.Config, pins config.Origins, obey func(config.Config), log *slog.Logger) *Settings {
	s := &Settings{store: store, base: base, pins: pins, obey: obey, log: log}
	s.now.Store(&state{config: base})
	return s
}

// Refresh reads the store and applies changes. The first call applies the
// configuration in any case.
func (s *Settings) Refresh(ctx context.Context) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	doc, values, err := s.read(ctx)
	if err != nil {
		return err
	}
	if before := s.now.Load(); before.taken == nil || before.rev != doc.Rev {
		s.apply(ctx, doc.Rev, values)
	}
	return nil
}

// apply puts the values of a document in force.
func (s *Settings) apply(ctx context.Context, rev storage.Rev, values map[string]json.RawMessage) {
	next := &state{rev: rev}
	next.config, next.taken = s.lay(ctx, values)
	s.now.Store(next)
	s.obey(next.config)
}

// read returns the document, which is the zero one before the first change, and its
// values, which are never nil.
func (s *Settings) read(ctx context.Context) (storage.Document, map[string]json.RawMessage, error) {
	kept := stored{Values: map[string]json.RawMessage{}}
	doc, err := s.store.Get(ctx, storage.Settings, document)
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Document{}, kept.Values, nil
	}
	if err == nil {
		err = json.Unmarshal(doc.Content, &kept)
	}
	if err != nil {
		return storage.Document{}, nil, fmt.Errorf("the settings in the store: %w", err)
	}
	return doc, kept.Values, nil
}

// lay returns the configuration with the stored values. A server of another
// version, or one whose configuration pins a related setting, may be unable to
// accept all of them. It leaves such settings at their defaults and logs that.
func (s *Settings) lay(ctx context.Context, values map[string]json.RawMessage) (cfg config.Config, taken map[string]bool) {
	cfg, taken = s.base, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		key, known := config.Find(name)
		if _, pinned := s.pins[name]; !known || !key.Live || pinned {
			continue
		}
		if err := cfg.Put(key, values[name]); err != nil {
			s.log.WarnContext(ctx, "a setting in the store is not valid here and is ignored", "setting", name, "cause", err)
			continue
		}
		taken[name] = true
	}
	if err := cfg.Check(); err != nil {
		s.log.WarnContext(ctx, "the settings in the store are inconsistent with the configuration and are ignored", "cause", err)
		return s.base, map[string]bool{}
	}
	return cfg, taken
}

// List returns every setting that may be set in the store, with its effective value
// here, in the order of config.Config.
func (s *Settings) List() []Setting {
	var all []Setting
	now := s.now.Load()
	for _, key := range config.Keys() {
		if key.Live {
			all = append(all, s.describe(now, key))
		}
	}
	return all
}

// Get returns one setting by its name.
//
// Faults: ErrUnknown; ErrFixed for a setting that cannot be in the store.
func (s *Settings) Get(name string) (Setting, error) {
	key, err := find(name)
	if err != nil {
		return Setting{}, err
	}
	return s.describe(s.now.Load(), key), nil
}

func (s *Settings) describe(now *state, key config.Key) Setting {
	standard := config.Default()
	told := Setting{
		Key: key.Path, Value: now.config.Value(key), Default: standard.Value(key), From: s.pins[key.Path].String(),
		Bounds: key.Bounds(), Help: key.Help,
	}
	if _, told.Pinned = s.pins[key.Path]; now.taken[key.Path] {
		told.From = string(fromStore)
	}
	return told
}

func find(name string) (config.Key, error) {
	key, known := config.Find(name)
	switch {
	case !known:
		return key, ErrUnknown.New(name, config.Unknown(name))
	case !key.Live:
		return key, ErrFixed.New(key.Path)
	}
	return key, nil
}

// Set writes a setting, or removes it from the store if the value is null, and
// returns its effective value. Every other server applies it within storage.Lease.
//
// Faults: those of Get; ErrPinned; ErrInvalid for a value that is out of bounds, or
// inconsistent with another setting.
func (s *Settings) Set(ctx context.Context, name string, value json.RawMessage) (Setting, error) {
	set, err := s.SetAll(ctx, map[string]json.RawMessage{name: value})
	if err != nil {
		return Setting{}, err
	}
	return set[0], nil
}

// SetAll is like Set for several settings: all are written or none. It returns them
// in the order of their names.
func (s *Settings) SetAll(ctx context.Context, values map[string]json.RawMessage) ([]Setting, error) {
	changes, err := s.changes(values)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	for range tries {
		if err = s.write(ctx, changes); !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	all, now := make([]Setting, len(changes)), s.now.Load()
	for i := range changes {
		all[i] = s.describe(now, changes[i].key)
	}
	return all, nil
}

// Check returns the fault with which SetAll would refuse the values now.
func (s *Settings) Check(ctx context.Context, values map[string]json.RawMessage) error {
	changes, err := s.changes(values)
	if err == nil && len(changes) > 0 {
		_, _, err = s.changed(ctx, changes)
	}
	return err
}

// change is a setting's new value; null means its default.
type change struct {
	key   config.Key
	value json.RawMessage
}

func (s *Settings) changes(values map[string]json.RawMessage) ([]change, error) {
	changes := make([]change, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		key, err := find(name)
		if err != nil {
			return nil, err
		}
		if origin, pinned := s.pins[key.Path]; pinned {
			return nil, ErrPinned.New(key.Path, origin.String())
		}
		changes = append(changes, change{key, values[name]})
	}
	return changes, nil
}

// write applies changes to the values that are stored now, and puts the result in
// force. It does not read the result again: if that failed, the caller would take the
// change for refused.
func (s *Settings) write(ctx context.Context, changes []change) error {
	doc, values, err := s.changed(ctx, changes)
	if err != nil {
		return err
	}
	content, err := json.Marshal(stored{Values: values})
	if err != nil {
		return err
	}
	next := storage.Document{ID: document, Incarnation: doc.Incarnation, Version: doc.Version + 1, Content: content}
	rev, err := s.store.Commit(ctx, storage.Change{In: storage.Settings, ID: document, Put: &next, If: doc.Rev})
	if err == nil {
		s.apply(ctx, rev, values)
	}
	return err
}

// changed returns the stored document, and its values with the changes.
func (s *Settings) changed(ctx context.Context, changes []change) (storage.Document, map[string]json.RawMessage, error) {
	doc, values, err := s.read(ctx)
	if err != nil {
		return doc, nil, err
	}
	for _, c := range changes {
		delete(values, c.key.Path)
	}
	cfg, _ := s.lay(ctx, values)
	for _, c := range changes {
		if string(c.value) == "null" {
			continue
		}
		if err := cfg.Put(c.key, c.value); err != nil {
			return doc, nil, ErrInvalid.New(c.key.Path, err.Error())
		}
		values[c.key.Path] = cfg.Value(c.key)
	}
	if problems := (config.Problems)(nil); errors.As(cfg.Check(), &problems) {
		return doc, nil, ErrInvalid.New(problems[0].Key, problems[0].Remedy)
	}
	return doc, values, nil
}
