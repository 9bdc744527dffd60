package token

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

const (
	// secretBytes is the size of a signing secret, 512 bits.
	secretBytes = 64
	// reloadEvery is the shortest time between two reads of the ring for
	// unknown key ids.
	reloadEvery = time.Second
	// staleAfter is the age at which signing reads the ring again. So a server
	// that never meets an unknown key follows rotations too.
	staleAfter = time.Minute
	// announce is how long a new key is known before it signs. It is longer
	// than reloadEvery, so that a flood of unknown ids at one server cannot
	// make it refuse a token that another server has just signed.
	announce = 3 * time.Second
	// storeTimeout is the maximum duration of one access to the key store.
	storeTimeout = 5 * time.Second
	// saveAttempts is how often a save is tried when other servers save at the
	// same time.
	saveAttempts = 8

	sealPurpose = "token keyring"
)

// KeyStore stores the encrypted ring as one value.
type KeyStore interface {
	// Load returns the value and the revision to save it under; nil without an
	// error if nothing was saved yet.
	Load(ctx context.Context) (sealed []byte, rev any, err error)
	// Save replaces the value if its revision is still rev (nil: if there is
	// none yet), else it returns an error that is ErrKeysChanged.
	Save(ctx context.Context, sealed []byte, rev any) error
}

// Keyring holds the signing keys: for each use one active key and any number of
// retired ones. It reads them when they are first needed, and makes the first
// key of a use when that first signs. It is safe for concurrent use.
type Keyring struct {
	store  KeyStore
	sealer *Sealer
	now    func() time.Time

	current atomic.Pointer[ring]
	// visiting holds a value during an access to the store. It is a channel, so
	// that waiting callers can give up.
	visiting chan struct{}
	// asked is when the ring was last read for an unknown key id or for
	// signing; it belongs to the holder of visiting. Reads for other reasons do
	// not count: a server that follows the ring must still find a key made a
	// moment ago.
	asked time.Time
}

// NewKeyring returns a keyring; it reads nothing yet. A nil clock is time.Now.
func NewKeyring(store KeyStore, sealer *Sealer, clock func() time.Time) *Keyring {
	if clock == nil {
		clock = time.Now
	}
	k := &Keyring{store: store, sealer: sealer, now: clock, visiting: make(chan struct{}, 1)}
	k.current.Store(&ring{})
	return k
}

// KeyInfo describes a signing key without its secret.
type KeyInfo struct {
	ID, Use string
	Created time.Time
	// Retired is when the key stops signing, and Until when it stops verifying;
	// both are zero for the newest key.
	Retired, Until time.Time
}

// Keys returns the keys, oldest first.
func (k *Keyring) Keys(ctx context.Context) ([]KeyInfo, error) {
	now, err := k.load(ctx)
	if err != nil {
		return nil, err
	}
	infos := make([]KeyInfo, 0, len(now.Keys))
	for _, key := range now.Keys {
		infos = append(infos, KeyInfo{ID: key.ID, Use: key.Use, Created: key.Created, Retired: key.Retired, Until: key.Until})
	}
	return infos, nil
}

// Rotate gives a use a new active key and returns its id. The present keys keep
// verifying for the overlap. An overlap shorter than the longest token lifetime
// makes some users log in again. 0 makes all users log in again at once, which
// is the remedy for a leaked key.
func (k *Keyring) Rotate(ctx context.Context, use string, overlap time.Duration) (kid string, err error) {
	err = k.change(ctx, func(r *ring) bool {
		kid = r.rotate(use, k.now(), max(overlap, 0))
		return true
	})
	return kid, err
}

// Reload reads the keys from the store, for callers that learn of a rotation on
// another server.
func (k *Keyring) Reload(ctx context.Context) error {
	_, err := k.load(ctx)
	return err
}

