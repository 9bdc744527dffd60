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
	// reloadEvery bounds how often unknown key ids may make the ring be read.
	reloadEvery = time.Second
	// staleAfter is the age at which signing reads the ring again, so that a
	// node that never meets an unknown key follows rotations too.
	staleAfter = time.Minute
	// announce is how long a new key is known before it signs: longer than
	// reloadEvery, so that a flood of unknown ids at one node cannot make it
	// refuse what another node has just signed.
	announce = 3 * time.Second
	// storeTimeout bounds one visit to the key store.
	storeTimeout = 5 * time.Second
	// saveAttempts bounds how often a lost race for the store is repeated.
	saveAttempts = 8

	sealPurpose = "token keyring"
)

// KeyStore keeps the sealed ring as one value.
type KeyStore interface {
	// Load answers the value and the revision to save it under; nil and no
	// error when nothing was saved yet.
	Load(ctx context.Context) (sealed []byte, rev any, err error)
	// Save replaces the value if its revision is still rev (nil: if there is
	// none yet), else it answers an error that is ErrKeysChanged.
	Save(ctx context.Context, sealed []byte, rev any) error
}

// Keyring holds the signing keys, one active and any number retired per use.
// It reads them when they are first needed and makes the first key of a use
// when something is first signed for it. It is safe for concurrent use.
type Keyring struct {
	store  KeyStore
	sealer *Sealer
	now    func() time.Time

	current atomic.Pointer[ring]
	// visiting is held, by a value in it, during a visit to the store; a
	// channel, so that those who wait can give up.
	visiting chan struct{}
	// asked is when an unknown key id, or signing, last had the ring read; who
	// visits holds it. Reads for other reasons do not count: a server that
	// follows the ring must still find a key made a moment ago.
	asked time.Time
}

// NewKeyring makes one; it reads nothing yet. A nil clock is time.Now.
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
	// Retired is when the key stops signing, and Until when it stops
	// verifying; both are zero for the last one made.
	Retired, Until time.Time
}

// Keys lists the keys, oldest first.
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

// Rotate gives a use a new active key. The present ones go on verifying for the
// overlap: shorter than the longest-lived token means that some users have to
// log in again, 0 that all have to, at once, which is the answer to a leaked
// key. It answers the new key's id.
func (k *Keyring) Rotate(ctx context.Context, use string, overlap time.Duration) (kid string, err error) {
	err = k.change(ctx, func(r *ring) bool {
		kid = r.rotate(use, k.now(), max(overlap, 0))
		return true
	})
	return kid, err
}

// Reload reads the keys from the store, for callers who learn of a rotation on
// another node.
func (k *Keyring) Reload(ctx context.Context) error {
	_, err := k.load(ctx)
	return err
}

// signing answers the key that signs for a use, and makes the first one.
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
		// Better an old key than no logins while the store is away.
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

// verifying answers the secret of a key id, reading the ring again, at most
// once a reloadEvery, when the id is unknown.
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

// reload reads the ring unless that was done, or failed, a moment ago.
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

// change applies a change to the stored ring, again when it lost a race.
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

// read replaces the ring by the stored one; what fails leaves the keys as they
// were and is remembered. One caller's giving up is nobody else's failure, so
// the visit does not end with ctx.
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
