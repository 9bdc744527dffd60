package signing

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	ringVersion = 1
	// keyBits, with the exponent 65537 that crypto/rsa always uses, is the only key
	// size that some verifiers accept.
	keyBits  = 2048
	kidBytes = 16
	// leastLongest is the lifetime that a new key assumes for its tokens.
	leastLongest = time.Hour
	// slack is the assumed maximum difference between the clocks of servers.
	slack = time.Minute
)

// key is one key in its stored form, before encryption.
type key struct {
	ID string `json:"id"`
	// Private is the key in PKCS #8.
	Private []byte    `json:"private"`
	Created time.Time `json:"created"`
	// From is when it begins to sign, Retired when it stops.
	From    time.Time `json:"from"`
	Retired time.Time `json:"retired,omitzero"`
	// Longest is the longest lifetime of its tokens.
	Longest time.Duration `json:"longest"`
	// Until is when it stops being published; zero before it is retired.
	Until time.Time `json:"until,omitzero"`

	private *rsa.PrivateKey
}

func newKey(private *rsa.PrivateKey, now, from time.Time) (key, error) {
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return key{}, err
	}
	id := make([]byte, kidBytes)
	rand.Read(id)
	return key{ID: "key_" + hex.EncodeToString(id), Private: encoded, Created: now, From: from, Longest: leastLongest, private: private}, nil
}

func (k *key) published(now time.Time) bool { return k.Until.IsZero() || now.Before(k.Until) }

// expect makes the key allow for tokens of a lifetime, rounded up so that few lifetimes
// are recorded. It reports whether the record changed.
func (k *key) expect(lifetime time.Duration) bool {
	before := k.Longest
	for k.Longest < lifetime {
		k.Longest *= 2
	}
	if !k.Retired.IsZero() && k.Longest > before {
		k.Until = later(k.Until, k.Retired.Add(k.Longest+slack))
	}
	return k.Longest > before
}

// retire makes the key stop signing and stay published until its last token has
// expired.
func (k *key) retire(at time.Time) {
	if k.Retired.IsZero() {
		k.Retired, k.Until = at, at.Add(k.Longest+slack)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ring is one state of the keys; it never changes once it is shared.
type ring struct {
	Version int   `json:"version"`
	Keys    []key `json:"keys"`

	sealed []byte
	rev    any
	readAt time.Time
}

// decode reads a ring. It reuses keys that were parsed before.
func decode(plain []byte, known *ring) (*ring, error) {
	r := &ring{}
	if err := json.Unmarshal(plain, r); err != nil {
		// The error may quote the text, which holds secrets.
		return nil, fmt.Errorf("the signing keys are not readable JSON (%d bytes)", len(plain))
	}
	if r.Version != ringVersion {
		return nil, fmt.Errorf("the signing keys have version %d, this program reads %d", r.Version, ringVersion)
	}
	for i := range r.Keys {
		k := &r.Keys[i]
		if same := known.find(k.ID); same != nil && bytes.Equal(same.Private, k.Private) {
			k.private = same.private
			continue
		}
		private, err := x509.ParsePKCS8PrivateKey(k.Private)
		if err != nil {
			return nil, fmt.Errorf("the signing key %s cannot be read", k.ID)
		}
		var is bool
		if k.private, is = private.(*rsa.PrivateKey); !is {
			return nil, fmt.Errorf("the signing key %s is not an RSA key", k.ID)
		}
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

func (r *ring) find(kid string) *key {
	for i := range r.Keys {
		if r.Keys[i].ID == kid {
			return &r.Keys[i]
		}
	}
	return nil
}

// active returns the newest key that has begun to sign, nil without any. If this clock
// is behind that of the server that made the first key, no key may have begun. Then
// active returns the newest key.
func (r *ring) active(now time.Time) *key {
	var last *key
	for i := range slices.Backward(r.Keys) {
		k := &r.Keys[i]
		if retired := !k.Retired.IsZero() && !now.Before(k.Retired); !retired && !now.Before(k.From) {
			return k
		}
		if last == nil && k.Retired.IsZero() {
			last = k
		}
	}
	return last
}

// add appends a key that signs from its time on, retires the others, and removes those
// that are no longer published.
func (r *ring) add(fresh key, now time.Time) {
	for i := range r.Keys {
		r.Keys[i].retire(fresh.From)
	}
	r.Keys = append(slices.DeleteFunc(r.Keys, func(k key) bool { return !k.published(now) }), fresh)
}

// end makes all keys unpublished.
func (r *ring) end(now time.Time) {
	for i := range r.Keys {
		k := &r.Keys[i]
		if k.Retired.IsZero() || k.Retired.After(now) {
			k.Retired = now
		}
		if k.Until.IsZero() || k.Until.After(now) {
			k.Until = now
		}
	}
}

var errGone = errors.New("signing: there is no such key any more")
