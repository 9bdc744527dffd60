package servicekeys

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// document is the id of the settings document that holds the keys.
	document = "service-keys"
	// MaxKeys is the maximum number of keys in the store.
	MaxKeys = 100
	maxName = 100
	// tries is how often a change is tried when other servers write at the same time.
	tries = 10
	// Configured is the id of the key that comes from the configuration.
	Configured = "configured"
	// markBytes is the length of a mark, which is derived for markPurpose.
	markBytes   = 12
	markPurpose = "servicekeys.configured"
)

// Key is a service key without its text.
type Key struct {
	ID   string `json:"_id"`
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Hint is the beginning of the text.
	Hint string `json:"hint"`
	// CreatedAt is in epoch milliseconds, 0 for the key of the configuration.
	CreatedAt int64 `json:"createdAt,omitempty"`
	Limits
	// mark distinguishes texts of the configuration's key, which all have one id.
	mark string
}

// Created is a new key with its text, which is shown only this once.
type Created struct {
	Key
	Secret string `json:"secret"`
}

// Wanted describes a key to make.
type Wanted struct {
	// Name is a text for people, at most 100 characters; it may be empty.
	Name string
	// Kind is Test or Live.
	Kind Kind
	Limits
}

// Options configures Keys.
type Options struct {
	Store storage.Store
	// Fresh tells what may be cached of a store that other servers write too; nil
	// means everything.
	Fresh storage.Freshness
	// Fixed is the text of the configuration's key, or "". Derive returns the key of
	// the hash that tells the text from a later one: an operator's text may be too
	// short for a plain hash to hide it.
	Fixed  string
	Derive func(purpose string) ([]byte, error)
	Now    func() time.Time
}

// Keys are the service keys of one instance. They are safe for concurrent use.
type Keys struct {
	store storage.Store
	fresh storage.Freshness
	now   func() time.Time
	// fixed is the configuration's key, or nil.
	fixed       *Key
	fixedFinger fingerprint

	mu sync.Mutex
	// kept is nil if the keys must be read again. changes counts calls of Forget, so
	// that a state from before a change is never kept.
	kept    *state
	changes uint64
}

// stored and storedPrints are the two areas of the document.
type (
	stored struct {
		Keys []Key `json:"keys"`
	}
	storedPrints struct {
		// Fingerprints are in hex, by key id.
		Fingerprints map[string]string `json:"fingerprints"`
	}
)

// state is the last state that was read; it never changes.
type state struct {
	readAt  time.Time
	keys    []Key
	byPrint map[fingerprint]*Key
	prints  map[string]string
}

// New returns the keys of an instance. Its error describes the fault of the fixed key
// without showing the key.
func New(opts Options) (*Keys, error) {
	k := &Keys{store: opts.Store, fresh: opts.Fresh, now: opts.Now}
	if opts.Fixed == "" {
		return k, nil
	}
	kind, err := read(opts.Fixed)
	if err != nil {
		return nil, err
	}
	secret, err := opts.Derive(markPurpose)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(opts.Fixed))
	k.fixed = &Key{mark: ":" + hex.EncodeToString(mac.Sum(nil)[:markBytes]), ID: Configured, Kind: kind, Hint: hint(opts.Fixed, kind), Limits: Limits{Endpoints: []string{}, Organizations: []string{}}}
	k.fixedFinger = fingerprintOf(opts.Fixed)
	return k, nil
}

// Verify returns the key with a text; the caller must not change it. For any other
// text it returns ErrUnknownKey. All other errors are the store's and mean nothing
// about the text.
//
// The text is looked up by its SHA-256 only. An attacker cannot control the hash, so
// the duration reveals nothing about how much of a guess was right.
func (k *Keys) Verify(ctx context.Context, text string) (*Key, error) {
	if _, err := read(text); err != nil {
		return nil, ErrUnknownKey.New()
	}
	print := fingerprintOf(text)
	if k.fixed != nil && subtle.ConstantTimeCompare(print[:], k.fixedFinger[:]) == 1 {
		return k.fixed, nil
	}
	now, err := k.read(ctx)
	if err != nil {
		return nil, err
	}
	if key := now.byPrint[print]; key != nil {
		return key, nil
	}
	return nil, ErrUnknownKey.New()
}

// Standing returns whether a key that [Principal.Credential] named still exists, and
// whether it is limited.
func (k *Keys) Standing(ctx context.Context, credential string) (limited, known bool, err error) {
	if k.fixed != nil && k.fixed.credential() == credential {
		return false, true, nil
	}
	now, err := k.read(ctx)
	if err != nil {
		return false, false, err
	}
	for i := range now.keys {
		if key := &now.keys[i]; key.credential() == credential {
			return key.Limited(), true, nil
		}
	}
	return false, false, nil
}

// Any reports whether any key exists.
func (k *Keys) Any(ctx context.Context) (bool, error) {
	if k.fixed != nil {
		return true, nil
	}
	now, err := k.read(ctx)
	return err == nil && len(now.keys) > 0, err
}

// List returns the keys without their texts: the configuration's key first, then the
// others, oldest first.
func (k *Keys) List(ctx context.Context) ([]Key, error) {
	_, now, err := k.load(ctx)
	if err != nil {
		return nil, err
	}
	if k.fixed != nil {
		return append([]Key{*k.fixed}, now.keys...), nil
	}
	return slices.Clone(now.keys), nil
}

