package token

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

const (
	ringVersion = 1
	// kidBytes is the size of a key's id, which a token's header has in hex.
	kidBytes = 8
)

// signingKey is one key in its stored form, before encryption.
type signingKey struct {
	ID      string    `json:"id"`
	Use     string    `json:"use"`
	Secret  []byte    `json:"secret"`
	Created time.Time `json:"created"`
	// From is when it begins to sign.
	From    time.Time `json:"from"`
	Retired time.Time `json:"retired,omitzero"`
	Until   time.Time `json:"until,omitzero"`
}

// valid returns the secret while the key may verify.
func (key signingKey) valid(now time.Time) ([]byte, error) {
	if !key.Until.IsZero() && !now.Before(key.Until) {
		return nil, ErrInvalid.New()
	}
	return key.Secret, nil
}

// ring is one state of the keys; it never changes once it is shared.
type ring struct {
	Version int          `json:"version"`
	Keys    []signingKey `json:"keys"`

	rev     any
	readAt  time.Time
	failure error
}

func decodeRing(plain []byte, rev any) (*ring, error) {
	r := &ring{rev: rev}
	if err := json.Unmarshal(plain, r); err != nil {
		// The error may quote the text, which holds secrets.
		return nil, fmt.Errorf("the keyring is not readable JSON (%d bytes)", len(plain))
	}
	if r.Version != ringVersion {
		return nil, fmt.Errorf("the keyring has version %d, this program reads %d", r.Version, ringVersion)
	}
	return r, nil
}

func (r *ring) encode() ([]byte, error) {
	return json.Marshal(ring{Version: ringVersion, Keys: r.Keys})
}

func (r *ring) clone() *ring {
	copied := *r
	copied.Keys = slices.Clone(r.Keys)
	return &copied
}

func (r *ring) find(use, kid string) (signingKey, bool) {
	for _, key := range r.Keys {
		if key.ID == kid && key.Use == use {
			return key, true
		}
	}
	return signingKey{}, false
}

// active returns the newest key of a use that has begun to sign. If this clock
// is behind that of the server that made the first key, no key may have begun.
// Then active returns the newest key, so that no server replaces a key that
// seems old.
func (r *ring) active(use string, now time.Time) (signingKey, bool) {
	var last signingKey
	for _, key := range slices.Backward(r.Keys) {
		if key.Use != use {
			continue
		}
		if retired := !key.Retired.IsZero() && !now.Before(key.Retired); !retired && !now.Before(key.From) {
			return key, true
		}
		if key.Retired.IsZero() {
			last = key
		}
	}
	return last, last.ID != ""
}

// rotate appends a key, retires the use's others and removes those that no
// longer verify. If the overlap is too short to announce the key, it signs at
// once.
func (r *ring) rotate(use string, now time.Time, overlap time.Duration) (kid string) {
	now = now.UTC()
	from := now
	if overlap > announce {
		from = now.Add(announce)
	}
	for i := range r.Keys {
		key := &r.Keys[i]
		if key.Use != use {
			continue
		}
		if key.Retired.IsZero() {
			key.Retired = from
		}
		if until := now.Add(overlap); key.Until.IsZero() || until.Before(key.Until) {
			key.Until = until
		}
	}
	r.Keys = slices.DeleteFunc(r.Keys, func(key signingKey) bool {
		return !key.Until.IsZero() && !now.Before(key.Until)
	})
	fresh := signingKey{ID: newKid(), Use: use, Secret: make([]byte, secretBytes), Created: now, From: from}
	rand.Read(fresh.Secret)
	r.Keys = append(r.Keys, fresh)
	return fresh.ID
}
