package token

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
)

const (
	// MasterKeyBytes is the size of a master key.
	MasterKeyBytes = 32

	sealVersion = 1
	sealIDBytes = 4
	sealHeader  = 1 + sealIDBytes
)

// Errors of Open, besides an unreadable master key. Clients never see them.
var (
	// ErrWrongMasterKey means that another master key encrypted the value.
	ErrWrongMasterKey = errors.New("token: encrypted with another master key: give that key")
	// ErrBroken means that the value was changed, cut, or encrypted for another
	// purpose.
	ErrBroken = errors.New("token: the encrypted value is damaged or belongs to another purpose")
)

// Sealer encrypts small secrets at rest with AES-256-GCM under a key derived from
// the master key. An encrypted value names its key and is bound to a purpose: a
// value that is moved elsewhere does not decrypt. A Sealer is safe for concurrent
// use, for up to 2^32 values per master key.
type Sealer struct {
	mu      sync.Mutex
	keys    []masterKey
	provide func(create bool) ([][]byte, error)
}

type masterKey struct {
	id   [sealIDBytes]byte
	raw  []byte
	aead cipher.AEAD
}

// NewSealer returns a Sealer that encrypts with the first key and decrypts with
// all; each has [MasterKeyBytes].
func NewSealer(keys ...[]byte) (*Sealer, error) {
	s := &Sealer{}
	if err := s.use(keys); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Sealer) use(raw [][]byte) error {
	if len(raw) == 0 {
		return errors.New("token: no master key")
	}
	for _, secret := range raw {
		key, err := newMasterKey(secret)
		if err != nil {
			return err
		}
		s.keys = append(s.keys, key)
	}
	return nil
}

func newMasterKey(secret []byte) (key masterKey, err error) {
	if len(secret) != MasterKeyBytes {
		return key, fmt.Errorf("token: a master key has %d bytes, this one %d", MasterKeyBytes, len(secret))
	}
	id, err := hkdf.Key(sha256.New, secret, nil, "kuzzle master key id", sealIDBytes)
	if err != nil {
		return key, err
	}
	sealing, err := hkdf.Key(sha256.New, secret, nil, "kuzzle master key sealing", MasterKeyBytes)
	if err != nil {
		return key, err
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return key, err
	}
	key.aead, err = cipher.NewGCMWithRandomNonce(block)
	copy(key.id[:], id)
	key.raw = bytes.Clone(secret)
	return key, err
}

// ready returns the keys and reads them first. With create it makes a key if there
// is none.
func (s *Sealer) ready(create bool) ([]masterKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) > 0 {
		return s.keys, nil
	}
	raw, err := s.provide(create)
	if err != nil {
		return nil, err
	}
	return s.keys, s.use(raw)
}

// Seal encrypts plain for a purpose, a fixed text that names the kind and the
// owner of the value. Its errors are those of making the master key.
func (s *Sealer) Seal(purpose string, plain []byte) ([]byte, error) {
	keys, err := s.ready(true)
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, sealHeader+len(plain)+keys[0].aead.Overhead()), sealVersion)
	out = append(out, keys[0].id[:]...)
	return keys[0].aead.Seal(out, nil, plain, associated(out, purpose)), nil
}

// Open decrypts a value that Seal made for the same purpose. Errors:
// ErrWrongMasterKey, ErrBroken, or the reason why the master key cannot be read.
func (s *Sealer) Open(purpose string, sealed []byte) ([]byte, error) {
	keys, err := s.ready(false)
	if err != nil {
		return nil, err
	}
	if len(sealed) < sealHeader || sealed[0] != sealVersion {
		return nil, ErrBroken
	}
	header, body := sealed[:sealHeader], sealed[sealHeader:]
	for _, key := range keys {
		if !bytes.Equal(key.id[:], header[1:]) {
			continue
		}
		plain, err := key.aead.Open(nil, nil, body, associated(header, purpose))
		if err != nil {
			return nil, ErrBroken
		}
		return plain, nil
	}
	return nil, fmt.Errorf("%w (sealed by %s, given %s)", ErrWrongMasterKey, hex.EncodeToString(header[1:]), hex.EncodeToString(keys[0].id[:]))
}

// Latest reports whether a value is encrypted with the first key, and not with an
// older one that only decrypts.
func (s *Sealer) Latest(sealed []byte) bool {
	keys, err := s.ready(false)
	return err == nil && len(sealed) >= sealHeader && bytes.Equal(keys[0].id[:], sealed[1:sealHeader])
}

// Derive returns 32 bytes that are derived from the master key and a purpose, for
// keyed hashes that must survive a restart.
func (s *Sealer) Derive(purpose string) ([]byte, error) {
	all, err := s.DeriveAll(purpose)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// DeriveAll is Derive for each master key: the first one, then the older ones.
func (s *Sealer) DeriveAll(purpose string) ([][]byte, error) {
	keys, err := s.ready(true)
	if err != nil {
		return nil, err
	}
	all := make([][]byte, len(keys))
	for i, key := range keys {
		if all[i], err = hkdf.Key(sha256.New, key.raw, nil, "kuzzle derived "+purpose, sha256.Size); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func associated(header []byte, purpose string) []byte {
	return append(bytes.Clone(header), purpose...)
}

func freshMasterKey() []byte {
	key := make([]byte, MasterKeyBytes)
	rand.Read(key)
	return key
}