// Create makes a key, which every server accepts from now on.
//
// Faults: ErrName, ErrKind, ErrLimit, ErrTooMany.
func (k *Keys) Create(ctx context.Context, wanted Wanted) (Created, error) {
	if !slices.Contains(kinds, wanted.Kind) {
		return Created{}, ErrKind.New("test, live")
	}
	if utf8.RuneCountInString(wanted.Name) > maxName || strings.ContainsFunc(wanted.Name, unicode.IsControl) {
		return Created{}, ErrName.New(maxName)
	}
	if err := wanted.check(); err != nil {
		return Created{}, err
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return Created{}, err
	}
	text := newText(wanted.Kind)
	made := Key{
		ID: id.String(), Name: wanted.Name, Kind: wanted.Kind, Hint: hint(text, wanted.Kind), CreatedAt: k.now().UnixMilli(),
		Limits: Limits{Endpoints: listed(wanted.Endpoints), Organizations: listed(wanted.Organizations)},
	}
	err = k.change(ctx, func(next *state) error {
		if len(next.keys) >= MaxKeys {
			return ErrTooMany.New(MaxKeys)
		}
		print := fingerprintOf(text)
		next.keys = append(next.keys, made)
		next.prints[made.ID] = hex.EncodeToString(print[:])
		return nil
	})
	if err != nil {
		return Created{}, err
	}
	return Created{made, text}, nil
}

// listed returns a sorted list without duplicates, never nil, so that JSON never has
// null.
func listed(all []string) []string {
	return append([]string{}, slices.Compact(slices.Sorted(slices.Values(all)))...)
}

// Revoke ends a key: at once on this server, within storage.Lease on others.
//
// Faults: ErrNoKey, ErrConfigured.
func (k *Keys) Revoke(ctx context.Context, id string) (gone Key, err error) {
	if id == Configured && k.fixed != nil {
		return Key{}, ErrConfigured.New()
	}
	err = k.change(ctx, func(next *state) error {
		i := slices.IndexFunc(next.keys, func(key Key) bool { return key.ID == id })
		if i < 0 {
			return ErrNoKey.New(id)
		}
		gone = next.keys[i]
		next.keys = slices.Delete(next.keys, i, i+1)
		delete(next.prints, id)
		return nil
	})
	return gone, err
}

// Forget drops cached keys when a server has changed them.
func (k *Keys) Forget(of storage.Subject) {
	if of == storage.Everything || of.Of == storage.Settings && (of.ID == "" || of.ID == document) {
		k.forget()
	}
}

func (k *Keys) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes++
	k.kept = nil
}

// read returns the keys that are valid now.
func (k *Keys) read(ctx context.Context) (*state, error) {
	k.mu.Lock()
	kept, before := k.kept, k.changes
	k.mu.Unlock()
	if kept != nil && (k.fresh == nil || k.fresh.Current() && time.Since(kept.readAt) < storage.KeptFor) {
		return kept, nil
	}
	_, now, err := k.load(ctx)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.changes == before && (k.fresh == nil || k.fresh.Keepable(storage.Subject{Of: storage.Settings, ID: document})) {
		k.kept = now
	}
	return now, nil
}

func (k *Keys) load(ctx context.Context) (storage.Document, *state, error) {
	now := &state{readAt: time.Now(), byPrint: map[fingerprint]*Key{}, prints: map[string]string{}}
	doc, err := k.store.Get(ctx, storage.Settings, document)
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Document{}, now, nil
	}
	var content stored
	prints := storedPrints{Fingerprints: now.prints}
	if err == nil {
		err = errors.Join(json.Unmarshal(doc.Content, &content), json.Unmarshal(doc.Auth, &prints))
	}
	now.keys = content.Keys
	for i := range now.keys {
		var print fingerprint
		if n, bad := hex.Decode(print[:], []byte(prints.Fingerprints[now.keys[i].ID])); err == nil && (bad != nil || n != len(print)) {
			err = fmt.Errorf("the service key %s has no fingerprint", now.keys[i].ID)
		}
		now.byPrint[print] = &now.keys[i]
	}
	return doc, now, err
}

// change writes the keys as edit changes them.
func (k *Keys) change(ctx context.Context, edit func(*state) error) (err error) {
	k.forget()
	defer k.forget()
	for range tries {
		if err = k.tryChange(ctx, edit); !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			return err
		}
	}
	return err
}

func (k *Keys) tryChange(ctx context.Context, edit func(*state) error) error {
	doc, next, err := k.load(ctx)
	if err != nil {
		return err
	}
	if err := edit(next); err != nil {
		return err
	}
	content, err := json.Marshal(stored{next.keys})
	if err != nil {
		return err
	}
	auth, err := json.Marshal(storedPrints{next.prints})
	if err != nil {
		return err
	}
	put := storage.Document{ID: document, Incarnation: doc.Incarnation, Version: doc.Version + 1, Content: content, Auth: auth}
	_, err = k.store.Commit(ctx, storage.Change{In: storage.Settings, ID: document, Put: &put, If: doc.Rev})
	return err
}