// signing returns the key that signs for a use, and makes the first one.
func (k *Keyring) signing(ctx context.Context, use string) (key signingKey, err error) {
	now := k.now()
	current := k.current.Load()
	found, ok := current.active(use, now)
	if ok && now.Sub(current.readAt) < staleAfter {
		return found, nil
	}
	fresh, err := k.reload(ctx)
	switch {
	case err != nil && ok:
		// An old key is better than no logins while the store is unavailable.
		return found, nil
	case err != nil:
		return signingKey{}, err
	}
	if found, ok := fresh.active(use, now); ok {
		return found, nil
	}
	err = k.change(ctx, func(r *ring) bool {
		var exists bool
		if key, exists = r.active(use, now); exists {
			return false
		}
		r.rotate(use, now, 0)
		key, _ = r.active(use, now)
		return true
	})
	return key, err
}

// verifying returns the secret of a key id. If the id is unknown it reads the
// ring again, at most once per reloadEvery.
func (k *Keyring) verifying(ctx context.Context, use, kid string, now time.Time) ([]byte, error) {
	current := k.current.Load()
	if key, ok := current.find(use, kid); ok {
		return key.valid(now)
	}
	if len(kid) != kidBytes*2 {
		return nil, ErrInvalid.New()
	}
	current, err := k.reload(ctx)
	if err != nil {
		return nil, err
	}
	if key, ok := current.find(use, kid); ok {
		return key.valid(now)
	}
	return nil, ErrInvalid.New()
}

// reload reads the ring unless a read succeeded or failed a moment ago.
func (k *Keyring) reload(ctx context.Context) (*ring, error) {
	if err := k.enter(ctx); err != nil {
		return nil, err
	}
	defer k.leave()
	current := k.current.Load()
	now := k.now()
	if since := now.Sub(k.asked); since >= 0 && since < reloadEvery {
		return current, current.failure
	}
	k.asked = now
	return k.read(ctx)
}

func (k *Keyring) load(ctx context.Context) (*ring, error) {
	if err := k.enter(ctx); err != nil {
		return nil, err
	}
	defer k.leave()
	return k.read(ctx)
}

// change applies a change to the stored ring, and repeats it if another server
// saved meanwhile.
func (k *Keyring) change(ctx context.Context, apply func(*ring) bool) error {
	if err := k.enter(ctx); err != nil {
		return err
	}
	defer k.leave()
	for range saveAttempts {
		current, err := k.read(ctx)
		if err != nil {
			return err
		}
		changed := current.clone()
		if !apply(changed) {
			return nil
		}
		err = k.write(ctx, changed)
		if err == nil {
			_, err = k.read(ctx)
		}
		if !errors.Is(err, ErrKeysChanged) {
			return err
		}
	}
	return fmt.Errorf("token: the keyring could not be saved: %w", ErrKeysChanged)
}

func (k *Keyring) enter(ctx context.Context) error {
	select {
	case k.visiting <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *Keyring) leave() { <-k.visiting }

// read replaces the ring by the stored one. A failure leaves the keys as they
// were and is remembered. The access does not end with ctx, because other
// callers wait for the same read.
func (k *Keyring) read(ctx context.Context) (*ring, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	now := k.now()
	fresh, err := k.fetch(ctx)
	if err != nil {
		failed := k.current.Load().clone()
		failed.failure = fmt.Errorf("token: read the keyring: %w", err)
		k.current.Store(failed)
		return nil, failed.failure
	}
	fresh.readAt = now
	k.current.Store(fresh)
	return fresh, nil
}

func (k *Keyring) fetch(ctx context.Context) (*ring, error) {
	sealed, rev, err := k.store.Load(ctx)
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return &ring{rev: rev}, nil
	}
	plain, err := k.sealer.Open(sealPurpose, sealed)
	if err != nil {
		return nil, err
	}
	return decodeRing(plain, rev)
}

func (k *Keyring) write(ctx context.Context, r *ring) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	plain, err := r.encode()
	if err != nil {
		return err
	}
	sealed, err := k.sealer.Seal(sealPurpose, plain)
	if err != nil {
		return err
	}
	return k.store.Save(ctx, sealed, r.rev)
}

func newKid() string {
	id := make([]byte, kidBytes)
	rand.Read(id)
	return hex.EncodeToString(id)
}
