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

// What Open answers besides a master key that cannot be read. None of it is
// for clients.
var (
	// ErrWrongMasterKey: the value was sealed by another master key.
	ErrWrongMasterKey = errors.New("token: sealed by another master key: give the one it was sealed with")
	// ErrBroken: the value was changed, cut, or sealed for another purpose.
	ErrBroken = errors.New("token: the sealed value is damaged or belongs elsewhere")
)

// Sealer encrypts small secrets at rest with AES-256-GCM under a key derived
// from the master key. A sealed value names the key and is bound to a purpose,
// so that a value moved to another place does not open. It is safe for
// concurrent use, for up to 2^32 values a master key.
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

// NewSealer seals with the first key and opens with all; each has
// [MasterKeyBytes].
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

// ready answers the keys, reading them first, and when create is set making one
// where there is none.
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

// Seal encrypts plain for a purpose, a fixed text that says what and whose it
// is. Errors are those of making the master key.
func (s *Sealer) Seal(purpose string, plain []byte) ([]byte, error) {
	keys, err := s.ready(true)
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, sealHeader+len(plain)+keys[0].aead.Overhead()), sealVersion)
	out = append(out, keys[0].id[:]...)
	return keys[0].aead.Seal(out, nil, plain, associated(out, purpose)), nil
}

// Open decrypts what Seal made for the same purpose. Errors: ErrWrongMasterKey,
// ErrBroken, or why the master key cannot be read.
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

// Latest tells whether a value is sealed with the key that seals, and not with
// an older one that only opens.
func (s *Sealer) Latest(sealed []byte) bool {
	keys, err := s.ready(false)
	return err == nil && len(sealed) >= sealHeader && bytes.Equal(keys[0].id[:], sealed[1:sealHeader])
}

// Derive answers 32 bytes that belong to a purpose and follow from the master
// key, for keyed hashes that must survive a restart.
func (s *Sealer) Derive(purpose string) ([]byte, error) {
	all, err := s.DeriveAll(purpose)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// DeriveAll is Derive for each master key there is: the one that seals first, then
// those before it.
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
