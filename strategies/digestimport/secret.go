package digestimport

import (
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// secret is what a record keeps. A digest that is sealed is in Sealed; one that
// is wrapped lacks its sum, of which Wrap is the argon2id digest.
type secret struct {
	Hasher string `json:"hasher"`
	Digest string `json:"digest,omitempty"`
	Sealed []byte `json:"sealed,omitempty"`
	Wrap   string `json:"wrap,omitempty"`
}

func (k *secret) encode() (strategies.Secret, error) { return json.Marshal(k) }

// errUnreadable keeps the parser's own error, which may quote what it read, out
// of logs.
var errUnreadable = errors.New("digest-import: a record's secret cannot be read")

// seal is the secret of a digest that was just imported.
func (s *Strategy) seal(text string, d digest.Digest) (kept strategies.Secret, protection string, err error) {
	described := d.Describe()
	k := secret{Hasher: described.Hasher, Digest: text}
	switch {
	case described.Strength == digest.Weak:
		protection = Sealed
	case described.Keyed:
		protection = SealedKey
	default:
		kept, err = k.encode()
		return kept, Bare, err
	}
	if k.Sealed, err = s.host.Seal([]byte(text)); err != nil {
		return nil, "", err
	}
	k.Digest = ""
	kept, err = k.encode()
	return kept, protection, err
}

// sealWrapped is the secret of a wrapped digest. The key that one may hold stays
// under the master key.
func (s *Strategy) sealWrapped(w *digest.Wrapped) (kept strategies.Secret, err error) {
	k := secret{}
	k.Hasher, k.Digest, k.Wrap = w.Parts()
	if w.Inside().Keyed {
		if k.Sealed, err = s.host.Seal([]byte(k.Digest)); err != nil {
			return nil, err
		}
		k.Digest = ""
	}
	return k.encode()
}

// open reads a record's digest, within the ceilings of today.
func (s *Strategy) open(raw strategies.Secret) (digest.Digest, error) {
	k, err := s.decode(raw)
	switch {
	case err != nil:
		return nil, err
	case k.Wrap != "":
		return digest.ParseWrapped(k.Hasher, k.Digest, k.Wrap, s.ceilings)
	}
	return s.parse(k.Hasher, k.Digest)
}

// decode reads a secret and opens what is sealed in it.
func (s *Strategy) decode(raw strategies.Secret) (*secret, error) {
	k := new(secret)
	if err := json.Unmarshal(raw, k); err != nil {
		return nil, errUnreadable
	}
	if k.Sealed == nil {
		return k, nil
	}
	text, err := s.host.Open(k.Sealed)
	k.Digest = string(text)
	return k, err
}

// parse reads a digest; without a hasher it has to tell by itself what it is.
func (s *Strategy) parse(hasher, text string) (digest.Digest, error) {
	switch hasher {
	case "":
		d, err := digest.Guess(text, s.ceilings)
		if err == nil && d.Describe().Hasher == s.cognito.Name() {
			return s.cognito.Parse(text, s.ceilings)
		}
		return d, err
	case s.cognito.Name():
		return s.cognito.Parse(text, s.ceilings)
	}
	return digest.Parse(hasher, text, s.ceilings)
}
