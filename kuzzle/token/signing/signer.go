package signing

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

const (
	// Announced is how long a new key is published before it signs.
	Announced = 10 * time.Minute
	// staleAfter is the age at which the keys are read again before one signs.
	staleAfter = time.Minute
	// reloadEvery is the shortest time between two reads of the keys for unknown key
	// ids.
	reloadEvery = time.Second
	// storeTimeout is the maximum duration of one access to the store.
	storeTimeout = 5 * time.Second
	// tries is how often a change is tried when other servers write at the same time.
	tries = 8

	sealPurpose = "service signing keys"
)

// Options configures a Signer.
type Options struct {
	// Store stores the encrypted keys, separate from those of other packages.
	Store  token.KeyStore
	Sealer *token.Sealer
	// Issuer is the claim iss of every token.
	Issuer string
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// Signer signs with the keys of one instance. It is safe for concurrent use.
type Signer struct {
	Options
	current atomic.Pointer[ring]
	// visiting holds a value during an access to the store.
	visiting chan struct{}
	// asked is when an unknown key id last caused a read; it belongs to the holder of
	// visiting.
	asked time.Time

	mu sync.Mutex
	// making is set while the first key is made.
	making *making
	// ended waits for the end of that.
	ended sync.WaitGroup
	// spare is a key that was made but could not be stored.
	spare *rsa.PrivateKey
	// generate makes a key; tests replace it.
	generate func() (*rsa.PrivateKey, error)
}

// making is a first key that is being made.
type making struct {
	done chan struct{}
	err  error
}

// New returns a Signer; it reads and makes nothing yet.
func New(opts Options) *Signer {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Signer{Options: opts, visiting: make(chan struct{}, 1), generate: generate}
	s.current.Store(&ring{})
	return s
}

// jwk is a public key in the form of a key set.
type jwk struct {
	Use       string `json:"use"`
	Type      string `json:"kty"`
	ID        string `json:"kid"`
	Algorithm string `json:"alg"`
	N         string `json:"n"`
	E         string `json:"e"`
}

// JWKS returns the public keys as a JSON Web Key Set, oldest first. The first call
// makes the first key.
func (s *Signer) JWKS(ctx context.Context) ([]byte, error) {
	if _, err := s.active(ctx); err != nil {
		return nil, err
	}
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	now := s.Now()
	for _, k := range s.current.Load().Keys {
		if k.published(now) {
			set.Keys = append(set.Keys, jwk{
				Use: "sig", Type: "RSA", ID: k.ID, Algorithm: Algorithm,
				N: base64.RawURLEncoding.EncodeToString(k.private.N.Bytes()),
				E: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.private.E)).Bytes()),
			})
		}
	}
	return json.Marshal(set)
}

// Rotate makes a new key and returns its id and when it begins to sign: after
// Announced, or now if it is the first. The key before it stays published until its
// last token has expired. With atOnce the new key signs now and all others are no
// longer published, which is the remedy for a leaked key: each verifier refuses all
// older tokens once it reads the keys again.
func (s *Signer) Rotate(ctx context.Context, atOnce bool) (kid string, from time.Time, err error) {
	private, err := s.generate()
	if err != nil {
		return "", from, err
	}
	err = s.change(ctx, func(r *ring) (bool, error) {
		now := s.Now().UTC()
		from = now.Add(Announced)
		if atOnce || len(r.Keys) == 0 {
			r.end(now)
			from = now
		}
		fresh, err := newKey(private, now, from)
		if err == nil {
			kid = fresh.ID
			r.add(fresh, now)
		}
		return true, err
	})
	return kid, from, err
}

// Refresh reads the keys again if this server ever needed them, for callers that learn
// of changes by other servers.
func (s *Signer) Refresh(ctx context.Context) error {
	if s.current.Load().readAt.IsZero() {
		return nil
	}
	_, err := s.load(ctx)
	return err
}

// Prepare starts making the first key in the background, if there is none.
func (s *Signer) Prepare() {
	if s.current.Load().active(s.Now()) == nil {
		s.first()
	}
}

// Close waits for the background work.
func (s *Signer) Close() { s.ended.Wait() }

// active returns the key that signs now, and makes the first one.
func (s *Signer) active(ctx context.Context) (*key, error) {
	now := s.Now()
	current := s.current.Load()
	found := current.active(now)
	if age := now.Sub(current.readAt); found != nil && age >= 0 && age < staleAfter {
		return found, nil
	}
	fresh, err := s.load(ctx)
	switch {
	case err != nil && found != nil:
		// An old key is better than no tokens while the store is unavailable.
		return found, nil
	case err != nil:
		return nil, err
	}
	if found = fresh.active(now); found != nil {
		return found, nil
	}
	making := s.first()
	select {
	case <-making.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if making.err != nil {
		return nil, making.err
	}
	if found = s.current.Load().active(s.Now()); found == nil {
		return nil, errGone
	}
	return found, nil
}

// first starts making the first key, unless that is already under way.
func (s *Signer) first() *making {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.making == nil {
		s.making = &making{done: make(chan struct{})}
		now, spare := s.making, s.spare
		s.ended.Go(func() { s.makeFirst(now, spare) })
	}
	return s.making
}

// makeFirst makes a key and stores it, or uses the key that another server has stored
// meanwhile.
func (s *Signer) makeFirst(m *making, private *rsa.PrivateKey) {
	if private == nil {
		private, m.err = s.generate()
	}
	if m.err == nil {
		m.err = s.change(context.Background(), func(r *ring) (bool, error) {
			now := s.Now().UTC()
			if r.active(now) != nil {
				return false, nil
			}
			fresh, err := newKey(private, now, now)
			if err == nil {
				r.add(fresh, now)
			}
			return true, err
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.making, s.spare = nil, nil
	if m.err != nil {
		s.spare = private
	}
	close(m.done)
}

// lasting returns a key that signs now and allows for tokens of a lifetime.
func (s *Signer) lasting(ctx context.Context, lifetime time.Duration) (*key, error) {
	found, err := s.active(ctx)
	if err != nil || found.Longest >= lifetime {
		return found, err
	}
	var kid string
	err = s.change(ctx, func(r *ring) (bool, error) {
		k := r.active(s.Now())
		if k == nil {
			return false, errGone
		}
		kid = k.ID
		return k.expect(lifetime), nil
	})
	if err != nil {
		return nil, err
	}
	if found = s.current.Load().find(kid); found == nil || found.Longest < lifetime {
		return nil, errGone
	}
	return found, nil
}

// verifying returns the public key with an id. If the id is unknown it reads the keys
// again, at most once per reloadEvery.
func (s *Signer) verifying(ctx context.Context, kid string) (*rsa.PublicKey, error) {
	found := s.current.Load().find(kid)
	if found == nil {
		fresh, err := s.reload(ctx)
		if err != nil {
			return nil, err
		}
		found = fresh.find(kid)
	}
	if found == nil || !found.published(s.Now()) {
		return nil, token.ErrInvalid.New()
	}
	return &found.private.PublicKey, nil
}

func (s *Signer) reload(ctx context.Context) (*ring, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	now := s.Now()
	if since := now.Sub(s.asked); since >= 0 && since < reloadEvery {
		return s.current.Load(), nil
	}
	s.asked = now
	return s.read(ctx)
}

func (s *Signer) load(ctx context.Context) (*ring, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.read(ctx)
}

func (s *Signer) enter(ctx context.Context) error {
	select {
	case s.visiting <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Signer) leave() { <-s.visiting }

// read replaces the ring by the stored one. The access does not end with ctx, because
// other callers wait for the same read.
func (s *Signer) read(ctx context.Context) (*ring, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	now, before := s.Now(), s.current.Load()
	sealed, rev, err := s.Store.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("signing: read the keys: %w", err)
	}
	fresh := &ring{}
	switch {
	case sealed == nil:
	case bytes.Equal(sealed, before.sealed):
		fresh = before.clone()
	default:
		plain, err := s.Sealer.Open(sealPurpose, sealed)
		if err != nil {
			return nil, fmt.Errorf("signing: read the keys: %w", err)
		}
		if fresh, err = decode(plain, before); err != nil {
			return nil, fmt.Errorf("signing: %w", err)
		}
	}
	fresh.sealed, fresh.rev, fresh.readAt = sealed, rev, now
	s.current.Store(fresh)
	return fresh, nil
}

// change writes the keys as edit changes the stored ones, unless edit reports that
// nothing changed.
func (s *Signer) change(ctx context.Context, edit func(*ring) (bool, error)) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	for range tries {
		stored, err := s.read(ctx)
		if err != nil {
			return err
		}
		next := stored.clone()
		if changed, err := edit(next); err != nil || !changed {
			return err
		}
		err = s.write(ctx, next)
		if err == nil {
			_, err = s.read(ctx)
		}
		if !errors.Is(err, token.ErrKeysChanged) {
			return err
		}
	}
	return fmt.Errorf("signing: the keys could not be saved: %w", token.ErrKeysChanged)
}

func (s *Signer) write(ctx context.Context, r *ring) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	plain, err := r.encode()
	if err != nil {
		return err
	}
	sealed, err := s.Sealer.Seal(sealPurpose, plain)
	if err != nil {
		return err
	}
	return s.Store.Save(ctx, sealed, r.rev)
}
